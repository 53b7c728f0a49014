"""Who takes part in the simulated training week: eleven delegations, fifteen officials.

Nobody here exists. Two delegations work on packs of real cities that come with the course;
nine cities are invented, lie in the open sea, and are called fictional wherever they are
shown. The officials' names say "sample participant" in the languages of the course, so
that certificates show their scripts and nobody takes them for people.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course.city.from_nothing import Bare, add_bare_city
from course.city.pack import City


@dataclass(frozen=True)
class Town:
    """One delegation's city.

    Attributes
    ----------
    id : str
        Id of its pack.
    title : str
        As pages show it.
    bare : Bare or None
        From what an invented city is made; None: the pack comes with the course.
    fare : float
        Flat fare of an invented city.
    """

    id: str
    title: str
    bare: Bare | None = None
    fare: float = 0.0

    def pack(self, folder: Path) -> City:
        """Open the city's pack; an invented one is made below a folder, once."""
        if self.bare is None:
            return City.open(self.id)
        if (folder / self.id).is_dir():
            return City.open(str(folder / self.id))
        return add_bare_city(
            self.id, self.bare, title=self.title, fare_flat=self.fare, where=folder
        )


def _invented(
    town: str, name: str, lat: float, lon: float, people: int, km2: float, money: str, fare: float
) -> Town:
    bare = Bare(lat, lon, people, km2, currency=money, fictional=True)
    return Town(town, f"{name} (fictional)", bare, fare)


TOWNS = (
    _invented("arvelo", "Arvelo", -35.2, -18.4, 2_400_000, 410.0, "EUR", 1.8),
    _invented("brenmoor", "Brenmoor", 47.3, -31.6, 640_000, 150.0, "EUR", 2.4),
    Town("mashhad", "Mashhad"),
    Town("iloilo", "Iloilo City"),
    _invented("caldhara", "Caldhara", -24.8, 83.5, 5_100_000, 700.0, "USD", 0.4),
    _invented("dunwick-bay", "Dunwick Bay", 38.6, -152.3, 310_000, 95.0, "USD", 1.5),
    _invented("esperell", "Esperell", -19.7, -114.9, 1_250_000, 260.0, "USD", 0.9),
    _invented("fenmarra", "Fenmarra", -46.1, -128.2, 180_000, 60.0, "USD", 2.0),
    _invented("gorivel", "Gorivel", 33.9, 167.8, 3_300_000, 520.0, "USD", 0.7),
    _invented("hallenport", "Hallenport", 12.5, -136.4, 870_000, 190.0, "USD", 1.1),
    _invented("issamere", "Issamere", -8.9, 94.2, 450_000, 110.0, "USD", 0.6),
)

# What an official does in the week; the words stand in the demo's own pages.
HABITS = {
    "kernel": "works carefully; module 10 in a real kernel",
    "careful": "works carefully",
    "misses an afternoon": "misses the last afternoon but one, with everything else done",
    "misses two days": "misses two days of the week",
    "copies": "types the numbers of the neighbour in the same city",
    "late": "hands in one module after the due date",
    "fails the post-test": "guesses in the post-test",
    "no lab": "never opens the night bus lab",
    "thin plan": "hands in a plan that the markers give less than half",
    "does not present": "hands in a good plan and does not present it",
    "unsaved": "forgets to save the notebook; the answers are kept all the same",
    "clumsy": "copies and moves cells",
    "short words": "writes one line where a reason is asked for",
    "traps": "falls into some typical traps, and still has enough points",
    "drops the plan": "does everything, and the plan is dropped a year later",
}


# With these habits the rule of the programme is met; worked out on paper, not by the rule.
EARNS = frozenset({
    "kernel", "careful", "misses an afternoon", "late", "unsaved", "clumsy", "traps",
    "drops the plan",
})  # fmt: skip


@dataclass(frozen=True)
class Official:
    """One simulated official.

    Attributes
    ----------
    id : str
        ``demo-01`` and so on.
    name : str
        As a certificate prints it: "sample participant" in some language, and a number.
    town : Town
        The delegation.
    habit : str
        Key of :data:`HABITS`.
    part : str
        Their named part in the team's plan.
    leads : bool
        Signs and hands in the plan of the delegation.
    """

    id: str
    name: str
    town: Town
    habit: str
    part: str = "data and evidence"
    leads: bool = True

    @property
    def story(self) -> str:
        """Return what this official does, in words."""
        return HABITS[self.habit]

    @property
    def earns(self) -> bool:
        """Say whether this official should get a certificate."""
        return self.habit in EARNS


def _officials() -> tuple[Official, ...]:
    town = {t.id: t for t in TOWNS}
    rows = [
        ("Sample Participant One", "arvelo", "kernel", "service and money", True),
        ("Sample Participant Two", "arvelo", "careful", "data and evidence", False),
        ("Participant Échantillon Trois", "brenmoor", "misses an afternoon", "everything", True),
        ("Muster-Teilnehmer Vier", "brenmoor", "misses two days", "data and evidence", False),
        ("Halimbawang Kalahok Limá (Ñ)", "iloilo", "fails the post-test", "routes", False),
        ("Halimbawang Kalahok Anim", "iloilo", "late", "integration", True),
        ("شرکت‌کنندهٔ نمونه هفت", "mashhad", "traps", "fares", True),
        ("شرکت‌کنندهٔ نمونه هشت", "mashhad", "copies", "participation", False),
        ("예시 참가자 아홉", "caldhara", "no lab", "everything", True),
        ("Người Tham Gia Mẫu Mười", "dunwick-bay", "thin plan", "everything", True),
        ("Участник-образец Одиннадцать", "esperell", "does not present", "everything", True),
        ("예시 참가자 열둘", "fenmarra", "unsaved", "everything", True),
        ("Örnek Katılımcı On Üç", "gorivel", "clumsy", "everything", True),
        ("Participante de Muestra Catorce", "hallenport", "short words", "everything", True),
        ("Sample Participant Fifteen", "issamere", "drops the plan", "everything", True),
    ]
    return tuple(
        Official(f"demo-{n:02d}", name, town[city], habit, part, leads)
        for n, (name, city, habit, part, leads) in enumerate(rows, start=1)
    )


OFFICIALS = _officials()


def officials(number: int = len(OFFICIALS)) -> tuple[Official, ...]:
    """Return the first so many officials.

    >>> [o.id for o in officials(2)], len({o.town.id for o in officials()})
    (['demo-01', 'demo-02'], 11)
    """
    return OFFICIALS[:number]

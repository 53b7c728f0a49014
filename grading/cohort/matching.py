"""Which participant a row without an id means: by e-mail first, then by name and city."""

from __future__ import annotations

from collections.abc import Mapping

from grading.cohort.people import Participant, same


class Known:
    """The people of a roster, found by what a row may say of them.

    Parameters
    ----------
    people : list of Participant
        The roster, people who left included.
    """

    def __init__(self, people: list[Participant]) -> None:
        self.by_id = {same(p.student_id): p for p in people}
        self._by_mail = {same(p.email): p for p in people if p.email}
        self._by_name: dict[str, list[Participant]] = {}
        for person in people:
            if person.name:
                self._by_name.setdefault(same(person.name), []).append(person)

    def find(
        self, line: int, values: Mapping[str, str]
    ) -> tuple[Participant | None, tuple[str, str, str] | None]:
        """Return the person, or (field, sentence, remedy) where it cannot be told who."""
        mail, name, city = (values.get(n, "") for n in ("email", "name", "city"))
        if mail and (person := self._by_mail.get(same(mail))):
            return person, None
        if not name:
            return None, None
        fits = [
            p for p in self._by_name.get(same(name), [])
            if not city or not p.city or same(city) == same(p.city)
        ]  # fmt: skip
        if not fits:
            return None, None
        if len(fits) > 1:
            ids = " and ".join(p.student_id for p in fits)
            return None, ("name", f"{name!r} may be {ids}.", "Add the student_id to the row.")
        one = fits[0]
        if mail and one.email and same(mail) != same(one.email):
            return None, (
                "email",
                f"{one.student_id!r} of the list has the same name and city and the e-mail "
                f"{one.email!r}.",
                "Add the student_id: the old one to change the e-mail, a new one for another "
                "person.",
            )
        return one, None

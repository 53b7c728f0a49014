"""What a question of the fare-question lab is: its sliders, its answer, its call.

Each question is asked of the same journeys by a function of `course.transport`; a slider is
an argument of that function, and the line of code shows the call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from course.display.breaks import round_step
from course.display.controls import AnyControl, Control
from course.transport.fare_answer import Answer
from course.transport.ridership import SHORT_RUN

if TYPE_CHECKING:
    from course.city.pack import City
    from course.transport.card_summary import CardSummary
    from course.transport.journeys import Journeys

Setting = Mapping[str, Any]


@dataclass
class Asked:
    """What questions are asked of.

    Parameters
    ----------
    city : City
        Zones, tariff and history.
    journeys : Journeys
        Of trips or of a summary.
    source : City or FareSummary
        What the lab was opened on.
    cards : CardSummary, optional
        For passes; counted from the city's own rides when they are asked for.
    """

    city: City
    journeys: Journeys
    source: Any
    cards: CardSummary | None = None
    kept: dict[Any, Any] = field(default_factory=dict)

    @property
    def unit(self) -> str:
        """Currency."""
        return self.journeys.today.currency

    @property
    def base(self) -> float:
        """Adult base of today."""
        return max(float(self.journeys.today.reference_base), 1e-9)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what was made under a name; made once."""
        if name not in self.kept:
            self.kept[name] = make()
        return self.kept[name]


@dataclass(frozen=True)
class Question:
    """One question of the lab.

    Parameters
    ----------
    key, title, lead : str
        Its name, what is decided, what is compared.
    controls : callable
        ``controls(asked)``: the sliders for one city's money.
    answer : callable
        ``answer(asked, setting)``.
    call : callable
        ``call(asked, setting)``: the line of code.
    map_title : str
        What the map shows.
    changes : bool
        Whether the map shows a change of the fare of a journey; else money of a card.
    """

    key: str
    title: str
    lead: str
    controls: Callable[[Asked], Sequence[AnyControl]]
    answer: Callable[[Asked, Setting], Answer]
    call: Callable[[Asked, Setting], str]
    map_title: str = "Mean change in fare by zone of departure"


def reaction(setting: Setting) -> Any:
    """Return the band of elasticities around the middle of the slider."""
    return SHORT_RUN.with_middle(setting["elasticity"])


def elasticity() -> Control:
    """Return the slider of the elasticity."""
    return Control("elasticity", "Elasticity, middle", "", -1, 0, 0.05, SHORT_RUN.middle, 2,
                   more=True, hint="The weak and the strong end move in proportion.")  # fmt: skip


def money(asked: Asked, key: str, label: str, start: float, *, most: float, hint: str) -> Control:
    """Return a slider of an amount in the city's own money, in round steps."""
    step = round_step(asked.base / 150)
    digits = 0 if float(step).is_integer() else 2 if step < 0.1 else 1
    top = max(round(most / step) * step, start)
    return Control(key, label, asked.unit or "currency units", 0, round(top, 4), step,
                   round(start, digits), digits, hint=hint)  # fmt: skip


def plain(value: Any) -> Any:
    """Return a number as it is typed: 30, not 30.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def call(name: str, first: str = "journeys", **arguments: Any) -> str:
    """Return a call of the facade as one line of code."""
    inside = ", ".join([first, *(f"{k}={plain(v)!r}" for k, v in arguments.items())])
    return f"fares.{name}({inside})"

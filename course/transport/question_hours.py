"""Question 4: cheaper before the morning peak, or whenever there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.errors import UsageError
from course.transport.fare_answer import Answer, compare
from course.transport.fare_checks import ANY, percent
from course.transport.fare_policy import FarePolicy
from course.transport.fare_words import clock
from course.transport.peak_journeys import PEAKS, HourJourneys, peak_journeys
from course.transport.ridership import SHORT_RUN, Reaction

if TYPE_CHECKING:
    from course.transport.journeys import Journeys
    from course.transport.peak_journeys import PeakJourneys

NOBODY_MOVES = (
    "Nobody changes the hour of a journey here: how many would is not in these data, and it is "
    "what such a discount is for."
)


def early_policy(
    today: FarePolicy, *, before_min: float = 390, discount_pct: float = 20,
    modes: tuple[str, ...] | None = None,
) -> FarePolicy:  # fmt: skip
    """Return today's tariff with another early-bird discount; 0 percent takes it away.

    Parameters
    ----------
    today : FarePolicy
        Everything else stays.
    before_min : number
        Minutes of the service day; 390 is 06:30.
    discount_pct : number
        Off the base of the first vehicle.
    modes : tuple of str, optional
        Where it holds; default those of today, else all.
    """
    pct = percent(discount_pct, "discount_pct")
    if modes is None:
        modes = tuple(today.early_bird["modes"]) if today.early_bird else (ANY,)
    rule = {"before_min": before_min, "discount_pct": pct, "modes": modes} if pct else None
    return today.replace(
        name=f"{today.name}, {pct:g} % off before {clock(before_min)}", early_bird=rule
    )


def early_bird(
    journeys: Journeys, *, before_min: float = 390, discount_pct: float = 20,
    modes: tuple[str, ...] | None = None, reaction: Reaction | str = SHORT_RUN,
) -> Answer:  # fmt: skip
    """Say what an early-bird discount costs, and who gains.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`. A summary knows 06:00, 06:30 and 07:00 unless its grid says
        otherwise.
    before_min, discount_pct, modes
        As `early_policy`.
    reaction : Reaction or "short" or "long"
        How riders answer.
    """
    policy = early_policy(
        journeys.today, before_min=before_min, discount_pct=discount_pct, modes=modes
    )
    answer, _ = compare(
        journeys, policy, question="early", title="Cheaper before the morning peak",
        by=("hour", "income"), reaction=reaction, notes=(NOBODY_MOVES,),
    )  # fmt: skip
    return answer


def off_peak(
    journeys: Journeys | PeakJourneys | HourJourneys,
    *,
    discount_pct: float = 20,
    peaks: tuple[tuple[int, int], ...] = PEAKS,
    reaction: Reaction | str = SHORT_RUN,
) -> Answer:
    """Say what a discount outside the peak hours costs, and who gains.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`, or `summarise_peaks` for zones on a megacity. From a plain
        summary the answer is exact by hour and in all, and has no zones.
    discount_pct : number
        Off the whole fare of a journey that begins outside the peaks.
    peaks : sequence of (from, to)
        Whole hours of the service day.
    reaction : Reaction or "short" or "long"
        How riders answer.

    Returns
    -------
    Answer
        By hour of departure; today's tariff in the peak.
    """
    percent(discount_pct, "discount_pct")
    divided = peak_journeys(journeys, peaks=peaks)
    if isinstance(divided, HourJourneys):
        mixed, by = HourJourneys(divided.journeys, peaks, discount_pct), ("hour",)
        notes = ("By zone this needs summaries of peak and off-peak apart (summarise_peaks).",)
    else:
        mixed, by, notes = divided.with_discount(discount_pct), ("hour", "income"), ()
    if not mixed.count:
        raise UsageError("There are no journeys in these rides.", "Check the rides and the date.")
    answer, _ = compare(
        mixed, mixed.today, question="off_peak", title="Cheaper outside the peak", by=by,
        reaction=reaction, notes=(NOBODY_MOVES, *notes),
    )  # fmt: skip
    zones = answer.zones if len(answer.zones) else None
    return answer.changed(zones=zones, extra={"peaks": peaks})

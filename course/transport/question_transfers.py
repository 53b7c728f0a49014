"""Question 3: what free changes cost, and for how long they are free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.transport.fare_answer import Answer, compare, led_in
from course.transport.fare_policy import FarePolicy
from course.transport.fare_words import money
from course.transport.ridership import SHORT_RUN, Reaction

if TYPE_CHECKING:
    from course.transport.journeys import Journeys


def transfer_policy(
    today: FarePolicy, *, window_min: float = 30, window_from: str = "alight",
    max_transfers: int = 4,
) -> FarePolicy:  # fmt: skip
    """Return today's amounts with another transfer law.

    Parameters
    ----------
    today : FarePolicy
        All its amounts stay. A tariff without free changes gets them.
    window_min : number
        Longest time for a change; 0 = a change in the same minute only.
    window_from : "alight" or "board"
        The tap of the ride before from which the window runs. With ``max_transfers=1``,
        "board" is the law "so many minutes from the first boarding".
    max_transfers : int
        Changes in one fare; 0 = every ride pays.

    Notes
    -----
    A longer window by night stays where today has one (Seoul: 60 minutes from 21:00 to
    07:00, facts 1.3), and there is none with a window of 0.
    """
    night = today.night_window_min if today.integrated else None
    keeps_night = night is not None and night > window_min > 0 and window_from == "alight"
    return today.replace(
        name=f"{today.name}, changes free for {window_min:g} min",
        integrated=True,
        window_min=window_min,
        night_window_min=night if keeps_night else None,
        window_from=window_from,
        max_transfers=max_transfers,
    )


def transfers(
    journeys: Journeys,
    *,
    window_min: float = 30,
    window_from: str = "alight",
    max_transfers: int = 4,
    reaction: Reaction | str = SHORT_RUN,
) -> Answer:
    """Say what free changes cost, and who gains.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`. A summary knows the windows of its grid; others are refused.
    window_min, window_from, max_transfers
        As `transfer_policy`.
    reaction : Reaction or "short" or "long"
        How riders answer.

    Returns
    -------
    Answer
        Table: one row for "every ride pays", "today" and "your window": mean_fare, revenue,
        revenue_pct (of today's, nobody reacts).

    Notes
    -----
    With the cap at the separate fares, revenue is never above that of "every ride pays". It
    need not fall at each step: where more changes are allowed, the rides of a long journey
    are divided at another place.
    """
    import pandas as pd

    today = journeys.today
    policy = transfer_policy(
        today, window_min=window_min, window_from=window_from, max_transfers=max_transfers
    )
    answer, result = compare(
        journeys, policy, question="transfers", reaction=reaction,
        title="Free changes help those who change",
    )  # fmt: skip
    apart = journeys.reprice(today.replace(integrated=False), by=())
    n, unit = result.trips or 1, today.currency
    rows = [
        (case, revenue / n, revenue,
         100 * (revenue / result.revenue_today - 1) if result.revenue_today else float("nan"))
        for case, revenue in (
            ("every ride pays", apart.revenue), ("today", result.revenue_today),
            (f"{window_min:g} minutes, {max_transfers} changes", result.revenue),
        )
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["case", "mean_fare", "revenue", "revenue_pct"])
    cost = (apart.revenue - result.revenue) / n
    size = money(round(cost) if abs(cost) >= 5 else round(cost, 2), unit)
    start = (
        f"Free changes within {window_min:g} minutes cost {size} per journey, beside a tariff in "
        "which every ride pays; "
    )
    tap = "tap-out" if window_from == "alight" else "tap-in"
    return answer.changed(
        table=table,
        sentence=led_in(start, answer, result),
        notes=(f"The window runs from the {tap} of the ride before.", *answer.notes),
    )

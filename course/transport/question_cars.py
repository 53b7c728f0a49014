"""Question 6: how many car trips and car-kilometres a cheaper fare may save.

Mashhad's aim was fewer cars. No data here see a car: the answer is a product of visible
assumptions, and its range is wide on purpose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.errors import UsageError
from course.transport.fare_answer import Answer, compare
from course.transport.fare_policy import FarePolicy
from course.transport.ridership import SHORT_RUN, Reaction, reaction_of

if TYPE_CHECKING:
    from course.transport.journeys import Journeys

# Assumptions of this course; no source of the facts sheet gives a value for any city.
DIVERSION = (0.1, 0.3, 0.5)
OCCUPANCY = 1.3


def car_trips(
    journeys: Journeys,
    policy: FarePolicy,
    *,
    diversion: tuple[float, float, float] = DIVERSION,
    occupancy: float = OCCUPANCY,
    reaction: Reaction | str = SHORT_RUN,
) -> Answer:
    """Say how many car trips and car-kilometres a policy avoids.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    policy : FarePolicy
        The tariff.
    diversion : (low, middle, high)
        Share of the new journeys that were car journeys before (and of the lost ones that
        become car journeys), 0 to 1. The others walked, cycled or stayed at home.
    occupancy : float
        People in a car, 1 or more.
    reaction : Reaction or "short" or "long"
        How riders answer.

    Returns
    -------
    Answer
        Table: one row per case (low, middle, high): elasticity, diversion, new_journeys,
        car_trips_avoided, car_km_avoided, of the journeys in the data. Negative: more cars.

    Notes
    -----
    ``car trips = new journeys * diversion / occupancy``. The length of a new journey is
    taken as the mean of its distance band: started kilometres less half a kilometre. "Low"
    takes the weak elasticity with the low diversion, "high" the strong with the high.
    """
    import pandas as pd

    shares = [float(d) for d in diversion]
    if len(shares) != 3 or shares != sorted(shares) or not 0 <= shares[0] <= shares[2] <= 1:
        raise UsageError(f"diversion is {diversion}.", "Give low, middle and high, from 0 to 1.")
    if not np.isfinite(occupancy) or occupancy < 1:
        raise UsageError(f"occupancy is {occupancy}.", "A car holds one person or more.")
    reaction = reaction_of(reaction)
    answer, first = compare(
        journeys, policy, question="cars", title="Fewer cars: a product of assumptions",
        reaction=reaction,
    )  # fmt: skip
    counts = first.groups["distance_band"].whole[:, 0]
    some = np.where(counts > 0, counts, 1)
    mean_km = np.where(counts > 0, journeys.kilometres / some - 0.5, 0.0).clip(min=0)
    mean_km[-1] = (
        0 if not counts[:-1].sum() else ((mean_km[:-1] * counts[:-1]).sum() / counts[:-1].sum())
    )  # a journey without tap-out is as long as the others
    rows = []
    for case, e, share in zip(("low", "middle", "high"), reaction.values, shares, strict=True):
        made = journeys.reprice(policy, elasticity=e, by=("distance_band",))
        new = made.groups["distance_band"].parts[:, 0] - counts
        cars = new * share / occupancy
        rows.append((case, e, share, float(new.sum()), float(cars.sum()),
                     float((cars * mean_km).sum())))  # fmt: skip
    table = pd.DataFrame(rows, columns=["case", "elasticity", "diversion", "new_journeys",
                                        "car_trips_avoided", "car_km_avoided"])  # fmt: skip
    low, middle, high = (float(v) for v in table["car_trips_avoided"])
    km = [float(v) for v in table["car_km_avoided"]]
    word = "avoids" if middle >= 0 else "adds"
    sentence = (
        f"On {first.trips:,} journeys the policy {word} about {abs(middle):,.0f} car trips and "
        f"{abs(km[1]):,.0f} car-kilometres; with other assumptions {_span(low, high)} car trips."
    )
    if not first.trips:
        sentence = answer.sentence
    bars = pd.DataFrame({"name": table["case"], "value": table["car_trips_avoided"]})
    return answer.changed(
        table=table,
        sentence=sentence,
        bars=(("Car trips avoided", bars),),
        unit=answer.unit,
        figures=(
            ("Car trips avoided", middle, "", f"{_span(low, high)}, of {first.trips:,} journeys"),
            ("Car-kilometres avoided", km[1], "km", f"{_span(km[0], km[2])} km"),
            answer.figures[1],
        ),
        notes=(
            f"Diversion {shares[0]:.0%} to {shares[2]:.0%} and {occupancy:g} people in a car are "
            "assumptions of this course; no source was seen for any city.",
            "Roads that empty fill again: cars that come back are not counted.",
            *answer.notes,
        ),
        extra={"bar_unit": "trips", "bars_are_money": False},
    )


def _span(low: float, high: float) -> str:
    a, b = sorted((low, high))
    return f"{a:,.0f} to {b:,.0f}".replace("-", "\N{MINUS SIGN}")

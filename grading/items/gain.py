"""What a group gained from the first test to the second, by person and by area.

The normalised gain is the part of what was still missing: (after - before) / (100 -
before); there is none for who had everything right before. Both tests follow one
blueprint and ask different questions, so part of a gain may be that one is easier: that
is said beside each number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.forms.checks import AREAS
from grading.items.responses import Responses
from grading.items.statistics import FEWEST

if TYPE_CHECKING:
    import pandas as pd

FEWEST_FOR_A_MEAN = 5
CAVEAT = (
    "The two tests ask different questions of one plan: part of a gain or a loss may be that "
    "one of them is easier."
)


@dataclass(frozen=True)
class Gain:
    """Two tests of one group.

    Attributes
    ----------
    people : pandas.DataFrame
        One row per trainee with both tests: ``before``, ``after`` (percent), ``gain``
        (points of 100), ``normalised`` (NaN where before is 100), and for each area
        ``before_AREA``, ``after_AREA`` (right answers). Index: student id.
    areas : pandas.DataFrame
        One row per area and one for all: ``questions``, ``before``, ``after`` (mean
        percent), ``gain``, ``normalised`` (of the means). NaN with fewer than five people.
    interval : tuple of float
        95 % interval of the mean gain; NaN with fewer than ten people.
    only_one : int
        Trainees with one of the two tests, who do not count here.
    sentences : tuple of str
        What may be said, and what may not.
    """

    people: pd.DataFrame
    areas: pd.DataFrame
    interval: tuple[float, float]
    only_one: int
    sentences: tuple[str, ...]


def gain_of(before: Responses, after: Responses) -> Gain:
    """Return the gain of everybody who took both tests."""
    import pandas as pd

    first, second = _by_area(before), _by_area(after)
    both = first.index.intersection(second.index).sort_values()
    only_one = len(first.index.symmetric_difference(second.index))
    counts = {"all": len(before.spec.questions), **before.spec.blueprint}
    people = pd.DataFrame(index=both)
    people["before"] = 100 * first.loc[both].sum(axis=1) / counts["all"]
    people["after"] = 100 * second.loc[both].sum(axis=1) / counts["all"]
    people["gain"] = people["after"] - people["before"]
    left = 100 - people["before"]
    people["normalised"] = (people["gain"] / left).where(left > 0)
    for area in AREAS:
        people[f"before_{area}"] = first.loc[both, area].astype(int)
        people[f"after_{area}"] = second.loc[both, area].astype(int)
    areas = _areas(people, counts)
    interval = _interval(people["gain"])
    return Gain(people, areas, interval, only_one, _sentences(people, areas, interval, only_one))


def _by_area(answers: Responses) -> pd.DataFrame:
    """Return right answers: one row per trainee, one column per area."""
    made = answers.table.pivot_table(
        index="student_id", columns="area", values="points", aggfunc="sum"
    )
    return made.reindex(columns=list(AREAS)).fillna(0.0)


def _areas(people: pd.DataFrame, counts: Mapping[str, int]) -> pd.DataFrame:
    import pandas as pd

    rows = {}
    for area in (*AREAS, "all"):
        if area == "all":
            before, after = people["before"].mean(), people["after"].mean()
        else:
            of = counts[area]
            before = 100 * people[f"before_{area}"].mean() / of
            after = 100 * people[f"after_{area}"].mean() / of
        if len(people) < FEWEST_FOR_A_MEAN:
            before = after = math.nan
        share = (after - before) / (100 - before) if before < 100 else math.nan
        rows[area] = (counts[area], before, after, after - before, share)
    columns = ["questions", "before", "after", "gain", "normalised"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _interval(gains: pd.Series) -> tuple[float, float]:
    """Return mean ± t times standard error; NaN below ten people."""
    n = len(gains)
    if n < FEWEST:
        return math.nan, math.nan
    from scipy.stats import t

    reach = float(t.ppf(0.975, n - 1)) * float(gains.std(ddof=1)) / math.sqrt(n)
    return float(gains.mean()) - reach, float(gains.mean()) + reach


def _sentences(
    people: pd.DataFrame, areas: pd.DataFrame, interval: tuple[float, float], only_one: int
) -> tuple[str, ...]:
    n = len(people)
    said = []
    if n < FEWEST_FOR_A_MEAN:
        said.append(f"{n} trainees took both tests: too few for a mean.")
    elif n < FEWEST:
        said.append(f"{n} trainees took both tests: too few to say what the course did.")
    else:
        mean, (low, high) = float(areas.loc["all", "gain"]), interval
        between = (
            f"{mean:+.0f} points of 100 (95 % interval {low:+.0f} to {high:+.0f}, {n} trainees)"
        )
        if low > 0:
            said.append(f"The group is better in the second test by {between}.")
        elif high < 0:
            said.append(f"The group is weaker in the second test: {between}.")
        else:
            said.append(f"A change cannot be told from chance: {between}.")
    if only_one:
        said.append(f"{only_one} took one of the two tests and do not count here.")
    return (*said, CAVEAT)


def plain(gain: Gain) -> dict[str, Any]:
    """Return a gain as JSON values; None stands where nothing may be shown."""
    return {
        "people": _rows(gain.people, "student_id"),
        "areas": _rows(gain.areas, "area"),
        "interval": [_number(value) for value in gain.interval],
        "only_one": gain.only_one,
        "sentences": list(gain.sentences),
    }


def _rows(frame: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    return [
        {name: str(index), **{str(k): _number(v) for k, v in row.items()}}
        for index, row in zip(frame.index, frame.to_dict("records"), strict=True)
    ]


def _number(value: Any) -> Any:
    """Return a rounded number, None for NaN."""
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 4)
    return value

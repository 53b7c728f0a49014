"""Random tariffs under the slider beside every journey priced again, to the hundredth.

1,000 random tariffs of the grid on a million synthetic rides and 20 on twenty million: the
summary's revenue, journeys, winners and losers by district, income, hour, class and
distance, against the engine of the lessons, which links the same rides with pandas, file by
file (no card is in two files), and prices each journey. A difference of one hundredth stops
the run.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # the command loads this file by its path
    sys.path.insert(0, str(ROOT))

from tests.benchmarks.bench_fares import day_of  # noqa: E402
from tests.summary_truth import BY, found, full, link_all, random_policy  # noqa: E402

PLAN = ((1_000_000, 1_000), (20_000_000, 20))


def compare(rides: int, policies: int) -> dict[str, object]:
    """Compare a number of random tariffs on one size; return one row of the table."""
    from course import City, fares
    from course.transport.summary_build import summarise

    city, folder, began = City.open("seoul"), day_of(rides), time.perf_counter()
    summary = summarise(folder, today=fares.SEOUL, city=city)
    drawn = [random_policy(number, summary.grid) for number in range(policies)]
    expected: list[dict[str, dict]] = [{name: {} for name in BY} for _ in drawn]
    for path in sorted(folder.glob("*.parquet")):
        trips = link_all(pd.read_parquet(path), summary.grid, city)
        for policy, sums in zip(drawn, expected, strict=True):
            for name, groups in full(trips, policy, summary.today).items():
                for group, row in groups.items():
                    old = sums[name].get(group, (0,) * len(row))
                    sums[name][group] = tuple(a + b for a, b in zip(old, row, strict=True))
    numbers = 0
    for policy, sums in zip(drawn, expected, strict=True):
        got = found(summary.reprice(policy, by=BY))
        if got != sums:
            raise AssertionError(f"{policy.name} at {rides:,} rides: the summary differs")
        numbers += sum(len(row) for groups in sums.values() for row in groups.values())
    return {
        "million rides": rides / 1e6,
        "journeys": summary.journeys,
        "tariffs": policies,
        "numbers compared": numbers,
        "different": 0,
        "seconds": time.perf_counter() - began,
    }


def run(*, plan: Sequence[tuple[int, int]] = PLAN) -> pd.DataFrame:
    """Compare the summary with the full calculation; see the module.

    Parameters
    ----------
    plan : sequence of (rides, tariffs)
        What to compare.

    Returns
    -------
    pandas.DataFrame
        One row per size; the run stops at the first difference.
    """
    return pd.DataFrame([compare(rides, policies) for rides, policies in plan])


if __name__ == "__main__":
    given = [tuple(int(n) for n in word.split(":")) for word in sys.argv[1:]]
    print(run(plan=given or PLAN).to_string(index=False))

"""Voting rules at 61,668 voters: the course beside pabutools, on the same ballots in one run.

The vote of Warsaw in 2026 as published (83 projects, Pabulib). The bar: each rule in at most
0.5 s. Seconds of wall clock, reading of the file left out. The course counts from the arrays
of a profile made once (its own row; a slider pays for it once); the median of several runs.
pabutools counts from its own multi-profile, in fractions, once; its greedy rule goes by cost
satisfaction, which is most votes first. Ties: cheaper, then id. The column equal says whether
both fund the same projects. Not in the bar: completion "add1", which runs equal shares anew for
every unit of money more per voter.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from course.errors import CourseError

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # the command loads this file by its path
    sys.path.insert(0, str(ROOT))

FILE, RUNS = "Poland_Warszawa_2026.pb", 7


def run(*, runs: int = RUNS) -> pd.DataFrame:
    """Measure the profile and each rule.

    Parameters
    ----------
    runs : int
        Runs of the course per row, of which the median counts.

    Returns
    -------
    pandas.DataFrame
        One row per step: rule, course_s, low_s, high_s, pabutools_s, times_faster, funded
        (projects), equal.
    """
    from pabutools.election import parse_pabulib
    from pabutools.election.satisfaction import Cardinality_Sat, Cost_Sat
    from pabutools.rules import (
        greedy_utilitarian_welfare,
        method_of_equal_shares,
        sequential_phragmen,
    )

    from course import participation
    from tests.voting_peers import TIES

    folder = os.environ.get("COURSE_TEST_DATA")
    if not folder or not (Path(folder) / "pb" / FILE).is_file():
        raise CourseError(
            f"The file {FILE} is not there.",
            "Set COURSE_TEST_DATA to the folder of real feeds and tables.",
        )
    path = Path(folder) / "pb" / FILE
    election = participation.read_pabulib(path)
    counted = participation.profile(election.projects, election.ballots)
    instance, single = parse_pabulib(str(path))
    multi = single.as_multiprofile()
    budget = election.budget

    def shares(sat: type) -> Any:
        return method_of_equal_shares(instance, multi, sat, tie_breaking=TIES)

    steps: list[tuple[str, Callable[[], Any], Callable[[], Any]]] = [
        (
            "profile of the ballots",
            lambda: participation.profile(election.projects, election.ballots),
            single.as_multiprofile,
        ),
        (
            "most votes first",
            lambda: participation.greedy(counted, budget=budget),
            lambda: greedy_utilitarian_welfare(instance, multi, Cost_Sat, tie_breaking=TIES),
        ),
        (
            "equal shares, by cost",
            lambda: participation.equal_shares(counted, budget=budget, completion=None),
            lambda: shares(Cost_Sat),
        ),
        (
            "equal shares, by number",
            lambda: participation.equal_shares(
                counted, budget=budget, satisfaction="cardinality", completion=None
            ),
            lambda: shares(Cardinality_Sat),
        ),
        (
            "Phragmén",
            lambda: participation.phragmen(counted, budget=budget),
            lambda: sequential_phragmen(instance, multi, tie_breaking=TIES),
        ),
    ]
    rows = []
    for name, ours, theirs in steps:
        result = ours()  # the first run fills what a profile keeps and is not counted
        times = [_seconds(ours)[0] for _ in range(runs)]
        slow, peer = _seconds(theirs)
        median = statistics.median(times)
        row = {
            "rule": name, "course_s": median, "low_s": min(times), "high_s": max(times),
            "pabutools_s": slow, "times_faster": slow / median, "funded": "", "equal": "",
        }  # fmt: skip
        if hasattr(result, "funded"):
            ids = result.funded["project_id"]
            row["funded"] = len(ids)
            row["equal"] = "yes" if {p.name for p in peer} == set(ids) else "NO"
        rows.append(row)
    return pd.DataFrame(rows).astype({"funded": "str"})


def _seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    print(run().to_string(index=False))

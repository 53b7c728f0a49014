"""Synthetic projects and ballots: frozen bytes, what was planted, odd cities."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from course import City, participation
from course.city.age_groups import AGE_GROUPS
from course.city.places import nearest_zone
from course.city.schema import TABLES
from course.city.synthesis.ballots import (
    AGE_PERCENT,
    METHOD,
    PROJECTS,
    synthesise_ballots,
    synthesise_projects,
)
from course.errors import UsageError
from tests.small_city import SmallCity

FROZEN_PROJECTS = "93cd7a2da81ff2b753055055ab0a93bc5396e321409841290acb98b1ccc01bd8"
FROZEN_BALLOTS = "18144930fe2b4a8dd4e9984d1cdf54816cf8caf33ae3b0c36935f9c49bbe3d91"


def small(*, fare_policy=None, **properties) -> SmallCity:
    rows = [
        (f"Z{i}{j}", 37.50 + i * 0.0108, 127.0 + j * 0.0136, 1.5, 9_000 - 700 * (i + j))
        for i in range(4) for j in range(4)
    ]  # fmt: skip
    zones = pd.DataFrame(rows, columns=["zone_id", "lat", "lon", "area_km2", "population"])
    empty = pd.DataFrame()
    city = SmallCity(empty, empty, empty, zones, {"id": "small", **properties})
    city.fare_policy = fare_policy
    city.projects = synthesise_projects(city)
    return city


def csv_hash(*frames: pd.DataFrame) -> str:
    text = "".join(f.to_csv(index=False, lineterminator="\n") for f in frames)
    return hashlib.sha256(text.encode()).hexdigest()


def test_bytes_are_frozen():
    """If this fails on purpose, raise VERSION in course/city/synthesis/__init__.py too."""
    city = small()
    assert csv_hash(city.projects) == FROZEN_PROJECTS
    assert csv_hash(synthesise_ballots(city)) == FROZEN_BALLOTS


@pytest.mark.slow
def test_same_bytes_in_another_process_with_another_hash_seed():
    code = (
        "from tests.test_synthesis_ballots import csv_hash, small, synthesise_ballots as s\n"
        "c = small(); print(csv_hash(c.projects, s(c)))"
    )
    city = small()
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).resolve().parent.parent,
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": "77"},
    )  # fmt: skip
    assert run.stdout.strip() == csv_hash(city.projects, synthesise_ballots(city))


def test_the_bundled_cities(city_name):
    city = City.open(city_name)
    projects, ballots = city.projects, city.ballots
    assert len(projects) == PROJECTS == 30
    assert projects["project_id"].is_unique and projects["name"].is_unique
    for name, frame in (("projects", projects), ("ballots", ballots)):
        for column in TABLES[name].columns:
            assert str(frame[column.name].dtype) == column.dtype, column.name
    cost = projects["cost"]
    assert (cost >= 1).all() and (cost == cost.round()).all()
    assert all(len(f"{c:.0f}".rstrip("0")) <= 2 for c in cost)  # round amounts
    wide = projects["zone_id"] == ""
    assert wide.sum() == 2 and (projects["lat"].isna() == wide).all()
    placed = projects[~wide]
    zones = city.zones
    assert nearest_zone(placed["lat"], placed["lon"], zones).tolist() == placed["zone_id"].tolist()
    per_voter = ballots.groupby("voter_id").size()
    assert len(per_voter) == 2_000 and per_voter.between(1, 5).all()
    assert set(per_voter) == {1, 2, 3, 4, 5}
    assert (ballots["points"] == 1).all()
    assert not ballots.duplicated(["voter_id", "project_id"]).any()
    assert set(ballots["zone_id"]) <= set(zones["zone_id"])
    assert set(ballots["age_group"]) == set(AGE_GROUPS)
    counted = participation.profile(projects, ballots)
    budget = float(cost.sum()) * 0.3
    served = [
        participation.served_pct(rule(counted, budget=budget))
        for rule in (participation.greedy, participation.equal_shares, participation.phragmen)
    ]
    assert all(40 < pct < 100 for pct in served)
    assert participation.empty_zones(participation.greedy(counted, budget=budget))


def test_what_was_planted_is_there():
    city = small()
    ballots = synthesise_ballots(city, voters=20_000)
    once = ballots.drop_duplicates("voter_id")
    table = participation.missing_groups(ballots, AGE_PERCENT)
    assert table["age_group"].tolist()[:2] == ["60+", "0-19"]
    assert 0.5 < table["ratio"].iloc[0] < 0.65
    # Homes follow residents.
    part = once["zone_id"].value_counts(normalize=True)
    lived = city.zones.set_index("zone_id")["population"] / city.zones["population"].sum()
    assert (part - lived).abs().max() < 0.01
    # Near projects are named more often than far ones by the same people.
    named = ballots.merge(city.projects, on="project_id", suffixes=("", "_of")).query(
        "zone_id_of != ''"
    )
    home = city.zones.set_index("zone_id").loc[named["zone_id"]]
    gap = np.hypot(named["lat"].to_numpy() - home["lat"], named["lon"].to_numpy() - home["lon"])
    everywhere = np.hypot(
        city.projects["lat"].to_numpy()[:, None] - city.zones["lat"].to_numpy(),
        city.projects["lon"].to_numpy()[:, None] - city.zones["lon"].to_numpy(),
    )
    assert gap.mean() < 0.9 * np.nanmean(everywhere)
    # Larger projects win more names.
    votes = ballots["project_id"].value_counts()
    cost = city.projects.set_index("project_id")["cost"]
    assert votes.corr(cost.reindex(votes.index), method="spearman") > 0.1
    # Day centres are for the old, workshops for the young.
    ids = city.projects.set_index("name")["project_id"]

    def share(group, name):
        of = ballots[ballots["age_group"] == group]
        return (of["project_id"] == ids[name]).sum() / of["voter_id"].nunique()

    assert share("60+", "Day centre for older people") > 1.5 * share(
        "20-29", "Day centre for older people"
    )


def test_costs_follow_the_city():
    usual = small().projects["cost"].sum()
    assert small(population=4 * 16 * 6_900).projects["cost"].sum() > 1.5 * usual
    cheap = small(fare_policy={"base": {"adult": {"bus": 10, "subway": 12, "red": 90}}})
    assert 0.1 < cheap.projects["cost"].sum() / usual < 0.14  # the middle fare, 12, not 100
    rial = small(fare_policy={"base": {"*": {"*": 20_000}}})
    assert 150 < rial.projects["cost"].sum() / usual < 250
    for odd in ({}, {"base": {}}, {"base": {"adult": {"bus": 0}}}):
        assert small(fare_policy=odd).projects["cost"].sum() == usual


def test_seeds_differ_and_voters_follow_given_projects():
    city = small()
    one = synthesise_ballots(city, voters=50, seed=("a",))
    assert not one.equals(synthesise_ballots(city, voters=50, seed=("b",)))
    assert one.attrs["method"] == METHOD
    city.projects = pd.DataFrame({"project_id": ["x", "y"], "cost": [5.0, 0.0],
                                  "lat": [np.nan, 37.51], "lon": [np.nan, 127.0]})  # fmt: skip
    given = synthesise_ballots(city, voters=300)
    assert set(given["project_id"]) == {"x", "y"}
    assert given.groupby("voter_id").size().max() == 2
    city.projects = city.projects.iloc[:0]
    none = synthesise_ballots(city, voters=10)
    assert len(none) == 0 and none.columns.tolist() == given.columns.tolist()
    assert len(synthesise_ballots(small(), voters=0)) == 0


def test_zones_without_residents_and_bad_calls():
    city = small()
    city.zones["population"] = 0
    assert len(synthesise_ballots(city, voters=20)["voter_id"].unique()) == 20
    for voters in (-1, 2.5, True, 10**9):
        with pytest.raises(UsageError, match="voters is"):
            synthesise_ballots(city, voters=voters)

"""Pabulib files: every part read as it stands, every fault named with its row."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import participation
from course.city.age_groups import AGE_GROUPS, age_group
from course.errors import CourseError

GOOD = """META
key;value
description;Made by hand
vote_type;{kind}
budget;{budget}
num_projects;3
num_votes;4
min_project_score_threshold;2
max_length;1
PROJECTS
project_id;cost;name;category;district;selected;latitude;longitude
A;100;"Benches; with ""backs"" ";parks;North;1;52.2;21.0
B ;12,50;Lights;None;South;0;;
10;7.25;Ramps;access;None;2;95;21
VOTES
voter_id;age;sex;neighborhood;{columns}
{votes}
"""
APPROVAL = ["v1;34;F;North;A,B", "v2;;M;;A", 'v3;7;;South;"10, A"', "v4;200;F;South;"]


def made(tmp_path, *, kind="approval", budget="110,5", columns="vote", votes=APPROVAL, **change):
    text = GOOD.format(kind=kind, budget=budget, columns=columns, votes="\n".join(votes))
    for old, new in change.get("swap", ()):
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "made.pb"
    path.write_bytes(change.get("before", b"") + text.encode(change.get("encoding", "utf-8")))
    return path


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
def test_everything_in_the_file(tmp_path, before):
    election = participation.read_pabulib(made(tmp_path, before=before))
    projects, ballots = election.projects, election.ballots
    assert election.budget == 110.5
    assert election.vote_type == "approval" and election.min_votes == 2
    assert election.meta["description"] == "Made by hand"
    assert projects["project_id"].tolist() == ["A", "B", "10"]
    assert projects["name"].tolist() == ['Benches; with "backs"', "Lights", "Ramps"]
    assert projects["category"].tolist() == ["parks", "", "access"]
    assert projects["cost"].tolist() == [100, 12.5, 7.25]
    assert projects["zone_id"].tolist() == ["North", "South", ""]
    assert projects["selected"].tolist() == [1, 0, 0]
    assert projects["lat"].iloc[0] == 52.2
    assert projects["lat"].isna().tolist() == [False, True, True]
    assert list(zip(ballots["voter_id"], ballots["project_id"], strict=True)) == [
        ("v1", "A"), ("v1", "B"), ("v2", "A"), ("v3", "10"), ("v3", "A"), ("v4", ""),
    ]  # fmt: skip
    assert ballots["points"].tolist() == [1, 1, 1, 1, 1, 0]
    assert ballots["age_group"].tolist() == ["30-39", "30-39", "", "0-19", "0-19", ""]
    assert ballots["sex"].tolist() == ["F", "F", "M", "", "", "F"]
    assert ballots["zone_id"].tolist() == ["North", "North", "", "South", "South", "South"]
    assert election.notes == ("2 ballots do not keep max_length 1; they count.",)
    # The voter with an empty ballot holds a share of the money like everybody.
    result = participation.equal_shares(projects, ballots, election.budget, completion=None)
    assert len(result.served) == 4
    assert result.funded["project_id"].tolist() == ["B", "10"] or result.spent <= 110.5


def test_points_and_ranks(tmp_path):
    points = ["v1;1;F;N;A,B;2,1.5", "v2;1;F;N;A;3", "v3;1;F;N;;", "v4;1;M;N;10;0"]
    for kind in ("cumulative", "scoring"):
        path = made(tmp_path, kind=kind, columns="vote;points", votes=points)
        ballots = participation.read_pabulib(path).ballots
        assert ballots["points"].tolist() == [2, 1.5, 3, 0, 0]
        assert ballots["project_id"].tolist() == ["A", "B", "A", "", "10"]
    ranked = ["v1;1;F;N;B,10,A", "v2;1;F;N;A", "v3;1;F;N;", "v4;1;M;N;10,A"]
    ballots = participation.read_pabulib(made(tmp_path, kind="ordinal", votes=ranked)).ballots
    assert ballots["points"].tolist() == [2, 1, 0, 0, 0, 1, 0]


def test_a_project_named_twice_counts_once_and_is_told(tmp_path):
    votes = ["v1;34;F;North;A,B,A", *APPROVAL[1:]]
    election = participation.read_pabulib(made(tmp_path, votes=votes))
    assert (election.ballots["voter_id"] == "v1").sum() == 2
    assert election.notes[0] == "1 ballots name a project twice; it counts once."


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"swap": [("B ;12,50", "A;12,50")]}, "row 13 repeats project A"),
        ({"swap": [("A;100;", ";100;")]}, "row 12 has no project_id"),
        ({"swap": [("A;100;", "A;-100;")]}, "row 12 has no cost of 0 or more; it says '-100'"),
        ({"swap": [("A;100;", "A;1.000.000;")]}, "row 12 has no cost"),
        ({"swap": [("A;100;", "A;nan;")]}, "row 12 has no cost"),
        ({"swap": [("A;100;", "A;1e99;")]}, "row 12 has no cost"),
        ({"swap": [("v2;;M;;A", "v1;;M;;A")]}, "row 18 repeats voter v1 of row 17"),
        ({"swap": [("v2;;M;;A", ";;M;;A")]}, "row 18 has no voter_id"),
        ({"swap": [("v2;;M;;A", "v2;;M;;Q")]}, "row 18 votes for Q, which is not among"),
        ({"budget": "much"}, "META has no budget of 0 or more; it says 'much'"),
        ({"budget": "-1"}, "META has no budget"),
        ({"swap": [("threshold;2", "threshold;few")]}, "threshold is 'few', no number"),
        ({"swap": [("num_votes;4", "num_votes;5")]}, "META says num_votes 5, the file has 4"),
        ({"swap": [("num_projects;3", "num_projects;9")]}, "META says num_projects 9"),
        ({"kind": "guess"}, "vote_type 'guess', which cannot be counted"),
        ({"kind": "cumulative"}, "VOTES has no column points"),
        ({"swap": [(";vote\n", ";votes\n")]}, "VOTES has no column vote"),
        ({"swap": [("project_id;cost;", "project_id;price;")]}, "PROJECTS has no column cost"),
        ({"swap": [("VOTES\n", "BALLOTS\n")]}, "has no part VOTES"),
        ({"swap": [("META\n", "\n")]}, "has no part META"),
        ({"swap": [("VOTES\n", "PROJECTS\n")]}, "has no part VOTES"),
        ({"swap": [("voter_id;age;sex", "voter_id;age;age")]}, "names a column of VOTES twice"),
        ({"swap": [('"10, A"', '"10, A')]}, "row 19 votes for A v4;200"),
        ({"encoding": "utf-16"}, "not UTF-8|has no part"),
        ({"kind": "cumulative", "columns": "vote;points",
          "votes": ["v1;1;F;N;A,B;2", *(f"v{n};1;F;N;A;1" for n in (2, 3, 4))]},
         "row 17 names 2 projects and gives 1 points"),
        ({"kind": "cumulative", "columns": "vote;points",
          "votes": ["v1;1;F;N;A;-2", *(f"v{n};1;F;N;A;1" for n in (2, 3, 4))]},
         "row 17 has no points of 0 or more"),
        ({"kind": "ordinal", "votes": ["v1;1;F;N;A,A", *APPROVAL[1:]]},
         "row 17 names a project twice"),
    ],
)  # fmt: skip
def test_faults_are_named_with_file_and_row(tmp_path, change, what):
    with pytest.raises(CourseError, match=what) as caught:
        participation.read_pabulib(made(tmp_path, **change))
    assert caught.value.what.startswith("made.pb")
    assert caught.value.remedy


def test_all_faults_in_one_message(tmp_path):
    votes = [f"v{n % 3};1;F;N;Q" for n in range(40)]
    with pytest.raises(CourseError, match=r"; and \d+ more") as caught:
        participation.read_pabulib(made(tmp_path, votes=votes))
    assert len(str(caught.value)) < 900


def test_files_that_are_none(tmp_path):
    with pytest.raises(CourseError, match="cannot be opened"):
        participation.read_pabulib(tmp_path / "none.pb")
    with pytest.raises(CourseError, match="cannot be opened"):
        participation.read_pabulib(tmp_path)
    for content in (b"", b"\x00" * 50, b"PK\x03\x04", b"a;b\nc;d\n", b"META\n", b"\xff\xfe\x00"):
        path = tmp_path / "odd.pb"
        path.write_bytes(content)
        with pytest.raises(CourseError, match=r"odd\.pb"):
            participation.read_pabulib(path)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_torn_files_never_give_a_traceback(tmp_path_factory, data):
    """Any piece cut out, doubled or changed: read, or refused in words."""
    text = GOOD.format(kind="approval", budget="9", columns="vote", votes="\n".join(APPROVAL))
    at = data.draw(st.integers(0, len(text)))
    size = data.draw(st.integers(0, 80))
    new = data.draw(st.sampled_from(["", ";", '"', "\n", "META\n", "VOTES\n", "9" * 400, "\x00"]))
    path = tmp_path_factory.mktemp("torn") / "torn.pb"
    path.write_text(text[:at] + new + text[at + size :], encoding="utf-8")
    try:
        election = participation.read_pabulib(path)
    except CourseError:
        return
    participation.profile(election.projects, election.ballots)


def test_real_files(test_data):
    """Counts of rows and votes as the files themselves state them."""
    for path in sorted((test_data / "pb").glob("*.pb")):
        election = participation.read_pabulib(path)
        assert len(election.projects) == int(election.meta["num_projects"])
        assert election.ballots["voter_id"].nunique() == int(election.meta["num_votes"])
        assert math.isfinite(election.budget) and election.budget > 0


def test_age_groups_are_in_the_order_of_age():
    assert tuple(sorted(AGE_GROUPS)) == AGE_GROUPS
    assert [age_group(str(a)) for a in (0, 19, 20, 59, 60, 120, 121, -1)] == [
        "0-19", "0-19", "20-29", "50-59", "60+", "60+", "", "",
    ]  # fmt: skip

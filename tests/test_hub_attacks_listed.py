"""The table of attacks in SECURITY.md: every test is in it, and every name in it exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from course.paths import ROOT
from grading.hub.defences import Defence

PAGE = ROOT / "grading" / "hub" / "SECURITY.md"
FOLDER = ROOT / "tests" / "hub_attacks"
SAME = "the same test"


def names_in(path: Path) -> set[str]:
    """Return the names of the tests of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def section() -> str:
    return PAGE.read_text(encoding="utf-8").split("## The attacks", 1)[1].split("\n## ", 1)[0]


def rows() -> list[list[str]]:
    """Return attack, defence, file, held, works without."""
    lines = [line for line in section().splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def wrong(table: list[list[str]]) -> list[str]:
    """Return what a row says that is not so."""
    found = []
    for attack, defence, file, held, without in table:
        path = FOLDER / file.strip("`")
        have = names_in(path) if path.is_file() else set()
        found += [
            f"{attack}: no defence {d}" for d in defence.split(", ") if d not in Defence.__members__
        ]
        both = held if without == SAME else held + without
        names = re.findall(r"`([^`]+)`", both)
        found += [f"{attack}: {file} has no {name}" for name in names if name not in have]
        if not re.search("`", held) or not (without == SAME or "`" in without):
            found.append(f"{attack}: one side is missing")
        if without != SAME and held == without:
            found.append(f"{attack}: one test stands on both sides")
    return found


def test_every_row_names_a_defence_and_tests_that_exist():
    table = rows()
    assert wrong(table) == []
    assert len({row[0] for row in table}) == len(table)
    assert f"\n{len(table)} attacks" in section()
    assert len(table) >= 20


def test_every_test_of_an_attack_is_listed():
    listed = set(re.findall(r"`(test_\w+)`", section()))
    there = set().union(*(names_in(path) for path in FOLDER.glob("test_*.py")))
    assert there - listed == set()


def test_every_defence_stands_against_an_attack():
    assert {d for row in rows() for d in row[1].split(", ")} == set(Defence.__members__)


def test_a_row_that_is_wrong_is_found():
    good = rows()[0]
    for at, bad in (
        (1, "LUCK"),
        (2, "`test_nowhere.py`"),
        (3, "`test_gone`"),
        (4, ""),
        (4, good[3]),
    ):
        assert wrong([[*good[:at], bad, *good[at + 1 :]]])

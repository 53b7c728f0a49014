"""``python -m course test``: the checks of the repository, then pytest."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

HELP = "run the checks and all tests"
LEVEL = "dev"
DESCRIPTION = (
    "Style, import directions and spelling, then pytest. Arguments that are not named here "
    "go to pytest, for example: python3 -m course test --fast -k fares. The whole suite runs "
    "in two processes, a selection in one."
)
PASSES_ARGUMENTS_ON = True

FAST = "not slow and not browser and not nbgrader"
# Files stay whole (tests/conftest.py says which stay together), so that what is dear is made
# once; the order of the collection stays too, quick tests first.
SPREAD = ("--dist", "loadfile", "--no-loadscope-reorder")
# What is checked, and the arguments of the Python that checks it. Each reads its settings
# from pyproject.toml.
CHECKS = (
    ("style", ("-m", "ruff", "check", "--quiet", ".")),
    ("format", ("-m", "ruff", "format", "--check", "--quiet", ".")),
    ("imports", ("-c", "from importlinter.cli import lint_imports_command as run; run()")),
    ("spelling", ("-m", "codespell_lib")),
    ("docstrings", ("-m", "numpydoc", "lint")),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument(
        "--all-cities", action="store_true", help="notebooks on every city, not on two by turns"
    )
    parser.add_argument(
        "--fast", action="store_true", help="leave out what is marked slow, browser or nbgrader"
    )
    parser.add_argument(
        "--processes", type=int, metavar="N",
        help="processes that share the tests (default: 2 for all tests, 1 for a selection)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Run the checks, say how they went, and end with pytest's own report."""
    from course.environment import is_checkout
    from course.errors import UsageError
    from course.paths import ROOT

    if not is_checkout():
        raise UsageError(
            "The tests lie in the repository, not in the installed course.",
            "Run this in a clone of the repository.",
        )
    failed = [name for name, arguments in CHECKS if not _passes(name, arguments, ROOT)]
    if not os.environ.get("COURSE_TEST_DATA"):
        print("Note: COURSE_TEST_DATA is not set; tests on real files are left out.")
    variables = dict(os.environ, COURSE_CHECKS_FAILED=",".join(failed))
    if args.all_cities:
        variables["COURSE_ALL_CITIES"] = "1"
    arguments = [*(("-m", FAST) if args.fast else ()), *_spread(args), *args.rest]
    sys.stdout.flush()
    return subprocess.call([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=variables)


def _spread(args: argparse.Namespace) -> tuple[str, ...]:
    """Return pytest's options for several processes, none where one is better."""
    # tests chosen by name, file or debugger are few: a second process costs its start
    chosen = [a for a in args.rest if not a.startswith("-") or a in ("-k", "-s", "--pdb", "-n")]
    processes = args.processes or (1 if chosen else 2)
    return ("-n", str(processes), *SPREAD) if processes > 1 else ()


def _passes(name: str, arguments: tuple[str, ...], root: os.PathLike[str]) -> bool:
    """Run one check; show what it says only when it fails."""
    if name == "docstrings":
        arguments = (*arguments, *_public_modules(root))
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    good = done.returncode == 0
    print(f"{name:<10}  {'ok' if good else 'FAILED'}  {time.monotonic() - begun:.1f} s", flush=True)
    if not good:
        print(done.stdout.strip(), flush=True)
    return good


def _public_modules(root: os.PathLike[str]) -> list[str]:
    from pathlib import Path

    return sorted(
        str(path.relative_to(root))
        for package in ("course", "grading")
        for path in Path(root, package).rglob("*.py")
        if not path.name.startswith("_") or path.name == "__init__.py"
    )

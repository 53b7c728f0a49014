"""``python -m course bench``: measure beside a baseline and keep the table."""

from __future__ import annotations

import argparse
import ast
import importlib.util
import json
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import ModuleType

    import pandas as pd

HELP = "run the benchmarks and write their tables"
LEVEL = "dev"
BARE = ("--list",)
DESCRIPTION = (
    "Each benchmark measures the course beside a baseline in the same run and writes "
    "tests/benchmarks/NAME.md."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("name", nargs="*", help="benchmarks to run (default: all of them)")
    parser.add_argument("--list", action="store_true", help="list the benchmarks and run none")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")


def run(args: argparse.Namespace) -> int:
    """Run the chosen benchmarks one after another and write their tables."""
    from course.paths import ROOT

    folder = ROOT / "tests" / "benchmarks"
    known = {path.stem.removeprefix("bench_"): path for path in sorted(folder.glob("bench_*.py"))}
    if args.list:
        told = {name: _first_line(_docstring(path)) for name, path in known.items()}
        width = max(map(len, told), default=0)
        lines = [f"{name:<{width}}  {line}".rstrip() for name, line in told.items()]
        print(json.dumps(list(known)) if args.json else "\n".join(lines))
        return 0
    results = {}
    for name in _chosen(args.name, known):
        module = _load(known[name])
        if not args.json:
            print(f"{name}: {_first_line(module.__doc__)}", flush=True)
        table = module.run()
        (folder / f"{name}.md").write_text(page(module, table), encoding="utf-8")
        results[name] = json.loads(table.to_json(orient="records"))
        if not args.json:
            print(markdown_table(table), flush=True)
    if args.json:
        print(json.dumps(results, indent=1))
    return 0


def _chosen(names: list[str], known: dict[str, Path]) -> list[str]:
    from course.errors import UsageError

    for name in names:
        if name not in known:
            raise UsageError(
                f"There is no benchmark {name!r}.", f"There are: {', '.join(known) or 'none'}."
            )
    return names or list(known)


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # workers that a benchmark starts look it up by name
    spec.loader.exec_module(module)
    return module


def page(module: ModuleType, table: pd.DataFrame) -> str:
    """Return the Markdown page of one result: what, where it ran, the table.

    Parameters
    ----------
    module : module
        The benchmark; its docstring says what is measured and what the baseline is.
    table : DataFrame
        One row per measurement; a column ``baseline`` stands beside the course's own.

    Returns
    -------
    str
        Without date and host: the same machine writes the same head again.
    """
    machine = (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )
    text = " ".join((module.__doc__ or "").split())
    name = module.__name__.removeprefix("bench_").replace("_", " ")
    return (
        f"# Benchmark: {name}\n\n{text}\n\n{markdown_table(table)}\n\n"
        f"{machine}. Run again: `python3 -m course bench "
        f"{module.__name__.removeprefix('bench_')}`.\n"
    )


def markdown_table(table: pd.DataFrame) -> str:
    """Return a frame as a Markdown table, numbers to three significant digits."""
    rows = [[_cell(value) for value in row] for row in table.itertuples(index=False)]
    head = [str(column) for column in table.columns]
    numeric = [table[column].dtype.kind in "iuf" for column in table.columns]
    widths = [max(3, *(len(row[i]) for row in [head, *rows])) for i in range(len(head))]

    def line(cells: list[str]) -> str:
        padded = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, numeric, strict=True)
        ]
        return f"| {' | '.join(padded)} |"

    rule = [
        "-" * (width - 1) + (":" if right else "-")
        for width, right in zip(widths, numeric, strict=True)
    ]
    return "\n".join([line(head), line(rule), *(line(row) for row in rows)])


def _cell(value: object) -> str:
    if isinstance(value, float):
        if value != value:
            return ""
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value).replace("|", "\\|")


def _docstring(path: Path) -> str | None:
    """Return a module's docstring without importing it: that needs the whole environment."""
    try:
        return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, SyntaxError):
        return None


def _first_line(docstring: str | None) -> str:
    return next(iter((docstring or "").strip().splitlines()), "")

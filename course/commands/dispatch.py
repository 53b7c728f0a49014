"""Find a command by its name, import only that one, and turn errors into one line.

A command is a module ``<package>/commands/<name>.py`` with

- ``HELP``: one line, a plain string,
- ``add_arguments(parser)``: declares its options on an ``argparse`` parser,
- ``run(args) -> int``: does the work and returns the exit code,
- ``LEVEL`` (optional): ``"learner"``, ``"host"``, ``"hub"`` or ``"dev"``, the environment it needs,
- ``BARE`` (optional): a tuple of options with which it needs no environment.

``HELP``, ``LEVEL`` and ``BARE`` are read without importing the module, so the list of commands
appears before anything is installed. A name with a hyphen lives in a file with an
underscore. Standard library only.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import errno
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from course.calling import call
from course.errors import CourseError, UsageError


@dataclass(frozen=True)
class Command:
    """One command as its file declares it, not yet imported."""

    package: str
    name: str
    help: str
    level: str
    bare: tuple[str, ...] = ()

    @property
    def module(self) -> str:
        """Return the dotted name of the module that holds the command."""
        return f"{self.package}.commands.{self.name.replace('-', '_')}"


def commands(package: str) -> dict[str, Command]:
    """Return the commands of a package by name, in alphabetical order.

    Parameters
    ----------
    package
        ``"course"`` or ``"grading"``.

    Returns
    -------
    dict of str to Command
        Empty when the package has no ``commands`` folder.
    """
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    found = {}
    for folder in folders:
        for path in sorted(Path(folder, "commands").glob("[a-z]*.py")):
            declared = _declared(path)
            if "HELP" in declared:
                name = path.stem.replace("_", "-")
                found[name] = Command(
                    package,
                    name,
                    str(declared["HELP"]),
                    str(declared.get("LEVEL", "")),
                    tuple(declared.get("BARE", ())),
                )
    return found


def find(package: str, name: str) -> Command:
    """Return the command of that name, or raise with the nearest name there is."""
    known = commands(package)
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=1)
    remedy = f"Did you mean: {call(package)} {near[0]}." if near else ""
    if name.startswith("-"):
        raise UsageError(
            f"Options come after the command's name; {name} came first.",
            f"See: {call(package)} --help.",
        )
    raise UsageError(f"There is no command {name!r}.", remedy or f"See: {call(package)} --help.")


def overview(package: str, argv: list[str]) -> int:
    """Print the commands with one line each, or the version."""
    if argv[:1] == ["--version"]:
        from course import __version__

        print(f"{package} {__version__}")
        return 0
    known = commands(package)
    width = max((len(name) for name in known), default=0)
    print(f"Use: {call(package)} COMMAND [options]\n")
    for command in known.values():
        print(f"  {command.name:<{width}}  {command.help}")
    print(f"\nMore about one of them: {call(package)} COMMAND --help")
    return 0


def run(command: Command, argv: list[str]) -> int:
    """Import one command, read its arguments and run it; return its exit code."""
    module = importlib.import_module(command.module)
    parser = argparse.ArgumentParser(
        prog=call(f"{command.package} {command.name}"),
        description=getattr(module, "DESCRIPTION", None) or command.help,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    if getattr(module, "PASSES_ARGUMENTS_ON", False):
        args, args.rest = parser.parse_known_args(argv)
    else:
        args = parser.parse_args(argv)
    return int(module.run(args) or 0)


def guarded(work: Callable[[], int], *, package: str) -> int:
    """Do some work and turn whatever goes wrong into one line and an exit code.

    Parameters
    ----------
    work
        What to do; returns an exit code.
    package
        The name that begins the line on stderr.

    Returns
    -------
    int
        The work's own code; ``CourseError.exit_code``; 130 after Ctrl-C; 1 for what
        nobody foresaw, with the details in a file (on the screen with ``COURSE_DEBUG=1``).
    """
    try:
        return work()
    except CourseError as error:
        _line(package, str(error))
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) went away: nothing is left to say, and the closing
        # flush of the interpreter must not say it either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _line(package, "The disk is full. Make room and run the command again.")
            return 1
        return _unforeseen(package, error)
    except Exception as error:
        return _unforeseen(package, error)


def _unforeseen(package: str, error: Exception) -> int:
    if os.environ.get("COURSE_DEBUG"):
        traceback.print_exc()
        return 1
    if isinstance(error, ModuleNotFoundError) and not (error.name or "").startswith(
        ("course", "grading")
    ):
        _line(
            package,
            f"The environment lacks the package {error.name}. "
            "Delete the folder .venv and run the command again.",
        )
        return 1
    from course.paths import state_dir

    told = f"{type(error).__name__}: {error}"
    where = state_dir() / "last-error.txt"
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_text(traceback.format_exc(), encoding="utf-8")
        told += f" The details are in {where}; please report them."
    except OSError:
        told += " Run it again with COURSE_DEBUG=1 to see the details."
    _line(package, told)
    return 1


def _line(package: str, text: str) -> None:
    print(f"{package}: {' '.join(text.split())}", file=sys.stderr)


def _declared(path: Path) -> dict[str, object]:
    """Return the plain constants HELP, LEVEL and BARE of a module without importing it."""
    values = {}
    for node in ast.parse(path.read_text(encoding="utf-8"), filename=str(path)).body:
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            continue
        for name in {"HELP", "LEVEL", "BARE"}.intersection(names):
            values[name] = ast.literal_eval(node.value)
    return values

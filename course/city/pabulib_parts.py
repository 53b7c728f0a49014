"""The three parts of a Pabulib file as rows of text, and what is wrong in them.

A file is META, PROJECTS and VOTES, each a line with its name, a line with its columns and
then its rows; cells are separated by ``;`` and may be quoted. Rows are counted in lines of the
file, from 1, as an editor shows them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from course.errors import CourseError

PARTS = ("META", "PROJECTS", "VOTES")
_SHOWN = 6


@dataclass
class PabulibFile:
    """A file on its way to an election; gathers what is wrong on the way.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    headers : dict of str to list of str
        Columns of each part, lower case.
    rows : dict of str to list of (int, list of str)
        Rows of each part with their line.
    """

    name: str
    headers: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[str, list[tuple[int, list[str]]]] = field(default_factory=dict)
    _faults: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> PabulibFile:
        """Split a file into its parts.

        Raises
        ------
        CourseError
            The file cannot be opened, is no UTF-8 text, or lacks a part.
        """
        file = cls(path.name)
        part, waiting = "", False
        for line, row in _csv_rows(_text(path), path.name):
            word = row[0].strip().upper()
            if word in PARTS and not any(cell.strip() for cell in row[1:]):
                if word in file.rows:
                    file.fault(line, f"starts {word} a second time")
                part, waiting = word, True
            elif waiting:
                header = [cell.strip().lower() for cell in row]
                named = [cell for cell in header if cell]
                if len(set(named)) < len(named):
                    file.fault(line, f"names a column of {part} twice")
                file.headers[part], file.rows[part], waiting = header, [], False
            elif not part:
                file.fault(line, "stands before META")
            else:
                file.rows[part].append((line, [cell.strip() for cell in row]))
        for name in PARTS:
            if name not in file.rows:
                raise CourseError(
                    f"{path.name} has no part {name} with a header.",
                    "Use a Pabulib file; its parts are META, PROJECTS and VOTES.",
                )
        return file

    def columns(
        self, part: str, wanted: dict[str, tuple[str, ...]], needed: tuple[str, ...]
    ) -> dict[str, int]:
        """Return where columns are, -1 for absent: ours -> the first of their names found."""
        header = self.headers[part]
        found = {
            ours: next((header.index(name) for name in names if name in header), -1)
            for ours, names in wanted.items()
        }
        for name in needed:
            if found[name] < 0:
                raise CourseError(
                    f"{self.name}: {part} has no column {name}.",
                    f"Name its columns in the line after {part}.",
                )
        return found

    def fault(self, line: int, what: str) -> None:
        """Note a fault; line 0 for one of the whole file."""
        told = " ".join(what.split())  # a cell may hold line breaks
        self._faults.append((line, f"row {line} {told}" if line else told))

    @property
    def faulty(self) -> bool:
        """Whether a fault was noted."""
        return bool(self._faults)

    def stop(self) -> None:
        """Raise a CourseError that names the first faults, if there are any."""
        if not self._faults:
            return
        shown = [what for _, what in sorted(self._faults)[:_SHOWN]]
        more = len(self._faults) - len(shown)
        told = "; ".join(shown) + (f"; and {more:,} more" if more else "")
        raise CourseError(
            f"{self.name}: {told}.", "Mend these rows in the file, or fetch the file again."
        )


def cell(row: list[str], at: int) -> str:
    """Return a cell; missing ones and the word none are empty."""
    value = row[at] if 0 <= at < len(row) else ""
    return "" if value.lower() == "none" else value


def number(text: str) -> float | None:
    """Return a number, None for anything else; a comma may be the decimal sign."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError:
        raise CourseError(f"{path} cannot be opened.", "Check the name of the file.") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CourseError(
            f"{path.name}, row {line}: this is not UTF-8 text.",
            "Save the file again with the encoding UTF-8.",
        ) from None


def _csv_rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, with the line each begins on."""
    reader = csv.reader(text.splitlines(keepends=True), delimiter=";")
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise CourseError(
            f"{name}, row {reader.line_num}: {error}.",
            'Look at the quotes: each " needs its partner.',
        ) from None

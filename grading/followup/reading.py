"""Read a report file: JSON from the form, or the Excel template that came back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from course.errors import CourseError
from course.followup.report import Report, parse
from grading.strict_json import single_keys

MOST_JSON = 1_000_000  # bytes
MOST_EXCEL = 5_000_000


@dataclass(frozen=True)
class ReadReport:
    """A report as it was read, and where each field stood in its file."""

    name: str
    kind: str
    sha256: str
    report: Report
    places: Mapping[str, str] = field(default_factory=dict)

    def place(self, name: str) -> str:
        """Return the sheet and cell of a field, or the field itself."""
        return f"{self.places[name]} ({name})" if name in self.places else name


def read_report(path: Path) -> ReadReport:
    """Return the report in a file.

    Parameters
    ----------
    path : Path
        JSON, or the Excel template of the course.

    Raises
    ------
    CourseError
        The file is not there, too large, of another kind, damaged, or a field is wrong.
    """
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise CourseError(f"{path} is not a file.", "Give report files.")
        if size > MOST_EXCEL:
            raise CourseError(
                f"{path.name} has {size / 1e6:.1f} MB; a report has less than 5.",
                "Take pictures and other sheets out, and name proofs by their address.",
            )
        content = path.read_bytes()
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror}).", "Check its name and rights."
        ) from None
    return of_bytes(content, path.name)


def of_bytes(content: bytes, name: str) -> ReadReport:
    """Return the report in the bytes of a file; see :func:`read_report`."""
    digest = hashlib.sha256(content).hexdigest()
    if content[:4] == b"PK\x03\x04":
        from grading.followup.excel_reading import read_excel

        given, places = read_excel(content, name)
        return ReadReport(name, "excel", digest, parse(given, name=name, places=places), places)
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise CourseError(
            f"{name} is an old Excel file, or protected with a password.",
            "Save it as Excel workbook (.xlsx) without a password.",
        )
    return ReadReport(name, "json", digest, parse(_json(content, name), name=name))


def _json(content: bytes, name: str) -> object:
    remedy = "Send the file that the form wrote, or the Excel template."
    if len(content) > MOST_JSON:
        raise CourseError(f"{name} is larger than a report can be.", remedy)
    try:
        return json.loads(
            content.decode("utf-8-sig"),
            object_pairs_hook=single_keys,
            parse_constant=_no_constant,
            # a number of a million digits would keep the machine busy for minutes
            parse_int=_whole,
        )
    except RecursionError:
        raise CourseError(f"{name} is nested too deeply.", remedy) from None
    except UnicodeDecodeError:
        raise CourseError(f"{name} is neither JSON nor an Excel workbook.", remedy) from None
    except json.JSONDecodeError as error:
        raise CourseError(f"{name}, line {error.lineno}: this is not JSON.", remedy) from None
    except ValueError as error:
        raise CourseError(f"{name}: {error}.", remedy) from None


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number a report can hold")


def _whole(text: str) -> int:
    if len(text) > 30:
        raise ValueError("a number has more than 30 digits")
    return int(text)

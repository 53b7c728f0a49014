"""Reports as files: an Excel workbook with a sheet for each table, or one CSV file."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import CourseError, UsageError
from grading.items.report import TestReport
from grading.items.survey import PROMISE, TOO_FEW, SurveyReport, sentence
from grading.paperwork import safe_cell

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".xlsx", ".csv")
# not printable, but nearly every Persian text has them
_ALLOWED = ("\n", "\t", "\u200c", "\u200d")


def tables_of_test(made: TestReport) -> dict[str, pd.DataFrame]:
    """Return the tables of a test: questions, options, trainees, and the gain where there is one.

    The first table is what a CSV file gets.
    """
    import pandas as pd

    items = made.items.reset_index(names="question")
    items["signs"] = [" ".join(signs) for signs in items["signs"]]
    said = [*made.sentences, *(f"{s}: {why}" for s, why in made.answers.left_out.items())]
    found = {
        "questions": items,
        "options": made.options,
        "trainees": made.trainees.reset_index(),
    }
    if made.gain:
        found["gain"] = made.gain.people.reset_index(names="student_id")
        found["gain by area"] = made.gain.areas.reset_index(names="area")
        said += made.gain.sentences
    return {**found, "notes": pd.DataFrame({"notes": said})}


def tables_of_survey(made: SurveyReport) -> dict[str, pd.DataFrame]:
    """Return the tables of a survey: all of it in one, without names."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for scale in made.scales:
        asked = {"question": scale.question.title, "text": scale.question.prompt}
        if scale.n is None:
            rows.append({**asked, "step": "", "words": TOO_FEW, "answers": None})
            continue
        for option in scale.question.options:
            count = scale.counts[int(option.key)]
            rows.append({**asked, "step": option.key, "words": option.label, "answers": count})
        rows.append({**asked, "step": "all", "words": sentence(scale), "answers": scale.n})
    for item in made.open:
        asked = {"question": item.question.title, "text": item.question.prompt, "step": ""}
        texts = item.answers if item.answers is not None else (TOO_FEW,)
        rows += [{**asked, "words": text, "answers": None} for text in texts]
    columns = ["question", "text", "step", "words", "answers"]
    notes = pd.DataFrame({"notes": [PROMISE]})
    made = pd.DataFrame(rows, columns=columns).astype({"answers": "Int64"})
    return {"survey": made, "notes": notes}


def write(tables: dict[str, pd.DataFrame], path: Path) -> Path:
    """Write tables to a file, beside it first; a workbook gets all, a CSV file the first.

    Raises
    ------
    UsageError
        The name ends neither in .xlsx nor in .csv.
    CourseError
        The file cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            f"{path.name} is neither a workbook nor a CSV file.", "End the name in .xlsx or .csv."
        )
    safe = {name: frame.astype(object).map(_safe) for name, frame in tables.items()}
    beside = path.with_name(f".{path.stem}.{os.getpid()}{ending}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if ending == ".csv":
            next(iter(safe.values())).to_csv(beside, index=False, encoding="utf-8-sig")
        else:
            _workbook(safe, beside)
        os.replace(beside, path)
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Close it where it is open, or choose another place with --out.",
        ) from None
    finally:
        beside.unlink(missing_ok=True)
    return path


def _workbook(tables: dict[str, pd.DataFrame], path: Path) -> None:
    import pandas as pd

    with pd.ExcelWriter(path, engine="openpyxl") as book:
        for name, frame in tables.items():
            frame.to_excel(book, sheet_name=name[:31], index=False, freeze_panes=(1, 0))
            sheet = book.sheets[name[:31]]
            for number, column in enumerate(frame.columns, start=1):
                longest = max([len(str(column)), *(len(str(v)) for v in frame[column])], default=8)
                letter = sheet.cell(row=1, column=number).column_letter
                sheet.column_dimensions[letter].width = min(60, longest + 2)


def _safe(value: Any) -> Any:
    """Return a cell that no spreadsheet takes for a formula, rounded, without control signs."""
    import pandas as pd

    if value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, str):
        value = "".join(c for c in value if c.isprintable() or c in _ALLOWED)
        return safe_cell(value)
    return value

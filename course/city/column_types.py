"""Give columns of a table the types their schema declares, or say which cell is wrong.

Row 1 of a file is its header, so the first row of data is row 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from course.city.schema import TABLES, Column
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def typed(
    table: pa.Table, name: str, *, label: str, resource: dict[str, Any] | None = None
) -> pd.DataFrame:
    """Give the columns of a frame the types its schema declares.

    Parameters
    ----------
    table : pyarrow.Table
        Text or typed columns.
    name : str
        Frame name in :data:`course.city.schema.TABLES`; other names keep their types.
    label : str
        File name for messages.
    resource : dict, optional
        The resource, whose schema types the columns the course does not know.

    Returns
    -------
    pandas.DataFrame
        The frame, required and known optional columns first, extra columns after.
    """
    import pandas as pd

    table = table.replace_schema_metadata(None)
    known = {column.name: column for column in TABLES[name].columns} if name in TABLES else {}
    required = TABLES[name].required if name in TABLES else ()
    absent = [column for column in required if column not in table.column_names]
    if absent:
        raise CourseError(
            f"{label} has no column {absent[0]}.",
            f"A table of {name} needs: {', '.join(required)}.",
        )
    declared = {
        field["name"]: field.get("type", "string")
        for field in ((resource or {}).get("schema") or {}).get("fields", [])
        if isinstance(field, dict) and isinstance(field.get("name"), str)
    }
    columns: dict[str, Any] = {}
    for column_name in _ordered(known, table.column_names):
        column = known.get(column_name) or _extra(column_name, declared, table)
        columns[column_name] = convert(table.column(column_name), column, label=label)
    return pd.DataFrame(columns)


def _ordered(known: Iterable[str], present: list[str]) -> list[str]:
    first = [name for name in known if name in present]
    return first + [name for name in present if name not in first]


def _extra(name: str, declared: dict[str, str], table: pa.Table) -> Column:
    import pyarrow.types as kinds

    kind = table.column(name).type
    if declared.get(name) == "integer" or kinds.is_integer(kind):
        dtype = "Int64"
    elif declared.get(name) == "number" or kinds.is_floating(kind):
        dtype = "float64"
    else:
        dtype = "str"
    return Column(name, dtype, "", required=False, nullable=True)


def convert(values: pa.ChunkedArray, column: Column, *, label: str) -> pd.Series:
    """Convert one column, naming the first row that does not fit.

    Parameters
    ----------
    values : pyarrow.ChunkedArray
        Text or typed values.
    column : Column
        What they must become.
    label : str
        File name for messages.

    Returns
    -------
    pandas.Series
        Of ``column.dtype``.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as kinds

    def refuse(row: int, why: str) -> CourseError:
        return CourseError(
            f"{label}, row {row + 2}, column {column.name}: {why}.",
            f"It must be {column.description or 'text'}"
            + (f" in {column.unit}." if column.unit else "."),
        )

    if kinds.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if kinds.is_large_string(values.type):
        values = values.cast(pa.string())
    if column.dtype == "str":
        text = values if kinds.is_string(values.type) else values.cast(pa.string())
        if not column.nullable:
            text = pc.fill_null(text, "")
        if column.choices:
            wrong = pc.invert(pc.is_in(text, pa.array(column.choices)))
            row = pc.index(wrong.combine_chunks(), True).as_py() if len(text) else -1
            if row >= 0:
                raise refuse(row, f"{text[row].as_py()!r} is none of {', '.join(column.choices)}")
        return text.to_pandas().astype("str")
    if kinds.is_string(values.type):
        trimmed = pc.utf8_trim_whitespace(values)
        numbers = pd.to_numeric(trimmed.to_pandas().astype("object"), errors="coerce")
        numbers = numbers.astype("float64") if numbers.dtype == object else numbers
        given = trimmed.is_valid().to_pandas()
    else:
        numbers = values.to_pandas()
        given = values.is_valid().to_pandas()
        if numbers.dtype == object:
            raise refuse(0, f"a column of {values.type} holds no numbers")
    absent = pd.isna(numbers).to_numpy() | ~given.to_numpy()
    bad = absent & given.to_numpy()
    if bad.any():
        row = int(bad.argmax())
        raise refuse(row, f"{values[row].as_py()!r} is no number")
    if absent.any() and not column.nullable:
        raise refuse(int(absent.argmax()), "the cell is empty")
    whole = column.dtype != "float64"
    for outside, why in (
        (numbers < column.low if column.low is not None else None, f"is below {column.low}"),
        (numbers > column.high if column.high is not None else None, f"is above {column.high}"),
        (numbers % 1 != 0 if whole else None, "is no whole number"),
        (numbers.abs() > 9e15, "is too large"),
    ):
        if outside is not None and (outside & ~absent).any():
            row = int((outside & ~absent).to_numpy().argmax())
            raise refuse(row, f"{numbers.iloc[row]} {why}")
    # Whole numbers with empty cells need the nullable type.
    return numbers.astype("Int64" if column.nullable and column.dtype == "int64" else column.dtype)

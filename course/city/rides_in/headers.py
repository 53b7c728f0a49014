"""Which column of a ride file is which: as stated, else by the usual names."""

from __future__ import annotations

from course.city.repairs import RepairList
from course.city.rides_in import fields
from course.city.rides_in.reading import Block
from course.errors import CourseError


def columns_of(
    block: Block, mapping: dict[str, str], before: dict[str, str], repairs: RepairList
) -> dict[str, str]:
    """Return our columns and theirs of one block.

    Parameters
    ----------
    block : Block
        Rows of a file; its column names count.
    mapping : dict
        Ours to theirs, as a person states it; usual names are found without.
    before : dict
        What was used for the blocks before; empty for the first.
    repairs : RepairList
        Told once which columns the course has no use for.

    Returns
    -------
    dict
        Ours to theirs.

    Raises
    ------
    CourseError
        A stated column is absent, a needed one is not found, or files differ.
    """
    theirs = {name.strip().lower(): name for name in block.table.column_names}
    used: dict[str, str] = {}
    for ours, wanted in mapping.items():
        if wanted.strip().lower() not in theirs:
            raise CourseError(
                f"{block.file} has no column {wanted!r}.",
                f"Its columns are: {', '.join(block.table.column_names[:40])}.",
            )
        used[ours] = theirs[wanted.strip().lower()]
    for ours, usual in fields.USUAL_NAMES.items():
        for name in usual:
            column = theirs.get(name)
            if ours not in used and column is not None and column not in used.values():
                used[ours] = column
    differ = [ours for ours in fields.FIELDS if before
              and used.get(ours, "").lower() != before.get(ours, "").lower()]  # fmt: skip
    if differ:
        raise CourseError(
            f"{block.file} has other columns than the file before it, for {', '.join(differ)}.",
            "Name the columns alike in all files, or give the files to packs of their own.",
        )
    there = f"Its columns are: {', '.join(block.table.column_names[:40])}."
    needed = ("card_id", "board_time" if "hour" not in used else "hour")
    absent = [column for column in needed if column not in used]
    if absent:
        raise CourseError(
            f"{block.file} has no column for {' and '.join(absent)}.",
            f"Map it: --columns {' '.join(f'{c}=THEIR_NAME' for c in absent)}. {there}",
        )
    if not ({"board_stop_id", "board_stop_name"} & set(used)
            or {"board_lat", "board_lon"} <= set(used)):  # fmt: skip
        raise CourseError(
            f"{block.file} does not say where a ride begins.",
            f"Map board_stop_id, board_stop_name, or board_lat and board_lon. {there}",
        )
    if not before:
        rest = [c for c in block.table.column_names if c not in used.values()]
        if rest:
            repairs.note(
                block.file, f"columns the course has no use for: {', '.join(rest[:12])}",
                "ignored",
            )  # fmt: skip
    return used

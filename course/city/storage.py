"""Read and write the files of a pack: ``datapackage.json``, CSV and Parquet tables.

Everything a person may have edited is checked on the way in; a wrong value is named by
file, row and column. Row 1 of a CSV file is its header.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course import whole_files
from course.calling import call
from course.city.column_types import typed
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

DATAPACKAGE = "datapackage.json"
FORMATS = ("csv", "parquet")


def read_datapackage(folder: Path) -> dict[str, Any]:
    """Return the description of a pack, checked for what every pack must say.

    Parameters
    ----------
    folder : Path
        Folder of the pack.

    Returns
    -------
    dict
        The parsed ``datapackage.json`` with ``resources`` (list) and ``city`` (dict).

    Raises
    ------
    CourseError
        No file, no JSON, no ``city``, a resource without name or with a path that
        leaves the folder.
    """
    path = Path(folder) / DATAPACKAGE
    try:
        package = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise CourseError(
            f"{folder} holds no {DATAPACKAGE}, so it is no city pack.",
            f"Give the folder of a pack, or make one with '{call('course city add')}'.",
        ) from None
    except (ValueError, OSError, RecursionError) as error:
        raise CourseError(
            f"{path} cannot be read as JSON ({error}).", "Mend the file or import the city again."
        ) from None
    where = f"{path.parent.name}/{DATAPACKAGE}"
    if not isinstance(package, dict) or not isinstance(package.get("city"), dict):
        raise CourseError(f"{where} has no 'city' property.", "Add it: id, title, centre …")
    city = package["city"]
    for name in ("id", "title"):
        if not isinstance(city.get(name), str) or not city[name]:
            raise CourseError(f"{where} does not say the city's {name}.", f"Add city.{name}.")
    resources = package.get("resources")
    if not isinstance(resources, list):
        raise CourseError(f"{where} lists no resources.", "Add the list of tables.")
    seen: set[str] = set()
    for number, resource in enumerate(resources, start=1):
        name = resource.get("name") if isinstance(resource, dict) else None
        if not isinstance(name, str) or not name:
            raise CourseError(f"{where}: resource {number} has no name.", "Give it a name.")
        if name in seen:
            raise CourseError(f"{where} lists the resource {name} twice.", "Keep one of them.")
        seen.add(name)
        for part in resource_paths(resource):
            if not is_inside(part):
                raise CourseError(
                    f"{where}: the path of {name} leaves the pack ({part!r}).",
                    "Use a path inside the pack's folder.",
                )
    return package


def resource_paths(resource: dict[str, Any]) -> list[str]:
    """Return the paths of a resource as a list (a Data Package allows one or many)."""
    path = resource.get("path") or []
    return [str(part) for part in (path if isinstance(path, list) else [path])]


def is_inside(path: str) -> bool:
    """Say whether a relative path stays inside its folder on every system."""
    parts = path.replace("\\", "/").split("/")
    return bool(path) and not any(
        part in ("", "..") or ":" in part or "\x00" in part for part in parts
    )


def write_datapackage(folder: Path, package: dict[str, Any]) -> None:
    """Write ``datapackage.json``; the old file stays whole until the new one is."""
    text = json.dumps(package, ensure_ascii=False, indent=2, sort_keys=False) + "\n"
    replace_bytes(Path(folder) / DATAPACKAGE, text.encode("utf-8"))


def replace_bytes(path: Path, content: bytes) -> None:
    """Write a file beside its target, then put it in its place in one step."""
    whole_files.write(path, content)


def read_resource(folder: Path, resource: dict[str, Any]) -> pd.DataFrame:
    """Read one resource of a pack with the types its schema declares.

    Parameters
    ----------
    folder : Path
        Folder of the pack.
    resource : dict
        An entry of ``resources``.

    Returns
    -------
    pandas.DataFrame
        The rows of all its files, typed; extra columns stay, as the resource's schema
        types them, else as text.

    Raises
    ------
    CourseError
        A file is missing or unreadable, a column is missing, a value is wrong.
    """
    import pandas as pd

    name = resource["name"]
    paths = resource_paths(resource)
    if not paths:
        raise CourseError(f"The resource {name} names no file.", "Give its path.")
    parts = []
    for part in paths:
        table = _read_file(Path(folder) / part, label=f"{Path(folder).name}/{part}")
        parts.append(typed(table, name, label=part, resource=resource))
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def _read_file(path: Path, *, label: str) -> pa.Table:
    import pyarrow as pa

    try:
        if path.suffix.lower() == ".parquet":
            import pyarrow.parquet as pq

            return pq.read_table(path, partitioning=None)
        return _read_csv(path)
    except FileNotFoundError:
        raise CourseError(f"{label} is missing.", "Put the file back or import again.") from None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError, UnicodeDecodeError) as error:
        raise CourseError(
            f"{label} cannot be read ({str(error).splitlines()[0]}).",
            "Mend the file or import the city again.",
        ) from None


def _read_csv(path: Path) -> pa.Table:
    """Read a CSV file as text columns; empty cells are null."""
    import pyarrow as pa
    from pyarrow import csv

    with open(path, encoding="utf-8-sig", newline="") as stream:
        import csv as rows

        header = next(rows.reader(stream), [])
    names = [name.strip() for name in header]
    if len(set(names)) != len(names):
        raise pa.ArrowInvalid("a column name occurs twice")
    return csv.read_csv(
        path,
        read_options=csv.ReadOptions(column_names=names, skip_rows=1),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=True,
        ),
    )


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a frame as Parquet (zstd) or CSV, by the path's suffix, in one step.

    Parameters
    ----------
    path : Path
        ``*.parquet`` or ``*.csv``; the folder is made.
    frame : pandas.DataFrame
        Written without its index.
    """
    import pyarrow as pa

    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        text = frame.to_csv(index=False, lineterminator="\n")
        replace_bytes(path, text.encode("utf-8"))
        return
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", compression_level=6)
    replace_bytes(path, sink.getvalue().to_pybytes())

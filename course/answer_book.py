"""The file ``answers.json`` beside the notebook: every answer at the moment it was given.

A notebook that is never saved, or saved without its outputs, loses nothing that way. The
file is replaced as a whole, so a crash leaves the old or the new one, never half of one.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

FILE_NAME = "answers.json"
KEPT_PER_QUESTION = 30
MAX_BYTES = 5_000_000
_WAIT_S = 2.0
_STALE_S = 15.0
_OF_THE_MOMENT = ("n", "time", "course")


def folder() -> Path:
    """Return the folder of the running notebook.

    Jupyter names the notebook in ``JPY_SESSION_NAME``; elsewhere the current folder is
    the notebook's own.
    """
    session = os.environ.get("JPY_SESSION_NAME", "")
    if session.endswith(".ipynb"):
        path = Path(session)
        if path.is_absolute() and path.is_file():
            return path.parent
    return Path.cwd()


def read(path: Path) -> tuple[list[dict[str, Any]], bool]:
    """Return the records of a file and whether the file was readable.

    A file that does not exist holds no records and is readable.
    """
    records, readable = read_list(path, "answers", most=MAX_BYTES)
    return [r for r in records if isinstance(r, dict) and isinstance(r.get("question"), str)], (
        readable
    )


def read_list(path: Path, name: str, *, most: int) -> tuple[list[Any], bool]:
    """Return the list under a name in a JSON file, and whether the file was readable.

    A file that does not exist holds nothing and is readable; one larger than ``most`` bytes,
    or without such a list, is not.
    """
    try:
        if path.stat().st_size > most:
            return [], False
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [], True
    except (OSError, ValueError, RecursionError):
        return [], False
    found = content.get(name) if isinstance(content, dict) else None
    return (found, True) if isinstance(found, list) else ([], False)


def set_aside(path: Path) -> Path:
    """Rename a broken ``NAME.json`` to ``NAME.broken-<n>.json`` and return its new name."""
    number = 1
    while (target := path.with_name(f"{path.stem}.broken-{number}.json")).exists():
        number += 1
    os.replace(path, target)
    return target


def append(path: Path, record: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Add a record to the file, counted within its question.

    The same answer given again in the same circumstances is no new attempt: nothing is
    written and the earlier record comes back.

    Parameters
    ----------
    path : Path
        The file; it is made when missing.
    record : dict
        JSON values; ``n`` is set here.

    Returns
    -------
    tuple
        The record with its count (or the earlier record), and a sentence where the file
        had to be set aside (else "").

    Raises
    ------
    OSError
        The folder cannot be written to.
    """
    said = ""
    with lock(path):
        records, readable = read(path)
        if not readable:
            broken = set_aside(path)
            said = (
                f"The file {path.name} could not be read. It is kept as {broken.name}, "
                "and a new one begins here."
            )
        same = [r for r in records if r["question"] == record["question"]]
        if same and _is_again(same[-1], record):
            # Run All repeats every answer cell: that must not use up a learner's hints
            return {**record, **{name: same[-1][name] for name in _OF_THE_MOMENT}}, said
        counts = [r["n"] for r in same if isinstance(r.get("n"), int) and 0 <= r["n"] < 10**6]
        record = {**record, "n": max([*counts, len(same)], default=0) + 1}
        dropped = {id(r) for r in same[: -(KEPT_PER_QUESTION - 1)]}
        kept = [r for r in records if id(r) not in dropped]
        replace(path, {"schema": 1, "answers": [*kept, record]})
    return record, said


def _is_again(earlier: dict[str, Any], record: dict[str, Any]) -> bool:
    """Return whether a record repeats an earlier one that is whole."""
    count = earlier.get("n")
    if isinstance(count, bool) or not isinstance(count, int) or not 0 < count < 10**6:
        return False
    if not all(isinstance(earlier.get(name), str) for name in ("time", "course")):
        return False
    names = record.keys() - set(_OF_THE_MOMENT)
    try:
        # compared as JSON text, because True == 1 in Python; 5 and 5.0 are one number
        return all(_plain(earlier.get(name)) == _plain(record[name]) for name in names)
    except (RecursionError, ValueError):  # a file edited by hand may nest without end
        return False


def _plain(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dict):
        return str(sorted((str(key), _plain(inner)) for key, inner in value.items()))
    return json.dumps(value, sort_keys=True)


def latest(path: Path) -> dict[str, dict[str, Any]]:
    """Return the last record of each question."""
    return {record["question"]: record for record in read(path)[0]}


def replace(path: Path, content: dict[str, Any]) -> None:
    """Write JSON so that a reader sees the old file or the new one, never a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        beside.write_text(json.dumps(content, ensure_ascii=True, indent=1), encoding="utf-8")
        os.replace(beside, path)
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Keep two notebooks of one folder from writing at once; never wait for long."""
    lock = path.with_name(f".{path.name}.lock")
    held = False
    until = time.monotonic() + _WAIT_S
    while not held and time.monotonic() < until:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            held = True
        except FileExistsError:
            with suppress(OSError):
                if time.time() - lock.stat().st_mtime > _STALE_S:
                    lock.unlink(missing_ok=True)  # left by a kernel that was killed
            time.sleep(0.02)
    try:
        yield
    finally:
        if held:
            with suppress(OSError):
                lock.unlink(missing_ok=True)

"""Take a person out of files: their own, and their name in the files of others."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import secrets
import shutil
import stat
import subprocess
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grading.safekeeping.walking import levels
from grading.safekeeping.words import Words

TEXTS = {".json", ".jsonl", ".csv", ".ipynb", ".html", ".htm", ".md", ".txt", ".yml", ".yaml",
         ".ics", ".eml", ".svg", ".tsv", ".log", ".xml", ".geojson"}  # fmt: skip
LARGEST_TEXT = 200_000_000
PIECE = 1 << 22
_OWN = ("student_id", "student", "username", "group", "trainee", "person")
_PRUNED = {".json", ".jsonl", ".csv"}  # tables: rows about the person go, not only the name


def files(folder: Path) -> Iterator[Path]:
    """Yield the ordinary files below a folder; no link is followed."""
    for where, names in levels(folder):
        for name in names:
            path = where / name
            try:
                ordinary = stat.S_ISREG(path.lstat().st_mode)
            except OSError:  # gone, or a way too long to be named
                continue
            if ordinary:
                yield path


def own(folder: Path, student_id: str) -> list[Path]:
    """Return what bears a person's id as its name: folders of hand-ins, notes on them.

    Not below the hand-in of somebody else: what others called their files is theirs.
    """
    found = []
    for where, folders, names in os.walk(folder):
        depth = len(Path(where).relative_to(folder).parts)
        mine = [n for n in folders if n == student_id or n.startswith(f"{student_id}+")]
        found += [Path(where, n) for n in mine]
        found += [Path(where, n) for n in names if Path(n).stem == student_id]
        folders[:] = sorted(n for n in folders if n not in mine) if depth < 4 else []
    return sorted(found)


def remove(path: Path) -> None:
    """Remove a file or a folder, however deep it is."""
    if not path.is_dir() or path.is_symlink():
        path.unlink(missing_ok=True)
        return
    try:
        shutil.rmtree(path)
    except (RecursionError, OSError):  # Python goes down by calling itself, with a file open each
        remover = shutil.which("rm")
        if remover is None:
            raise
        subprocess.run([remover, "-rf", "--", str(path)], capture_output=True, check=False)
        if os.path.lexists(path):
            raise


def released_feedback(state: Any, student_id: str) -> list[Path]:
    """Return the pages of the exchange that only this person can find, by their secret name."""
    from nbgrader.utils import make_unique_key, notebook_hash

    from grading.state import COURSE_ID

    found = set()
    for step in ("submitted", "feedback", "autograded"):
        for folder in (state.base / step / student_id).glob("*"):
            secret = _text(folder / "submission_secret.txt")
            stamp = _text(folder / "timestamp.txt")
            pages = state.exchange / COURSE_ID / "feedback"
            for book in folder.glob("*.ipynb"):
                key = make_unique_key(COURSE_ID, folder.name, book.stem, student_id, stamp)
                names = {notebook_hash(str(book), key), notebook_hash(str(book))}
                if secret:
                    names.add(notebook_hash(secret=secret, notebook_id=book.stem))
                found |= {pages / f"{name}.html" for name in names}
            if secret:
                names = {notebook_hash(secret=secret, notebook_id=p.stem)
                         for p in folder.glob("*.html")}  # fmt: skip
                found |= {pages / f"{name}.html" for name in names}
    return sorted(path for path in found if path.is_file())


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def cleaned(path: Path, words: Words, *, prune: bool) -> bytes | None:
    """Return a file without the person, None where nothing has to change.

    Parameters
    ----------
    path : Path
        The file.
    words : Words
        Of the person.
    prune : bool
        A table of the host: rows about the person are left out. Otherwise a file that
        somebody handed in: only the name is replaced.
    """
    if path.suffix.lower() not in TEXTS or path.stat().st_size > LARGEST_TEXT:
        return None
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    new = text
    if prune and path.suffix in _PRUNED and words.student_id in text:
        new = _pruned(path.suffix, text, words.student_id)
    new = words.replaced(new)
    return new.encode("utf-8") if new != text else None


def _pruned(suffix: str, text: str, student_id: str) -> str:
    try:
        if suffix == ".jsonl":
            # not splitlines: a text in a line may hold other signs that end one
            lines = re.findall(r"[^\n]*\n|[^\n]+", text)
            return "".join(line for line in lines if not _about(line, student_id))
        if suffix == ".json":
            said = json.loads(text)
            new = without(said, student_id)
            return json.dumps(new, ensure_ascii=False, indent=1) if new != said else text
        return _rows(text, student_id)
    except (ValueError, csv.Error, RecursionError):
        return text  # not what its name says; the name is replaced all the same


def _about(line: str, student_id: str) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return False
    if isinstance(said, list):
        return bool(said) and said[0] == student_id
    return isinstance(said, dict) and any(said.get(key) == student_id for key in _OWN)


def without(said: Any, student_id: str) -> Any:
    """Return plain data without entries about a person.

    >>> without({"ana": 1, "all": ["ana", "bo", {"student": "ana"}]}, "ana")
    {'all': ['bo']}
    """
    if isinstance(said, dict):
        return {
            key: without(value, student_id)
            for key, value in said.items()
            if key != student_id and not str(key).startswith(f"{student_id}|")
        }
    if isinstance(said, list):
        return [without(v, student_id) for v in said if not _entry(v, student_id)]
    return said


def _entry(value: Any, student_id: str) -> bool:
    if value == student_id:
        return True
    if isinstance(value, list):
        return bool(value) and value[0] == student_id
    return isinstance(value, dict) and any(value.get(key) == student_id for key in _OWN)


def _rows(text: str, student_id: str) -> str:
    mark = "\N{ZERO WIDTH NO-BREAK SPACE}"
    body = text.removeprefix(mark)
    rows = list(csv.reader(io.StringIO(body, newline="")))
    left = [row for row in rows if student_id not in row]
    if len(left) == len(rows):
        return text
    out = io.StringIO(newline="")
    csv.writer(out).writerows(left)
    return (mark if text.startswith(mark) else "") + out.getvalue()


def write(path: Path, data: bytes) -> None:
    """Put new bytes in a file's place with its rights, owner and time.

    The folder can be a trainee's, and root may be who writes: the name beside the file is one
    that nobody can have put a link at, and what is changed is the open file.
    """
    status = path.lstat()
    beside = path.with_name(f".{secrets.token_hex(12)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(beside, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        made = file.fileno()
        if os.name == "posix":
            if os.geteuid() == 0:
                os.chown(made, status.st_uid, status.st_gid)
            os.chmod(made, status.st_mode & 0o777)
            os.utime(made, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.replace(beside, path)


class Needle:
    """Looks for a person in files of any kind, byte by byte.

    Parameters
    ----------
    words : Words
        Of the person. Where somebody else's id holds this one's (``ana`` in ``ana-2``), bytes
        without spaces between words cannot tell them apart, and names alone are looked for.
    """

    def __init__(self, words: Words) -> None:
        self.words = words
        self.every = words.bytes_of()
        self.longest = max((len(n) for n in self.every), default=1)
        sure = words if not words.others else Words("", words.names, words.mails)
        self.raw = [n.lower() for n in sure.bytes_of()]

    def in_file(self, path: Path) -> bool:
        """Say whether any byte of a file names the person, also packed inside it."""
        with path.open("rb") as file:
            head = file.read(4096)
            file.seek(0)
            binary = b"\0" in head
            before = b""
            while piece := file.read(PIECE):
                if self._found(before + piece, binary):
                    return True
                before = piece[-self.longest - 8 :]
        if head.startswith(b"PK"):
            return self._in_zip(path)
        return head.startswith(b"\x1f\x8b") and self._in_gzip(path)

    def _found(self, data: bytes, binary: bool) -> bool:
        low = data.lower()
        if binary:
            return any(needle in low for needle in self.raw)
        if not any(needle.lower() in low for needle in self.every):
            return False
        return self.words.stand_in(data.decode("utf-8", "replace"))

    def _in_zip(self, path: Path) -> bool:
        try:
            with zipfile.ZipFile(path) as packed:
                for info in packed.infolist():
                    if info.file_size > LARGEST_TEXT or info.flag_bits & 1:
                        continue
                    if self._found(packed.read(info), b"\0" in packed.read(info)[:4096]):
                        return True
        except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError):
            return False
        return False

    def _in_gzip(self, path: Path) -> bool:
        try:
            with gzip.open(path) as packed:
                return self._found(packed.read(LARGEST_TEXT), True)
        except (OSError, EOFError, zlib.error):
            return False

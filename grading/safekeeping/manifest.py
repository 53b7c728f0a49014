"""The list of what is in a backup: read with mistrust, written last."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from typing import Any

from course.errors import CourseError

FORMAT = 1
KIND = "smart-city-course backup"
NAME = "manifest.json"
SEALED = "keys.sealed"
ROOTS = ("state", "exchange", "hub", "databases")
MOST_BYTES = 400_000_000
MOST_MEMBERS = 2_000_000
LONGEST_PATH = 3_000
_SHA = re.compile(r"[0-9a-f]{64}")


@dataclass
class Member:
    """One file of a backup.

    Attributes
    ----------
    path : str
        ``state/grading/roster.csv``: first the root, then the path below it.
    size, sha256 : int, str
        Of the bytes in the backup.
    mode, mtime_ns : int
        Rights, and the last change.
    owner : str
        See :func:`grading.safekeeping.people.owners`.
    superseded : bool
        A later member of the same path counts: the file changed while it was copied.
    """

    path: str
    size: int
    sha256: str
    mode: int = 0o600
    mtime_ns: int = 0
    owner: str = ""
    superseded: bool = False


@dataclass
class Folder:
    """One folder of a backup, empty ones included."""

    path: str
    mode: int = 0o700
    owner: str = ""


@dataclass
class Manifest:
    """What is in a backup, what was left out and why.

    Attributes
    ----------
    id, made, by : str
        A name of its own, when (ISO, UTC), which account.
    complete : bool
        Nothing moved while it was made; otherwise ``incomplete`` says what.
    versions, schemas : dict
        Program -> version; database -> revision of its tables.
    databases : list of dict
        ``name``, ``kind``, ``member`` and, of PostgreSQL, ``server``.
    keys : str
        ``none``, ``left out`` or ``sealed``.
    homes : bool
        The trainees' homes are in it.
    host, people : int, dict
        The hub's numbers at the time: its host's, and person -> number; 0 without a hub.
    members, folders : list
        Everything in it, in this order.
    left_out : list of dict
        ``what`` and ``why``.
    """

    id: str
    made: str
    by: str = ""
    complete: bool = True
    incomplete: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    schemas: dict[str, str] = field(default_factory=dict)
    databases: list[dict[str, str]] = field(default_factory=list)
    keys: str = "none"
    homes: bool = False
    host: int = 0
    people: dict[str, int] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    folders: list[Folder] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        """Return it as JSON."""
        data = {"kind": KIND, "format": FORMAT, **asdict(self)}
        return json.dumps(data, ensure_ascii=False, indent=0).encode("utf-8", "surrogateescape")

    @property
    def kept(self) -> list[Member]:
        """Return the members that count."""
        return [m for m in self.members if not m.superseded]

    @property
    def size(self) -> int:
        """Return the bytes that a restore writes."""
        return sum(m.size for m in self.kept)


def parse(raw: bytes) -> Manifest:
    """Return the manifest of a backup, with every field checked.

    Raises
    ------
    CourseError
        It is none, is damaged, or was written by a newer course.
    """
    try:
        data = json.loads(raw.decode("utf-8", "surrogateescape"))
        if data["kind"] != KIND:
            raise ValueError
        form = data["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise damaged("its list of contents cannot be read") from None
    if not isinstance(form, int) or form > FORMAT:
        raise CourseError(
            "The backup was made by a newer course than this one.",
            "Update the course, then run the command again.",
        )
    try:
        return _checked(data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(f"its list of contents is wrong ({error})") from None


def damaged(why: str) -> CourseError:
    """Return the error of a file that cannot be trusted."""
    return CourseError(
        f"This is no whole backup: {why}. Nothing was changed.", "Use another backup."
    )


def _checked(data: dict[str, Any]) -> Manifest:
    names = ("id", "made", "by", "complete", "incomplete", "versions", "schemas", "databases",
             "keys", "homes", "host", "people", "left_out")  # fmt: skip
    made = Manifest(**{name: data[name] for name in names})
    if not re.fullmatch(r"[0-9a-f]{32}", made.id):
        raise ValueError("id")
    for name in ("versions", "schemas"):
        if not all(isinstance(v, str) for pair in getattr(made, name).items() for v in pair):
            raise ValueError(name)
    _number(made.host, 2**32 - 2)
    for person, uid in made.people.items():
        _number(uid, 2**32 - 2)
        _part(person)
    for entry in made.databases:
        if entry["name"] not in ("gradebook", "followup", "hub"):
            raise ValueError("databases")
        if entry["kind"] not in ("sqlite", "postgresql"):
            raise ValueError("databases")
        check_path(entry["member"])
    if made.keys not in ("none", "left out", "sealed"):
        raise ValueError("keys")
    _plain(made)
    for name in ("complete", "homes"):
        if not isinstance(getattr(made, name), bool):
            raise ValueError(name)
    if len(data["members"]) > MOST_MEMBERS or len(data["folders"]) > MOST_MEMBERS:
        raise ValueError("too many entries")
    made.members = [_member(raw) for raw in data["members"]]
    made.folders = [Folder(check_path(f["path"]), _number(f["mode"], 0o7777), _owner(f["owner"]))
                    for f in data["folders"]]  # fmt: skip
    _no_clash(made)
    return made


def _plain(made: Manifest) -> None:
    """Refuse what is no text where text is told, or text that steers a terminal."""
    told = [made.made, made.by, *made.incomplete, *made.versions.values()]
    told += [entry[part] for entry in made.left_out for part in ("what", "why")]
    if not all(isinstance(text, str) and len(text) <= 2 * LONGEST_PATH for text in told):
        raise ValueError("a text")
    shown = [made.made, made.by, *made.versions, *made.versions.values()]
    if not isinstance(made.incomplete, list) or not all(t.isprintable() for t in shown):
        raise ValueError("a text")


def _member(raw: dict[str, Any]) -> Member:
    if not _SHA.fullmatch(raw["sha256"]) or not isinstance(raw["superseded"], bool):
        raise ValueError("a member")
    path = raw["path"] if raw["path"] == SEALED else check_path(raw["path"])
    return Member(path, _number(raw["size"], 2**50), raw["sha256"], _number(raw["mode"], 0o7777),
                  _number(raw["mtime_ns"], 2**63 - 1), _owner(raw["owner"]),
                  raw["superseded"])  # fmt: skip


def _number(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError("a number")
    return value


def _owner(value: Any) -> str:
    if value in ("", "!") or re.fullmatch(r"#\d{1,10}", value):
        return str(value)
    if value[0] != "@":
        raise ValueError("an owner")
    _part(value[1:])
    return str(value)


def _part(part: Any) -> None:
    if not isinstance(part, str) or part in ("", ".", "..") or "/" in part or "\0" in part:
        raise ValueError("a path")
    if os.name == "nt" and any(c in part for c in "\\:"):
        raise ValueError("a path")


def check_path(path: Any) -> str:
    """Return a path of a backup if it stays below one of its roots.

    Raises
    ------
    ValueError
        It is absolute, climbs up, or begins with no known root.
    """
    if not isinstance(path, str) or len(path) > LONGEST_PATH:
        raise ValueError("a path")
    for part in path.split("/"):
        _part(part)
    if path.split("/")[0] not in ROOTS:
        raise ValueError(f"a path outside the course: {path[:60]!r}")
    return path


def _no_clash(made: Manifest) -> None:
    """Refuse a path that is twice there, or is a file and a folder."""
    files = [m.path for m in made.kept]
    known = set(files)
    if len(known) != len(files):
        raise ValueError("a path is there twice")
    for path in [*(f.path for f in made.folders), *files]:
        at = path.rfind("/")
        while at > 0:
            if path[:at] in known:
                raise ValueError("a path is a file and a folder")
            at = path.rfind("/", 0, at)
    if known & {f.path for f in made.folders}:
        raise ValueError("a path is a file and a folder")

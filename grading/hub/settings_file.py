"""``hub.yml``: written with comments at the first start, read and checked at every start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_type_hints
from unicodedata import category

import yaml

from course import whole_files
from course.errors import CourseError
from grading.hub.settings import Limits, Settings
from grading.state import is_student_id

_GENERAL = """\
# Settings of the hub. Lines that begin with # are explanations or defaults.
# After a change: python3 -m grading hub check, then start the hub again.

# Who teaches: their names on the hub. They reach the formgrader and the desk.
instructors: []
title: Smart city course

# Where people reach the hub. 127.0.0.1 is this machine only. For others put a web server with
# TLS before it and write its address into public_url, or give certificate and key here and
# set ip: 0.0.0.0 and port: 443.
ip: 127.0.0.1
port: 8000
#public_url: https://hub.example.org
# on: each person's pages have a name of their own, such as ana.hub.example.org, so that no page
# of one can read another's. Needs public_url, and *.hub.example.org in DNS and certificate.
subdomains: off
#tls_certificate: /etc/ssl/hub.crt
#tls_key: /etc/ssl/hub.key
# Four more ports on 127.0.0.1; the four after port where nothing is set.
#hub_port: 8001
#proxy_port: 8002
#formgrader_port: 8003
#desk_port: 8004

# released: trainees see a module when you release it. all: every ready module at once.
modules: released
# For people whose row of the roster names no programme, and the first day of the week.
#programme: wego_week
#start: 2027-04-05

# off: what trainees run reaches nothing outside this machine (needs nftables). on: it does.
outbound: off

# Stop a server that nobody has used for so many minutes, and any server after so many hours.
idle_minutes: 60
longest_hours: 0
# How many servers at the same time; 0: as many as people come.
servers: 0

# What one person may use.
limits:
  memory_mb: 4096     # one process; a notebook that runs is one
  all_memory_mb: 6144 # all processes of the person; over it the server is stopped
  processes: 400      # processes and threads together
  home_mb: 2000       # all files; over it the server is stopped and the person is told
  files: 100000       # how many files
  file_mb: 500        # one file
  open_files: 4096
  tmp_mb: 256         # /tmp, held in memory
  notebooks: 6        # that run at the same time

# A gradebook on PostgreSQL: a file that root alone can read, with one line such as
# postgresql://name:password@127.0.0.1/gradebook . Without it: a file in the state folder.
#gradebook_file: gradebook.address

# After so many days forget --overdue deletes what is kept of a participant; 0: never.
#retention_days: 0

# The first number of the accounts. Never change it once people have homes. Two hubs on one
# machine need numbers of their own, 100000 apart.
#first_uid: 200000

"""

_BOUNDS = {
    "port": (1, 65531), "hub_port": (0, 65535), "proxy_port": (0, 65535),
    "formgrader_port": (0, 65535), "desk_port": (0, 65535), "first_uid": (65536, 4_000_000_000),
    "idle_minutes": (0, 10_000), "longest_hours": (0, 1000), "servers": (0, 100_000),
    "memory_mb": (1024, 1_000_000), "all_memory_mb": (1024, 4_000_000),
    "retention_days": (0, 36_500), "processes": (100, 30_000), "home_mb": (50, 10_000_000),
    "files": (1000, 100_000_000), "file_mb": (20, 1_000_000), "open_files": (256, 1_000_000),
    "tmp_mb": (16, 100_000),
    "notebooks": (1, 100),
}  # fmt: skip
_CHOICES = {
    "modules": ("released", "all"), "outbound": ("off", "on"), "subdomains": ("off", "on"),
}  # fmt: skip
_HIDDEN = ("off",)
_LONGEST = 1000  # letters of a line of text


def template() -> str:
    """Return the file as it is written at the first start."""
    from grading.hub import signin

    return _GENERAL + signin.COMMENTED


def ensure(path: Path) -> bool:
    """Write the file where there is none; return whether it was written now."""
    if path.exists():
        return False
    whole_files.write(path, template())
    path.chmod(0o600)
    return True


def read(path: Path) -> Settings:
    """Return the settings of a file.

    Parameters
    ----------
    path : Path
        ``hub.yml``; a file that is not there means the defaults.

    Raises
    ------
    CourseError
        Something in it is wrong; the sentence names every key and what to write.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _Once)
    except FileNotFoundError:
        data = None
    except UnicodeDecodeError:
        raise CourseError(
            f"{path} is not written in UTF-8.", "Save it as UTF-8, without another code."
        ) from None
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror}).", "It has to be a file of root."
        ) from None
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where is not None else ""
        said = str(error.problem) if isinstance(error, _Twice) else "this is not YAML"
        raise CourseError(
            f"{path}{line}: {said}.", "Mend the line; see the comments in the file."
        ) from None
    settings, problems = parse(data)
    if not problems:
        problems = faults(settings, path.parent)
    if problems:
        raise CourseError(f"{path}: {' '.join(problems)}", "Mend the file and start again.")
    return settings


class _Twice(yaml.constructor.ConstructorError):
    """A key stands twice in one place."""


class _Once(yaml.SafeLoader):
    """Reads YAML as usual; of a key that stands twice YAML would take the last in silence."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping, or refuse a key that stands in it twice."""
        seen = set()
        for key, _ in node.value:
            said = key.value if isinstance(key, yaml.ScalarNode) else None
            if said is not None and said in seen:
                raise _Twice(None, None, f"{said[:60]} stands there twice", key.start_mark)
            seen.add(said)
        return super().construct_mapping(node, deep)


def parse(data: object) -> tuple[Settings, list[str]]:
    """Return settings and what is wrong with their form.

    Parameters
    ----------
    data : object
        What YAML gives; None means the defaults.
    """
    if data is None:
        return Settings(), []
    if not isinstance(data, Mapping):
        return Settings(), ["The file has to hold lines such as port: 8000."]
    problems: list[str] = []
    values = _values(Settings, data, "", problems)
    section = data.get("limits")
    if isinstance(section, Mapping):
        values["limits"] = Limits(**_values(Limits, section, "limits.", problems))
    elif section is not None:
        problems.append("limits: has to hold lines such as memory_mb: 4096.")
    section = data.get("sign_in")
    if isinstance(section, Mapping):
        values["sign_in"] = dict(section)
    elif section is not None:
        problems.append("sign_in: has to hold lines such as mode: native.")
    return replace(Settings(), **values), problems


def _values(kind: Any, data: Mapping[Any, Any], where: str, problems: list[str]) -> dict[str, Any]:
    """Return the plain fields of a section; what is wrong goes into ``problems``."""
    hints = get_type_hints(kind)
    known = [f.name for f in fields(kind) if f.name not in _HIDDEN]
    values = {}
    for key, value in data.items():
        if key not in known:
            problems.append(f"{where}{key} is no setting; there are: {', '.join(known)}.")
        elif value is not None and key not in ("limits", "sign_in"):
            try:
                values[key] = _value(key, hints[key], value)
            except ValueError as error:
                problems.append(f"{where}{key}: {error}")
    return values


def _value(key: str, hint: Any, value: object) -> object:
    if key in _CHOICES:
        # YAML reads a bare off as "no"
        word = {False: "off", True: "on"}.get(value, value) if isinstance(value, bool) else value
        if word not in _CHOICES[key]:
            raise ValueError(f"{value!r} is not one of {', '.join(_CHOICES[key])}.")
        return word
    if hint is int:
        low, high = _BOUNDS[key]
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"{value!r} is no whole number from {low} to {high}.")
        return value
    if hint is str:
        line = " ".join(str(value).split())
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise ValueError("write one line of text.")
        if len(line) > _LONGEST or any(category(sign) in ("Cc", "Cs") for sign in line):
            raise ValueError(f"write one line of at most {_LONGEST} letters, no control signs.")
        return line
    if hint == date | None:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise ValueError(f"{str(value)[:60]!r} is no date; write it as 2027-04-05.")
        return value
    if not isinstance(value, list):
        raise ValueError("write a list such as [ana, ben].")
    for name in value:
        if not isinstance(name, str):  # a bare no, 007 or 2027-04-05 is another thing to YAML
            raise ValueError(f"{name!r} is no text to YAML; write the name in quotation marks.")
    return tuple(value)


def faults(settings: Settings, folder: Path) -> list[str]:
    """Return what does not fit together; empty where the hub can use it.

    Parameters
    ----------
    settings : Settings
        Of the right form.
    folder : Path
        The folder of the file.
    """
    from grading.hub import signin, subdomains

    said = []
    ports = settings.ports()
    if len(set(ports.values())) < len(ports) or max(ports.values()) > 65535:
        said.append(
            f"port: the five ports must differ ({', '.join(f'{k} {v}' for k, v in ports.items())})."
        )
    for name in settings.instructors:
        if not is_student_id(name):
            said.append(f"instructors: {name!r} cannot be a name; use letters, digits, hyphens.")
    if len(set(settings.instructors)) < len(settings.instructors):
        said.append("instructors: a name stands there twice.")
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        said.append("tls_certificate and tls_key: give both or none.")
    for key in ("tls_certificate", "tls_key", "gradebook_file"):
        value = getattr(settings, key)
        if value and not _is_file(folder / value):
            said.append(f"{key}: there is no file {folder / value}.")
    if settings.gradebook_file and _is_file(folder / settings.gradebook_file):
        said += _gradebook_faults(folder / settings.gradebook_file)
    if settings.public_url and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", settings.public_url):
        said.append("public_url: write it as https://hub.example.org.")
    said += subdomains.faults(settings, folder)
    outside = settings.ip not in ("127.0.0.1", "localhost", "::1")
    if outside and not settings.tls_certificate:
        said.append(
            f"ip: {settings.ip} is reachable from other machines, and passwords would travel "
            "readable; give tls_certificate and tls_key, or keep 127.0.0.1 behind a web server."
        )
    if settings.programme:
        said += _programme_faults(settings)
    elif settings.start:
        said.append("start: needs a programme.")
    return said + signin.check(
        dict(settings.sign_in), folder=folder, bind=settings.ip, public_url=settings.public_url,
        instructors=settings.instructors, dummy=True,
    )  # fmt: skip


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no disk can hold
        return False


def _gradebook_faults(path: Path) -> list[str]:
    """Look at the file with the gradebook's address; no sentence repeats what is in it."""
    from grading import gradebook_address

    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
        if text:
            gradebook_address.plain(text)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "no text"
        return [f"gradebook_file: {path.name} cannot be read ({why})."]
    except CourseError as error:
        return [f"gradebook_file: {error}"]
    open_to_all = text and mode & 0o077
    return [f"gradebook_file: others can read {path.name}; chmod 600 it."] if open_to_all else []


def _programme_faults(settings: Settings) -> list[str]:
    from course.programme import Programme

    try:
        programme = Programme.open(settings.programme)
        if settings.start:
            programme.dated(settings.start)
    except CourseError as error:
        return [f"programme: {error}"]
    return []

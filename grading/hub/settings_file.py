"""``hub.yml``: written with comments at the first start, read and checked at every start."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any, get_type_hints

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

# The first number of the accounts. Never change it once people have homes.
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
_CHOICES = {"modules": ("released", "all"), "outbound": ("off", "on")}
_HIDDEN = ("off",)


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
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        data = None
    except (OSError, ValueError, yaml.YAMLError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where is not None else ""
        raise CourseError(
            f"{path}{line}: this is not YAML.", "Mend the line; see the comments in the file."
        ) from None
    settings, problems = parse(data)
    if not problems:
        problems = faults(settings, path.parent)
    if problems:
        raise CourseError(f"{path}: {' '.join(problems)}", "Mend the file and start again.")
    return settings


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
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise ValueError("write one line of text.")
        return " ".join(str(value).split())
    if hint == date | None:
        if not isinstance(value, date):
            raise ValueError(f"{value!r} is no date; write it as 2027-04-05.")
        return value
    if not isinstance(value, list):
        raise ValueError("write a list such as [ana, ben].")
    return tuple(str(name) for name in value)


def faults(settings: Settings, folder: Path) -> list[str]:
    """Return what does not fit together; empty where the hub can use it.

    Parameters
    ----------
    settings : Settings
        Of the right form.
    folder : Path
        The folder of the file.
    """
    from grading.hub import signin

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
        if value and not (folder / value).is_file():
            said.append(f"{key}: there is no file {folder / value}.")
    if settings.public_url and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", settings.public_url):
        said.append("public_url: write it as https://hub.example.org.")
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


def _programme_faults(settings: Settings) -> list[str]:
    from course.programme import Programme

    try:
        programme = Programme.open(settings.programme)
        if settings.start:
            programme.dated(settings.start)
    except CourseError as error:
        return [f"programme: {error}"]
    return []

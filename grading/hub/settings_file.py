"""``hub.yml`` as it is read and checked at every start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_type_hints
from unicodedata import category

import yaml

from course import strict_yaml
from course.errors import CourseError
from grading.hub.settings import Limits, Settings
from grading.hub.settings_faults import faults

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
        data = yaml.load(path.read_text(encoding="utf-8"), strict_yaml.Loader)
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
    except strict_yaml.KeyTwice as error:
        raise CourseError(f"{path}, line {error.line}: {error.what}.", error.remedy) from None
    except (ValueError, RecursionError, yaml.YAMLError) as error:
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

"""YAML as a person writes it: no hidden conversions, no anchors, no key twice.

Plain YAML reads ``10:30`` as 630, ``no`` as false, and keeps the last of two equal keys.
People who edit a programme mean none of that. Text stays text unless it is a plain
number, ``true``, ``false`` or nothing.
"""

from __future__ import annotations

import re
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from course import strict_yaml
from course.errors import CourseError

MOST_BYTES = 300_000  # a week is 10 kB; what is larger is another file


class _Refused(Exception):
    """A sentence about one line of the file."""

    def __init__(self, line: int, what: str, remedy: str) -> None:
        super().__init__(what)
        self.line, self.what, self.remedy = line, what, remedy


class _Loader(strict_yaml.Loader):
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if self.check_event(yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(
                event.start_mark.line + 1,
                "signs like & and * at the start of a value are not read here",
                "Put the text between quotation marks.",
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _Refused(key.start_mark.line + 1, "a name is a list", "Give it one word.")
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in (
    ("null", r"~|null|", "~n\0"),
    ("bool", r"true|false", "tf"),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,15})", "-+0123456789"),
    ("float", r"[-+]?[0-9]{1,15}\.[0-9]{1,15}", "-+0123456789"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), list(_first)
    )
# an empty value has no first sign: PyYAML looks it up under the empty text
_Loader.yaml_implicit_resolvers.setdefault("", []).extend(
    _Loader.yaml_implicit_resolvers.pop("\0", [])
)


def load(path: Path) -> Any:
    """Return the content of a YAML file as plain lists, mappings, text, numbers, true, false.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    CourseError
        It cannot be read; the sentence names the file and, where there is one, the line.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror or type(error).__name__}).",
            "Check the path and who may read it.",
        ) from None
    if len(content) > MOST_BYTES:
        raise CourseError(f"{path} is larger than a programme can be.", "Give the YAML file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise CourseError(
            f"{path}, line {line}: these letters are not UTF-8.", "Save the file as UTF-8."
        ) from None
    try:
        return deepcopy(_parsed(text))
    except (_Refused, strict_yaml.KeyTwice) as refused:
        where = f"{path}, line {refused.line}"
        raise CourseError(f"{where}: {refused.what}.", refused.remedy) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = "" if mark is None else f", line {mark.line + 1}"
        raise CourseError(
            f"{path}{line}: this is not readable YAML.",
            "Look at the indents and quotation marks of this line and the one before.",
        ) from None
    except (RecursionError, ValueError, TypeError):
        raise CourseError(
            f"{path}: this is not readable YAML.", "Compare it with another programme's file."
        ) from None


@lru_cache(maxsize=32)
def _parsed(text: str) -> Any:
    # a course asks for the same programme at every turn, and parsing takes a tenth of a second
    return yaml.load(text, Loader=_Loader)

"""YAML in which no key stands twice: of two equal keys plain YAML keeps the last in silence.

What a value may be (a date, ``off``, a text) each kind of file says in a loader of its own.
"""

from __future__ import annotations

from typing import Any

import yaml


class KeyTwice(yaml.constructor.ConstructorError):
    """A key stands twice in one mapping.

    Attributes
    ----------
    line : int
        Of the second one, counted from 1.
    what, remedy : str
        The sentence without a full stop, and what to do.
    """

    remedy = "Delete one of them."

    def __init__(self, key: yaml.ScalarNode) -> None:
        self.what, self.line = f"{key.value[:60]!r} stands twice", key.start_mark.line + 1
        super().__init__(None, None, self.what, key.start_mark)


class Loader(yaml.SafeLoader):
    """Reads YAML as ``yaml.SafeLoader`` does, and refuses a key that stands twice."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping.

        Raises
        ------
        KeyTwice
            Which of the two was meant, nobody can know.
        """
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise KeyTwice(key)
                seen.add(key.value)
        return super().construct_mapping(node, deep)

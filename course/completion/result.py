"""A rule applied to what is known about one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from course.completion.evidence import Evidence
from course.completion.requirements import LINES, Requirement
from course.completion.rule import STATEMENT, CompletionRule


@dataclass(frozen=True)
class Completion:
    """All requirements of a programme for one person.

    Attributes
    ----------
    complete : bool
        Everything that is asked for is met.
    requirements : tuple of Requirement
        In the order of the rule.
    kind : str
        ``certificate`` or ``statement``.
    rule_version : str
        Which rule was applied.
    told_by_host : str
        When the host's word was last heard, as an ISO time; "" if never. Only a trainee's
        own page uses it.
    """

    complete: bool
    requirements: tuple[Requirement, ...]
    kind: str = "certificate"
    rule_version: str = ""
    told_by_host: str = ""

    @property
    def missing(self) -> tuple[Requirement, ...]:
        """Return what is not met or not known yet."""
        return tuple(r for r in self.requirements if r.met is not True)

    @property
    def paper(self) -> str:
        """Return what the programme gives, in words."""
        return "statement of participation" if self.kind == STATEMENT else "certificate"

    @property
    def sentence(self) -> str:
        """Return the whole as one sentence for the trainee."""
        if self.complete:
            return f"Everything for your {self.paper} is there."
        open_, waiting = (sum(r.met is m for r in self.requirements) for m in (False, None))
        parts = [f"{open_} still to do"] if open_ else []
        parts += [f"{waiting} not known yet"] if waiting else []
        done = len(self.requirements) - open_ - waiting
        head = f"{done} of {len(self.requirements)} steps to your {self.paper} are done"
        return f"{head}: {', '.join(parts)}." if parts else f"{head}."

    def data(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Completion:
        """Return what :meth:`data` gave; wrong data raise ``ValueError``."""
        try:
            lines = tuple(_requirement(entry) for entry in list(data["requirements"])[:50])
            words = {n: str(data.get(n) or "") for n in ("kind", "rule_version", "told_by_host")}
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("not a completion") from error
        return cls(_complete(lines), lines, **words)


def _requirement(entry: Mapping[str, Any]) -> Requirement:
    met = entry["met"]
    if met is not None and not isinstance(met, bool):
        raise ValueError("met is neither true, false nor null")
    words = {f.name: str(entry.get(f.name) or "")[:500] for f in fields(Requirement)}
    return Requirement(**{**words, "met": met})


def _complete(requirements: Iterable[Requirement]) -> bool:
    lines = list(requirements)
    # a programme that asks for nothing proves nothing
    return bool(lines) and all(r.met is True for r in lines)


def outcome(rule: CompletionRule, evidence: Evidence) -> Completion:
    """Apply a rule to what is known about one person.

    Parameters
    ----------
    rule : CompletionRule
        What the programme asks for.
    evidence : Evidence
        What is known.

    Returns
    -------
    Completion
        One requirement for each thing asked for, in the order of the rule. What a
        programme does not have (no on-site session, no lab) is not asked for.

    Examples
    --------
    >>> rule = CompletionRule.statement()
    >>> there = Evidence(on_site_minutes=100, attended_minutes=80, plan_handed_in=True,
    ...                  plan_valid=True)
    >>> outcome(rule, there).complete
    True
    """
    made = [part(rule, evidence) for part in LINES]
    lines = tuple(line for line in made if line is not None)
    return Completion(_complete(lines), lines, rule.kind, rule.version)

"""The arithmetic of a plan: money that is missing, risk scores, progress to a target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from course.actionplan.words import LARGEST
from course.errors import UsageError

STEPS = 5  # chance and harm go from 1 to 5


def amount(value: Any) -> float | None:
    """Return a number a plan can hold, or None where none is written yet."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    # a draft may hold anything: what the rules refuse would also break the sums
    return float(value) if -LARGEST <= value <= LARGEST else None


def budget_gap(
    plan: Any = None,
    *,
    capex: float | None = None,
    opex_per_year: float = 0.0,
    years: int = 1,
    sources: Iterable[float] = (),
    contingency_pct: float = 0.0,
) -> float:
    """Return the money that is missing; above 0 means missing.

    Parameters
    ----------
    plan : ActionPlan or draft, optional
        Its finance and the contingency of its pilot are used; its sources pay their share
        of the cost without contingency.
    capex : float, optional
        Cost to build, where there is no plan.
    opex_per_year : float
        Cost to run for a year.
    years : int
        Years it runs.
    sources : iterable of float
        Amounts of money.
    contingency_pct : float
        Kept back on all cost, in percent.

    Returns
    -------
    float
        In the currency of the amounts.

    Raises
    ------
    UsageError
        Neither a plan nor a cost was given.

    Examples
    --------
    >>> budget_gap(capex=100, opex_per_year=20, years=3, sources=[70, 60], contingency_pct=10)
    46.0
    """
    if plan is not None:
        money = data_of(plan).get("finance") or {}
        capex = amount(money.get("capex"))
        opex_per_year = amount(money.get("opex_per_year")) or 0.0
        years = int(amount(money.get("years")) or 1)
        pilot = data_of(plan).get("pilot") or {}
        kept_back = amount(pilot.get("contingency_pct"))
        contingency_pct = contingency_pct if kept_back is None else kept_back
        whole = (capex or 0.0) + opex_per_year * years
        shares = [amount(s.get("share_pct")) or 0.0 for s in money.get("sources") or ()]
        sources = [whole * share / 100.0 for share in shares]
    if capex is None:
        raise UsageError("budget_gap() needs a cost.", "Write capex= or give a plan with finance.")
    cost = math.fsum([float(capex), float(opex_per_year) * years])
    kept = round(cost * float(contingency_pct) / 100.0, 6)
    return round(math.fsum([cost, kept, *(-float(s) for s in sources)]), 6)


def data_of(plan: Any) -> dict[str, Any]:
    """Return any plan as a dictionary of JSON values."""
    if isinstance(plan, Mapping):
        return dict(plan)
    if hasattr(plan, "model_dump"):
        return dict(plan.model_dump(mode="json"))
    return dict(getattr(plan, "data", {}) or {})


def risk_score(p: int, i: int) -> int:
    """Return chance times harm.

    Parameters
    ----------
    p, i : int
        Chance and harm, 1 to 5 each.

    Raises
    ------
    UsageError
        A step is not between 1 and 5.

    Examples
    --------
    >>> risk_score(3, 4)
    12
    """
    for value in (p, i):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= STEPS:
            raise UsageError(
                f"{value!r} is no step from 1 to 5.", "Give chance and harm from 1 to 5."
            )
    return p * i


def progress_pct(*, baseline: float, target: float, now: float) -> float:
    """Return how much of the way from baseline to target is done, in percent.

    Examples
    --------
    >>> progress_pct(baseline=34, target=22, now=28)
    50.0
    """
    if baseline == target:
        raise UsageError("Baseline and target are the same.", "Promise another value than today's.")
    return 100.0 * (now - baseline) / (target - baseline)

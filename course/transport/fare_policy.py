"""A fare policy: one small object that can be printed, changed, compared and priced.

Conventions. Amounts are in currency units; kilometres and minutes are in the names. A step
is charged when it is *started*: with 10 km free and steps of 5 km, 10.1 km pays one step.
Cash is out of scope: every rule here is the rule for a card. Rounding inside the engine is
to the hundredth of a currency unit, halves up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from course.transport import fare_checks as check
from course.transport.fare_checks import ANY, MODES, USER_CLASSES

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MODES", "USER_CLASSES", "FarePolicy"]

_NO_ENTRIES: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, repr=False)
class FarePolicy:
    """The rules of one tariff; built once, never altered, refused when impossible.

    Parameters
    ----------
    name, currency, year, source : str, str, int or None, str
        What it is called, ISO currency, year and source of the amounts.
    base : mapping or number
        base[user_class][mode] in currency units; "*" stands for any class or mode, one
        number for all. A class that is not listed pays as "adult", then as "*".
    step_price : mapping or number
        Price of one started step by user class. `step_price_by_mode` overrides it for a
        mode; a linked trip pays the highest of its modes.
    free_km, free_km_by_mode : number, mapping
        Distance inside the base fare; a linked trip has the longest one of its modes.
    step_km : number
        Length of a step.
    far_from_km, far_step_km : number or None, number
        Longer steps beyond a distance, for one single ride through gates only.
    alone_free_km, alone_step_km : number or None
        Other free distance and step for one single ride through gates (Seoul 2004).
    bands : sequence of (upto_km, price) or None
        Price by distance instead of base and steps; a band includes its upper end, the
        last has the end None.
    distance_modes : tuple of str
        Modes whose single ride pays by distance; ("*",) = all, () = none. A linked trip
        always pays for its total distance.
    integrated : bool
        Whether rides are linked into one fare: highest base of the modes used, total
        distance.
    window_min, night_window_min : number, number or None
        Longest transfer, by day and by night; None = the same by night. Both ends count:
        30 minutes is still a transfer with window_min=30.
    night_from_min, night_to_min : number
        Night on the clock, from (included) to (not included). The previous tap decides.
    max_transfers : int
        Transfers in one fare; 4 = five rides, the sixth starts a new fare.
    same_route_transfer : bool
        Whether the same route again, or a second entry through gates, is a transfer.
    no_transfer_modes : tuple of str
        Modes that always pay alone.
    window_from : "alight", "board" or "first"
        Tap from which the window runs: the tap-out or the tap-in of the ride before, or
        the first tap-in of the trip, as the fare law says. With "alight" a ride without
        tap-out loses the discount and is priced alone; the others need no tap-out.
    cap_at_separate : bool
        Whether a linked trip never costs more than its rides one by one.
    early_bird : mapping or None
        {"before_min", "discount_pct", "modes"}: discount on the base of the first paid
        vehicle, boarded before that minute of the service day; kept when changing later.
    discount_pct : mapping
        Discount on the whole fare by user class.
    low_income_discount_pct : number
        Discount on the whole fare for income group 1.
    free : mapping
        {user_class: modes}. A free ride adds no base and no distance to a linked trip.
    no_tap_out : mapping
        {mode: "base" or amount} added, without discounts, where the tap-out is missing.
    teaching : bool
        True for a fare invented for teaching.
    unverified : tuple of str
        Fields (or "field.part") whose values were not seen in a source.

    Raises
    ------
    CourseError
        When a value is impossible; the sentence names the field.

    Examples
    --------
    >>> policy = FarePolicy.distance(base=1000, free_km=4, step_km=2, step_price=50)
    >>> policy.replace(step_km=0)
    Traceback (most recent call last):
        ...
    course.errors.CourseError: step_km is 0 km. step_km must be at least 0.1 km.
    """

    name: str
    currency: str = ""
    year: int | None = None
    source: str = ""
    base: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    step_price: Mapping[str, float] = field(default_factory=dict)
    step_price_by_mode: Mapping[str, float] = field(default_factory=dict)
    free_km: float = 0
    free_km_by_mode: Mapping[str, float] = field(default_factory=dict)
    step_km: float = 1
    far_from_km: float | None = None
    far_step_km: float = 8
    alone_free_km: float | None = None
    alone_step_km: float | None = None
    bands: tuple[tuple[float | None, float], ...] | None = None
    distance_modes: tuple[str, ...] = ()
    integrated: bool = False
    window_min: float = 30
    night_window_min: float | None = None
    night_from_min: float = 1260
    night_to_min: float = 420
    max_transfers: int = 4
    same_route_transfer: bool = False
    no_transfer_modes: tuple[str, ...] = ()
    window_from: str = "alight"
    cap_at_separate: bool = True
    early_bird: Mapping[str, Any] | None = None
    discount_pct: Mapping[str, float] = field(default_factory=dict)
    low_income_discount_pct: float = 0
    free: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    no_tap_out: Mapping[str, Any] = field(default_factory=dict)
    teaching: bool = False
    unverified: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check and freeze every field."""
        for key, value in check.checked_fields(self, _FIELDS).items():
            object.__setattr__(self, key, value)

    # --- three kinds of tariff in one line -------------------------------------------

    @classmethod
    def distance(
        cls,
        *,
        base: Any,
        free_km: float = 10,
        step_km: float = 5,
        step_price: Any = 0,
        currency: str = "",
        name: str = "distance fare",
        **more: Any,
    ) -> FarePolicy:
        """One fare by total distance over all modes, with transfers.

        Parameters
        ----------
        base, free_km, step_km, step_price, currency, name, **more
            As the fields; one number of `base` and `step_price` holds for all.

        Returns
        -------
        FarePolicy
            Integrated; 30 minutes by day and night and 4 transfers unless said otherwise.

        Examples
        --------
        >>> FarePolicy.distance(base=1200, step_price=100).base["*"]["*"]
        1200
        """
        more = {"integrated": True, "distance_modes": (ANY,)} | more
        return cls(
            name=name,
            currency=currency,
            base=base,
            free_km=free_km,
            step_km=step_km,
            step_price=step_price,
            **more,
        )

    @classmethod
    def flat(
        cls, *, base: Any, currency: str = "", name: str = "flat fare", **more: Any
    ) -> FarePolicy:
        """One price per ride, whatever the distance; a change pays again.

        With ``integrated=True`` changes inside the window are free.

        Examples
        --------
        >>> FarePolicy.flat(base=20000, currency="IRR").integrated
        False
        """
        return cls(name=name, currency=currency, base=base, **more)

    @classmethod
    def banded(
        cls, *, bands: Any, currency: str = "", name: str = "distance bands", **more: Any
    ) -> FarePolicy:
        """Price by distance bands (upto_km, price), the upper end included.

        Examples
        --------
        >>> FarePolicy.banded(bands=[(5, 100), (None, 150)]).bands
        ((5, 100), (None, 150))
        """
        more = {"distance_modes": (ANY,)} | more
        return cls(name=name, currency=currency, bands=bands, **more)

    # --- change and compare -----------------------------------------------------------

    def replace(self, **changes: Any) -> FarePolicy:
        """Return a copy with some fields changed.

        Unless a new name is given, the name says ", changed" once a value differs: the
        amounts are then no longer those of the source.

        Examples
        --------
        >>> FarePolicy.flat(base=100).replace(base=120).name
        'flat fare, changed'
        """
        for key in changes:
            check.known(key, _FIELDS, "field", "replace")
        new = replace(self, **changes)
        if "name" not in changes and new != self and not self.name.endswith(", changed"):
            new = replace(new, name=f"{self.name}, changed")
        return new

    @property
    def reference_base(self) -> float:
        """The adult base by which the policy is scaled.

        The base for any mode if there is one, else that of the first mode in the course's
        order (SEOUL: subway 1,550); with bands, the price of the first band.
        """
        if self.bands is not None:
            return self.bands[0][1]
        for user_class in ("adult", ANY):
            modes = self.base.get(user_class, {})
            for mode in (ANY, *MODES):
                if mode in modes:
                    return modes[mode]
        raise AssertionError("a checked policy has an adult base")

    def with_base(self, base: float) -> FarePolicy:
        """Return the policy with its reference base set to an amount, the rest in proportion.

        Parameters
        ----------
        base : number
            New `reference_base`. All bases (or all bands) are multiplied alike and rounded
            to the hundredth. Step prices stay.

        Examples
        --------
        >>> FarePolicy.flat(base={"adult": 100, "child": 50}).with_base(120).base["child"]["*"]
        60
        """
        base = check.amount(base, "base")
        old = self.reference_base
        amounts = [v for modes in self.base.values() for v in modes.values()]
        if old == 0 and any(amounts):
            check.refuse(
                "The reference base of this policy is 0, so the other bases have no proportion.",
                "Use replace(base={...}) to set each base.",
            )
        if old == 0 and self.bands is not None:
            check.refuse("The first band is free, so the bands cannot be scaled.", "Change bands.")

        def scaled(value: float) -> float:
            return base if old == 0 else round(value * base / old, 2)

        table = {c: {m: scaled(v) for m, v in modes.items()} for c, modes in self.base.items()}
        bands = self.bands and tuple((end, scaled(v)) for end, v in self.bands)
        return self.replace(base=table, bands=bands)

    def compare(self, other: FarePolicy) -> pd.DataFrame:
        """Show where two policies differ.

        Returns
        -------
        pandas.DataFrame
            One row per rule that differs: rule, and one column for each policy (in words).
            Empty if they agree in all rules.
        """
        import pandas as pd

        from course.transport.fare_words import rules_in_words

        mine, theirs = rules_in_words(self), rules_in_words(other)
        left, right = self.name, other.name
        if left == right:
            left, right = f"{left} (1)", f"{right} (2)"
        skip = ("name", "unverified")
        rows = [
            (rule, mine.get(rule, "–"), theirs.get(rule, "–"))
            for rule in dict.fromkeys([*mine, *theirs])
            if rule not in skip and mine.get(rule) != theirs.get(rule)
        ]
        return pd.DataFrame(rows, columns=["rule", left, right])

    # --- show and store ---------------------------------------------------------------

    def table(self) -> pd.DataFrame:
        """Return the policy as a small table: rule, value (in words)."""
        import pandas as pd

        from course.transport.fare_words import rules_in_words

        return pd.DataFrame(rules_in_words(self).items(), columns=["rule", "value"])

    def __str__(self) -> str:
        from course.transport.fare_words import rules_in_words

        words = rules_in_words(self)
        width = max(map(len, words))
        return "\n".join(f"{rule:<{width}}  {value}" for rule, value in words.items())

    __repr__ = __str__

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and dicts for JSON; fields at their default are left out."""
        given = {key: getattr(self, key) for key in _FIELDS}
        return {
            key: _plain(value)
            for key, value in given.items()
            if key in ("name", "currency") or value != _DEFAULTS.get(key, _NO_ENTRIES)
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> FarePolicy:
        """Build a policy from `to_dict` output or a city's ``fare_policy``."""
        if not isinstance(data, Mapping):
            check.refuse(f"A fare policy is {data!r}.", "It must be a table of fields.")
        for key in data:
            check.known(key, _FIELDS, "field", "fare_policy")
        if "name" not in data:
            check.refuse("A fare policy has no name.", "Give it a name.")
        return cls(**data)

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_dict(), sort_keys=True))

    def __reduce__(self) -> tuple[Any, ...]:
        return (FarePolicy.from_dict, (self.to_dict(),))


_FIELDS = tuple(f.name for f in fields(FarePolicy))
_DEFAULTS = {f.name: f.default for f in fields(FarePolicy) if f.default_factory is not dict}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value

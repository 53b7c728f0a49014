"""What a fare summary is exact for: kilometres, transfer windows and early hours.

A summary forgets the rides and keeps what tariffs look at. Which tariffs it can price is
declared here, in numbers and in words; a tariff off the grid is refused, never rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from course.errors import CourseError, UsageError
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import metres, transfer_rule
from course.transport.journey_codes import MOST_EARLY, MOST_RULES
from course.transport.trips import TransferRule

WINDOWS_MIN = tuple(range(0, 61, 5))
EARLY_MIN = (360, 390, 420)


# The two sentences about a tariff that needs each trip's own beginning.
FROM_FIRST = (
    "A summary cannot price a window that runs from the first tap-in of a trip.",
    "Price the rides themselves: fares.reprice(fares.link(rides), policy).",
)


@dataclass(frozen=True)
class Window:
    """One choice of the transfer law: which neighbouring rides may share a fare.

    Parameters
    ----------
    window_min, night_window_min : number
        Longest transfer by day and by night, minutes, both ends included.
    night_from_min, night_to_min : number
        Night on the clock; without meaning where both windows are equal.
    same_route : bool
        Whether the same route again, or a second entry through gates, is a transfer.
    window_from : "alight" or "board"
        Tap from which the window runs.
    """

    window_min: float
    night_window_min: float
    night_from_min: float = 1260
    night_to_min: float = 420
    same_route: bool = False
    window_from: str = "alight"

    @classmethod
    def of(cls, policy: FarePolicy, **changes: Any) -> Window:
        """Return the window of a policy, with some of its parts changed.

        Raises
        ------
        CourseError
            The window runs from the first tap-in of a trip, which a summary cannot join.
        """
        if policy.window_from == "first":
            raise CourseError(*FROM_FIRST)
        night = policy.window_min if policy.night_window_min is None else policy.night_window_min
        told = {
            "window_min": policy.window_min,
            "night_window_min": night,
            "night_from_min": policy.night_from_min,
            "night_to_min": policy.night_to_min,
            "same_route": policy.same_route_transfer,
            "window_from": policy.window_from,
        }
        return cls(**(told | changes))

    @property
    def rule(self) -> tuple[int, ...]:
        """The window as whole seconds and flags; equal for windows that link alike."""
        day, night = round(self.window_min * 60), round(self.night_window_min * 60)
        clock = (round(self.night_from_min * 60), round(self.night_to_min * 60))
        return (
            day, night, *((0, 0) if day == night else clock),
            int(self.same_route), int(self.window_from == "board"),
        )  # fmt: skip

    def __str__(self) -> str:
        text = f"{self.window_min:g} min"
        if self.night_window_min != self.window_min:
            text += f" ({self.night_window_min:g} at night)"
        if self.window_from == "board":
            text += " from the tap-in"
        return text + (", same route too" if self.same_route else "")


def rule_row(rule: tuple[int, ...], *, tap_out_needed: bool) -> list[int]:
    """Return a window's numbers as `journey_codes.join_bits` reads them."""
    return [*rule, int(tap_out_needed and not rule[5])]


def policy_rule(policy: FarePolicy) -> tuple[int, ...]:
    """Return the window of a policy as numbers."""
    r: TransferRule = transfer_rule(policy)
    if r.window_from == "first":
        raise CourseError(*FROM_FIRST)
    clock = (r.night_from_s, r.night_to_s) if r.night_window_s != r.window_s else (0, 0)
    return (
        r.window_s, r.night_window_s, *clock, int(r.same_route), int(r.window_from == "board")
    )  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """The tariffs a summary can price to the last hundredth.

    Parameters
    ----------
    windows : tuple of Window
        The choices of the transfer law.
    grid_km : number
        Every distance in a tariff is a multiple of this.
    early_min : tuple of number
        The hours an early-bird discount can end, minutes of the service day.
    journey : Window
        The rides of a card that make one journey; a tariff divides journeys and never
        joins them.
    gated_modes : tuple of str
        Modes entered through gates.
    """

    windows: tuple[Window, ...]
    journey: Window
    grid_km: float = 1
    early_min: tuple[float, ...] = EARLY_MIN
    gated_modes: tuple[str, ...] = ("subway",)

    def __post_init__(self) -> None:
        if self.grid_m < 100 or self.grid_m % 100 or self.grid_m > 10_000:
            raise UsageError(
                f"grid_km is {self.grid_km:g}.", "Give a multiple of 0.1 km, 10 km at most."
            )
        if not 1 <= len(self.windows) <= MOST_RULES - 2:
            raise UsageError(
                f"There are {len(self.windows)} transfer windows.",
                f"Give 1 to {MOST_RULES - 2} of them.",
            )
        rising = list(self.early_min) == sorted(set(self.early_min))
        if len(self.early_min) > MOST_EARLY or not rising or min(self.early_min, default=1) <= 0:
            raise UsageError(
                f"early_min is {list(self.early_min)}.",
                f"Give at most {MOST_EARLY} rising minutes above 0.",
            )

    @classmethod
    def around(
        cls,
        today: FarePolicy,
        *,
        windows_min: Sequence[float] = WINDOWS_MIN,
        gated_modes: Sequence[str] = ("subway",),
        grid_km: float = 1,
        early_min: Sequence[float] = EARLY_MIN,
    ) -> Grid:
        """Return the usual grid of a city: its own window, and a slider of windows.

        A window of the slider keeps today's night rule: where today's window is longer by
        night, the night window is the longer of the two. Each window is there without a
        night rule as well.
        """
        night = Window.of(today).night_window_min if today.integrated else 0
        own = today.early_bird["before_min"] if today.early_bird else None
        choices = [Window.of(today)] if today.integrated else []
        for minutes in windows_min:
            plain = Window.of(today, window_min=minutes, night_window_min=minutes)
            choices.append(plain)
            if night > minutes > 0:
                choices.append(Window.of(today, window_min=minutes, night_window_min=night))
        different = {w.rule: w for w in choices}
        longest = max(max(w.window_min, w.night_window_min) for w in choices)
        return cls(
            windows=tuple(different.values()),
            journey=Window.of(today, window_min=longest, night_window_min=longest),
            grid_km=grid_km,
            early_min=tuple(sorted({*early_min, *([own] if own else [])})),
            gated_modes=tuple(gated_modes),
        )

    @property
    def grid_m(self) -> int:
        """Length of the grid in metres."""
        return metres(self.grid_km)

    @property
    def early_s(self) -> np.ndarray:
        """The early hours in seconds."""
        return np.array([round(m * 60) for m in self.early_min], dtype=np.int32)

    def window_of(self, policy: FarePolicy) -> int | None:
        """Return which of the windows a policy has; any where it links nothing."""
        rule = transfer_rule(policy)
        if rule.max_rides == 1:
            return 0
        wanted = policy_rule(policy)
        return next((k for k, w in enumerate(self.windows) if w.rule == wanted), None)

    def early_upto(self, policy: FarePolicy) -> int | None:
        """Return the last early bucket with a discount; -1 for none, None off the grid."""
        if policy.early_bird is None:
            return -1
        second = round(policy.early_bird["before_min"] * 60)
        if second == 0 or policy.early_bird["discount_pct"] == 0:
            return -1
        found = np.flatnonzero(self.early_s == second)
        return int(found[0]) if len(found) else None

    def why_not(self, policy: FarePolicy) -> tuple[str, str] | None:
        """Return why a tariff cannot be priced from the summary, and a remedy; else None."""
        if policy.window_from == "first":
            return FROM_FIRST
        for field, km in _distances(policy):
            if metres(km) % self.grid_m:
                return (
                    f"{field} is {km:g} km; this summary counts distances in steps of "
                    f"{self.grid_km:g} km.",
                    f"Choose a multiple of {self.grid_km:g} km, or make the summary with a "
                    "finer grid_km.",
                )
        if self.window_of(policy) is None:
            shown = ", ".join(str(w) for w in self.windows)
            return (
                f"The transfer window {Window.of(policy)} is not among those of this summary.",
                f"Choose one of: {shown}.",
            )
        if self.early_upto(policy) is None:
            hours = ", ".join(_clock(m) for m in self.early_min)
            return (
                f"The early discount ends at {_clock(policy.early_bird['before_min'])}, which "
                "this summary does not know.",
                f"Choose one of: {hours}.",
            )
        return None

    def words(self) -> str:
        """Return the grid as sentences."""
        windows = ", ".join(str(w) for w in self.windows)
        hours = ", ".join(_clock(m) for m in self.early_min)
        return (
            f"Exact for every tariff whose distances (free, step, far, bands) are multiples of "
            f"{self.grid_km:g} km, whose transfer window is one of: {windows}; and whose early "
            f"discount ends at one of: {hours}. Amounts, discounts, free rides, the cap, the "
            "number of transfers, modes that pay alone and charges for a missing tap-out may be "
            f"anything. A journey is what one card rides with at most {self.journey} between "
            "two rides."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Grid:
        """Build a grid from `to_dict` output."""
        return cls(
            windows=tuple(Window(**w) for w in data["windows"]),
            journey=Window(**data["journey"]),
            grid_km=data["grid_km"],
            early_min=tuple(data["early_min"]),
            gated_modes=tuple(data["gated_modes"]),
        )


def _distances(policy: FarePolicy) -> list[tuple[str, float]]:
    """Return the distances a policy's prices depend on."""
    if not policy.distance_modes and not policy.integrated:
        return []
    if policy.bands is not None:
        return [(f"the end of band {i}", end) for i, (end, _) in enumerate(policy.bands[:-1], 1)]
    told = [("free_km", policy.free_km), ("step_km", policy.step_km)]
    told += [(f"free_km_by_mode[{m!r}]", km) for m, km in policy.free_km_by_mode.items()]
    if policy.far_from_km is not None:
        told += [("far_from_km", policy.far_from_km), ("far_step_km", policy.far_step_km)]
    told += [
        (name, getattr(policy, name))
        for name in ("alone_free_km", "alone_step_km")
        if getattr(policy, name) is not None
    ]
    return told


def _clock(minutes: float) -> str:
    whole = int(minutes)
    return f"{whole // 60:02d}:{whole % 60:02d}"

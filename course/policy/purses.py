"""What the voters of an election still hold while they buy projects together.

Floats look for the next project, whole numbers decide. What a voter holds is exactly the share
minus the prices paid, or nothing once the voter could not pay in full. So what any group of
voters holds is a handful of whole-number sums, one per project bought, and no voter needs a
fraction of his own. The prices are kept over one denominator. Every float carries a bound of
its error; wherever two numbers are nearer than that, the whole numbers decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd

import numpy as np

from course.policy.profile import Profile

_EPS = 2.0**-52


@dataclass(frozen=True)
class Price:
    """What a supporter with enough money pays for one unit of a project.

    Parameters
    ----------
    low, high : float
        Bounds, hundredths of a currency unit.
    poor : numpy.ndarray of bool
        The supporters who hold less than that and pay all there is, as far as floats tell.
    """

    low: float
    high: float
    poor: np.ndarray


class Purses:
    """The money of all voters, by pattern.

    Parameters
    ----------
    profile : Profile
        The election.
    share : Fraction
        What every voter starts with, in hundredths of a currency unit.
    by_points : bool
        Supporters pay in proportion to their points; else all the same.
    """

    def __init__(self, profile: Profile, share: Fraction, *, by_points: bool) -> None:
        self._profile = profile
        self._by_points = by_points
        self._held = np.full(len(profile.count), float(share))
        self._broke = np.zeros(len(profile.count), dtype=bool)
        # Exactly: the share and the prices so far, all over one denominator; and the units
        # each pattern (row) paid at each price (column), whole numbers whatever their type.
        self._share, self._denominator = share.numerator, share.denominator
        self._prices: list[int] = []
        size = len(profile.count), len(profile.cost)
        self._paid = np.zeros(size, dtype=np.float64 if by_points else bool)

    @property
    def _unsure(self) -> float:
        """How far a float of what a voter holds may be off: one rounding per payment."""
        return (2 * len(self._prices) + 2) * _EPS * self._share / self._denominator

    def _group(self, project: int) -> tuple[np.ndarray, np.ndarray | float, np.ndarray]:
        """Return the patterns that support a project, the units each pays, and its people."""
        part = self._profile.supporters(project)
        patterns = self._profile.choice_pattern[part]
        people = self._profile.choice_people[part]
        if not self._by_points:
            return patterns, 1.0, people
        units = self._profile.choice_points[part].astype(np.float64)
        given = units > 0
        return patterns[given], units[given], people[given]

    def price(self, project: int, *, at_least: float = 0.0) -> Price | None:
        """Return the price of one unit; None where the supporters cannot pay together.

        Parameters
        ----------
        project : int
            Its position.
        at_least : float
            The price is known not to be lower; a former price, as prices never fall.
        """
        patterns, units, people = self._group(project)
        cost = float(self._profile.cost[project])
        held = self._held[patterns]
        total, everybody = float(people @ held), float(people.sum())
        slack = len(patterns) * _EPS * total + everybody * self._unsure
        if total < cost + 2 * slack:
            missing = int(self._profile.cost[project]) * self._denominator
            if total < cost - 2 * slack or self._sum(patterns, people) < missing:
                return None
        each = people * units
        all_units = float(each.sum())
        poor, price = held < at_least * units, 0.0
        for _ in range(len(patterns) + 1):
            rich = all_units - float(each[poor].sum())
            if rich <= 0:
                break
            price = (cost - float(people[poor] @ held[poor])) / rich
            again = held < price * units
            if np.array_equal(again, poor):
                break
            poor = again
        edge = 4 * self._unsure + 16 * _EPS * cost
        if rich <= 0:
            poor = np.zeros(len(patterns), dtype=bool)
        if rich <= 0 or (np.abs(held - price * units) <= edge).any():
            exact = float(self.exact_price(project, guess=poor))
            return Price(exact * (1 - 4 * _EPS), exact * (1 + 4 * _EPS), poor)
        off = (4 * len(patterns) * _EPS * cost + 4 * everybody * self._unsure) / rich
        return Price(price - off, price + off, poor)

    def exact_price(self, project: int, *, guess: np.ndarray) -> Fraction:
        """Return the price of one unit exactly; only for a project that can be paid.

        ``guess`` are the supporters who probably cannot pay in full; any that leaves one who
        can will do, as each step from it is a price that is not too high, and higher.
        """
        patterns, units, people = self._group(project)
        cost = int(self._profile.cost[project]) * self._denominator
        each = people * units
        poor = guess
        while True:
            rich = int(each.sum()) - int(each[poor].sum())
            owed = cost - self._sum(patterns[poor], people[poor])
            price = Fraction(owed, rich * self._denominator)
            again = self._poorer(patterns, units, price)
            if np.array_equal(again, poor):
                return price
            poor = again

    def buy(self, project: int, price: Fraction) -> None:
        """Let the supporters pay; who has less than the price pays all there is."""
        patterns, units, _ = self._group(project)
        poor = self._poorer(patterns, units, price)
        number = len(self._prices)
        self._paid[patterns, number] = np.where(poor, 0.0, units)
        self._broke[patterns[poor]] = True
        wider = price.denominator // gcd(price.denominator, self._denominator)
        self._share *= wider
        self._denominator *= wider
        self._prices = [p * wider for p in self._prices]
        self._prices.append(price.numerator * (self._denominator // price.denominator))
        left = np.maximum(self._held[patterns] - float(price) * units, 0.0)
        self._held[patterns] = np.where(poor, 0.0, left)

    def _poorer(
        self, patterns: np.ndarray, units: np.ndarray | float, price: Fraction
    ) -> np.ndarray:
        """Return which patterns hold less than they would have to pay, exactly."""
        wanted = np.broadcast_to(np.asarray(units), patterns.shape)
        gap = self._held[patterns] - float(price) * wanted
        poor = gap < 0
        near = np.flatnonzero(np.abs(gap) <= 4 * self._unsure + 16 * _EPS * float(price) * wanted)
        if len(near):
            poor[near] = self._exactly_poorer(patterns[near], wanted[near], price)
        return poor

    def _exactly_poorer(
        self, patterns: np.ndarray, units: np.ndarray, price: Fraction
    ) -> np.ndarray:
        """Return which patterns hold less than they would have to pay, by their history."""
        paid = self._paid[patterns, : len(self._prices)]
        history = np.column_stack([self._broke[patterns], units, paid])
        kinds, of = np.unique(history, axis=0, return_inverse=True)
        poor = []
        for broke, wanted, *times in kinds.tolist():
            spent = sum(p * int(n) for p, n in zip(self._prices, times, strict=True) if n)
            held = 0 if broke else self._share - spent
            owed = price.numerator * int(wanted) * self._denominator
            poor.append(held * price.denominator < owed)
        return np.array(poor)[of.reshape(-1)]

    def _sum(self, patterns: np.ndarray, people: np.ndarray) -> int:
        """Return what the people of some patterns hold together, over the denominator."""
        alive = ~self._broke[patterns]
        patterns, people = patterns[alive], people[alive]
        total = self._share * int(people.sum())
        if len(patterns) and self._prices:
            times = people @ self._paid[patterns, : len(self._prices)]
            total -= sum(p * int(n) for p, n in zip(self._prices, times.tolist(), strict=True))
        return total

"""Amounts of money that look like a tariff, in any currency.

Convention: amounts are currency units. A drawn amount is a whole multiple of 1, 2 or 5
times a power of ten, so that it reads like a fare in won, rials, pesos or teaching
units; currencies whose fares have no decimals get none.
"""

from __future__ import annotations

from fractions import Fraction


def grain(amount: float) -> Fraction:
    """Return the largest 1, 2 or 5 times a power of ten that is not above an amount.

    Examples
    --------
    >>> float(grain(50.0)), float(grain(0.43)), float(grain(999))
    (50.0, 0.2, 500.0)
    """
    if not amount > 0:
        raise ValueError("the amount must be above zero")
    power = Fraction(1)
    target = Fraction(amount)
    while power > target:
        power /= 10
    while power * 10 <= target:
        power *= 10
    return max(power * digit for digit in (1, 2, 5) if power * digit <= target)


def rounded(amount: float | Fraction, step: Fraction) -> float:
    """Return the multiple of a step nearest to an amount, at least one step.

    Examples
    --------
    >>> rounded(1534, Fraction(50))
    1550.0
    """
    count = max(1, int(Fraction(amount) / step + Fraction(1, 2)))
    return float(count * step)


def price_grains(fare: float) -> tuple[Fraction, Fraction]:
    """Return the steps of a base fare and of a distance price around today's fare.

    A fare of 50 or more has no decimals today, so its steps get none either; nothing is
    finer than a hundredth, which is what the fare engine counts in.
    """
    floor = Fraction(1) if fare >= 50 else Fraction(1, 100)
    return max(grain(fare / 30), floor), max(grain(fare / 150), floor)


def money(amount: float, currency: str) -> str:
    """Return an amount with its currency: whole, or two decimals where it has cents.

    Examples
    --------
    >>> money(1500.0, "KRW"), money(14.8, "PHP")
    ('1,500 KRW', '14.80 PHP')
    """
    whole = float(amount) == int(amount)
    return f"{int(amount):,} {currency}" if whole else f"{amount:,.2f} {currency}"

"""The fare a feed states, where one flat price can say it.

Convention. The adult card fare of the course is one price per ride or linked trip. A feed
with one price says it. A feed whose prices follow zones or pairs of stations says
something else: nothing is fitted, the feed's fares are listed as not expressed, and the
lessons use a labelled teaching fare. Several prices without rules (adult, student, the
wider district ...) leave open which is the adult one: the middle price is taken, marked
unverified and listed.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course.city.cleaning import whole_numbers
from course.city.feed import Feed
from course.city.regions import decimals_of, is_currency

FILE = "fare_attributes.txt"


def feed_currency(feed: Feed) -> str:
    """Return the currency most fares of a feed are in, empty where it states none."""
    table = feed.get(FILE)
    if table is None or "currency_type" not in table or not len(table):
        return ""
    codes, counts = np.unique(
        np.char.upper(table.objects("currency_type").astype(str)), return_counts=True
    )
    best = str(codes[counts.argmax()])
    return best if is_currency(best) else ""


def flat_policy(feed: Feed, *, currency: str, year: int | None) -> dict[str, Any] | None:
    """Return the feed's flat fare as the course writes a fare policy, or None.

    Parameters
    ----------
    feed : Feed
        Raw tables; what cannot be expressed is added to its repairs.
    currency : str
        The city's currency.
    year : int or None
        Year of the feed.

    Returns
    -------
    dict or None
        A fare policy in its stored form.
    """
    table = feed.get(FILE)
    if table is None or not len(table):
        return None
    price = whole_numbers(table, "price")
    wrong = ~(price >= 0)
    feed.repairs.rows(FILE, wrong, table.rows, "price is no number from 0 on", "dropped")
    if wrong.all():
        return None
    prices = np.unique(price[~wrong])
    rules = feed.get("fare_rules.txt")
    by_zone = rules is not None and any(
        (rules.objects(column) != "").any()
        for column in ("origin_id", "destination_id", "contains_id")
    )
    between = f"{len(prices)} prices from {prices[0]:g} to {prices[-1]:g} {currency}"
    if by_zone and len(prices) > 1:
        feed.repairs.note(
            FILE, f"{between} by zone or pair of stations, which the course cannot express yet",
            "noted: not used; lessons use a labelled teaching fare, or give --fare-flat",
            count=len(table),
        )  # fmt: skip
        return None
    unverified: list[str] = []
    amount = float(prices[0])
    if len(prices) > 1:
        amount, how = _adult_price(table.objects("fare_id"), price, rules)
        unverified = ["base"]
        done = f"repaired: {how}, {amount:g}, taken as the adult fare; correct it with --fare-flat"
        feed.repairs.note(FILE, between, done, count=len(table))
    row = int(np.flatnonzero(price == amount)[0])
    return policy_of(
        amount, currency=currency, year=year, source=f"{feed.label}, {FILE}",
        name="today: flat fare of the feed", unverified=unverified,
        transfers=table.objects("transfers")[row] if "transfers" in table else "0",
        duration=table.objects("transfer_duration")[row],
    )  # fmt: skip


def _adult_price(ids: np.ndarray, price: np.ndarray, rules: Any) -> tuple[float, str]:
    """Return the price of most routes, or the middle one where no rule says what holds."""
    if rules is not None and len(rules):
        named, counts = np.unique(rules.objects("fare_id"), return_counts=True)
        for fare in named[np.argsort(-counts, kind="stable")]:
            if (ids == fare).any() and price[ids == fare][0] >= 0:
                return float(price[ids == fare][0]), "the price of most routes"
    sound = np.sort(price[price >= 0])
    return float(sound[(len(sound) - 1) // 2]), "the middle price"


def policy_of(
    amount: float,
    *,
    currency: str,
    year: int | None,
    source: str,
    name: str = "today: flat fare",
    unverified: list[str] | None = None,
    transfers: str = "0",
    duration: str = "",
) -> dict[str, Any]:
    """Return a flat fare as the course writes a fare policy.

    Parameters
    ----------
    amount : float
        Price in currency units.
    currency, year, source, name
        As the policy states them.
    unverified : list of str, optional
        Fields that were guessed.
    transfers, duration : str
        GTFS: changes allowed (empty: any number) and seconds they may take.
    """
    places = decimals_of(currency)
    price = round(amount, max(places, 2))
    policy: dict[str, Any] = {
        "name": name, "currency": currency, "source": source,
        "base": {"*": {"*": int(price) if price == int(price) else price}},
    }  # fmt: skip
    if year:
        policy["year"] = year
    if transfers.strip() != "0":
        policy["integrated"] = True
        changes = transfers.strip()
        policy["max_transfers"] = int(changes) if changes in ("1", "2", "3", "4", "5") else 4
        seconds = int(duration) if duration.strip().isdigit() else 0
        if 0 < seconds <= 86_400:
            policy["window_min"] = seconds / 60 if seconds % 60 else seconds // 60
            policy["window_from"] = "board"
    if unverified:
        policy["unverified"] = unverified
    return policy

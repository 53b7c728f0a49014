"""Question 5: passes and daily caps, bought by people and not by journeys.

Who gains buys: a card takes the pass if its fares inside the pass would be dearer than the
pass, and of those a share does so. What a month looks like is an assumption: the given days
are taken as days like all others, and `days_per_month` of them make the month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.errors import UsageError
from course.transport.card_summary import CardSummary
from course.transport.fare_answer import MINUS, Answer
from course.transport.fare_checks import amount, number
from course.transport.fare_words import money

if TYPE_CHECKING:
    import pandas as pd

# facts 1.4: 30 days, without and with public bikes; youth 19 to 39
CLIMATE_CARD = {"price": 62_000, "youth_price": 55_000, "days": 30, "currency": "KRW"}
CLIMATE_CARD_MODES = ("subway", "trunk", "branch", "circular", "owl", "village")
CLIMATE_CARD_SOURCE = "Climate Card, 30 days without bikes, Hankook Ilbo 2024 [S]"
DAYS_PER_MONTH = 22  # an assumption: days of a month that are like the given ones
UPTAKE = 0.5  # an assumption: share of those who gain that buy


def _prices(cards: CardSummary, price: float, class_prices: dict[str, float]) -> np.ndarray:
    from course.transport.fare_checks import USER_CLASSES, known
    from course.transport.fare_tables import hundredths

    out = np.full(len(USER_CLASSES), hundredths(amount(price, "price")), dtype=np.int64)
    for user_class, own in class_prices.items():
        known(user_class, USER_CLASSES, "user class", "class_prices")
        out[USER_CLASSES.index(user_class)] = hundredths(amount(own, "class_prices"))
    return out[cards.rows[:, 0]]


def pass_offer(
    cards: CardSummary,
    *,
    price: float,
    class_prices: dict[str, float] | None = None,
    uptake: float = UPTAKE,
    days_per_month: float = DAYS_PER_MONTH,
    generated: float = 0.0,
) -> Answer:
    """Say who would buy a pass for a month, what they save and what revenue is lost.

    Parameters
    ----------
    cards : CardSummary
        From `fares.cards`, over all given days (per_day=False), with the modes of the pass.
    price : number
        Price of the pass for a month, currency units.
    class_prices : dict, optional
        Other prices by user class.
    uptake : float
        Share, 0 to 1, of the cards that gain and that buy. Nobody buys at a loss.
    days_per_month : float
        How many days of a month are like the given ones. With 28 given days or more they
        are the month themselves, and the number has to be theirs.
    generated : float
        Further journeys of a buyer, in percent; they cost the rider nothing and bring no
        fare. An assumption, 0 unless you have a count.

    Returns
    -------
    Answer
        Table, by income group and user class: cards, gain (cards whose fares exceed the
        price), buyers, saved_per_buyer, revenue_lost, for a month. Zones: mean_change is
        what a card of the zone pays less on average in a month (negative).

    Notes
    -----
    A card whose fares just equal the price does not gain. Money is whole hundredths; the
    month is ``money of the given days * days_per_month / given days``, compared without
    rounding. Expected numbers: of 3 cards that gain and an uptake of 0.5, 1.5 buy.
    """
    import pandas as pd

    if cards.per_day:
        raise UsageError(
            "These cards are counted day by day.", "Use fares.cards(..., per_day=False)."
        )
    if not 0 <= float(uptake) <= 1:
        raise UsageError(f"uptake is {uptake}.", "Give a share from 0 to 1.")
    days = number(days_per_month, "days_per_month", low=1, high=31, unit="days")
    if cards.dates >= 28 and days != cards.dates:
        raise UsageError(
            f"The rides are of {cards.dates} days, a month of their own.",
            f"Use days_per_month={cards.dates}.",
        )
    number(generated, "generated", high=200, unit="%")
    rows = cards.rows
    due = _prices(cards, price, class_prices or {})
    # compared as whole numbers: paid * days > price * dates
    scale = round(days * 100)
    month = rows[:, 4] * scale / (100 * cards.dates)  # hundredths
    gain = rows[:, 4] * scale > due * 100 * cards.dates
    n = rows[:, 7]
    buyers = np.where(gain, n * float(uptake), 0.0)
    lost = np.where(gain, (month - due) * n * float(uptake), 0.0) / 100
    frame = pd.DataFrame(
        {
            "income": [f"group {g}" if g else "" for g in rows[:, 1]],
            "user_class": cards.table()["user_class"].to_numpy(),
            "zone": rows[:, 2],
            "cards": n,
            "gain": np.where(gain, n, 0),
            "buyers": buyers,
            "lost": lost,
            "paid": (month + rows[:, 6] * scale / (100 * cards.dates)) * n / 100,
        }
    )
    table = _by_groups(frame)
    total = frame[["cards", "gain", "buyers", "lost", "paid"]].sum()
    unit = cards.today.currency
    lost_pct = 100 * total.lost / total.paid if total.paid else float("nan")
    share = 100 * total.buyers / total.cards if total.cards else 0.0
    saved = total.lost / total.buyers if total.buyers else 0.0
    given = "one" if cards.dates == 1 else f"{cards.dates}"
    sentence = (
        f"At {money(price, unit)} a month {share:.1f} % of cards buy the pass and save "
        f"{money(round(saved, 2 if saved < 50 else 0), unit)} each; revenue falls by "
        f"{lost_pct:.1f} %, if the month has {days:g} days like the {given} given and "
        f"{100 * float(uptake):.0f} % of those who gain buy."
    )
    zones = _zones(frame, cards)
    by_income = table[table["kind"] == "income"]
    bars = pd.DataFrame({"name": by_income["group"], "value": by_income["buyers_pct"]})
    extra_trips = float(((rows[:, 3] * np.where(gain, n, 0)).sum()) * uptake * generated / 100)
    notes = [
        f"Month: {days:g} days like the {given} given. An assumption; a synthetic day has "
        "no weekend and no holidays, and its cards are not followed further.",
        f"Uptake: {100 * float(uptake):.0f} % of those who gain, an assumption. Nobody buys at a "
        "loss, though some do for comfort.",
        f"Inside the pass: {', '.join(cards.modes)}. A journey that uses another mode stays "
        "outside as a whole.",
    ]
    if cards.dates == 1:
        notes.insert(1, "One day shows those who ride often more than those who ride now and then: "
                     "the share that gains is too high.")  # fmt: skip
    if generated:
        notes.append(f"Buyers ride {generated:g} % more, an assumption: {extra_trips:,.0f} further "
                     "journeys in the given days.")  # fmt: skip
    return Answer(
        question="passes",
        title="A pass is bought by those who gain",
        sentence=sentence if total.cards else "There are no cards in these rides.",
        table=table,
        unit=unit,
        zones=zones,
        bars=(("Cards that buy, by income group, %", bars),),
        figures=(
            ("Cards that buy", share, "%", f"of {int(total.cards):,} cards"),
            ("Revenue", -lost_pct, "%", f"{money(round(total.lost), unit)} a month less"),
            ("Saved by a buyer", saved, unit, "a month on average"),
        ),
        notes=tuple(notes),
        signed=False,
        extra={"bar_unit": "%", "buyers": float(total.buyers), "lost": float(total.lost),
               "gain": int(total.gain), "bars_are_money": False},
    )  # fmt: skip


def _by_groups(frame: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for kind in ("income", "user_class"):
        out = frame.groupby(kind, sort=True)[["cards", "gain", "buyers", "lost", "paid"]].sum()
        out = out[out.index != ""].rename_axis("group").reset_index()
        parts.append(out.assign(kind=kind.replace("_", " ")))
    table = pd.concat(parts, ignore_index=True)
    return pd.DataFrame(
        {
            "kind": table["kind"],
            "group": table["group"].astype(str),
            "cards": table["cards"],
            "gain": table["gain"],
            "buyers": table["buyers"],
            "buyers_pct": 100 * table["buyers"] / table["cards"],
            "saved_per_buyer": (table["lost"] / table["buyers"].where(table["buyers"] > 0)),
            "revenue_lost": table["lost"],
        }
    )


def _zones(frame: pd.DataFrame, cards: CardSummary) -> pd.DataFrame:
    import pandas as pd

    size = len(cards.zone_ids)
    sums = {
        name: np.bincount(frame["zone"], weights=frame[name], minlength=size + 1)[:size]
        for name in ("cards", "buyers", "lost", "paid")
    }
    some = np.where(sums["cards"] > 0, sums["cards"], np.nan)
    return pd.DataFrame(
        {
            "zone_id": list(cards.zone_ids),
            "trips": sums["cards"].astype(np.int64),
            "mean_today": sums["paid"] / some,
            "mean_new": (sums["paid"] - sums["lost"]) / some,
            "mean_change": -sums["lost"] / some,
            "pays_more_pct": 0.0 * some,
            "pays_less_pct": 100 * sums["buyers"] / some,
        }
    )


def daily_cap(cards: CardSummary, *, cap: float) -> Answer:
    """Say what it costs when no card pays more than a cap in one day.

    Parameters
    ----------
    cards : CardSummary
        From ``fares.cards(..., per_day=True)``, with the modes the cap holds for.
    cap : number
        The most a card pays for these modes in one day, currency units.

    Returns
    -------
    Answer
        Table, by income group and user class: cards, capped (cards that reach the cap),
        capped_pct, saved_per_capped, revenue_lost; for the given days. Nothing has to be
        assumed: the cap is the smaller of two sums each card pays on its day.
    """
    import pandas as pd

    if not cards.per_day:
        raise UsageError(
            "These cards are followed over days.", "Use fares.cards(..., per_day=True)."
        )
    from course.transport.fare_tables import hundredths

    limit = hundredths(amount(cap, "cap"))
    rows, n = cards.rows, cards.rows[:, 7]
    over = np.maximum(rows[:, 4] - limit, 0)
    frame = pd.DataFrame(
        {
            "income": [f"group {g}" if g else "" for g in rows[:, 1]],
            "user_class": cards.table()["user_class"].to_numpy(),
            "zone": rows[:, 2],
            "cards": n,
            "gain": np.where(over > 0, n, 0),
            "buyers": np.where(over > 0, n, 0),
            "lost": over * n / 100,
            "paid": (rows[:, 4] + rows[:, 6]) * n / 100,
        }
    )
    table = _by_groups(frame).rename(
        columns={"buyers": "capped", "buyers_pct": "capped_pct",
                 "saved_per_buyer": "saved_per_capped"}
    ).drop(columns="gain")  # fmt: skip
    lost, paid = int((over * n).sum()), cards.revenue
    capped = int(frame["gain"].sum())
    share = 100 * capped / cards.cards if cards.cards else 0.0
    lost_pct = 100 * lost / paid if paid else float("nan")
    unit = cards.today.currency
    each = lost / 100 / capped if capped else 0.0
    by_income = table[table["kind"] == "income"]
    bars = pd.DataFrame({"name": by_income["group"], "value": by_income["capped_pct"]})
    return Answer(
        question="cap",
        title="A daily cap helps those who ride most",
        sentence=(
            f"With at most {money(cap, unit)} a day, {share:.1f} % of cards reach the cap and save "
            f"{money(round(each, 2 if each < 50 else 0), unit)} each; revenue changes by "
            f"{MINUS if lost else ''}{lost_pct:.1f} %."
        ),
        table=table,
        unit=unit,
        zones=_zones(frame, cards),
        bars=(("Cards that reach the cap, by income group, %", bars),),
        figures=(
            ("Cards at the cap", share, "%", f"of {cards.cards:,} cards and days"),
            ("Revenue", -lost_pct, "%", "nobody reacts"),
            ("Saved at the cap", each, unit, "a day on average"),
        ),
        notes=(
            "Nobody rides more because of the cap here; the last rides of a capped day are free, "
            "so some would.",
            "Only journeys that are made today count; who stayed at home is not in the data.",
        ),
        signed=False,
        extra={"bar_unit": "%", "lost": lost / 100, "capped": capped, "bars_are_money": False},
    )

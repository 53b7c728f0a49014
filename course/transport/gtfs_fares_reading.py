"""A policy out of the tables of GTFS-Fares v2, our own or another system's.

What the course can hold is read: one price per network and rider category, early-bird
timeframes, changes within a time. Anything else is refused with file, row and remedy, so
that no feed is misread in silence.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from course.transport.fare_checks import MODES, USER_CLASSES
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import hundredths

if TYPE_CHECKING:
    import pandas as pd

FILES = (
    "fare_media", "rider_categories", "networks", "route_networks", "timeframes",
    "fare_products", "fare_leg_rules", "fare_leg_join_rules", "fare_transfer_rules", "areas",
)  # fmt: skip
NO_LIMIT = 20  # the most changes a FarePolicy counts; GTFS writes -1
_MOST_BYTES = 50_000_000


def _refuse(file: str, row: int | None, what: str, remedy: str) -> None:
    place = f"{file}.txt" + ("" if row is None else f", row {row + 2}")
    raise CourseError(f"{place}: {what}.", remedy)


def read_tables(path: str | Path) -> dict[str, pd.DataFrame]:
    """Return the fare tables of a feed, all as text; absent files are left out."""
    import pandas as pd

    path = Path(path)
    out = {}
    try:
        with zipfile.ZipFile(path) as archive:
            inside = {i.filename: i for i in archive.infolist()}
            for name in (*FILES, "routes"):
                info = inside.get(f"{name}.txt")
                if info is None:
                    continue
                if info.file_size > _MOST_BYTES:
                    _refuse(name, None, "the file is larger than 50 MB", "Write fewer rows.")
                with archive.open(info) as file:
                    raw = file.read(_MOST_BYTES + 1)
                out[name] = pd.read_csv(
                    io.StringIO(raw.decode("utf-8-sig")), dtype=str, keep_default_na=False
                )
                out[name].columns = [str(c).strip() for c in out[name].columns]
    except FileNotFoundError:
        raise CourseError(f"{path} is missing.", "Check the path of the feed.") from None
    except (zipfile.BadZipFile, UnicodeDecodeError, pd.errors.ParserError,
            pd.errors.EmptyDataError) as error:  # fmt: skip
        raise CourseError(
            f"{path.name} cannot be read as a GTFS feed ({type(error).__name__}).",
            "Give the zip as the publisher made it.",
        ) from None
    return out


def read_fares(path: str | Path, *, name: str | None = None) -> FarePolicy:
    """Read the fares of a GTFS feed as a policy.

    Parameters
    ----------
    path : path
        A zip with fare_products.txt and fare_leg_rules.txt.
    name : str, optional
        Name of the policy; default "fares of FILE".

    Returns
    -------
    FarePolicy

    Raises
    ------
    CourseError
        With file and row, for anything the course cannot hold.
    """
    return policy_of(read_tables(path), name=name or f"fares of {Path(path).name}")


def policy_of(tables: dict[str, pd.DataFrame], *, name: str) -> FarePolicy:
    """Return the policy that tables of GTFS-Fares v2 say; see `read_fares`."""
    for needed in ("fare_products", "fare_leg_rules"):
        if needed not in tables or tables[needed].empty:
            _refuse(needed, None, "the file is missing or empty", "The feed has no Fares v2.")
    legs = tables["fare_leg_rules"]
    for column in ("from_area_id", "to_area_id", "to_timeframe_group_id", "rule_priority"):
        if column in legs and (legs[column] != "").any():
            row = int((legs[column] != "").to_numpy().argmax())
            _refuse("fare_leg_rules", row, f"the rule depends on {column}",
                    "The course reads fares by network, rider and early hour.")  # fmt: skip
    currency, amounts = _products(tables)
    modes = _modes(tables)
    base: dict[str, dict[str, float]] = {}
    early: dict[tuple[str, str], float] = {}
    group_mode: dict[str, str] = {}
    edge = _early_edge(tables)
    for i, rule in enumerate(legs.to_dict("records")):
        mode = modes.get(rule.get("network_id", ""))
        if mode is None:
            _refuse("fare_leg_rules", i, f"the network {rule.get('network_id', '')!r} has no mode",
                    "Name networks as the course names modes, or list route_networks.")  # fmt: skip
        frame = rule.get("from_timeframe_group_id", "")
        product = rule.get("fare_product_id", "")
        if product not in amounts:
            _refuse("fare_leg_rules", i, f"the product {product!r} is not in fare_products",
                    "Add the product.")  # fmt: skip
        group = rule.get("leg_group_id", "") or mode
        if group_mode.setdefault(group, mode) != mode:
            _refuse("fare_leg_rules", i, f"the leg group {group!r} holds two modes",
                    "Give each network its own leg group.")  # fmt: skip
        for user_class, cents in amounts[product].items():
            is_early = edge is not None and edge[0].get(frame)
            if is_early:
                early[user_class, mode] = cents
                continue
            if mode in base.setdefault(user_class, {}):
                _refuse("fare_leg_rules", i, f"a second price for {mode} ({user_class})",
                        "One price per network and rider category.")  # fmt: skip
            base[user_class][mode] = cents / 100
    ordered = {c: {m: base[c][m] for m in MODES if m in base[c]} for c in USER_CLASSES if c in base}
    if "adult" not in ordered:
        _refuse("rider_categories", None, "no category is adult",
                "Name the default category adult.")  # fmt: skip
    fields: dict[str, Any] = {"base": ordered, "currency": currency}
    if early and edge is not None:
        fields["early_bird"] = _early_bird(ordered, early, edge[1])
    fields |= _transfers(tables, group_mode, base, amounts)
    return FarePolicy(name=name, source="GTFS-Fares v2", **fields)


def _products(tables: dict[str, pd.DataFrame]) -> tuple[str, dict[str, dict[str, int]]]:
    products = tables["fare_products"]
    for column in ("fare_product_id", "amount", "currency"):
        if column not in products:
            _refuse("fare_products", None, f"no column {column}", "Write the column.")
    currencies = sorted(set(products["currency"]))
    if len(currencies) != 1:
        _refuse("fare_products", None, f"several currencies ({', '.join(currencies)})",
                "Write one feed per currency.")  # fmt: skip
    categories = tables.get("rider_categories")
    default = "adult"
    if categories is not None and "is_default_fare_category" in categories:
        chosen = categories[categories["is_default_fare_category"] == "1"]["rider_category_id"]
        default = str(chosen.iloc[0]) if len(chosen) else default
    out: dict[str, dict[str, int]] = {}
    for i, row in enumerate(products.to_dict("records")):
        who = row.get("rider_category_id", "") or default
        who = "adult" if who == default else who
        if who not in USER_CLASSES:
            _refuse("fare_products", i, f"the rider category {who!r}",
                    f"The course knows {', '.join(USER_CLASSES)}.")  # fmt: skip
        try:
            value = float(row["amount"])
            cents = hundredths(value)
        except (ValueError, OverflowError):
            _refuse("fare_products", i, f"the amount {row['amount']!r}", "Write a number.")
        if not 0 <= cents <= 10**9:
            _refuse("fare_products", i, f"the amount {row['amount']}", "Write 0 or more.")
        same = out.setdefault(row["fare_product_id"], {})
        if same.setdefault(who, cents) != cents:
            _refuse("fare_products", i, f"a second price of {row['fare_product_id']} for {who}",
                    "The course reads one price for all fare media.")  # fmt: skip
    return currencies[0], out


def _modes(tables: dict[str, pd.DataFrame]) -> dict[str, str]:
    """Return the mode of each network: its name, or what all its routes are."""
    named = {m: m for m in MODES}
    networks, routes = tables.get("route_networks"), tables.get("routes")
    if networks is None or routes is None or "route_type" not in routes:
        return named
    from course.city.cleaning import mode_of

    kind = dict(zip(routes["route_id"], routes["route_type"], strict=True))
    for network, part in networks.groupby("network_id"):
        if network in named:
            continue
        types = {kind.get(r, "") for r in part["route_id"]}
        found = {mode_of(int(t)) if t.isdigit() else "other" for t in types}
        if len(found) == 1:
            named[str(network)] = found.pop()
    return named


def _seconds(text: str, row: int) -> int:
    try:
        h, m, s = (int(v) for v in text.split(":"))
        if not (0 <= h <= 24 and 0 <= m < 60 and 0 <= s < 60):
            raise ValueError
    except ValueError:
        _refuse("timeframes", row, f"the time {text!r}", "Write HH:MM:SS.")
    return 3600 * h + 60 * m + s


def _early_edge(tables: dict[str, pd.DataFrame]) -> tuple[dict[str, bool], float] | None:
    """Return which timeframe groups are early, and the minute they end."""
    frames = tables.get("timeframes")
    if frames is None or frames.empty:
        return None
    spans = {}
    for i, row in enumerate(frames.to_dict("records")):
        span = (_seconds(row.get("start_time") or "00:00:00", i),
                _seconds(row.get("end_time") or "24:00:00", i))  # fmt: skip
        if spans.setdefault(row["timeframe_group_id"], span) != span:
            _refuse("timeframes", i, "a group with several spans",
                    "The course reads one early span and the rest of the day.")  # fmt: skip
    edges = {end for start, end in spans.values() if start == 0 and end < 86_400}
    rest = {start for start, end in spans.values() if end == 86_400 and start > 0}
    if len(edges) != 1 or rest - edges or len(spans) > 2:
        _refuse("timeframes", None, "the spans are not one early span and the rest of the day",
                "The course reads an early bird only.")  # fmt: skip
    edge = edges.pop()
    return {group: span[0] == 0 for group, span in spans.items()}, edge / 60


def _early_bird(
    base: dict[str, dict[str, float]], early: dict[tuple[str, str], float], before_min: float
) -> dict[str, Any]:
    """Return the one discount that gives all early prices, in percent."""
    modes = [m for m in MODES if any(mode == m for _, mode in early)]
    pairs = [(hundredths(base[c].get(m, 0)), int(cents)) for (c, m), cents in early.items()]
    most = max(pairs)
    if not most[0]:
        _refuse("fare_leg_rules", None, "an early price without a full one", "Add the full price.")
    for digits in (0, 1, 2):
        pct = round(100 * (1 - most[1] / most[0]), digits)
        parts = hundredths(pct)
        for unit in (1, 100):
            made = [
                ((b - (b * parts + 5000) // 10_000) + unit // 2) // unit * unit for b, _ in pairs
            ]
            if made == [cents for _, cents in pairs]:
                return {"before_min": before_min, "discount_pct": pct, "modes": tuple(modes)}
    _refuse("fare_products", None, "the early prices are not one discount on all full prices",
            "The course holds one early-bird percentage.")  # fmt: skip
    raise AssertionError


def _transfers(
    tables: dict[str, pd.DataFrame], group_mode: dict[str, str],
    base: dict[str, dict[str, float]], amounts: dict[str, dict[str, int]],
) -> dict[str, Any]:  # fmt: skip
    rules = tables.get("fare_transfer_rules")
    if rules is None or rules.empty:
        return {"integrated": False}
    windows, kinds, counts, pairs = set(), set(), set(), set()
    for i, row in enumerate(rules.to_dict("records")):
        ends = [row.get("from_leg_group_id", ""), row.get("to_leg_group_id", "")]
        if any(e not in group_mode for e in ends):
            _refuse("fare_transfer_rules", i, f"the leg groups {ends}",
                    "Name groups of fare_leg_rules.")  # fmt: skip
        if row.get("fare_transfer_type") != "0":
            _refuse("fare_transfer_rules", i, "another type than 0",
                    "The course reads the first fare plus what a change adds.")  # fmt: skip
        if row.get("duration_limit_type", "2") not in ("1", "2"):
            _refuse("fare_transfer_rules", i, "a duration to the next arrival",
                    "The course counts to the next boarding (types 1 and 2).")  # fmt: skip
        try:
            windows.add(int(row.get("duration_limit") or 240 * 60))
            counts |= {int(row["transfer_count"])} if row.get("transfer_count") else set()
        except ValueError:
            _refuse("fare_transfer_rules", i, "a duration or count that is no number",
                    "Write whole numbers.")  # fmt: skip
        kinds.add(row.get("duration_limit_type", "2"))
        first, second = (group_mode[e] for e in ends)
        added = amounts.get(row.get("fare_product_id", ""), {})
        for c, modes in base.items():
            rise = max(hundredths(modes.get(second, 0)) - hundredths(modes.get(first, 0)), 0)
            if added.get(c, 0) != rise:
                more = added.get(c, 0) / 100
                told = f"a change from {first} to {second} adds {more:g} ({c})"
                _refuse("fare_transfer_rules", i, told,
                        f"Write the rise to the dearer mode: {rise / 100:g}.")  # fmt: skip
        pairs.add((first, second))
    if len(windows) > 1 or len(kinds) > 1 or len(counts) > 1:
        _refuse("fare_transfer_rules", None, "several durations or counts",
                "The course holds one transfer window.")  # fmt: skip
    joins = tables.get("fare_leg_join_rules")
    gated = set() if joins is None else set(joins["from_network_id"])
    count = counts.pop() if counts else 4
    linked = {m for pair in pairs for m in pair}
    return {
        "integrated": True,
        "window_min": windows.pop() / 60,
        "window_from": "alight" if kinds == {"2"} else "board",
        "max_transfers": NO_LIMIT if count < 0 else count,
        "same_route_transfer": any(a == b and a in gated for a, b in pairs),
        "no_transfer_modes": tuple(
            m for m in MODES if m in group_mode.values() and m not in linked
        ),
    }

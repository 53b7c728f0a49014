"""How near a large synthetic day comes to published figures, added up block by block.

Cards do not span blocks, so journeys can be counted in each block alone; the sums are whole
numbers and add up to the same in any order.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.places import zone_of
from course.city.synthesis.calibration import linked_trips
from course.city.synthesis.megacity_stations import boardings_by_stop
from course.city.synthesis.network import gated_modes
from course.city.synthesis.targets import USER_CLASSES, city_targets

if TYPE_CHECKING:
    import pandas as pd

_SEOUL_MINUTES = 33.1
_BUSIEST_HOUR = 18
_WITHIN_PCT = 100 * 20.8 / (20.8 + 56.4)


@dataclass(frozen=True)
class Sums:
    """Whole-number sums over some rides.

    Parameters
    ----------
    rides, trips, complete, metres, seconds, near, middle, no_tap_out, gated : int
        Rides; journeys; journeys with all tap-outs, their metres, seconds, and how many of
        them are in the first and second distance band; rides without a tap-out and behind
        gates.
    zone_pairs, zone_same : int
        Journeys between known zones; those inside one.
    classes, hours, stops : dict
        Rides by user class and by hour; rides behind gates by boarding stop.
    content : str
        Hash of the rides.
    """

    rides: int = 0
    trips: int = 0
    complete: int = 0
    metres: int = 0
    seconds: int = 0
    near: int = 0
    middle: int = 0
    no_tap_out: int = 0
    gated: int = 0
    zone_pairs: int = 0
    zone_same: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    hours: dict[str, int] = field(default_factory=dict)
    stops: dict[str, int] = field(default_factory=dict)
    content: str = ""

    @classmethod
    def of(cls, city: Any, rides: pd.DataFrame) -> Sums:
        """Return the sums over a table of rides whose cards are all in it."""
        gates = gated_modes(city.properties)
        trips = linked_trips(rides, gates)
        whole = trips[trips["complete"]]
        metres = whole["distance_m"].to_numpy(dtype=np.int64)
        near, far = city_targets(city).bands_m
        behind = rides["mode"].isin(list(gates)).to_numpy()
        hour = rides["board_time"].to_numpy(dtype=np.int64) // 3600
        pairs, same = _within(city, rides)
        return cls(
            rides=len(rides), trips=len(trips), complete=len(whole), metres=int(metres.sum()),
            seconds=int(whole["seconds"].sum()), near=int((metres <= near).sum()),
            middle=int(((metres > near) & (metres <= far)).sum()),
            no_tap_out=int(rides["alight_time"].isna().sum()), gated=int(behind.sum()),
            zone_pairs=pairs, zone_same=same,
            classes=_counts(rides["user_class"]),
            hours={str(h): int(n) for h, n in enumerate(np.bincount(hour)) if n},
            stops=_counts(rides["board_stop_id"][behind]),
            content=content_hash(rides),
        )  # fmt: skip

    @classmethod
    def added(cls, parts: list[Sums]) -> Sums:
        """Return the sums over several tables."""
        total: dict[str, Any] = asdict(cls())
        for part in parts:
            for name, value in asdict(part).items():
                if isinstance(value, dict):
                    for key, n in value.items():
                        total[name][key] = total[name].get(key, 0) + n
                elif name != "content":
                    total[name] += value
        text = "".join(p.content for p in parts)
        total["content"] = hashlib.sha256(text.encode("utf-8")).hexdigest()
        return cls(**total)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Sums:
        """Return sums as they were written."""
        return cls(**data)


def _counts(values: pd.Series) -> dict[str, int]:
    found = values.value_counts().sort_index()
    return {str(k): int(v) for k, v in found.items()}


def _within(city: Any, rides: pd.DataFrame) -> tuple[int, int]:
    """Return how many rides lead from zone to zone, and how many stay in one."""
    a = zone_of(city, rides["board_stop_id"])
    b = zone_of(city, rides["alight_stop_id"])
    known = (a.notna() & b.notna()).to_numpy()
    return int(known.sum()), int((a[known] == b[known]).sum())


def content_hash(rides: pd.DataFrame) -> str:
    """Return a hash of the rows of a rides table, the same on every platform.

    Whole numbers count as 64 bits, absent ones as -1, texts by their bytes.
    """
    import pandas as pd

    digest = hashlib.sha256()
    for name in rides.columns:
        values = rides[name]
        if pd.api.types.is_integer_dtype(values.dtype):
            numbers = values.to_numpy(dtype=np.int64, na_value=-1)
        else:
            codes, words = pd.factorize(values, sort=False)
            digest.update("\x1f".join(map(str, words)).encode("utf-8") + b"\x1e")
            numbers = codes.astype(np.int64)
        digest.update(numbers.astype("<i8").tobytes())
    return digest.hexdigest()


def report(city: Any, sums: Sums) -> pd.DataFrame:
    """Compare a day with the figures it aims at.

    Returns
    -------
    pandas.DataFrame
        One row per measure: measure (str, with its unit), target, got (float), fitted
        (bool: the model aims at it), source (str).
    """
    import pandas as pd

    targets = city_targets(city)
    near, far = (f"{m / 1000:.1f}" for m in targets.bands_m)
    parts = [p / 10 for p in targets.band_shares]
    complete = max(sums.complete, 1)

    def share(part: int, whole: int) -> float:
        return 100 * part / whole if whole else float("nan")

    rows: list[tuple[str, float, float, bool, str]] = [
        ("mean distance of a journey (km)", targets.mean_m / 1000, sums.metres / complete / 1000,
         True, targets.source),
        (f"journeys up to {near} km (%)", parts[0], share(sums.near, complete), True,
         targets.source),
        (f"journeys of {near} to {far} km (%)", parts[1], share(sums.middle, complete), True,
         targets.source),
        (f"journeys over {far} km (%)", parts[2],
         share(complete - sums.near - sums.middle, complete), True, targets.source),
        ("rides per journey", targets.rides_per_trip, sums.rides / max(sums.trips, 1), True,
         "Seoul 2021 cards (eknews)"),
    ]  # fmt: skip
    if targets.scale == 1.0:
        rows.append(("mean time of a journey (min)", _SEOUL_MINUTES, sums.seconds / complete / 60,
                     False, "Seoul 2021 cards (eknews); follows from assumed speeds"))  # fmt: skip
        rows.append(("rides inside one district (%)", _WITHIN_PCT,
                     share(sums.zone_same, sums.zone_pairs), False,
                     "Seoul 2021 cards (eknews), of journeys inside the city; follows from the "
                     "gravity model"))  # fmt: skip
        busiest = max(sums.hours, key=lambda h: (sums.hours[h], -int(h)), default="0")
        rows.append(("busiest hour begins at", _BUSIEST_HOUR, float(busiest), True,
                     "Seoul Metro 2024"))  # fmt: skip
    total = sum(USER_CLASSES.values())
    for name, part in USER_CLASSES.items():
        rows.append((f"rides by user class {name} (%)", 100 * part / total,
                     share(sums.classes.get(name, 0), sums.rides), True,
                     "Seoul 2021 cards (eknews)"))  # fmt: skip
    rows += _station_rows(city, sums)
    return pd.DataFrame(rows, columns=["measure", "target", "got", "fitted", "source"])


def _station_rows(city: Any, sums: Sums) -> list[tuple[str, float, float, bool, str]]:
    counted = boardings_by_stop(city)
    known = [s for s in counted if counted[s] > 0 and sums.stops.get(s, 0) > 0]
    if not known:
        return []
    source = "Seoul Open Data OA-12914, mean day of May 2025" if city.id == "seoul" else "the pack"
    wanted = np.array([counted[s] for s in known], dtype=np.float64)
    got = np.array([sums.stops[s] for s in known], dtype=np.float64)
    wanted, got = 100 * wanted / wanted.sum(), 100 * got / got.sum()
    wrong = np.abs(got - wanted).sum() / 2
    rows = [("boardings at another station than counted (%)", 0.0, float(wrong), True, source)]
    for at in np.argsort(-wanted, kind="stable")[:3]:
        rows.append((f"boardings behind gates at {known[at]} (%)", float(wanted[at]),
                     float(got[at]), True, source))  # fmt: skip
    return rows

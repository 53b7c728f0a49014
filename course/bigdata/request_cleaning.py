"""From a table of requests as offices keep it to one that can be counted.

Nothing is lost in silence: every row is either in the table or among the dropped with its
reason, and what was changed stands beside what was given. The rules, the course's own:

1. A case without a creation time, with a closing time that is no time, or closed before it
   was created is dropped. So is a row whose id was used before.
2. A zone id that no zone has is replaced by the zone whose point is nearest to the case,
   where the case has a place in the city; else it is "unknown".
3. A second entry of a case is marked, not dropped: same category, a few metres and at most
   two hours after the first. Marked rows do not count in any other function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from course.bigdata.request_groups import UNKNOWN
from course.bigdata.request_repeats import links
from course.bigdata.request_times import instants
from course.city.membership import is_among
from course.city.metres import metres_between
from course.city.places import nearest_zone
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

DUPLICATE_M, DUPLICATE_HOURS, FARTHEST_KM = 25, 2, 10
REASONS = (
    "no creation time", "closing time is no time", "closed before it was created",
    "id was used before",
)  # fmt: skip


@dataclass(frozen=True)
class Cleaned:
    """Requests that can be counted, and what was left out.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per entry: the given columns, with ``zone_id`` as used, and ``zone_given``
        (as it was), ``zone_by`` (given, place or unknown), ``hours`` (from creation to
        closing; NaN = open) and ``duplicate_of`` (id of the first entry, or empty text).
        Times are "YYYY-MM-DDTHH:MM:SS".
    dropped : pandas.DataFrame
        One row per dropped row: ``row`` (1 = the first given), ``request_id``,
        ``created_at``, ``closed_at``, ``reason``.
    """

    table: pd.DataFrame
    dropped: pd.DataFrame

    @property
    def cases(self) -> pd.DataFrame:
        """The rows that count: no second entries."""
        return self.table[(self.table["duplicate_of"] == "").to_numpy()].reset_index(drop=True)

    @property
    def summary(self) -> pd.DataFrame:
        """What happened to the given rows: ``what``, ``rows``."""
        import pandas as pd

        given = len(self.table) + len(self.dropped)
        reasons = self.dropped["reason"].value_counts()
        zone = self.table["zone_by"].value_counts()
        rows = [
            ("rows given", given),
            *((f"dropped: {r}", int(reasons[r])) for r in REASONS if r in reasons),
            ("second entries, marked", int((self.table["duplicate_of"] != "").sum())),
            ("zone found by the place", int(zone.get("place", 0))),
            ("zone unknown", int(zone.get(UNKNOWN, 0))),
            ("cases that count", len(self.cases)),
        ]
        return pd.DataFrame(rows, columns=["what", "rows"])


def clean(requests: pd.DataFrame, zones: pd.DataFrame, *, timezone: str | None = None) -> Cleaned:
    """Make a table of requests ready for counting.

    Parameters
    ----------
    requests : pandas.DataFrame
        ``created_at, closed_at, category``; used where given: ``request_id, zone_id, lat,
        lon``. Times as :func:`course.bigdata.request_times.instants` reads them.
    zones : pandas.DataFrame
        ``zone_id, lat, lon``.
    timezone : str, optional
        The city's time zone; needed where some times have an offset and others have none.

    Returns
    -------
    Cleaned
        Rows keep their order. An empty table comes back empty.

    Raises
    ------
    UsageError
        A needed column is missing.

    Notes
    -----
    Half a place (a latitude alone) and places more than 10 km from every zone's point do
    not find a zone.
    """
    import pandas as pd

    for column in ("created_at", "closed_at", "category"):
        if column not in requests.columns:
            raise UsageError(f"The requests have no column {column}.", "Give city.requests.")
    table = requests.reset_index(drop=True)
    ids = table["request_id"] if "request_id" in table.columns else pd.Series(
        np.arange(1, len(table) + 1).astype(str), dtype="str")  # fmt: skip
    both = pd.concat([table["created_at"].astype("object"), table["closed_at"].astype("object")],
                     ignore_index=True)  # fmt: skip
    both = instants(both, timezone=timezone)
    begun, ended = both.iloc[: len(table)], both.iloc[len(table) :].reset_index(drop=True)
    given = table["closed_at"].map(lambda v: v is not None and v == v and str(v).strip() != "")
    reason = np.full(len(table), "", dtype=object)
    used = ids.duplicated() & (ids != "") & ids.notna()
    for wrong, why in zip(
        (begun.isna(), given.astype(bool) & ended.isna(), ended < begun, used), REASONS, strict=True
    ):
        reason[wrong.to_numpy(dtype=bool) & (reason == "")] = why
    lost = reason != ""
    dropped = pd.DataFrame({
        "row": np.flatnonzero(lost) + 1, "request_id": ids[lost].to_numpy(),
        "created_at": table.loc[lost, "created_at"].astype("object").to_numpy(),
        "closed_at": table.loc[lost, "closed_at"].astype("object").to_numpy(),
        "reason": pd.array(reason[lost], dtype="str"),
    })  # fmt: skip
    kept = table.assign(request_id=ids)[~lost].reset_index(drop=True)
    begun, ended = (m[~lost].reset_index(drop=True) for m in (begun, ended))
    kept["created_at"], kept["closed_at"] = _iso(begun), _iso(ended)
    kept["category"] = kept["category"].astype("str").fillna("").replace("", UNKNOWN)
    if "zone_id" not in kept.columns:
        kept["zone_id"] = ""
    for column in ("lat", "lon"):
        kept[column] = _numbers(kept, column)
    kept["zone_given"] = kept["zone_id"].astype("str").fillna("")
    kept["zone_id"], kept["zone_by"] = _zones(kept, zones)
    kept["hours"] = (ended - begun).dt.total_seconds() / 3600
    kept["duplicate_of"] = _duplicates(kept, begun)
    return Cleaned(kept, dropped)


def _iso(moments: pd.Series) -> pd.Series:
    import pandas as pd

    text = moments.to_numpy().astype("datetime64[s]").astype("U19").astype(object)
    return pd.Series(text, dtype="str").where(moments.notna())


def _numbers(table: pd.DataFrame, column: str) -> np.ndarray:
    import pandas as pd

    if column not in table.columns:
        return np.full(len(table), np.nan)
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    limit = 90 if column == "lat" else 180
    return np.where(np.abs(values) <= limit, values, np.nan)


def _zones(table: pd.DataFrame, zones: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the zone of each case and how it was found."""
    zone = table["zone_given"].str.strip().to_numpy(dtype=object)
    known = is_among(zone, zones["zone_id"].astype("str")) if len(table) else np.zeros(0, bool)
    how = np.where(known, "given", UNKNOWN).astype(object)
    out = np.where(known, zone, UNKNOWN).astype(object)
    lat, lon = table["lat"].to_numpy(), table["lon"].to_numpy()
    here = np.flatnonzero(~known & np.isfinite(lat) & np.isfinite(lon))
    if len(here) and len(zones):
        near = nearest_zone(lat[here], lon[here], zones)
        at = zones.drop_duplicates("zone_id").set_index("zone_id").loc[near, ["lat", "lon"]]
        away = metres_between(lat[here], lon[here], at["lat"].to_numpy(), at["lon"].to_numpy())
        inside = away <= FARTHEST_KM * 1000
        out[here[inside]], how[here[inside]] = near[inside], "place"
    return out, how


def _duplicates(table: pd.DataFrame, begun: pd.Series) -> np.ndarray:
    """Return for each row the id of the entry it repeats, or empty text."""
    out = np.full(len(table), "", dtype=object)
    placed = np.flatnonzero((table["lat"].notna() & table["lon"].notna()).to_numpy())
    if len(placed) < 2:
        return out
    seconds = begun.to_numpy().astype("datetime64[s]").astype(np.int64)[placed]
    part = table.iloc[placed].reset_index(drop=True)
    later, earlier = links(part, seconds, within_m=DUPLICATE_M, within_s=DUPLICATE_HOURS * 3600)
    first = np.arange(len(part))
    for case, before in sorted(zip(later, earlier, strict=True), key=lambda p: seconds[p[0]]):
        first[case] = min(first[case], first[before], key=lambda i: (seconds[i], i))
    second = first != np.arange(len(part))
    out[placed[second]] = part["request_id"].to_numpy(dtype=object)[first[second]]
    return out

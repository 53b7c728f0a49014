"""A city's timetable with a tariff as one GTFS feed; zone tariffs as areas."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.transport.fare_checks import MODES, USER_CLASSES
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import FULL
from course.transport.gtfs_fares import MEDIA_ID, fares_tables, frames, price_text

if TYPE_CHECKING:
    import pandas as pd

    from course.transport.zone_tariff import ZoneTariff

_EPOCH = (1980, 1, 1, 0, 0, 0)


def zone_tables(tariff: ZoneTariff, city: Any, *, currency: str) -> dict[str, pd.DataFrame]:
    """Return a zone tariff as tables: an area per zone, a price for each pair of areas.

    All legs of a journey count as one (fare_leg_join_rules), so the areas of the first
    departure and the last arrival decide, as in the tariff.
    """
    from course.city.places import zone_of
    from course.transport.fare_tables import hundredths

    stops = city.stops
    stops = stops[stops["lat"].notna() & stops["lon"].notna()]
    zones = zone_of(city, stops["stop_id"])
    modes = [m for m in MODES if m in set(city.routes["mode"])]
    classes = tuple(c for c in USER_CLASSES if c == "adult" or c in tariff.discount_pct)
    names = dict(
        zip(city.zones["zone_id"].astype(str), city.zones["name"].astype(str), strict=True)
    )
    rows: dict[str, list[dict[str, Any]]] = {
        "fare_media": [
            {"fare_media_id": MEDIA_ID, "fare_media_name": "Transit card", "fare_media_type": "2"}
        ],
        "rider_categories": [
            {"rider_category_id": c, "rider_category_name": c.capitalize(),
             "is_default_fare_category": "1" if c == "adult" else "0"} for c in classes
        ],
        "areas": [{"area_id": z, "area_name": names.get(z, z)} for z in tariff.zone_ids],
        "stop_areas": [
            {"area_id": str(z), "stop_id": str(s)}
            for s, z in zip(stops["stop_id"], zones, strict=True)
        ],
        "networks": [{"network_id": m, "network_name": m.replace("_", " ")} for m in modes],
        "route_networks": [
            {"network_id": m, "route_id": str(r)}
            for r, m in zip(city.routes["route_id"], city.routes["mode"], strict=True)
        ],
        "fare_leg_join_rules": [
            {"from_network_id": a, "to_network_id": b} for a in modes for b in modes
        ],
        "fare_products": [],
        "fare_leg_rules": [],
    }  # fmt: skip
    for k, price in enumerate(tariff.prices, 1):
        for c in classes:
            keep = FULL - hundredths(tariff.discount_pct.get(c, 0))
            cents = (hundredths(price) * keep + FULL // 2) // FULL
            rows["fare_products"].append(
                {"fare_product_id": f"zones_{k}", "fare_product_name": f"{k} zones",
                 "rider_category_id": c, "fare_media_id": MEDIA_ID,
                 "amount": price_text(cents, currency), "currency": currency}
            )  # fmt: skip
    for i, a in enumerate(tariff.zone_ids):
        for j, b in enumerate(tariff.zone_ids):
            k = min(int(tariff.touched[i, j]), len(tariff.prices))
            rows["fare_leg_rules"].append(
                {"from_area_id": a, "to_area_id": b, "fare_product_id": f"zones_{k}"}
            )
    return frames(rows)


def write_fares(tariff: FarePolicy | ZoneTariff, city: Any, path: str | Path) -> Path:
    """Write a city's timetable with a tariff as one GTFS feed.

    Parameters
    ----------
    tariff : FarePolicy or ZoneTariff
        What riders pay. What GTFS cannot say is listed by `gtfs_fares_gaps.gaps`.
    city : City
        Its timetable, routes and stops.
    path : path
        The zip; replaced in one step. The same input gives the same bytes.

    Returns
    -------
    Path
        The zip.
    """
    from course.city import storage
    from course.city.gtfs_writing import gtfs_tables

    timetable = gtfs_tables(city)
    if isinstance(tariff, FarePolicy):
        gates = tuple(city.properties.get("gated_modes") or ("subway",))
        services = list(dict.fromkeys(timetable["trips"]["service_id"].astype(str)))
        modes = [m for m in MODES if m in set(city.routes["mode"])]
        tables = fares_tables(
            tariff, modes=modes, gated_modes=gates, service_ids=services, routes=city.routes
        )
    else:
        tables = zone_tables(tariff, city, currency=city.currency)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, frame in (timetable | tables).items():
            info = zipfile.ZipInfo(f"{name}.txt", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, frame.to_csv(index=False, lineterminator="\n").encode("utf-8"))
    target = Path(path)
    storage.replace_bytes(target, packed.getvalue())
    return target

"""Outlines of zones: every zone has one, none overlap, wrong input is refused."""

from __future__ import annotations

from pathlib import Path

import h3
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import City
from course.city.metres import metres_between
from course.city.zone_shapes import zone_cells, zone_polygons
from course.errors import CourseError

PACKS = ("seoul", "mashhad", "iloilo")


def points(places: list[tuple[float, float]], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(places, columns=["lat", "lon"])
    frame.insert(0, "zone_id", [f"z{k:04d}" for k in range(len(places))])
    return frame.assign(**columns)


def area_km2(geometry: dict) -> float:
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    shape = [h3.LatLngPoly(*[[(lat, lon) for lon, lat in ring] for ring in p]) for p in polygons]
    total = 0.0
    for poly in shape:
        for sign, ring in [(1, poly.outer), *((-1, hole) for hole in poly.holes)]:
            lats = [p[0] for p in ring]
            scale = 111.195**2 * float(metres_between(lats[0], 0, lats[0], 1)) / 111_195
            double = sum(
                a[1] * b[0] - b[1] * a[0] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)
            )
            total += sign * abs(double) / 2 * scale
    return total


def check_partition(zones: pd.DataFrame, cells: dict[str, list[str]]) -> None:
    assert list(cells) == zones["zone_id"].tolist()
    flat = [cell for own in cells.values() for cell in own]
    assert all(cells.values()) and len(set(flat)) == len(flat)
    assert len({h3.get_resolution(cell) for cell in flat}) <= 1


@pytest.mark.parametrize("pack", PACKS)
def test_each_zone_of_a_pack_has_its_own_cells(pack: str) -> None:
    city = City.open(pack)
    zones = city.zones
    cells = zone_cells(zones, city.stops)
    check_partition(zones, cells)
    assert sum(map(len, cells.values())) <= 6_000
    shapes = zone_polygons(zones, city.stops)
    assert list(shapes) == list(cells)
    assert {shape["type"] for shape in shapes.values()} <= {"Polygon", "MultiPolygon"}
    # Outlines lie where their cells lie: nothing is lost or counted twice.
    drawn = sum(area_km2(shape) for shape in shapes.values())
    of_cells = sum(h3.cell_area(c) for own in cells.values() for c in own)
    assert drawn == pytest.approx(of_cells, rel=0.01)
    assert city.zone_polygons == shapes


def test_seoul_keeps_the_outline_of_a_city() -> None:
    zones = City.open("seoul").zones
    shapes = zone_polygons(zones)
    # Each district is one piece without holes, and the city about as large as it is.
    assert {s["type"] for s in shapes.values()} == {"Polygon"}
    assert all(len(s["coordinates"]) == 1 for s in shapes.values())
    assert sum(map(area_km2, shapes.values())) == pytest.approx(605.2, rel=0.15)


def test_a_cell_belongs_to_the_nearest_zone_point() -> None:
    zones = City.open("seoul").zones.set_index("zone_id")
    for zone_id, own in zone_cells(zones.reset_index()).items():
        for cell in own:
            away = metres_between(*h3.cell_to_latlng(cell), zones["lat"], zones["lon"])
            assert zones.index[away.argmin()] == zone_id


def test_the_outcome_does_not_depend_on_the_order_of_columns_or_the_run() -> None:
    zones = City.open("iloilo").zones
    again = zones[sorted(zones.columns)].copy()
    assert zone_cells(zones) == zone_cells(again)


def test_real_hexagons_are_used_as_they_are(test_data: Path) -> None:
    raw = pd.read_csv(test_data / "gtfs" / "poa_hexgrid.csv")
    zones = raw.rename(columns={"id": "zone_id"}).assign(h3_cell=raw["id"])
    shapes = zone_polygons(zones)
    assert len(shapes) == 1_227
    assert zone_cells(zones)[raw["id"][0]] == [raw["id"][0]]
    # Without the column the same points still get about one outline each.
    check_partition(zones, zone_cells(zones.drop(columns="h3_cell")))


def test_some_zones_without_a_cell_of_their_own_are_drawn_from_points() -> None:
    places = [(10.70 + k / 100, 122.55) for k in range(5)]
    zones = points(places, h3_cell=["", None, "nonsense", "8843608ed3fffff", ""])
    check_partition(zones, zone_cells(zones))


def test_no_zones_give_no_shapes() -> None:
    assert zone_cells(points([])) == {} and zone_polygons(points([])) == {}


def test_one_zone_without_an_area_reaches_its_stops() -> None:
    stops = pd.DataFrame({"lat": [10.70, 10.75], "lon": [122.50, 122.55]})
    cells = zone_cells(points([(10.70, 122.50)]), stops)["z0000"]
    far = max(metres_between(10.70, 122.50, *h3.cell_to_latlng(cell)) for cell in cells)
    assert 6_000 < far <= 8_000
    assert zone_cells(points([(10.70, 122.50)]))["z0000"]


def test_zones_closer_than_a_cell_each_get_one() -> None:
    big = points([(10.7, 122.5), (10.7, 122.9), *((10.7 + k * 1e-5, 122.6) for k in range(6))],
                 area_km2=[900.0, 900.0, *[0.01] * 6])  # fmt: skip
    check_partition(big, zone_cells(big))


def test_missing_areas_are_replaced_by_the_spacing() -> None:
    places = [(10.70 + k / 100, 122.55 + j / 100) for k in range(4) for j in range(4)]
    zones = points(places, area_km2=[1.2, float("nan"), 0, -1] * 4)
    check_partition(zones, zone_cells(zones))


@pytest.mark.parametrize(
    ("zones", "word"),
    [
        (points([(10.7, 122.5), (10.8, 122.5)]).assign(zone_id="a"), "Two zones are called a"),
        (points([(10.7, 122.5), (float("nan"), 122.5)]), "z0001 (row 3) has no coordinates"),
        (points([(10.7, 122.5), (10.8, 122.5)], h3_cell="8843608ed3fffff"), "same h3_cell"),
        (points([(10.7, 122.5)] * 60, area_km2=400.0), "too close"),
    ],
)
def test_wrong_zones_are_refused_with_a_remedy(zones: pd.DataFrame, word: str) -> None:
    with pytest.raises(CourseError) as caught:
        zone_cells(zones)
    assert word in caught.value.what and caught.value.remedy


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(-300, 300), st.integers(-300, 300)),
        min_size=1, max_size=30, unique=True,
    ),
    st.sampled_from([(-33.9, 18.4), (0.0, 0.0), (37.5, 127.0), (64.1, -21.9)]),
)  # fmt: skip
def test_any_distinct_points_are_partitioned(offsets: list, centre: tuple[float, float]) -> None:
    zones = points([(centre[0] + a / 1000, centre[1] + b / 1000) for a, b in offsets])
    check_partition(zones, zone_cells(zones, most_cells=1_500))

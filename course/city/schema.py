"""The frames of a city as data: what one row is, which columns, which units.

Conventions. Times of a timetable are minutes since the start of the service day, so
25:30 is 1530.0. Coordinates are WGS 84 degrees. Absent text is the empty string,
except where a column is nullable. Dates are ``YYYY-MM-DD`` text.
"""

from __future__ import annotations

from dataclasses import dataclass

MODES = (
    "subway", "rail", "tram", "bus", "trunk", "branch", "circular", "red", "owl", "village",
    "jeepney", "modern_jeepney", "ferry", "other",
)  # fmt: skip
USER_CLASSES = ("adult", "youth", "child", "senior", "disabled")
DAY_TYPES = ("weekday", "saturday", "sunday")
LARGEST = 9e12  # its millionths, which the fingerprint counts, still fit 64 bits


@dataclass(frozen=True)
class Column:
    """One column of a frame.

    Parameters
    ----------
    name : str
        Column name.
    dtype : str
        pandas dtype: ``str``, ``int64``, ``float64``, ``bool``, ``Int8``, ``Int32``,
        ``Int64`` or ``int32``.
    description : str
        What the value is.
    unit : str
        Unit, empty where there is none.
    required : bool
        A pack that gives the frame must give this column.
    nullable : bool
        Absent values stay absent (text: NaN) instead of becoming empty text or an error.
    choices : tuple of str
        The only values allowed, empty for any.
    low, high : float or None
        The range a number must keep to.
    """

    name: str
    dtype: str
    description: str
    unit: str = ""
    required: bool = True
    nullable: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def field_type(self) -> str:
        """The type's name in a Data Package."""
        return {"str": "string", "bool": "boolean", "float64": "number"}.get(self.dtype, "integer")


@dataclass(frozen=True)
class Table:
    """One frame: its meaning, columns and key.

    Parameters
    ----------
    name : str
        Frame name, the attribute of a city.
    row : str
        What one row is.
    columns : tuple of Column
        The columns, in order.
    key : tuple of str
        Columns that together are different in every row; empty for none.
    scored : bool
        The host needs this frame to score answers: it is in the fingerprint and export.
    """

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    scored: bool = False

    def column(self, name: str) -> Column | None:
        """Return a column by name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns a pack must give."""
        return tuple(c.name for c in self.columns if c.required)


def _text(name: str, description: str, **options: object) -> Column:
    return Column(name, "str", description, **options)  # type: ignore[arg-type]


def _whole(name: str, description: str, unit: str = "", **options: object) -> Column:
    return Column(name, "int64", description, unit, **options)  # type: ignore[arg-type]


def _number(name: str, description: str, unit: str = "", **options: object) -> Column:
    return Column(name, "float64", description, unit, **options)  # type: ignore[arg-type]


_LAT = _number("lat", "latitude, WGS 84", "degree", low=-90, high=90)
_LON = _number("lon", "longitude, WGS 84", "degree", low=-180, high=180)
_DAYS = tuple(
    _whole(day, "1 if the service runs on this day", low=0, high=1)
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
)


def _optional(column: Column, **changes: object) -> Column:
    return Column(**{**column.__dict__, "required": False, **changes})


def _placed(required: bool = True) -> tuple[Column, Column]:
    return (_LAT, _LON) if required else (
        _optional(_LAT, nullable=True), _optional(_LON, nullable=True))  # fmt: skip


_TABLES = (
    Table("stops", "stop or station that trips serve", (
        _text("stop_id", "id of the stop"),
        _text("name", "name as the city writes it for visitors"),
        _text("name_local", "name in the local script", required=False),
        _LAT, _LON,
        _text("location_type", "GTFS: 0 stop, 1 station", required=False),
        _text("parent_station", "stop_id of the station it belongs to", required=False),
        _text("zone_id_fare", "fare zone of the feed", required=False),
    ), key=("stop_id",), scored=True),
    Table("routes", "route or line", (
        _text("route_id", "id of the route"),
        _text("short_name", "number or letter riders know", required=False),
        _text("long_name", "full name", required=False),
        _whole("route_type", "GTFS route type", low=0, high=1799),
        _text("mode", "mode of the course", choices=MODES),
        _text("color", "#rrggbb or empty", required=False),
        _text("name_local", "name in the local script", required=False),
    ), key=("route_id",), scored=True),
    Table("trips", "trip of the timetable", (
        _text("trip_id", "id of the trip"),
        _text("route_id", "its route"),
        _text("service_id", "its service days"),
        _whole("direction_id", "0 or 1", required=False, low=0, high=1),
        _text("headsign", "what the vehicle shows", required=False),
        _text("shape_id", "its way on the ground, empty if unknown", required=False),
    ), key=("trip_id",), scored=True),
    Table("stop_times", "call of a trip at a stop", (
        _text("trip_id", "the trip"),
        _whole("stop_sequence", "order in the trip, growing", low=0),
        _text("stop_id", "the stop"),
        _number("arrival_min", "arrival", "min since start of service day", low=0),
        _number("departure_min", "departure", "min since start of service day", low=0),
        _whole("distance_m", "way from the trip's first stop", "m", required=False, low=0),
    ), key=("trip_id", "stop_sequence"), scored=True),
    Table("frequencies", "period in which a trip repeats", (
        _text("trip_id", "the trip that repeats"),
        _number("start_min", "first departure", "min since start of service day", low=0),
        _number("end_min", "end of the period", "min since start of service day", low=0),
        _number("headway_min", "time between departures", "min", low=0),
    ), scored=True),
    Table("calendar", "service and its weekdays", (
        _text("service_id", "id of the service"), *_DAYS,
        _text("start_date", "first day, YYYY-MM-DD"),
        _text("end_date", "last day, YYYY-MM-DD"),
    ), key=("service_id",), scored=True),
    Table("calendar_dates", "service added to or taken from a date", (
        _text("service_id", "the service"),
        _text("date", "YYYY-MM-DD"),
        _whole("exception_type", "1 added, 2 removed", low=1, high=2),
    ), scored=True),
    Table("shapes", "point of a trip's way on the ground", (
        _text("shape_id", "id of the shape"),
        _whole("sequence", "order in the shape, growing", low=0),
        _LAT, _LON,
    ), key=("shape_id", "sequence")),
    Table("stations", "stop of a pack built from lines", (
        _text("stop_id", "id of the stop"),
        _text("name", "name"),
        _text("name_local", "name in the local script", required=False),
        _LAT, _LON,
    ), key=("stop_id",)),
    Table("lines", "stop of a line, in order", (
        _text("line_id", "id of the line"),
        _text("mode", "mode of the course", choices=MODES),
        _text("name", "name of the line"),
        _text("name_local", "name in the local script", required=False),
        _text("color", "#rrggbb or empty", required=False),
        _whole("sequence", "order along the line, growing", low=0),
        _text("stop_id", "the stop"),
        Column("direction_id", "Int64", "set where the two directions differ, else empty",
               required=False, nullable=True, low=0, high=1),
        Column("two_way", "Int64", "0 if the line runs in this order only, 1 if also back",
               required=False, nullable=True, low=0, high=1),
        Column("distance_m", "Int64", "way from the line's first stop", "m",
               required=False, nullable=True, low=0),
        _text("long_name", "where the line goes", required=False),
    ), key=()),
    Table("headways", "line, day type and period", (
        _text("line_id", "the line"),
        _text("day", "weekday, saturday or sunday", choices=DAY_TYPES),
        _number("start_min", "start of the period", "min since start of service day", low=0),
        _number("end_min", "end of the period", "min since start of service day", low=0),
        _number("headway_min", "time between departures", "min", low=0),
        _number("speed_kmh", "speed with stops", "km/h", low=0),
    )),
    Table("zones", "zone", (
        _text("zone_id", "id of the zone"),
        _text("name", "name", required=False),
        _text("name_local", "name in the local script", required=False),
        _LAT, _LON,
        _number("area_km2", "land", "km2", required=False, nullable=True, low=0),
        Column("population", "Int64", "residents", required=False, nullable=True, low=0),
        Column("jobs", "Int64", "jobs", required=False, nullable=True, low=0),
        Column("income_group", "Int64", "1 lowest fifth to 5 highest", required=False,
               nullable=True, low=1, high=5),
        _text("h3_cell", "the H3 cell that is the zone", required=False),
    ), key=("zone_id",), scored=True),
    Table("rides", "boarding", (
        _text("card_id", "card or account"),
        Column("board_time", "int32", "tap in", "s since start of service day", low=0),
        Column("alight_time", "Int32", "tap out", "s since start of service day",
               nullable=True, low=0),
        _text("mode", "mode of the course", choices=MODES),
        _text("route_id", "route, or a mark of the gates"),
        _text("board_stop_id", "stop, or bus@zone"),
        _text("alight_stop_id", "stop, or bus@zone", nullable=True),
        Column("distance_m", "Int32", "distance ridden", "m", nullable=True, low=0),
        _text("user_class", "who pays", choices=USER_CLASSES),
        Column("income_group", "Int8", "1 to 5", nullable=True, low=1, high=5),
        _text("date", "service day, YYYY-MM-DD"),
        _optional(_whole("alight_inferred", "1 if the tap-out was inferred", low=0, high=1)),
        Column("journey_no", "Int32", "journey of the card's day, by the operator's own counter",
               required=False, nullable=True, low=1),
        _number("weight", "rides this row stands for", required=False, low=0),
    )),
    Table("passages", "vehicle at a stop", (
        _text("route_id", "route"), _text("trip_id", "trip"), _text("stop_id", "stop"),
        _number("scheduled_min", "planned", "min since start of service day"),
        _number("actual_min", "seen", "min since start of service day"),
    )),
    Table("links", "road link and hour", (
        _text("link_id", "road link"), _whole("hour", "hour of the day", low=0, high=47),
        _number("length_km", "length", "km", low=0),
        _number("speed_kmh", "mean speed", "km/h", low=0),
        _text("geometry", "WKT line"),
    )),
    Table("boardings", "stop, date and hour", (
        _text("stop_id", "stop"), _text("date", "YYYY-MM-DD"),
        _whole("hour", "hour", low=0, high=47), _whole("boardings", "people", low=0),
    )),
    Table("night_trips", "pair of cells and hour", (
        _text("from_cell", "H3 cell"), _text("to_cell", "H3 cell"),
        _whole("hour", "hour of the night", low=0, high=47),
        _number("trips", "trips", low=0, high=LARGEST),
    )),
    Table("presence", "zone and hour", (
        _text("zone_id", "zone"), _whole("hour", "hour", low=0, high=23),
        _number("people", "people present", low=0),
    )),
    Table("projects", "proposed project", (
        _text("project_id", "project"), _text("name", "name", required=False),
        _text("category", "kind of project", required=False),
        _number("cost", "cost", "currency", low=0, high=LARGEST),
        _text("zone_id", "zone", required=False), *_placed(required=False),
    ), key=("project_id",)),
    Table("ballots", "voter and project", (
        _text("voter_id", "voter"), _text("project_id", "project"),
        _number("points", "points given", low=0, high=LARGEST),
        _text("zone_id", "zone", required=False), _text("age_group", "age", required=False),
    )),
    Table("requests", "case", (
        _text("request_id", "case"),
        _text("created_at", "time it came in, YYYY-MM-DDTHH:MM:SS on the city's clock"),
        _text("closed_at", "time it was closed, empty while it is open", nullable=True),
        _text("category", "category"), _text("text", "words", required=False),
        _text("channel", "channel", required=False), _text("zone_id", "zone", required=False),
        *_placed(required=False),
    )),
    Table("weblog", "request to a web server", (
        _text("time", "time"), _text("ip", "address"), _text("method", "HTTP method"),
        _text("path", "path"), _whole("status", "HTTP status", low=0, high=999),
        _whole("bytes", "size", "byte", low=0), _text("agent", "agent", required=False),
        _text("label", "kind where known", required=False),
    )),
    Table("sensors", "reading", (
        _text("sensor_id", "sensor"), _text("zone_id", "zone", required=False),
        *_placed(required=False), _text("time", "time"), _text("measure", "what is measured"),
        _number("value", "reading", nullable=True),
    )),
    Table("indicators", "indicator and year", (
        _text("indicator_id", "id; the prefix is the dimension"),
        _whole("year", "year", low=1900, high=2200), _number("value", "value", nullable=True),
        _text("unit", "unit"), _text("kind", "input, output or outcome", required=False),
        _number("worst", "scores 0", required=False, nullable=True),
        _number("target", "scores 100", required=False, nullable=True),
        _text("higher_is_better", "1 or 0", required=False), _text("source", "source"),
        _text("zone_id", "zone, empty for the city", required=False),
    )),
    Table("capital_projects", "candidate project", (
        _text("project_id", "project"), _text("name", "name"),
        _number("capex", "cost to build", "currency", low=0),
        _number("opex_per_year", "cost to run", "currency per year"),
        _whole("months", "time to build", "month", low=0),
        _text("needs", "project ids that come first", required=False),
        _text("serves", "whom it serves", required=False),
        _number("benefit_citizens", "score 0-100", low=0, high=100),
        _number("benefit_equity", "score 0-100", low=0, high=100),
    ), key=("project_id",)),
    Table("facilities", "place", (
        _text("facility_id", "place"), _text("kind", "hospital, school, library, market …"),
        _LAT, _LON, _text("name", "name", required=False),
    ), key=("facility_id",)),
)  # fmt: skip

TABLES: dict[str, Table] = {table.name: table for table in _TABLES}

# Order matters only for people: how `city show` and `city.sources` list the frames.
TIMETABLE = ("stops", "routes", "trips", "stop_times", "frequencies", "calendar", "calendar_dates")
SCORED = tuple(table.name for table in _TABLES if table.scored)
# Synthesised where a pack lacks them, so that they are scored as given only where a pack
# gives them: absent, they add nothing to the fingerprint and the export.
SCORED_IF_GIVEN = ("night_trips", "projects", "ballots", "requests")
# Frames that exist only inside packs built from lines; the timetable is made from them.
LINE_INPUTS = ("stations", "lines", "headways")

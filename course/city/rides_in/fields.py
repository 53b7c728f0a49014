"""The columns ride data may have, the names other people give them, and their words.

Names are compared in lower case. Spanish names are those of the Latin American tap files
that UrbanTrips reads; Korean ones those of Seoul's open data.
"""

from __future__ import annotations

from course.city.schema import MODES, USER_CLASSES

# Column -> what it holds. The first names that are found are used, most telling first.
FIELDS: dict[str, str] = {
    "card_id": "card or account; hashed at once",
    "board_time": "time of the tap-in: clock, or date and clock",
    "alight_time": "time of the tap-out",
    "date": "calendar date, where the time has none",
    "hour": "hour of the tap 0-23, where no clock is known",
    "tap": "in or out, where each tap is a row of its own",
    "order": "operator's counter: 0 or 1 begins a journey, more is a transfer",
    "mode": "mode, in the course's words or usual ones",
    "route_id": "route or line",
    "vehicle_id": "vehicle",
    "board_stop_id": "stop of the tap-in",
    "board_stop_name": "name of that stop, where there is no id",
    "board_lat": "latitude of the tap-in",
    "board_lon": "longitude of the tap-in",
    "alight_stop_id": "stop of the tap-out",
    "alight_stop_name": "name of that stop",
    "alight_lat": "latitude of the tap-out",
    "alight_lon": "longitude of the tap-out",
    "distance_m": "distance ridden in metres",
    "distance_km": "distance ridden in kilometres",
    "user_class": "rider class",
    "income_group": "1 (lowest) to 5",
    "weight": "how many rides the row stands for",
}

USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "card_id": ("card_id", "id_tarjeta", "id_tarjeta_trx", "card", "card_no", "tarjeta", "id"),
    "board_time": ("board_time", "boarding_time", "tap_in", "time_in", "fecha_trx", "time"),
    "alight_time": ("alight_time", "alighting_time", "tap_out", "time_out"),
    "date": ("date", "service_date", "day", "fecha", "dia"),
    "hour": ("hour", "hora", "hora_trx"),
    "tap": ("tap", "tap_type", "tipo_trx_tren"),
    "order": ("order", "transfer_no", "etapa_red_sube", "orden_trx"),
    "mode": ("mode", "modo", "modo_trx"),
    "route_id": ("route_id", "route", "line", "id_linea", "id_linea_trx", "up_line"),
    "vehicle_id": ("vehicle_id", "vehicle", "interno", "interno_bus", "interno_trx"),
    "board_stop_id": ("board_stop_id", "board_stop", "stop_id", "from_stop_id", "origin"),
    "board_stop_name": ("board_stop_name", "board_station", "up_name"),
    "board_lat": ("board_lat", "lat", "latitude", "latitud", "latitud_trx"),
    "board_lon": ("board_lon", "lon", "longitude", "longitud", "longitud_trx"),
    "alight_stop_id": ("alight_stop_id", "alight_stop", "to_stop_id", "destination"),
    "alight_stop_name": ("alight_stop_name", "alight_station", "down_name"),
    "alight_lat": ("alight_lat",),
    "alight_lon": ("alight_lon",),
    "distance_m": ("distance_m", "distance"),
    "distance_km": ("distance_km",),
    "user_class": ("user_class", "card_type", "class"),
    "income_group": ("income_group",),
    "weight": ("weight", "factor_expansion", "count"),
}

_MODE_WORDS: dict[str, tuple[str, ...]] = {
    "bus": ("autobus", "autobús", "colectivo", "col", "omnibus", "brt", "ônibus", "버스", "اتوبوس"),
    "subway": ("metro", "subte", "sub", "metrô", "지하철", "مترو"),
    "rail": ("train", "tren", "tre", "trem", "전철", "قطار"),
    "tram": ("tranvia", "tranvía", "streetcar"),
    "ferry": ("lancha", "barca", "boat"),
    "other": ("cable", "otros"),
}
MODE_OF: dict[str, str] = {mode: mode for mode in MODES} | {
    word: mode for mode, words in _MODE_WORDS.items() for word in words
}
CLASS_OF: dict[str, str] = {name: name for name in USER_CLASSES} | {
    "full": "adult", "general": "adult", "일반": "adult",
    "student": "youth", "estudiante": "youth", "청소년": "youth",
    "niño": "child", "어린이": "child", "elderly": "senior", "jubilado": "senior",
    "경로": "senior", "65+": "senior", "disability": "disabled", "장애인": "disabled",
}  # fmt: skip
_IN = ("in", "check in", "checkin", "tap in", "board", "entry", "entrada", "i", "1", "")
_OUT = ("out", "check out", "checkout", "tap out", "alight", "exit", "salida", "o", "2")
TAP_OF: dict[str, str] = {w: "in" for w in _IN} | {w: "out" for w in _OUT}

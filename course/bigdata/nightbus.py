"""Night bus: from records of night calls to routes, buses and who is served.

>>> from course import nightbus
>>> nightbus.fleet(round_trip_km=60, speed_kmh=20, layover_min=20, headway_min=40)
5

The method is that of Seoul's Owl bus of 2013 as far as it is known (facts 3.1): cells, wishes
from where a call was made to where the caller lives, candidate routes, trips near a route,
taxis as a second witness. Demand in bundled packs is synthetic; routes run over the pack's
own lines, not over a street map.
"""

from __future__ import annotations

from course.bigdata.night_candidates import candidates
from course.bigdata.night_checks import check_night_trips, night_notes
from course.bigdata.night_cover import Cover, cover, score_per_km, served, trips_served
from course.bigdata.night_demand import (
    HOUR_SHARES_PCT,
    Wishes,
    hex_area_km2,
    hot_cells,
    hour_shares,
    wish_trips,
)
from course.bigdata.night_drawing import Gain, draw_route, gain, plan_with
from course.bigdata.night_exact import plan_exact
from course.bigdata.night_fairness import cells, coverage_by_income
from course.bigdata.night_plan import Plan, add_routes, plan_of
from course.bigdata.night_routes import Candidates, Route
from course.bigdata.night_seoul import SEOUL_START, Fact, beside_seoul, seoul_reasoning
from course.bigdata.night_service import (
    Costs,
    cost_per_ride,
    fleet,
    night_costs,
    operation,
    plan_fleet,
    route_fleet,
)
from course.bigdata.night_today import night_service_today
from course.bigdata.night_witness import Witness, taxi_witness

__all__ = [
    "HOUR_SHARES_PCT",
    "SEOUL_START",
    "Candidates",
    "Costs",
    "Cover",
    "Fact",
    "Gain",
    "Plan",
    "Route",
    "Wishes",
    "Witness",
    "add_routes",
    "beside_seoul",
    "candidates",
    "cells",
    "check_night_trips",
    "cost_per_ride",
    "cover",
    "coverage_by_income",
    "draw_route",
    "fleet",
    "gain",
    "hex_area_km2",
    "hot_cells",
    "hour_shares",
    "night_costs",
    "night_notes",
    "night_service_today",
    "operation",
    "plan_exact",
    "plan_fleet",
    "plan_of",
    "plan_with",
    "route_fleet",
    "score_per_km",
    "seoul_reasoning",
    "served",
    "taxi_witness",
    "trips_served",
    "wish_trips",
]

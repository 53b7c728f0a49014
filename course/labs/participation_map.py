"""The map of the participation lab: zones by a share of voters, projects as signs.

A project is a square where it is funded and an open circle where it is not; the area of the
sign grows with the cost. Zones show who gets nothing, or who named the chosen project.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course.city.places import Plane, crow_m
from course.display import breaks, network_lines, palette
from course.display.base_map import THEMES, BaseMap
from course.display.lab_picture import Choice, Picture
from course.display.map_layer import Layer, Legend, Look
from course.display.maps import zone_shapes
from course.display.numbers import number
from course.labs import participation_words as say
from course.labs.participation_model import FEW_VOTERS, Result

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City

MAP_HEIGHT = 440
SHARES = (10.0, 20.0, 30.0, 45.0, 60.0)  # inner class edges of a percent, the same at all settings
FUNDED, OPEN = 0, 1  # classes of the project layer
_LOOKS = (
    Look(words="Funded", marker="square", front=True),
    Look(words="Not funded", marker="circle", hollow=True),
)


def zone_classes(shares: np.ndarray) -> np.ndarray:
    """Return the class of each zone's share in percent; no data without voters."""
    return breaks.classify(shares, SHARES)


def project_classes(result: Result, placed: pd.DataFrame) -> np.ndarray:
    """Return which of the placed projects are funded under the rule of the setting."""
    funded = placed["project_id"].isin(set(result.outcome.funded["project_id"]))
    return np.where(funded, FUNDED, OPEN).astype(np.uint8)


def legend(result: Result) -> Legend:
    """Return the legend of the zones: of a chosen project its voters, else who gets nothing."""
    what = "named it" if result.project_id else "get nothing"
    words = breaks.class_labels(list(SHARES), decimals=0)
    rows: list[tuple[int, str]] = [(i, w) for i, w in enumerate(words)][::-1]
    if result.zones["nothing_pct"].isna().any():
        rows.append((breaks.MISSING, "no voters"))
    return Legend(f"Voters who {what} (%)", rows)


PROJECT_LEGEND = Legend("Projects, size by cost", [(FUNDED, "funded"), (OPEN, "not funded")])


def label_points(city: City, placed: pd.DataFrame) -> tuple[list[int], np.ndarray]:
    """Return where the number of each zone stands, clear of the project signs.

    Parameters
    ----------
    city : City
        Its zones and their cells.
    placed : DataFrame
        Projects with ``lat``, ``lon``.

    Returns
    -------
    tuple
        Points as a layer draws them: the cell of the zone nearest to its middle that has no
        project within a twentieth of the city's width. And which zones have such a cell; in
        the others a number would stand under a sign.
    """
    import h3

    zones, cells = city.zones, city.zone_cells
    plane = Plane.around(zones["lat"], zones["lon"])
    to_x, to_y = plane.metres(placed["lat"], placed["lon"])
    x, y = plane.metres(zones["lat"], zones["lon"])
    clear_m = max(int(np.ptp(x)), int(np.ptp(y))) // 20
    spots, clear = [], []
    for zone, lat, lon in zip(zones["zone_id"], zones["lat"], zones["lon"], strict=True):
        at = np.array([(lat, lon), *(h3.cell_to_latlng(c) for c in cells.get(zone, ()))])
        here_x, here_y = plane.metres(at[:, 0], at[:, 1])
        middle = crow_m(here_x, here_y, here_x[0], here_y[0])
        away = crow_m(here_x[:, None], here_y[:, None], to_x, to_y).min(axis=1, initial=10**9)
        free = away >= clear_m
        spots.append(at[np.argmin(np.where(free, middle, 10**9))])
        clear.append(bool(free.any()))
    lats, lons = np.array(spots).T
    return network_lines.flat(lats, lons), np.array(clear)


def zone_tips(result: Result, kind: str) -> list[list[str]]:
    """Return the popup of each zone; ``kind`` says whose ballots these are."""
    tips = []
    for row in result.zones.itertuples():
        if not row.voters:
            tips.append(["Nobody here voted."])
            continue
        few = " (few)" if row.voters < FEW_VOTERS else ""
        lines = [f"{say.percent(row.nothing_pct)} of {number(row.voters)} voters{few} get nothing"]
        if result.project_id:
            lines.insert(0, f"{say.percent(row.named_pct)} named the project")
        tips.append([*lines, f"Funded projects: {number(row.funded)}", kind])
    return tips


def project_tips(
    result: Result, placed: pd.DataFrame, votes: dict[str, float], unit: str
) -> list[list[str]]:
    """Return the popup of each placed project: cost, votes, place in the list."""
    funded = result.outcome.funded
    order = dict(zip(funded["project_id"], funded["order"], strict=True))
    tips = []
    for pid, cost in zip(placed["project_id"], placed["cost"], strict=True):
        lines = [f"{say.money(cost, unit)}; {number(votes[pid])} votes"]
        if pid in order:
            lines.append(f"Number {order[pid]} under {say.rule_name(result.setting.rule)}")
        tips.append(lines)
    return tips


def draw(
    city: City,
    picture: Picture,
    placed: pd.DataFrame,
    choices: Sequence[Choice],
    *,
    label_at: list[int],
    title: str,
    badge: str,
) -> BaseMap:
    """Return the map of zones and projects, drawn for a picture.

    Parameters
    ----------
    city : City
        Its zones are shaded.
    picture : Picture
        Classes, tips and legend of both layers.
    placed : DataFrame
        Projects with coordinates, in the order of the layer.
    choices : sequence of Choice
        Names of zones and projects.
    label_at : list of int
        Where the numbers of the zones stand.
    title, badge : str
        What the map shows; what is synthetic.
    """
    zones = city.zones
    names = {
        layer: [c.name for c in choices if c.layer == layer] for layer in ("zones", "projects")
    }
    base = BaseMap(city, title=title, height=MAP_HEIGHT)
    base.add(
        Layer(
            id="zones",
            kind="areas",
            shapes=zone_shapes(city, zones["zone_id"].tolist()),
            classes=picture.layers["zones"],
            colors={t: palette.sequential(len(SHARES) + 1, theme=t) for t in THEMES},
            names=names["zones"],
            tips=picture.layer_tips["zones"],
            picks=True,
            labels=picture.labels,
            label_at=label_at,
        )
    )
    base.add(
        Layer(
            id="projects",
            kind="points",
            shapes=[
                network_lines.flat(np.array([a]), np.array([b]))
                for a, b in zip(placed["lat"], placed["lon"], strict=True)
            ],
            classes=picture.layers["projects"],
            colors={t: [palette.ROLES[t]["ink"]] * len(_LOOKS) for t in THEMES},
            names=names["projects"],
            tips=picture.layer_tips["projects"],
            picks=True,
            radii=_radii(placed["cost"].to_numpy(float)),
            weight=2,
            opacity=1.0,
            looks=_LOOKS,
        )
    )
    first = picture.legends["zones"]
    base.legend("zones", first.title, first.rows)
    if len(placed):
        base.legend("projects", PROJECT_LEGEND.title, PROJECT_LEGEND.rows)
    base.badge(badge)
    return base


def _radii(cost: np.ndarray) -> list[float]:
    top = cost.max(initial=0.0)
    return (4 + 7 * np.sqrt(cost / top)).tolist() if top > 0 else [6.0] * len(cost)

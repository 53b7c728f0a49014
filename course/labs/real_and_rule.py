"""One city twice, side by side: people as counted, and people as a rule would place them."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from course.display import breaks, palette
from course.display.base_map import THEMES, BaseMap, iframe
from course.display.figure import Figure
from course.display.map_layer import Layer
from course.display.map_words import zone_names
from course.display.maps import zone_shapes
from course.display.numbers import number
from course.errors import UsageError
from course.policy import indicators

if TYPE_CHECKING:
    from course.city.pack import City

MAP_HEIGHT = 340
CLASSES = 5


def real_and_rule(city: City) -> Figure:
    """Draw people per km² twice: from the counted people, and from the course's own rule.

    Parameters
    ----------
    city : City
        Its people by zone are real or facts.

    Returns
    -------
    Figure
        Two maps with one scale, a reading, and a table with both numbers by zone.

    Raises
    ------
    UsageError
        The people of this city are made by the rule themselves.
    """
    if indicators.badge(city, "population", "area_km2"):
        raise UsageError(
            f"The people by zone of {city.title} are made by a rule already.",
            'Compare a city that counts them: City.open("seoul").',
        )
    zones = city.zones
    rule = indicators.population_by_rule(city)
    real = indicators.zone_densities(zones).to_numpy()
    made = indicators.zone_densities(zones.assign(population=rule.to_numpy())).to_numpy()
    edges = breaks.sequential_edges(real, classes=CLASSES)
    row = city.sources.set_index("frame").loc["zones"]
    heads = (f"Counted: people by zone, {row['year']}", "SYNTHETIC: the rule of this course")
    parts = [
        _one(city, head, data, edges, badge)
        for head, data, badge in zip(heads, (real, made), ("", "SYNTHETIC"), strict=True)
    ]
    names = zone_names(zones)
    table = pd.DataFrame({
        "zone": names, "counted": real, "by_rule": made,
        "difference_pct": 100 * (made / np.where(real > 0, real, np.nan) - 1),
    }).sort_values("counted", ascending=False, ignore_index=True)  # fmt: skip
    return Figure(
        title="Both maps look like a city; one of them was never counted",
        subtitle="People per km², both maps with one scale",
        reading=_reading(zones["name"].tolist(), real, made),
        alt=f"Two maps of {city.title}: people per km² as counted, and made by a rule",
        body='<div style="display:flex;flex-wrap:wrap;gap:16px">' + "".join(parts) + "</div>",
        synthetic=f"right map {rule.attrs['badge']}",
        sources=f"left map: {str(row['method']).rpartition('rest: ')[2]}",
        table=table,
        table_options={
            "caption": "People per km² by zone", "rows": 30,
            "decimals": {"counted": 0, "by_rule": 0, "difference_pct": 0},
            "signed": ("difference_pct",),
            "labels": {"by_rule": "By the rule (synthetic)", "difference_pct": "Difference (%)"},
        },
    )  # fmt: skip


def _one(city: City, head: str, data: np.ndarray, edges: list[float], badge: str) -> str:
    zones = city.zones
    base = BaseMap(city, title=head, height=MAP_HEIGHT)
    base.add(
        Layer(
            id="zones",
            kind="areas",
            shapes=zone_shapes(city, zones["zone_id"].tolist()),
            classes=breaks.classify(data, edges),
            colors={t: palette.sequential(len(edges) + 1, theme=t) for t in THEMES},
            names=zone_names(zones),
            tips=[[f"{number(v, decimals=0)} people/km²"] for v in data],
        )
    )
    words = breaks.class_labels(edges)
    base.legend("zones", "People per km²", [(k, w) for k, w in enumerate(words)][::-1])
    base.badge(badge)
    return (
        '<div style="flex:1 1 330px;min-width:0">'
        f'<p class="kit-subtitle">{escape(head)}</p><div class="kit-frame">'
        f"{iframe(base.page(), title=head, height=MAP_HEIGHT)}</div></div>"
    )


def _reading(names: list[str], real: np.ndarray, made: np.ndarray) -> str:
    far = int(np.argmax(np.abs(np.log(np.maximum(made, 1) / np.maximum(real, 1)))))
    top = min(5, len(names))
    same = len(set(np.argsort(-real)[:top]) & set(np.argsort(-made)[:top]))
    return (
        f"In {names[far]} {number(real[far], decimals=0)} people per km² were counted; the rule "
        f"says {number(made[far], decimals=0)}. Of the {top} densest zones the rule finds {same}."
    )

"""Synthetic taxi records: a second witness of the night, by another rule than the calls.

In 2013 about five million taxi pick-ups and drop-offs of seven days stood beside the calls
(facts 3.1). Here taxis start where jobs are and nights are lively, and one in five where
people live; they end where people live, more often where they earn more. Each cell gets
noise of its own. All of it is assumption; a witness that differs is the point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.synthesis import VERSION
from course.city.synthesis.apportion import apportion
from course.city.synthesis.night_cells import RESOLUTION, night_cells
from course.city.synthesis.night_trips import WISHES_PER_1000_PEOPLE, liveliness
from course.city.synthesis.stream import Stream

if TYPE_CHECKING:
    import pandas as pd

METHOD = (
    "taxi records made by a rule, not measured (from lively job cells; to homes, more where "
    "incomes are higher; noise in every cell)"
)
_BY_INCOME = np.array([0, 2, 3, 4, 5, 6], dtype=np.int64)  # drop-offs per person, groups 1 to 5
_HOME_PARTS = 5  # one taxi in so many starts where people live


def synthesise_night_taxis(
    city: Any, *, resolution: int = RESOLUTION, seed: tuple[object, ...] = ()
) -> pd.DataFrame:
    """Make the taxi pick-ups and drop-offs of one night.

    Parameters
    ----------
    city : course.City
        Needs ``id, stops, patterns, zones, zone_cells``.
    resolution : int
        H3 resolution of the cells, 8 unless the wishes have another.
    seed : tuple, optional
        What else the draws depend on.

    Returns
    -------
    pandas.DataFrame
        One row per cell, sorted: ``cell``, ``pickups``, ``dropoffs``
        (int64); both columns have the same sum, half the number of the synthetic wishes.
        ``attrs["method"]`` says how.
    """
    import pandas as pd

    cells = night_cells(city, resolution=resolution)
    homes = cells["population"].to_numpy(dtype=np.int64)
    jobs = cells["jobs"].to_numpy(dtype=np.int64)
    stream = Stream(city.id, "night_taxis", VERSION, *seed)
    noise = [stream.integers(40, 161, len(cells)) for _ in range(2)]
    lively = liveliness(Stream(city.id, "night_trips", VERSION), len(cells))
    total = int(homes.sum()) * WISHES_PER_1000_PEOPLE // 2000 if len(cells) else 0
    at_home = total // _HOME_PARTS
    pickups = apportion(total - at_home, jobs * lively * noise[0]) + apportion(at_home, homes)
    income = _BY_INCOME[cells["income_group"].to_numpy(dtype=np.int64)]
    out = pd.DataFrame({
        "cell": pd.array(cells["cell"], dtype="str"), "pickups": pickups,
        "dropoffs": apportion(total, homes * income * noise[1]),
    })  # fmt: skip
    out.attrs["method"] = METHOD
    return out

"""One month of citizens' proposals: likes and participants, by a stated rule.

Seoul's Democracy Seoul received 5,963 proposals from October 2017 to February 2020, about
200 a month. How many likes each had was not found in any source: most get a handful, a
few get hundreds. The course draws likes so that one proposal in ``n`` has ``8 n`` or more,
and three to twelve people join a forum for each like. Both are teaching values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course.city.synthesis import VERSION
from course.city.synthesis.stream import Stream

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City

METHOD = "200 proposals of one month; likes and participants by a rule of this course"
PROPOSALS = 200
LIKES_OF_A_USUAL_ONE = 8
MOST_LIKES = 5_000
_FINE = 1 << 30  # draws are whole parts of this


def synthesise_proposals(
    city: City, *, proposals: int = PROPOSALS, seed: Sequence[object] = ()
) -> pd.DataFrame:
    """Return proposals of one month.

    Parameters
    ----------
    city : City
        Part of the seed.
    proposals : int
        Number of rows.
    seed : sequence
        More parts of the seed, such as a trainee.

    Returns
    -------
    pandas.DataFrame
        One row per proposal: ``proposal_id`` (str), ``likes`` and ``participants`` of its
        forum (int64). Always synthetic; ``attrs["badge"]`` says so.
    """
    import pandas as pd

    stream = Stream(city.id, "proposals", VERSION, *seed)
    # 1 / u falls off like a power law; whole numbers keep it equal on every machine
    part = stream.integers(1, _FINE + 1, proposals)
    likes = np.minimum(LIKES_OF_A_USUAL_ONE * _FINE // part, MOST_LIKES)
    likes -= stream.integers(0, LIKES_OF_A_USUAL_ONE, proposals)
    per_like = stream.integers(3, 13, proposals)
    participants = likes * per_like + stream.integers(0, 40, proposals)
    frame = pd.DataFrame(
        {
            "proposal_id": [f"P{n:03d}" for n in range(1, proposals + 1)],
            "likes": likes.astype(np.int64),
            "participants": participants.astype(np.int64),
        }
    )
    frame.attrs["badge"] = f"SYNTHETIC: {METHOD}"
    return frame

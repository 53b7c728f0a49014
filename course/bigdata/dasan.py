"""Seoul's 120 Dasan call centre in numbers: before and after it took in the 25 districts.

Facts sheet 4, as the press reported them. How long a call takes and how many people answered
are not in the sources, so they are never printed as facts: lessons set them as parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "seoul.co.kr and nocutnews.co.kr, on the merger of 18 November 2009"


@dataclass(frozen=True)
class CallCentre:
    """One state of a call centre.

    Parameters
    ----------
    when : str
        Before or after the merger.
    calls_per_day : int
        Calls that came in.
    answered_pct, within_15_s_pct : float
        Percent of calls answered at all, and within 15 seconds.
    satisfaction : float
        Of 100.
    """

    when: str
    calls_per_day: int
    answered_pct: float
    within_15_s_pct: float
    satisfaction: float


DASAN = (
    CallCentre("before the merger", 19_707, 98.3, 85.0, 93.6),
    CallCentre("after the merger", 40_514, 99.2, 91.3, 94.5),
)


def dasan() -> pd.DataFrame:
    """Return the two states as a table, one row each; ``attrs["source"]`` says from where.

    Examples
    --------
    >>> dasan()["calls_per_day"].tolist()
    [19707, 40514]
    """
    import pandas as pd

    frame = pd.DataFrame([vars(state) for state in DASAN])
    frame.attrs["source"] = SOURCE
    return frame

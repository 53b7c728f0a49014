"""What a trainee types into the calls of module 00: a sentence, not a traceback."""

from __future__ import annotations

import pandas as pd
import pytest

from course import indicators
from course.errors import UsageError

ZONES = pd.DataFrame({"zone_id": ["a"], "population": [900], "area_km2": [1.0]})


@pytest.mark.parametrize("line", ["x", "500", None, float("nan"), True, [500], ZONES])
def test_a_line_that_is_no_number(line) -> None:
    with pytest.raises(UsageError, match="is no number"):
        indicators.above(ZONES, line)


@pytest.mark.parametrize("people", ["a", "300 people", {}, [1, "b"]])
def test_people_that_are_no_number(people) -> None:
    with pytest.raises(UsageError):
        indicators.density_per_km2(population=people, area_km2=2)

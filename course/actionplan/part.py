"""What all rows and boxes of a plan share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

LONGEST_MONTHS = 24


class Part(BaseModel):
    """What all parts share: no unknown field, blanks at the ends cut."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

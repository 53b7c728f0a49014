"""What stands in for a city where none is asked: in a test and in a survey."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Nowhere:
    """No city; an answer that depends on none is noted with these empty names."""

    id: str = ""
    title: str = ""
    fingerprint: str = ""
    currency: str = ""


NOWHERE = Nowhere()

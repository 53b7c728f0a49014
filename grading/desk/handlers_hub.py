"""The page on which an instructor sees how the hub stands."""

from __future__ import annotations

from datetime import UTC, datetime

from tornado import web

from grading.desk import hub_health
from grading.desk.page import Page


class Hub(Page):
    """What the hub found when it last looked at itself."""

    @web.authenticated
    async def get(self) -> None:
        """Show it."""
        at, rows = await self.work(hub_health.load, self.state)
        self.show("hub", hub_health.page(at, rows, datetime.now(UTC)))

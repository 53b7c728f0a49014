"""The tables to take away, and the line that everybody sees."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tornado import web

from course.errors import CourseError
from grading import cohort
from grading.desk import pages_export
from grading.desk.page import Page
from grading.desk.progress import standings
from grading.state import GradingState


class Export(Page):
    """The tables to take away."""

    @web.authenticated
    async def get(self) -> None:
        """Show the list and who has completed a programme."""
        self.show("export", await self.work(self._read))

    def _read(self) -> dict[str, Any]:
        from grading import completion

        here = [s for s in standings(self.state) if s.count()["scored"]]
        made, problem = [], ""
        for name in _programmes(self.state):
            try:
                programme = _opened(name)
                made.append((programme, completion.standing(self.state, programme)))
            except CourseError as error:
                problem = f"{error.what} {error.remedy}"
        return pages_export.export([(s.module, s.title) for s in here], made, problem)


class File(Page):
    """One table as a file."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """Send it."""
        data = await self.work(self._points if name == "points.csv" else self._completion)
        kind = "text/csv" if name == "points.csv" else (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        )  # fmt: skip
        self.set_header("Content-Type", f"{kind}; charset=UTF-8")
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(data)

    def _points(self) -> bytes:
        from grading.paperwork import export

        asked = self.get_query_argument("module", "")
        wanted = [self.module(asked)] if asked else None
        with tempfile.TemporaryDirectory() as folder:
            return export(self.state, Path(folder) / "points.csv", wanted).read_bytes()

    def _completion(self) -> bytes:
        from grading import completion
        from grading.completion import table

        asked = self.get_query_argument("programme", "")
        if asked not in _programmes(self.state) and asked != "":
            known = {_opened(n).id for n in _programmes(self.state)}
            if asked not in known:
                raise web.HTTPError(404)
        programme = _opened(asked)
        frame = completion.standing(self.state, programme)
        with tempfile.TemporaryDirectory() as folder:
            return table.write(frame, programme, Path(folder) / "completion.xlsx").read_bytes()


class Announcement(Page):
    """The line that everybody sees."""

    @web.authenticated
    async def get(self) -> None:
        """Show the line and the form."""
        self.show("announcement", await self.work(self._read))

    def _read(self) -> dict[str, Any]:
        known = {"title": "Announcement", "here": "announcement"}
        try:
            from grading.hub import announcement
        except ImportError:
            return {**known, "problem": "There is no hub here."}
        return {**known, "text": announcement.read(), "longest": announcement.LONGEST}

    @web.authenticated
    async def post(self) -> None:
        """Change the line."""
        from grading.hub import announcement

        await self.work(announcement.write, self.get_body_argument("text", ""))
        self.back("announcement", "shown")


def _programmes(state: GradingState) -> list[str]:
    """Return the programmes of the roster; an empty name is the usual one."""
    return sorted({p.programme for p in cohort.participants(state)}) or [""]


def _opened(name: str) -> Any:
    from course.programme import Programme

    return Programme.open(name or None)

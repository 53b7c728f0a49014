"""The desk's pages for GET, work for POST, then back to a page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tornado import web

from course.errors import CourseError
from grading import cohort, scored
from grading.desk import (
    attempts,
    diary,
    in_words,
    jobs,
    pages_module,
    pages_questions,
    pages_today,
)
from grading.desk.page import Page
from grading.desk.progress import standings
from grading.desk.questions import difficulties
from grading.desk.sources import inbound

REFRESH_S = 2
FEW = 40  # hand-ins


class Today(Page):
    """The first page."""

    @web.authenticated
    async def get(self) -> None:
        """Show what to do now and all modules."""

        def read() -> dict[str, Any]:
            found = standings(self.state)
            return pages_today.today(
                found, jobs.every(self.state), formgrader=_by_module(self.settings["formgrader"]),
                people=len(cohort.participants(self.state)), on_hub=self.settings["on_hub"],
            )  # fmt: skip

        self.show("today", await self.work(read))


class Module(Page):
    """One module."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """Show its buttons and its trainees."""
        module = self.module(name)

        def read() -> dict[str, Any]:
            (found,) = standings(self.state, [module])
            return pages_module.module(
                found, jobs.every(self.state, module), diary.entries(self.state, module=module),
                formgrader=_by_module(self.settings["formgrader"]), on_hub=self.settings["on_hub"],
            )  # fmt: skip

        self.show("module", await self.work(read))


class Work(Page):
    """The long work on a module: release, collect and score, feedback, judge again."""

    @web.authenticated
    async def post(self, name: str, what: str) -> None:
        """Start a job and show it."""
        module = self.module(name)
        job = await self.work(self._start, module, what)
        self.back(f"job/{job.id}")

    def _start(self, module: str, what: str) -> jobs.Job:
        if what == "release":
            step = ["release", module]
            if due := self.get_body_argument("due", ""):
                from grading.due import moment

                moment(due)  # says at once what is wrong with it
                step += ["--due", due]
            steps = [step]
        elif what == "collect":
            score = ["score", module, *self._workers(module)]
            steps = [["collect", module], score, ["stuck", module]]
        elif what == "regrade" and self.get_body_argument("apply", "") == "yes":
            why = self.get_body_argument("why", "")[:300].strip()
            if not why:
                raise CourseError("No reason was given.", "Write why the points change.")
            steps = [["regrade", module, "--apply", f"--why={why}", *self._workers(module)]]
        elif what == "regrade":
            steps = [["regrade", module, *self._workers(module)]]
        else:
            steps = [[what, module]]
        return jobs.start(self.state, what, module, steps, by=self.person)

    def _workers(self, module: str) -> list[str]:
        """Work in one process where there is little to do: a pool takes longer to start."""
        names = {s for s, m in inbound(self.state) if m == module}
        count = len(names | set(self.state.submitted_students(module)))
        return ["--workers", "1"] if count < FEW else []


class Opening(Page):
    """Close a module, or open it again."""

    @web.authenticated
    async def post(self, name: str, what: str) -> None:
        """Do it and go back to the module."""
        from grading.desk import closing

        module = self.module(name)

        def act() -> None:
            job = jobs.running(self.state, module)
            if job is not None and job.what == "release":  # it would open what is closed now
                raise CourseError(f"{module}: release is still running.", "Wait until it is done.")
            (closing.close if what == "close" else closing.reopen)(self.state, module)

        await self.work(act)
        self.back(f"module/{module}", "closed" if what == "close" else "open")


class Questions(Page):
    """What is hard in a module."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """Show what was looked at so far."""
        from course.questions import load_module

        module = self.module(name)

        def read() -> dict[str, Any]:
            spec = load_module(self.state.assignment_folder(module))
            people = len(scored.load(self.state, module))
            found = difficulties(spec, attempts.kept(self.state, module), people)
            left = attempts.missing(self.state, module) if spec.form != "survey" else 0
            return pages_questions.questions(module, spec.title, found, left)

        self.show("questions", await self.work(read))

    @web.authenticated
    async def post(self, name: str) -> None:
        """Look at the attempts that are new."""
        module = self.module(name)
        steps = [["stuck", module]]
        job = await self.work(
            lambda: jobs.start(self.state, "attempts", module, steps, by=self.person)
        )
        self.back(f"job/{job.id}")


class Person(Page):
    """Everything of one trainee."""

    @web.authenticated
    async def get(self, student: str) -> None:
        """Show all modules, the answers as they were scored, and the form for more time."""
        self.show("person", await self.work(self._read, student))

    def _read(self, student: str) -> dict[str, Any]:
        from course.questions import load_module

        found = [(s, r) for s in standings(self.state) for r in s.rows if r.student == student]
        if not found:
            raise web.HTTPError(404)
        parts = []
        for standing, _ in found:
            if made := scored.load(self.state, standing.module).get(student):
                spec = load_module(self.state.assignment_folder(standing.module))
                # what somebody thinks of the course is nobody's to read by name
                if spec.form != "survey":
                    parts.append((spec, made))
        known = cohort.participant(self.state, student)
        about = " · ".join(t for t in (known.city, known.team, known.email) if t)
        notes = diary.entries(self.state, student=student)
        return pages_module.person(student, about, found, parts, notes)


class Extend(Page):
    """More time for one trainee."""

    @web.authenticated
    async def post(self, student: str) -> None:
        """Write the extension down and go back."""
        from grading.desk.extensions import extend, known
        from grading.due import moment

        module = self.module(self.get_body_argument("module", ""))
        if student not in await self.work(known, self.state, module):  # all means everybody
            raise web.HTTPError(404)
        back = self.get_body_argument("remove", "") == "yes"
        until = self.get_body_argument("until", "")
        if not back and not until:
            raise CourseError("No moment was given.", "Choose the day and the time.")
        when = None if back else moment(until)
        why = self.get_body_argument("why", "")[:300]
        await self.work(lambda: extend(self.state, module, student, when, why=why))
        self.back(f"person/{quote(student)}", "back" if back else "extended")


class JobPage(Page):
    """A job, as far as it is."""

    @web.authenticated
    async def get(self, job_id: str) -> None:
        """Show what it said; the page reads itself again while it runs."""
        job = jobs.find(self.state, job_id)
        if job is None:
            raise web.HTTPError(404)
        self.show("job", await self.work(self._read, job))

    def _read(self, job: jobs.Job) -> dict[str, Any]:
        from course.questions import load_module

        state = job.state
        begun = datetime.fromisoformat(job.at)
        seconds = int(((job.ended or datetime.now(UTC)) - begun).total_seconds())
        progress = ""
        if job.what == "collect" and state == "running":
            here = len(self.state.submitted_students(job.module))
            progress = f"{len(scored.load(self.state, job.module))} of {here} hand-ins have a score"
        return {
            "title": pages_today.WORK.get(job.what, job.what),
            "words": pages_today.WORK.get(job.what, job.what),
            "module": job.module,
            "module_title": load_module(self.state.assignment_folder(job.module)).title,
            "state": state,
            "since": f"started {in_words.when(begun)} by {job.by}, {seconds} s"
            + (f", try {job.tries}" if job.tries > 1 else ""),
            "progress": progress,
            "refresh": REFRESH_S if state == "running" else 0,
            "out": job.output("out"),
            "err": job.output("err").strip()[-2000:],
        }


class Again(Page):
    """Run a job again that failed or was interrupted."""

    @web.authenticated
    async def post(self, job_id: str) -> None:
        """Start it and show the new one."""
        job = jobs.find(self.state, job_id)
        if job is None:
            raise web.HTTPError(404)
        made = await self.work(
            lambda: jobs.start(self.state, job.what, job.module, job.steps, by=self.person)
        )
        self.back(f"job/{made.id}")


def _by_module(formgrader: str) -> str:
    """Return the address under which the formgrader lists the hand-ins of a module."""
    return formgrader.replace("/manage_assignments", "/gradebook") if formgrader else ""

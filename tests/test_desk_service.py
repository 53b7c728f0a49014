"""The desk's pages in a real server: who is let in, forged forms, hostile names, jobs."""

from __future__ import annotations

import html
import io
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from course.paths import ROOT
from grading import cohort
from grading.desk import jobs, service, store
from grading.desk.service import CSP, make_app
from grading.state import GradingState
from tests.waiting import wait_until

pytestmark = [pytest.mark.nbgrader]
HOSTILE = "<img src=x onerror=alert(1)>"
MODULE = "10_integrated_fares"
POSTS = [
    f"module/{MODULE}/release", f"module/{MODULE}/collect", f"module/{MODULE}/feedback",
    f"module/{MODULE}/regrade", f"module/{MODULE}/close", f"module/{MODULE}/reopen",
    f"module/{MODULE}/questions", "person/ana/extend", "announcement",
    "job/20270101T000000-collect-00000000/again",
]  # fmt: skip
PAGES = ["", f"module/{MODULE}", f"module/{MODULE}/questions", "person/ana", "export",
         "announcement", "export/points.csv"]  # fmt: skip


def course(base):
    """Return a state with two people on the roster, one of them with a hostile name."""
    state = GradingState(base / "grading", ROOT, base / "exchange").prepare()
    rows = f'student_id,name,city\nana,Ana Test,"{HOSTILE}"\nmal,{HOSTILE},Seoul\n'
    (base / "roster.csv").write_text(rows, encoding="utf-8")
    assert not cohort.add(state, base / "roster.csv").problems
    return state


@contextmanager
def serving(state, *, off=()):
    """Run the desk in a thread of this process; gives its address and its link."""
    import asyncio
    import threading

    ready, loops, found = threading.Event(), [], []

    async def main():
        loops.append(asyncio.get_running_loop())
        app = make_app(state, one_time="the-token", person="inga", off=off)

        def said(port):
            found.append(port)
            ready.set()

        task = asyncio.ensure_future(service._run(app, 0, "127.0.0.1", said))
        loops.append(task)
        with suppress(asyncio.CancelledError):
            await task

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield f"http://127.0.0.1:{found[0]}/"
    finally:
        loops[0].call_soon_threadsafe(loops[1].cancel)
        thread.join(30)


def signed_in(address):
    session = requests.Session()
    answer = session.get(address, params={"token": "the-token"}, timeout=60)
    assert answer.status_code == 200, answer.text
    return session


def token(text):
    return html.unescape(re.search(r'name="_xsrf" value="([^"]+)"', text).group(1))


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    state = course(tmp_path_factory.mktemp("desk"))
    with serving(state) as address:
        yield state, address, signed_in(address)


def test_nobody_comes_in_without_the_link_and_the_link_works_once(desk):
    _, address, session = desk
    for path in PAGES:
        assert requests.get(address + path, timeout=60).status_code == 403, path
    for path in POSTS:
        assert requests.post(address + path, timeout=60).status_code == 403, path
    again = requests.get(address, params={"token": "the-token"}, timeout=60)
    assert again.status_code == 403 and "can be used once" in again.text
    assert session.get(address, timeout=60).status_code == 200


def test_another_name_of_this_machine_is_refused(desk):
    """A page elsewhere can let its own name point here; its cookies would come along."""
    _, address, session = desk
    answer = session.get(address, headers={"Host": "evil.example"}, timeout=60)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", POSTS)
def test_a_form_that_was_not_sent_from_the_desk_is_refused(desk, path):
    state, address, session = desk
    for data in ({}, {"_xsrf": "2|aa|bb|cc"}):
        answer = session.post(address + path, data=data, timeout=60)
        assert answer.status_code == 403, path
        assert "not sent from the desk" in answer.text or "may not" in answer.text
    assert jobs.every(state) == []


def test_a_forged_form_works_where_the_defence_is_off(tmp_path):
    state = course(tmp_path)
    with serving(state, off={"xsrf"}) as address:
        session = signed_in(address)
        made = session.post(
            address + f"module/{MODULE}/questions", timeout=60, allow_redirects=False
        )
        assert made.status_code == 303
        finish(state)


def finish(state):
    assert wait_until(lambda: all(j.state != "running" for j in jobs.every(state)))


def test_every_page_is_whole_and_allows_no_script(desk):
    _, address, session = desk
    for path in [*PAGES[:-1], "no/such/page"]:
        answer = session.get(address + path, timeout=120)
        assert answer.status_code == (404 if path.startswith("no") else 200), path
        assert answer.headers["Content-Security-Policy"] == CSP
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in answer.text and " style=" not in answer.text
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', answer.text), "nothing from outside"
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_letters_of_a_script_come_as_a_font_that_browsers_take(desk):
    from fontTools.ttLib import TTFont

    _, address, session = desk
    sheet = session.get(address + "desk.css", timeout=60).text
    assert "font/hangul" in sheet and "font-display: swap" in sheet
    answer = session.get(address + "font/hangul", timeout=120)
    made = TTFont(io.BytesIO(answer.content))
    assert ord("시") in made.getBestCmap()
    assert not [name for name in made.keys() if name.startswith("TSI")]  # noqa: SIM118
    for name in ("nothing", "latin"):
        assert session.get(f"{address}font/{name}", timeout=60).status_code == 404


def test_hostile_names_are_shown_as_they_are(desk):
    _, address, session = desk
    for path in (f"module/{MODULE}", "person/mal", "person/ana"):
        text = session.get(address + path, timeout=60).text
        assert HOSTILE not in text and html.escape(HOSTILE) in text, path


def test_a_hostile_name_is_a_tag_where_the_defence_is_off(tmp_path):
    with serving(course(tmp_path), off={"escape", "csp"}) as address:
        answer = signed_in(address).get(address + "person/mal", timeout=60)
        assert HOSTILE in answer.text and "Content-Security-Policy" not in answer.headers


@pytest.mark.parametrize(
    "path",
    ["module/..%2fx", "module/%2e%2e%2fgrading", "module/nothing", "module/a%00b", "person/nobody",
     "person/..%2f..%2fetc", "job/..%2fx", "job/20270101T000000-x-00000000", "export/other.csv",
     "export/points.csv?module=../../x", "export/completion.xlsx?programme=../../x"],
)  # fmt: skip
def test_strange_addresses_lead_nowhere(desk, path):
    _, address, session = desk
    answer = session.get(address + path, timeout=60)
    assert answer.status_code == 404, answer.text
    assert "Traceback" not in answer.text


def test_what_is_wrong_is_a_sentence_with_a_remedy(desk):
    _, address, session = desk
    form = token(session.get(address + "person/ana", timeout=60).text)
    for data, said in (
        ({"module": MODULE, "until": ""}, "Choose the day"),
        ({"module": MODULE, "until": "soon"}, "no date and time"),
    ):
        answer = session.post(
            address + "person/ana/extend", data={"_xsrf": form, **data}, timeout=60
        )
        assert answer.status_code == 400 and said in html.unescape(answer.text)
    answer = session.post(address + f"module/{MODULE}/close", data={"_xsrf": form}, timeout=60)
    assert answer.status_code == 400 and "was not released" in answer.text


@pytest.mark.parametrize("who", ["all", "*", "nobody", "%2e%2e%2fana", "-x"])
def test_more_time_by_form_is_for_one_person_of_the_course(desk, who):
    state, address, session = desk
    form = {"_xsrf": token(session.get(f"{address}person/ana").text), "module": MODULE,
            "until": "2097-04-09 18:00"}  # fmt: skip
    answer = session.post(f"{address}person/{who}/extend", data=form, timeout=60)
    assert answer.status_code == 404
    assert store.read(state, "extensions") == {}


def test_nothing_is_closed_while_its_release_runs(desk, monkeypatch):
    """The release would open again what somebody has just closed."""
    state, address, session = desk
    job = jobs.Job("x", "release", MODULE, [], "ben", "", state.base)
    monkeypatch.setattr(jobs, "running", lambda *_: job)
    form = {"_xsrf": token(session.get(f"{address}person/ana").text)}
    answer = session.post(f"{address}module/{MODULE}/close", data=form, timeout=60)
    assert answer.status_code == 400 and "release is still running" in answer.text


@pytest.mark.parametrize(
    "until", ["NaN", "0001-01-01", "9999-12-31", "۲۰۲۷-۰۴-۰۹", "-1", "2027-04-09\n--x", "x" * 9000]
)
def test_an_odd_moment_is_a_sentence(desk, until):
    _, address, session = desk
    form = {"_xsrf": token(session.get(f"{address}person/ana").text), "module": MODULE,
            "until": until}  # fmt: skip
    answer = session.post(f"{address}person/ana/extend", data=form, timeout=60)
    assert answer.status_code == 400 and "no date and time" in answer.text


def test_a_full_disk_is_said_and_leaves_no_job(desk, monkeypatch):
    state, address, session = desk

    def full(*_):
        raise OSError(28, "No space left on device")

    form = {"_xsrf": token(session.get(f"{address}person/ana").text)}
    before = set(jobs.jobs_folder(state).iterdir())
    monkeypatch.setattr(jobs.whole_files, "write", full)
    answer = session.post(f"{address}module/{MODULE}/collect", data=form, timeout=60)
    assert answer.status_code == 500 and "The disk is full." in answer.text
    assert set(jobs.jobs_folder(state).iterdir()) == before


def test_a_form_of_ten_megabytes_is_refused_and_the_desk_goes_on(desk):
    _, address, session = desk
    form = {"_xsrf": token(session.get(f"{address}person/ana").text), "text": "x" * 10_000_000}
    with suppress(requests.ConnectionError):  # it may hang up while we still send
        answer = session.post(f"{address}announcement", data=form, timeout=60)
        assert answer.status_code in (400, 413)
    assert session.get(address, timeout=60).status_code == 200


def test_an_extension_by_form_names_the_instructor(desk):
    from grading.desk import diary

    state, address, session = desk
    form = token(session.get(address + "person/ana", timeout=60).text)
    data = {"_xsrf": form, "module": MODULE, "until": "2027-04-09T18:00", "why": HOSTILE}
    answer = session.post(address + "person/ana/extend", data=data, timeout=60)
    assert answer.status_code == 200 and "written down" in answer.text
    assert len(answer.history) == 1 and answer.history[0].status_code == 303
    (line,) = diary.entries(state, what="extend")
    assert (line["by"], line["student"], line["why"]) == ("inga", "ana", HOSTILE)
    assert HOSTILE not in answer.text


# ---- jobs ----------------------------------------------------------------------------


def test_a_job_runs_says_what_it_said_and_only_one_at_a_time(tmp_path):
    from course.errors import CourseError

    state = course(tmp_path)
    job = jobs.start(state, "attempts", MODULE, [["stuck", "77"], ["never", "run"]], by="inga")
    assert job.state == "running"
    with pytest.raises(CourseError, match="still running"):
        jobs.start(state, "collect", MODULE, [["collect", MODULE]], by="inga")
    finish(state)
    assert job.state == "failed" and job.code == 2
    assert "no module" in job.output("err")
    assert jobs.find(state, job.id) == job
    assert jobs.running(state, MODULE) is None


@pytest.mark.slow
def test_a_job_survives_a_restart_of_the_desk(tmp_path):
    """The desk and all it started are killed; the next one finishes the work."""
    state = course(tmp_path)
    env = {**os.environ, "COURSE_STATE": str(state.base.parent),
           "COURSE_EXCHANGE": str(state.exchange), "PYTHONUNBUFFERED": "1"}  # fmt: skip
    made = subprocess.Popen(
        [sys.executable, "-m", "grading", "desk"], env=env, cwd=ROOT, text=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        made.stdout.readline()
        address, _, key = made.stdout.readline().strip().partition("?token=")
        session = requests.Session()
        session.get(address, params={"token": key}, timeout=60)
        form = token(session.get(f"{address}module/{MODULE}", timeout=60).text)
        answer = session.post(
            f"{address}module/{MODULE}/release", data={"_xsrf": form, "due": "2027-04-09T18:00"},
            timeout=60, allow_redirects=False,
        )  # fmt: skip
        assert answer.status_code == 303
        (job,) = jobs.every(state)
        assert job.state == "running"
        kill_runner(job)
    finally:
        made.kill()
        made.wait()
        made.stdout.close()
    assert wait_until(lambda: job.state != "running")
    assert job.state == "interrupted" and job.tries == 1
    with serving(state) as address:
        finish(state)
        assert (job.state, job.tries) == ("done", 2)
        text = signed_in(address).get(f"{address}job/{job.id}", timeout=60).text
        assert "10_integrated_fares is released" in text and "try 2" in text
    assert jobs.take_up(state) == [], "what is done is not done again"


def kill_runner(job):
    """End the job's process and what it started, as the end of a service's jail does."""
    for status in os.listdir("/proc"):
        if not status.isdigit():
            continue
        try:
            words = Path(f"/proc/{status}/cmdline").read_bytes().decode().split("\0")
            if str(job.folder) in words:
                os.killpg(int(status), signal.SIGKILL)
        except (OSError, ProcessLookupError):
            continue


def test_what_never_ends_well_is_left_alone(tmp_path):
    state = course(tmp_path)
    job = jobs.start(state, "attempts", MODULE, [["stuck", "77"]], by="inga")
    finish(state)
    # it ends a moment after it wrote its code
    assert wait_until(lambda: not jobs.is_held(job.folder / "lock"))
    (job.folder / "code.json").unlink()
    (job.folder / "tries").write_text("1\n2\n3\n")
    assert job.state == "interrupted"
    assert jobs.take_up(state) == []


def test_the_secret_of_cookies_outlives_a_restart_and_is_private(tmp_path):
    state = course(tmp_path)
    first = make_app(state).settings["cookie_secret"]
    assert make_app(state).settings["cookie_secret"] == first and len(first) == 64
    path = store.folder(state) / "cookie_secret"
    assert path.stat().st_mode & 0o077 == 0
    assert store.folder(state).stat().st_mode & 0o077 == 0

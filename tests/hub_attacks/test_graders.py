"""Hostile hand-ins against the people who mark them: their machine, their browser."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager, suppress
from types import SimpleNamespace

import pytest

from grading.desk.service import _run, make_app
from tests.grading_pieces import answered, cell_of
from tests.hub_attacks.handing import PLACE, STAMP, clear, name_for
from tests.hub_attacks.town import MODULE, TEACHER, room

TAKE = "document.documentElement.dataset.taken='yes'"
PAGE = f'<script>{TAKE}</script><img src=x onerror="{TAKE}"><svg onload="{TAKE}"></svg>'
FILE = f"<img src=x onerror={TAKE}>"  # a file's name can be a tag too
FLOOD = "flood " * 1_000_000


def hostile(marker):
    """Return a hand-in that tries a grader's machine, browser and patience at once."""
    notebook = answered()
    cell_of(notebook, "m10_trip_work")["outputs"] = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": PAGE}},
        {"output_type": "display_data", "metadata": {}, "data": {"application/javascript": TAKE}},
        {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": PAGE}},
        {"output_type": "stream", "name": "stdout", "text": PAGE + FLOOD},
    ]
    cell_of(notebook, "m10_written")["source"] = f"My text.\n\n{PAGE}"
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader")
        if marks and "points" in marks:  # as if a trainee said what it is worth
            marks.update(points=1000, locked=False, grade=True)
    notebook["cells"].append({
        "cell_type": "code", "id": "run", "metadata": {}, "execution_count": None, "outputs": [],
        "source": f"open({str(marker)!r}, 'w').write('the host ran this')",
    })  # fmt: skip
    return notebook


@pytest.fixture(scope="module")
def marked(street, of_ben):
    """The hostile hand-in of Ana and the true one of Ben, collected and scored by the host."""
    clear(street, of_ben)
    marker = street.folder.state / "marker"
    name = name_for("ana")
    line = (
        f"umask 022; cd {PLACE} && mkdir '{name}' && cd '{name}' && "
        "cat > exercises.ipynb && "
        f"printf '%s' '{STAMP}' > timestamp.txt; ln -s /etc/passwd \"$1\"; "
        "printf 'import os; os.abort()' > nbgrader_config.py; mkdir pandas; "
        "for f in sitecustomize jupyter_config pandas/__init__; do "
        "cp nbgrader_config.py $f.py; done"
    )
    text = json.dumps(hostile(marker))
    done = room(street, "ana", ["bash", "-c", line, "sh", FILE], input=text)
    assert done.returncode == 0, done.stderr
    street.as_host("collect", "10")
    street.as_host("score", "10", "--workers", "1")
    return SimpleNamespace(text=text, marker=marker)


def submission(street, student):
    from nbgrader.api import Gradebook

    with Gradebook(street.state.db_url) as book:
        found = book.find_submission_notebook("exercises", MODULE, student)
        return found.id, found.max_score


def taken(page):
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)
    return page.evaluate("document.documentElement.dataset.taken || ''") == "yes"


@pytest.fixture(scope="module")
def desktop(street, chromium_browser, marked):
    """The grader's browser, signed in."""
    context = chromium_browser.new_context()
    page = context.new_page()
    page.goto(f"{street.address}/hub/login?next=%2Fservices%2Fdesk%2F")
    page.fill("#username", TEACHER)
    page.fill("#password", "a rehearsal only")
    page.click("button[type=submit]")
    page.wait_for_url("**/services/desk/**")
    yield page
    context.close()


def test_nothing_of_a_hand_in_runs_on_the_hosts_machine(street, marked):
    assert not marked.marker.exists()
    assert street.as_host("score", "10", "--workers", "1").returncode == 0


def test_nbgraders_own_autograde_would_run_it(marked, tmp_path):
    """nbgrader executes a hand-in with these very calls; ours reads it instead."""
    import nbformat
    from nbgrader.preprocessors import Execute

    marker = tmp_path / "marker"
    notebook = nbformat.v4.new_notebook()
    source = json.loads(marked.text)["cells"][-1]["source"]
    source = source.replace(str(marked.marker), str(marker))
    notebook.cells.append(nbformat.v4.new_code_cell(source))
    Execute(timeout=120).preprocess(notebook, {"metadata": {"path": str(tmp_path)}})
    assert marker.read_text() == "the host ran this"


def test_what_a_cell_is_worth_is_not_the_trainees_to_say(street, marked):
    _, most = submission(street, "ana")
    _, of_ben = submission(street, "ben")
    assert most == of_ben < 100
    cells = json.loads(marked.text)["cells"]
    claimed = sum(c["metadata"].get("nbgrader", {}).get("points", 0) for c in cells)
    assert claimed >= 1000, "read as it stands, the hand-in would be worth this much"


def test_a_flood_of_output_reaches_no_grader(street, marked):
    made = street.state.folder("autograded", "ana", MODULE) / "exercises.ipynb"
    assert len(marked.text) > 6_000_000
    assert made.stat().st_size < 1_000_000


def formgrader(street):
    number, _ = submission(street, "ana")
    return f"{street.address}/services/smartcity/formgrader/submissions/{number}/?index=0"


def test_no_script_of_a_hand_in_runs_in_the_formgrader(street, desktop):
    desktop.goto(formgrader(street))
    assert "My text." in desktop.content()
    assert not taken(desktop)


def test_uncleaned_it_runs(street, desktop, marked):
    made = street.state.folder("autograded", "ana", MODULE) / "exercises.ipynb"
    before = made.read_bytes()
    made.write_text(marked.text)
    try:
        desktop.goto(formgrader(street))
        assert taken(desktop)
    finally:
        made.write_bytes(before)


@pytest.mark.parametrize("path", ["person/ana", f"module/{MODULE}", f"module/{MODULE}/questions"])
def test_no_name_of_a_file_and_no_answer_runs_on_the_desk(street, desktop, path):
    desktop.goto(f"{street.address}/services/desk/{path}")
    assert not taken(desktop)
    if path == "person/ana":
        assert "onerror=" in desktop.inner_text("body"), "it is shown, as text"


@pytest.mark.parametrize("off", ["", "escape", "csp", "escape csp"])
def test_escaping_and_policy_each_hold_it_and_without_both_it_runs(
    street, chromium_browser, marked, off
):
    with desk_alone(street.state, off.split()) as link:
        context = chromium_browser.new_context()
        page = context.new_page()
        page.goto(link)
        page.goto(link.split("?")[0] + "person/ana")
        assert taken(page) == (off == "escape csp")
        context.close()


@contextmanager
def desk_alone(state, off):
    """The desk on this machine alone, with some defences off; gives the link to it."""
    app = make_app(state, one_time="once", person="test", off=off)
    ready = threading.Event()
    port: list[int] = []
    loop = asyncio.new_event_loop()

    def stand(number):
        port.append(number)
        ready.set()

    def run():
        asyncio.set_event_loop(loop)
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)

    task = loop.create_task(_run(app, 0, "127.0.0.1", stand))
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield f"http://127.0.0.1:{port[0]}/?token=once"
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(30)


def test_a_notebook_nested_without_end_stops_nobody(street, of_ben, marked):
    name = name_for("calm")
    code = (
        f"import os; os.umask(0o22); os.chdir({PLACE!r}); os.mkdir({name!r}); os.chdir({name!r})\n"
        f"open('timestamp.txt','w').write({STAMP!r})\n"
        "open('exercises.ipynb','w').write('[' * 200000)\n"
        "open('answers.json','w').write('{\"a\":' * 100000)"
    )
    assert room(street, "calm", ["python", "-c", code]).stderr == ""
    street.as_host("collect", "10")
    street.as_host("score", "10", "--workers", "1")
    assert submission(street, "ben")[1] > 0
    with pytest.raises(RecursionError):
        json.loads("[" * 200000)

"""Three trainees at once, a hub that dies meanwhile, an exchange that is full: nothing is lost.

The same evening with as many trainees as the machine carries is
``python3 -m course bench load_hub``. This hub has its gradebook in PostgreSQL, as a host sets it
in ``hub.yml``; the other hubs of the tests have theirs in a file.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests import hub_evening as work
from tests import hub_postgres as postgres
from tests.hub_running import require_hub
from tests.hub_small_disk import SmallDisk, small_disk

NAMES = ("ana-test", "ben-test", "하나-test")

pytestmark = [pytest.mark.slow, pytest.mark.nbgrader]


@pytest.fixture(scope="module")
def book_and_place(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[postgres.Book, tuple[work.Evening, SmallDisk]]]:
    require_hub()
    folder = tmp_path_factory.mktemp("load")
    with (
        small_disk(24) as disk,
        postgres.hub_on_postgres(folder, NAMES, before=disk.mount) as (hub, book),
    ):
        hub.as_host("release", work.NUMBER)
        try:
            yield book, (work.Evening(hub), disk)
        finally:
            work.end_servers(hub)


@pytest.fixture(scope="module")
def place(book_and_place) -> tuple[work.Evening, SmallDisk]:
    return book_and_place[1]


@pytest.fixture(scope="module")
def book(book_and_place) -> postgres.Book:
    return book_and_place[0]


@pytest.fixture(scope="module")
def people(place: tuple[work.Evening, SmallDisk]) -> list[work.Trainee]:
    return [work.Trainee(place[0], name) for name in NAMES]


def test_all_come_at_once_and_the_hub_dies_in_the_middle(place, people) -> None:
    evening, _ = place
    half, cut = threading.Semaphore(0), threading.Event()

    def arrive(trainee: work.Trainee) -> None:
        trainee.sign_in()
        trainee.start()
        trainee.fetch()
        cells = work.typed(trainee.open(), trainee.name)
        half.release()
        trainee.run("first cells", cells[:4])
        # who looks at the hub's own page now finds nobody there
        assert cut.wait(work.PATIENCE)
        trainee.start()
        assert trainee.hand_in()

    def power_cut() -> None:
        for _ in range(2):
            assert half.acquire(timeout=work.PATIENCE)
        evening.felt.clear()
        evening.hub.kill()
        cut.set()
        assert evening.felt.wait(work.PATIENCE), "the power cut was not felt by anybody"
        evening.hub.start_again()

    evening.all_at_once(arrive, people, meanwhile=power_cut)
    assert evening.failures() == []
    assert {name: len(done) for name, done in evening.confirmed.items()} == dict.fromkeys(NAMES, 1)
    assert work.lost(evening) == []
    assert any(step.again for step in evening.steps), "the power cut was not felt by anybody"


def test_a_full_exchange_is_told_and_takes_nothing_away(place, people) -> None:
    evening, disk = place
    before = {name: list(done) for name, done in evening.confirmed.items()}
    said_before = sum(map(len, evening.refused.values()))
    for trainee in people:
        trainee.run("second cells", [f"answer('m10_link', {1400 + len(trainee.name)})"])
    # one hand-in has room and a second one has not
    size = sum(p.stat().st_size for p in evening.hub.folder.inbound.rglob("*") if p.is_file()) / 3
    disk.fill(leave=int(size * 1.6))
    evening.all_at_once(lambda trainee: trainee.hand_in(step="hand in, disk full"), people)
    told = sum(map(len, evening.refused.values())) - said_before
    taken = sum(len(done) - len(before[name]) for name, done in evening.confirmed.items())
    assert told >= 2 and told + taken == 3, (told, taken)
    assert evening.failures() == []
    assert work.lost(evening) == []  # the first ones and whatever was confirmed now
    # what could not be written is not there by half, where the host would collect it
    assert work.halves(evening) == []
    disk.free()
    evening.all_at_once(lambda trainee: trainee.hand_in(), people)
    assert work.lost(evening) == []
    assert all(len(evening.confirmed[name]) > len(before[name]) for name in NAMES)


def test_each_is_collected_once_and_feedback_comes_back(place, people) -> None:
    evening, _ = place
    grades = work.grades(evening)
    assert set(grades) == set(NAMES)
    assert all(row["raw_score"] != "" for row in grades.values())
    evening.hub.as_host("feedback", work.NUMBER)
    evening.all_at_once(lambda trainee: trainee.feedback(), people)
    assert evening.failures() == []


def test_the_host_finds_all_of_it_in_postgresql(place, people, book) -> None:
    evening, _ = place
    hub, name = evening.hub, people[0].name
    found = book.rows()
    assert len(found["submitted_assignment"]) == len(NAMES)
    assert not (hub.state.base / "gradebook.db").exists(), "grades went elsewhere"
    host = hub.sign_in("inga-test")
    assert postgres.shows(host, work.MODULE, name) > 0
    formgrader = host.get("/services/smartcity/formgrader/api/assignments").json()
    (module,) = [one for one in formgrader if one["name"] == work.MODULE]
    assert module["num_submissions"] == len(NAMES) and module["average_score"] > 0
    # what the desk starts is a process of its own, and has to get in too
    assert "is out" in postgres.by_desk(host, work.MODULE, "feedback")
    assert postgres.check_says(hub) == ("ok", f"{len(NAMES)} students")
    assert book.rows() == found


def test_neither_address_nor_password_is_to_be_found(place, people, book) -> None:
    hub = place[0].hub
    assert postgres.seen_by(people[0].browser, book) == []
    # root's own file, and no other: no log, no report, not JupyterHub's database
    own = hub.folder.base / postgres.FILE
    assert own.stat().st_mode & 0o777 == 0o600
    assert postgres.holding_the_password(hub.folder.base) == [own]


def test_the_audit_itself_sees_a_loss(place, people) -> None:
    evening, _ = place
    folder = next(f for f in evening.hub.folder.inbound.iterdir())
    notebook = folder / "exercises.ipynb"
    name = folder.name.split("+")[0]
    whole = notebook.read_bytes()
    only = work.Evening(evening.hub, confirmed={name: [work.hashes(folder) | {}]})
    del only.confirmed[name][0]["timestamp.txt"]
    assert work.lost(only) == []
    notebook.write_bytes(whole[:-1])
    try:
        assert work.lost(only) == [f"hand-in 1 of {name} is not whole in the exchange"]
    finally:
        notebook.write_bytes(whole)

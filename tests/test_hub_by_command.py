"""A hub as its host meets it: by command, with TLS and real passwords; then out of a backup.

First ``python3 -m grading hub`` runs one course from the first code to the grades, and ends by
Ctrl-C. Then its backup becomes a hub on "another machine": other numbers, other ports, and a
name of its own for each person; there the watch and the culler have their turn.
"""

from __future__ import annotations

import csv
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from requests.cookies import RequestsCookieJar

from course.city.pack import City
from grading.hub import (
    accounts,
    firewall,
    processes,
    services,
    settings_template,
    starting,
)
from grading.hub.folder import HubFolder
from grading.hub.settings import Limits
from grading.hub.signin_admission import Admission
from grading.hub.watching import Watch
from tests.free_ports import free_ports
from tests.hub_commanded import (
    Commanded,
    Host,
    both_start,
    certificate,
    graded,
    has_server,
    names,
    on_desk,
    set_line,
    sign_up,
)
from tests.hub_running import require_hub, share_proxy, write_roster
from tests.module_work import of
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.nbgrader]

ANA, BEN, CARA, INGA, OTTO = "Ana-test", "ben-test", "cara-test", "inga-test", "otto-test"
NEW = "dora-test"
EVERYBODY = (ANA, BEN, CARA, INGA, OTTO)
MODULE = "10_integrated_fares"
NAME = "hub.test"  # of the second hub; the tests are its name service
PORTS = ("port", "hub_port", "proxy_port", "formgrader_port", "desk_port")
OWN_WEEK = "own_2027"
LINE = "Lunch at 12:30 in room <7>"


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder that other accounts may pass, and the test's own name service."""
    require_hub()
    made = Path(tempfile.mkdtemp(prefix="course-hub-"))
    made.chmod(0o711)
    known = socket.getaddrinfo
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            socket, "getaddrinfo",
            lambda host, *a, **k: known(
                "127.0.0.1" if f".{host}".endswith(f".{NAME}") else host, *a, **k
            ),
        )  # fmt: skip
        yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def host(place: Path) -> Host:
    """The first hub's folder with its settings, as somebody writes them into the commented file."""
    folder = HubFolder(place / "one", place / "one" / "state")
    share_proxy(folder)
    certificate(folder.base, "localhost")
    ports = dict(zip(PORTS, free_ports(5), strict=True))
    first = 1_000_000 + 100_000 * secrets.randbelow(20_000)
    lines = {
        **ports, "instructors": f"[{INGA}, {OTTO}]", "public_url":
        f"https://localhost:{ports['port']}", "tls_certificate": "hub.crt", "tls_key": "hub.key",
        "first_uid": first, "programme": OWN_WEEK, "start": "2027-04-05",
    }  # fmt: skip
    text = settings_template.text()
    for key, value in lines.items():
        text = set_line(text, key, value)
    folder.settings.write_text(text, encoding="utf-8")
    subprocess.run(
        [sys.executable, "-m", "course", "programme", "new", OWN_WEEK, "--from", "wego_week",
         "--title", "Our own week"],
        env=os.environ | {"COURSE_STATE": str(folder.state)}, check=True, capture_output=True,
    )  # fmt: skip
    return Host(folder)


@pytest.fixture(scope="module")
def process(host: Host, place: Path) -> Iterator[subprocess.Popen[str]]:
    """``python3 -m grading hub``, as in a terminal."""
    with (place / "said").open("w") as said:
        started = subprocess.Popen(
            [sys.executable, "-m", "grading", "hub"], env=host.env(), stdout=said, stderr=said,
            text=True, start_new_session=True,
        )  # fmt: skip
    end = time.monotonic() + 180
    while "Ctrl-C" not in (place / "said").read_text() and time.monotonic() < end:
        assert started.poll() is None, (place / "said").read_text()
        time.sleep(0.1)
    yield started
    if started.poll() is None:
        started.send_signal(signal.SIGTERM)
        started.wait(90)


@pytest.fixture(scope="module")
def hub(host: Host, process: subprocess.Popen[str], place: Path) -> Iterator[Commanded]:
    """The first hub, with its people on the roster."""
    rows = [{"student_id": n, "name": f"Test {n}"} for n in (ANA, BEN, CARA)]
    host.says("hub", "as-host", "cohort", "add", str(write_roster(place / "roster.csv", rows)))
    made = Commanded(
        host.folder, host.settings(), (ANA, BEN, CARA), None,
        certificate=host.folder.base / "hub.crt",
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEBSOCKET_CLIENT_CA_BUNDLE", str(made.certificate))
        yield made


# ---- one command ---------------------------------------------------------------------------


def test_the_command_says_where_the_hub_is_and_that_all_is_well(hub, host, place) -> None:
    said = (place / "said").read_text()
    assert f"    {hub.address}/\n" in said and hub.address.startswith("https://localhost:")
    # the certificate counts: who does not know it gets no page
    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(f"{hub.address}/hub/health", timeout=20)
    trusting = ssl.create_default_context(cafile=hub.certificate)
    answer = urllib.request.urlopen(f"{hub.address}/hub/login", timeout=20, context=trusting)
    assert answer.headers["Strict-Transport-Security"]
    found = host.says("hub", "check", "--json")
    assert found["well"], found
    states = {f["name"]: f["state"] for f in found["found"]}
    assert {states[n] for n in ("hub", "proxy", "formgrader", "desk", "gradebook")} == {"ok"}


def test_everybody_comes_in_with_a_code_and_a_password_of_their_own(hub, host, place) -> None:
    sheet = place / "codes.csv"
    host.says("hub", "invite", "--all", "--out", str(sheet))
    codes = {row["student_id"]: row["code"] for row in
             csv.DictReader(sheet.read_text(encoding="utf-8-sig").splitlines())}  # fmt: skip
    assert set(codes) == set(EVERYBODY)
    for name in EVERYBODY:
        assert "Your account is open" in sign_up(hub, name, codes[name])
    host.says("hub", "announce", LINE)
    page = hub.sign_in(ANA).get("/hub/home")
    assert "Lunch at 12:30 in room &lt;7&gt;" in page.text and "/services/" not in page.text
    # the cookie of the hub never travels without TLS, and belongs to this name alone
    (cookie,) = (c for c in hub.people[ANA].http.cookies if "hub-login" in c.name)
    assert cookie.secure and cookie.name.startswith("__Host-")
    assert hub.person(BEN).sign_in("not the password").status_code == 403


def test_a_programme_of_the_host_is_the_trainees_too(hub) -> None:
    hub.server(ANA)
    page = hub.sign_in(ANA).get(f"/user/{ANA}/api/contents/home.md").json()["content"]
    assert "Our own week" in page and "cannot be read" not in page


def test_two_instructors_share_one_desk_and_the_diary_knows_who(hub, host) -> None:
    inga, otto = hub.sign_in(INGA), hub.sign_in(OTTO)
    for person in (inga, otto):
        landed = person.get("/hub/")
        assert landed.url == f"{hub.address}/services/desk/" and person.name in landed.text
        assert "/services/smartcity/formgrader/" in landed.text
    assert hub.sign_in(ANA).get("/services/desk/").status_code == 403
    page = on_desk(inga, f"module/{MODULE}/release")
    assert "by inga-test" in page and "by inga-test" in otto.get(page.partition("\n")[0]).text
    on_desk(otto, f"module/{MODULE}/close")
    on_desk(inga, f"module/{MODULE}/reopen")
    on_desk(otto, f"person/{BEN}/extend", module=MODULE, until="2099-01-01T10:00", why="ill")
    lines = (hub.state.base / "desk" / "diary.jsonl").read_text().splitlines()
    did = [(e["what"], e["by"]) for e in map(json.loads, lines)]
    assert did == [("close", OTTO), ("reopen", INGA), ("extend", OTTO)]
    for person in (inga, otto):  # one sees what the other did
        assert "ill" in person.get(f"/services/desk/person/{BEN}").text


def test_a_hand_in_comes_to_its_grade_and_feedback(hub, host) -> None:
    ana = hub.sign_in(ANA)
    ana.start()
    assert ana.exchange("fetch", MODULE)["success"]
    work = of(MODULE).WORK(City.open("seoul"), ANA)["m10_trip"]
    done = ana.run_code(
        "import json, os\n"
        f"os.chdir(os.environ['COURSE_WORKSPACE'] + '/modules/{MODULE}')\n"
        "cells = json.load(open('exercises.ipynb'))['cells']\n"
        "exec(''.join(next(c for c in cells if c['id'] == 'imports')['source']))\n"
        f"{work}\nanswer('m10_trip', m10_trip)\n"
        "open('/home/trainee/course/diary.txt', 'w').write('mine')"
    )
    assert not done.failed, done
    assert ana.exchange("submit", MODULE)["success"]
    # they came onto the list after hub and desk had started
    assert "1 hand-in" in on_desk(hub.sign_in(OTTO), f"module/{MODULE}/collect")
    on_desk(hub.sign_in(INGA), f"module/{MODULE}/feedback")
    assert ana.exchange("fetch_feedback", MODULE)["success"]
    assert graded(hub)[ANA] > 0
    rows = {p["name"]: p for p in host.says("hub", "people", "--json")["people"]}
    assert {n: rows[n]["role"] for n in (ANA, INGA, OTTO)} == {
        ANA: "trainee", INGA: "instructor", OTTO: "instructor"
    }  # fmt: skip
    assert rows[ANA]["programs"] >= 2 and rows[ANA]["home"] and not rows[BEN]["home"]


def test_ctrl_c_ends_everything(hub, host, process, place) -> None:
    """The backup is made before, while everything runs, as by night."""
    host.says("backup", str(place / "course.backup"), "--homes", "--json")
    numbers = {*accounts.read(host.folder.accounts).people.values(), hub.settings.first_uid}
    assert numbers & set(processes.count())
    process.send_signal(signal.SIGINT)
    assert process.wait(90) == 0
    assert (place / "said").read_text().endswith("The hub is closed. All work is kept.\n")
    word = str(host.folder.base)
    left = [p for p in (int(n) for n in os.listdir("/proc") if n.isdigit())
            if any(word in w for w in processes.command_line(p))]  # fmt: skip
    assert left == []
    assert not (numbers | {hub.settings.first_uid - 1}) & set(processes.count())
    assert not firewall.stands(hub.settings)
    for port in hub.settings.ports().values():
        with socket.socket() as one:
            assert one.connect_ex(("127.0.0.1", port)) != 0


# ---- out of the backup, on another machine -------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere(hub: Commanded, place: Path) -> Host:
    """An empty folder into which the backup was restored, with other numbers."""
    folder = HubFolder(place / "two", place / "two" / "state")
    host = Host(folder)
    first = hub.settings.first_uid + 1000
    folder.base.mkdir()
    host.says("restore", str(place / "course.backup"), "--first-uid", str(first))
    ports = dict(zip(PORTS, free_ports(5), strict=True))
    text = folder.settings.read_text(encoding="utf-8")
    lines = {**ports, "first_uid": first, "subdomains": "on",
             "public_url": f"https://{NAME}:{ports['port']}"}  # fmt: skip
    for key, value in lines.items():
        text = set_line(text, key, value)
    folder.settings.write_text(text, encoding="utf-8")
    certificate(folder.base, NAME, f"*.{NAME}")
    share_proxy(folder)
    return host


@pytest.fixture(scope="module")
def second(elsewhere: Host) -> Iterator[Commanded]:
    """A hub on the restored files: small limits, and a server for each name."""
    settings = replace(
        elsewhere.settings(), limits=Limits(notebooks=2, all_memory_mb=600, home_mb=100)
    )
    folder = elsewhere.folder
    run = starting.start(folder, settings)
    made = Commanded(folder, settings, (ANA, BEN, CARA), run, certificate=folder.base / "hub.crt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEBSOCKET_CLIENT_CA_BUNDLE", str(made.certificate))
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture
def watch(second: Commanded) -> Watch:
    """A watch that has not looked yet, with the token of the hub's own."""
    second.run.watch.stop()
    return Watch(second.folder, second.settings, second.run.watch.token)


def test_a_restored_hub_knows_its_people_their_grades_and_homes(hub, second) -> None:
    assert graded(second) == graded(hub) and graded(second)[ANA] > 0
    assert second.person(ANA).sign_in("another plain password").status_code == 403
    ana, ben = second.sign_in(ANA), second.sign_in(BEN)  # with the passwords of the first hub
    both_start(ana, ben)
    table, before = (accounts.read(h.folder.accounts).people for h in (second, hub))
    assert table[ANA] == before[ANA] + 1000
    home = second.folder.home(ANA)
    assert {p.lstat().st_uid for p in [home, *home.rglob("*")]} == {table[ANA]}
    said = ana.run_code("import os; print(os.getuid(), open('diary.txt').read())")
    assert said.text.split() == [str(table[ANA]), "mine"], said
    assert ana.exchange("fetch_feedback", MODULE)["success"]
    page = ana.get(f"{ana.base}/api/contents/modules/{MODULE}/feedback").json()
    (moment,) = page["content"]
    pages = ana.get(f"{ana.base}/api/contents/{moment['path']}").json()["content"]
    assert "exercises.html" in {p["name"] for p in pages}
    landed = second.sign_in(INGA).get("/services/desk/")
    assert landed.status_code == 200 and "inga-test" in landed.text
    assert "ill" in second.sign_in(OTTO).get(f"/services/desk/person/{BEN}").text


def test_each_person_has_an_origin_of_their_own(second) -> None:
    """Of two people, of the desk and of the hub none can read what a browser keeps for another."""
    ana, inga = second.sign_in(ANA), second.sign_in(INGA)
    port = urlsplit(second.address).port
    at = {name: f"https://{name}{NAME}:{port}" for name in
          ("", "ana-test.", "ben-test.", "desk--service.", "smartcity--service.")}  # fmt: skip
    page = ana.get(f"{ana.base}/api/contents")
    assert page.url.startswith(at["ana-test."]) and page.status_code == 200
    # the hub's own address, and Ben's, do not hand out Ana's pages
    for other in ("", "ben-test."):
        answer = ana.http.get(f"{at[other]}{ana.base}/api/contents", timeout=30)
        assert not (answer.ok and answer.url.startswith(at[other])), answer.url
    # what Ana's own server could lure an instructor to gets no cookie of hub or desk
    desk = inga.get("/hub/")
    assert desk.url == f"{at['desk--service.']}/services/desk/", desk.url
    beside = f"{at['smartcity--service.']}/services/smartcity/formgrader/"
    assert beside in desk.text and beside in inga.get(f"/services/desk/module/{MODULE}").text
    assert inga.get("/services/smartcity/formgrader/manage_assignments").status_code == 200
    # a browser keeps a cookie without a domain for the one name that set it
    strict = DefaultCookiePolicy(strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain)
    jar = RequestsCookieJar(strict)
    jar.update(inga.http.cookies)
    lured = requests.Request("GET", f"{at['ana-test.']}{ana.base}/lab", cookies=jar).prepare()
    sent = {word.partition("=")[0].strip() for word in lured.headers.get("Cookie", "").split(";")}
    assert sent <= {"", "jupyterhub-session-id"}, sent
    kept = {c.name: c.domain for c in inga.http.cookies}
    assert kept["__Host-jupyterhub-hub-login"] == NAME
    assert any("desk" in name and domain == f"desk--service.{NAME}"
               for name, domain in kept.items())  # fmt: skip


def test_one_notebook_more_than_may_run_is_refused_with_a_sentence(second) -> None:
    ana = second.sign_in(ANA)
    ana.kernel()
    assert ana.post(f"{ana.base}/api/kernels", json={}).status_code == 201
    more = {"path": "third.ipynb", "name": "", "type": "notebook", "kernel": {"name": "python3"}}
    for what, data in (("kernels", {}), ("sessions", more)):
        answer = ana.post(f"{ana.base}/api/{what}", json=data)
        assert answer.status_code in (409, 500), answer.text
        assert answer.json()["message"].startswith("2 notebooks and consoles run already;")
    assert len(ana.get(f"{ana.base}/api/kernels").json()) == 2


def test_who_holds_too_much_memory_in_all_programs_together_is_stopped_and_told(
    second, watch
) -> None:
    ben = second.sign_in(BEN)
    hold = "kept = bytearray(b'x') * 220_000_000"  # less than half of what all may hold
    ben.run_code(hold)
    watch.weigh()
    assert has_server(second, BEN)
    answer = ben.post(f"{ben.base}/api/kernels", json={})
    ident = answer.json()["id"]
    ben.kernel = lambda: ident  # type: ignore[method-assign]
    ben.run_code(hold)
    watch.weigh()
    assert wait_until(lambda: not has_server(second, BEN))
    assert has_server(second, ANA)
    del ben.kernel  # type: ignore[method-assign]
    ben.start()
    page = ben.get(f"{ben.base}/api/contents/home.md").json()["content"]
    assert "MB of memory, more than 600 MB" in page


def test_the_desk_shows_how_the_hub_stands(second, watch) -> None:
    """To instructors; what the page says was true when the hub last looked."""
    inga = second.sign_in(INGA)
    watch.report()
    page = inga.get("/services/desk/hub")
    assert page.status_code == 200
    for word in ("jail", "gradebook", "formgrader", "servers of people", "Looked at"):
        assert word in page.text, word
    assert 'href="/services/desk/hub"' in inga.get("/services/desk/").text
    assert second.sign_in(ANA).get("/services/desk/hub").status_code == 403


def test_a_server_that_nobody_uses_is_culled(second) -> None:
    """The hub's own culler, with its token; only its two times are shorter."""
    ours = set(processes.children(second.run.process.pid))
    (pid,) = ours & set(processes.with_word("jupyterhub_idle_culler"))
    words = processes.command_line(pid)
    assert "--timeout=3600" in words and "--cull-every=60" in words
    known = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    env = dict(word.split("=", 1) for word in known if "=" in word)
    quick = [w.replace("=3600", "=2").replace("every=60", "every=1") for w in words]
    culler = subprocess.Popen(quick, env=env, stderr=subprocess.DEVNULL)
    try:
        assert wait_until(lambda: not has_server(second, ANA) and not has_server(second, BEN))
    finally:
        culler.terminate()
        culler.wait(20)


def test_who_leaves_the_list_is_stopped_and_who_is_new_is_grouped(second, elsewhere, watch) -> None:
    ben = second.sign_in(BEN)
    ben.start()
    row = {"student_id": NEW, "name": f"Test {NEW}"}
    roster = write_roster(second.folder.base / "new.csv", [row])
    elsewhere.says("hub", "as-host", "cohort", "add", str(roster))
    elsewhere.says("hub", "as-host", "cohort", "remove", BEN)
    code = Admission(second.folder.secret).invite([NEW])[NEW]
    assert "Your account is open" in sign_up(second, NEW, code)
    second.sign_in(NEW)
    group = f"groups/{services.TRAINEES}"
    assert NEW not in watch._ask("GET", group)["users"]
    assert BEN in watch.running()
    watch.part()
    assert wait_until(lambda: BEN not in watch.running())
    assert NEW in watch._ask("GET", group)["users"]


def test_who_is_forgotten_leaves_nothing_on_the_hub(second, elsewhere) -> None:
    """The last test of the file: it ends the hub."""
    said = elsewhere.says("forget", ANA, "--yes", code=2)
    assert "hub" in said and ANA in graded(second)
    second.stop()
    database = second.folder.secret / "jupyterhub.sqlite"
    assert ANA in names(database, "users_info", "username") & names(database, "users", "name")
    elsewhere.says("forget", ANA, "--yes")
    assert ANA not in graded(second)
    assert ANA not in accounts.read(second.folder.accounts).people
    assert not second.folder.home(ANA).exists()
    assert names(database, "users_info", "username") == {*EVERYBODY, NEW} - {ANA}
    assert ANA not in names(database, "users", "name")
    word = ANA.encode()
    kept = [p for p in second.folder.base.rglob("*") if p.is_file() and not p.is_symlink()
            and not p.is_relative_to(second.folder.proxy)]  # fmt: skip
    assert [p for p in kept if word in p.read_bytes() or ANA in p.name] == []

"""Sign-up with approval, as visitors, trainees and instructors meet it on a running hub."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from course.errors import CourseError, UsageError
from grading.hub import signin_commands
from grading.hub.signin_admission import Admission
from grading.state import GradingState
from tests.signin_hub import PASSWORD, REPO, ROSTER, SignInHub, running

SECTION = {"mode": "native", "session_hours": 12, "wait_seconds": 600}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignInHub]:
    """One hub for the tests of this file."""
    with running(tmp_path_factory.mktemp("native"), SECTION) as one:
        yield one


@pytest.fixture(scope="module")
def open_hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignInHub]:
    """The same with three defences off."""
    base = tmp_path_factory.mktemp("open")
    with running(base, SECTION, off=("approval", "logout", "roster")) as one:
        yield one


@pytest.fixture(scope="module")
def teacher(hub: SignInHub):
    """An instructor who is signed in."""
    return hub.account("teach")


def command(hub: SignInHub, *words: str) -> tuple[dict, str]:
    """Give one of the host's commands."""
    parser = argparse.ArgumentParser()
    signin_commands.add_arguments(parser.add_subparsers(dest="command"))
    args = parser.parse_args(words)
    state = GradingState(base=hub.base / "state", root=REPO, exchange=hub.base / "exchange")
    return signin_commands.run(
        args, command=args.command, folder=hub.base, state=state, instructors=["teach"]
    )


def soon(true: Callable[[], bool]) -> bool:
    """Wait until something is so; say whether it came."""
    end = time.monotonic() + 60
    while not (found := true()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def ask(hub: SignInHub, name: str, password: str = PASSWORD) -> tuple[str, str]:
    """Sign up without a code; return the answer without its number, and the number."""
    page = hub.browser().send("/signup", username=name, code="", password=password, again=password)
    said = re.search(r'role="status">([^<]*)<', page.text)
    assert page.status_code == 200 and said, page.text
    number = re.search(r'class="code"[^>]*>(\d{4})<', page.text)
    return said.group(1), number.group(1) if number else ""


def test_the_page_is_ours_and_asks_no_other_server(hub: SignInHub) -> None:
    for path in ("/login", "/signup"):
        page = hub.browser().get(path)
        assert page.status_code == 200
        assert "Test course of fares" in page.text
        assert "<script" not in page.text
        assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', page.text)


def test_a_code_from_the_host_opens_an_account_once(hub: SignInHub, tmp_path: Path) -> None:
    sheet = tmp_path / "codes.csv"
    done, words = command(hub, "invite", "k01", "김민수", "--out", str(sheet))
    assert done["invited"] == ["K01", "김민수"]
    assert sheet.stat().st_mode & 0o777 == 0o600
    rows = dict(
        (line.split(",")[0], line.split(",")[2])
        for line in sheet.read_text(encoding="utf-8-sig").splitlines()[1:]
    )
    first = hub.browser()
    form = {"password": PASSWORD, "again": PASSWORD}
    swapped = first.send("/signup", username="K01", code=rows["김민수"], **form)
    assert swapped.status_code == 403 and "do not belong together" in swapped.text
    spelled = rows["K01"].replace("-", " ").lower()
    assert (
        "Your account is open" in first.send("/signup", username="k01", code=spelled, **form).text
    )
    again = first.send(
        "/signup", username="k01", code=spelled, **{k: "another long one" for k in form}
    )
    assert again.status_code == 403
    assert first.sign_in("k01", "another long one").status_code == 403
    assert first.sign_in(" k01", PASSWORD).status_code == 302
    assert first.who() == "K01"  # as the roster and the gradebook spell it
    other = hub.browser()
    other.send("/signup", username="김민수", code=rows["김민수"], **form)
    assert other.sign_in("김민수", PASSWORD).status_code == 302
    assert other.who() == "김민수"
    for secret in (*rows.values(), PASSWORD):
        assert secret not in words + hub.log() + (hub.base / "admission.json").read_text()


def test_another_spelling_makes_no_second_user(hub: SignInHub) -> None:
    assert hub.api("POST", "users/k01").status_code == 400  # K01 is there from above
    names = {user["name"] for user in hub.api("GET", "users").json()}
    assert "K01" in names and "k01" not in names


def test_who_signs_up_in_anothers_name_is_told_apart_by_the_number(hub: SignInHub, teacher) -> None:
    _, stranger = ask(hub, "ben", "the stranger's own words")
    _, own = ask(hub, "ben", "ben's own good words")
    assert stranger != own
    before = hub.browser()
    told = before.sign_in("ben", "ben's own good words")
    assert told.status_code == 403 and "not open yet" in told.text
    page = teacher.get("/authorize")
    assert stranger in page.text and own in page.text
    with pytest.raises(UsageError, match="2 people signed up as ben"):
        command(hub, "approve", "ben")
    said = teacher.send("/authorize", action="approve", name="ben", number=own)
    assert "ben can sign in now" in said.text
    assert hub.browser().sign_in("ben", "the stranger's own words").status_code == 403
    assert hub.browser().sign_in("ben", "ben's own good words").status_code == 302
    assert command(hub, "requests")[0] == {"waiting": []}


def test_the_host_approves_by_a_command_while_the_hub_runs(hub: SignInHub) -> None:
    _, number = ask(hub, "hal")
    with pytest.raises(CourseError, match="No request of hal has the number"):
        command(hub, "approve", "hal", "--number", "00000")
    assert command(hub, "approve", "HAL", "--number", number)[0] == {"approved": "hal"}
    assert hub.browser().sign_in("hal", PASSWORD).status_code == 302


@pytest.fixture(scope="module")
def answer_for_a_participant(hub: SignInHub) -> str:
    """What somebody of the roster is told."""
    said, _ = ask(hub, "same-mail-1")
    Admission(hub.base).refuse("same-mail-1")
    return said


@pytest.mark.parametrize("name", ["nobody-there", "left-1", "Max", "max", "../../etc", "<b>x</b>"])
def test_a_stranger_learns_nothing_and_cannot_be_approved(
    hub: SignInHub, teacher, answer_for_a_participant: str, name: str
) -> None:
    said, number = ask(hub, name)
    assert said == answer_for_a_participant
    assert name not in [r.student_id for r in Admission(hub.base).waiting()]
    refused = teacher.send("/authorize", action="approve", name=name, number=number)
    assert refused.status_code == 400
    assert hub.browser().sign_in(name, PASSWORD).status_code == 403


def test_without_approval_anybody_enters(open_hub: SignInHub) -> None:
    person = open_hub.browser()
    form = {"username": "nobody-there", "code": "", "password": PASSWORD, "again": PASSWORD}
    person.send("/signup", **form)
    assert person.sign_in("nobody-there", PASSWORD).status_code == 302
    assert person.who() == "nobody-there"


@pytest.mark.parametrize("path", ["/login", "/signup", "/change-password", "/authorize"])
def test_every_form_is_refused_without_its_token(hub: SignInHub, teacher, path: str) -> None:
    person = hub.browser() if path in ("/login", "/signup") else teacher
    right = person.token_of(person.get(path))
    form = {
        "username": "gil", "password": PASSWORD, "again": PASSWORD, "old": PASSWORD,
        "action": "code", "name": "gil", "code": "",
    }  # fmt: skip
    before = len(Admission(hub.base).waiting())
    stranger = hub.browser()
    stranger.session.headers["User-Agent"] = "another browser"
    for token in ("", right[:-4] + "AAAA", stranger.token_of(stranger.get("/login"))):
        assert token != right
        assert person.send(path, token=token, **form).status_code == 403
    assert len(Admission(hub.base).waiting()) == before


def test_nothing_changes_by_opening_an_address(hub: SignInHub, teacher) -> None:
    _, number = ask(hub, "same-mail-2")
    for path in ("authorize", "discard", "confirm", "change-password"):  # the package's own
        assert teacher.get(f"/{path}/same-mail-2").status_code == 404
    teacher.get(f"/authorize?action=approve&name=same-mail-2&number={number}")
    assert [r.number for r in Admission(hub.base).waiting()] == [number]
    assert hub.browser().sign_in("same-mail-2", PASSWORD).status_code == 403
    Admission(hub.base).refuse("same-mail-2")


def test_only_instructors_see_who_waits(hub: SignInHub, teacher) -> None:
    trainee = hub.account("42")
    assert trainee.get("/authorize").status_code == 403
    assert "for instructors" in trainee.get("/authorize").text
    token = trainee.token_of(trainee.get("/change-password"))
    sent = trainee.send("/authorize", token=token, action="code", name="gil")
    assert sent.status_code == 403
    assert "login" in hub.browser().get("/authorize", allow_redirects=False).headers["Location"]
    # an instructor makes codes for participants, never for another instructor
    for name in ("teach", "left-1", "nobody-there"):
        assert teacher.send("/authorize", action="code", name=name).status_code == 403
    page = teacher.send("/authorize", action="code", name="42")
    assert re.search(r'class="code">\w{5}-\w{5}<', page.text)
    assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "at least 10"),
        ("1234567890", "too common"),
        ("aaaaaaaaaaaaaa", "too common"),
        ("Same-mail-1-26", "close to your id"),
        ("é" * 36 + "xyz", "too long"),
    ],
)
def test_a_weak_password_is_refused_in_a_sentence(hub: SignInHub, password: str, said: str) -> None:
    page = hub.browser().send("/signup", username="same-mail-1", password=password, again=password)
    assert page.status_code == 400
    assert said in page.text


def test_a_hostile_password_is_wrong_and_no_error(hub: SignInHub) -> None:
    before = len(hub.log())
    for password in ("x" * 5000, "nul\0", "\ud7ff", "é" * 40):
        assert hub.browser().sign_in("someone-else", password).status_code == 403
    bare = hub.browser()
    assert bare.send("/login", username="gil").status_code == 400
    assert "Traceback" not in hub.log()[before:]


@pytest.mark.parametrize("name", ["same-mail-1", "nobody-at-all"])
def test_after_five_wrong_tries_a_name_waits(hub: SignInHub, name: str) -> None:
    if name == "same-mail-1":
        hub.account(name)
    person = hub.browser()
    for _ in range(5):
        wrong = person.sign_in(name, "a wrong password")
        assert wrong.status_code == 403 and "do not belong together" in wrong.text
    blocked = person.sign_in(name.upper(), PASSWORD)
    assert blocked.status_code == 429
    assert "Wait 10 minutes" in blocked.text
    assert hub.browser().sign_in("teach", PASSWORD).status_code == 302


def test_tries_sent_together_are_counted_one_by_one(hub: SignInHub) -> None:
    """The answer to one takes a tenth of a second: meanwhile the others would have passed."""
    browsers = [hub.browser() for _ in range(20)]
    for browser in browsers:
        browser.get("/login")
    with ThreadPoolExecutor(20) as pool:
        together = [
            pool.submit(browser.sign_in, "guessed-at", f"guess number {n}")
            for n, browser in enumerate(browsers)
        ]
        found = sorted(answer.result().status_code for answer in together)
    assert found == [403] * 5 + [429] * 15


def test_changing_the_password_ends_the_other_browsers(hub: SignInHub) -> None:
    here = hub.account("hal")
    there = hub.browser()
    there.sign_in("hal", PASSWORD)
    assert there.who() == "hal"
    new = "four quite different words"
    wrong = here.send("/change-password", old="not it at all", password=new, again=new)
    assert wrong.status_code == 403
    assert here.send("/change-password", old=PASSWORD, password=new, again=new).status_code == 200
    assert (here.who(), there.who()) == ("hal", "")
    assert hub.browser().sign_in("hal", PASSWORD).status_code == 403
    assert hub.browser().sign_in("hal", new).status_code == 302


def test_signing_out_ends_every_copy_of_the_cookie(hub: SignInHub, open_hub: SignInHub) -> None:
    for one, after in ((hub, ""), (open_hub, "gil")):
        person, thief = one.account("gil"), one.browser()
        thief.session.cookies.update(person.session.cookies)
        assert thief.who() == "gil"
        person.get("/logout", headers={"Sec-Fetch-Site": "cross-site"})
        assert person.who() == "gil"  # another site cannot sign anybody out
        person.get("/logout")
        assert person.who() == ""
        assert thief.who() == after


def test_old_and_forged_cookies_open_nothing(hub: SignInHub) -> None:
    hub.account("gil")
    name = "jupyterhub-hub-login"
    right = hub.cookie("gil")
    other = "0" if right[-1] != "0" else "1"
    cookies = {
        "young": (hub.cookie("gil", age_hours=11), "gil"),
        "old": (hub.cookie("gil", age_hours=13), ""),
        "forged": (hub.cookie("gil", secret=b"x" * 32), ""),
        "changed": (right[:-1] + other, ""),
        "nonsense": ("nonsense", ""),
    }
    for what, (value, expected) in cookies.items():
        person = hub.browser()
        person.session.cookies.set(name, value, domain="127.0.0.1", path="/hub/")
        assert person.who() == expected, what


def test_forged_deleted_and_expired_tokens_open_nothing(hub: SignInHub) -> None:
    hub.account("gil")
    short = hub.api("POST", "users/gil/tokens", json={"expires_in": 2}).json()["token"]
    made = hub.api("POST", "users/gil/tokens", json={}).json()
    assert hub.api("GET", "user", made["token"]).json()["name"] == "gil"
    hub.api("DELETE", f"users/gil/tokens/{made['id']}")
    for token in (made["token"], "0" * 32, short[:-1] + "x", "' or 1=1 --"):
        assert hub.api("GET", "user", token).status_code == 403
    assert soon(lambda: hub.api("GET", "user", short).status_code == 403)


def test_who_is_taken_off_the_list_is_out(hub: SignInHub, open_hub: SignInHub) -> None:
    gone = ROSTER.replace("gil.test@example.org,", "gil.test@example.org,2026-02-02T00:00:00+00:00")
    for one, out in ((hub, True), (open_hub, False)):
        person = one.account("gil")
        token = one.api("POST", "users/gil/tokens", json={}).json()["token"]
        assert person.who() == "gil"
        before = len(one.log())
        one.roster.write_text(gone, encoding="utf-8")
        try:
            time.sleep(1.5)  # the hub looks again after a second here, after a minute else
            assert (person.who() == "") is out
            assert (one.api("GET", "user", token).status_code == 403) is out
            assert "Traceback" not in one.log()[before:]
            told = one.browser().sign_in("gil", PASSWORD)
            assert (told.status_code == 403 and "not on the list" in told.text) is out
        finally:
            one.roster.write_text(ROSTER, encoding="utf-8")


def test_a_slip_in_the_roster_puts_nobody_out(hub: SignInHub) -> None:
    person = hub.account("gil")
    hub.roster.write_bytes(b"student_id\n../../x\n")
    try:
        time.sleep(1.5)
        assert person.who() == "gil"
        assert "The roster cannot be read" in hub.log()
    finally:
        hub.roster.write_text(ROSTER, encoding="utf-8")

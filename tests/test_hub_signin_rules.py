"""Who may enter, how often, and with which settings: the rules without a hub."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tornado import web
from traitlets.config import Config

from course.errors import CourseError
from grading.cohort.people import Participant
from grading.hub import signin, signin_commands
from grading.hub.signin_admission import MOST_WAITING, Admission
from grading.hub.signin_attempts import Attempts
from grading.hub.signin_names import Directory, RosterFile, clashes
from grading.hub.signin_native import address_of
from grading.state import GradingState
from tests.signin_hub import REPO, ROSTER

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


# --- names


def test_ids_that_a_hub_cannot_tell_apart_enter_neither_of_them() -> None:
    people = [Participant("Ana"), Participant("ana"), Participant("ben")]
    found = Directory.of(people, ["Ben"])
    assert clashes(["Ana", "ana", "ben", "Ben", "ana"]) == [["Ana", "ana"], ["ben", "Ben"]]
    assert found.inside == frozenset()
    assert found.instructors == frozenset()
    assert found.find("ana") == ""


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("K01", "k۰۱"),
        ("Straße", "STRASSE"),
        ("\u212aim", "kim"),
        ("ﬁn", "fin"),
        ("한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"),
    ],
)
def test_other_writings_of_one_id_are_one_id(left: str, right: str) -> None:
    assert clashes([left, right]) == [[left, right]]
    assert Directory.of([Participant(left)]).find(right) == left


@given(st.lists(st.text("aAbBkK\u212aß٣3-", min_size=1, max_size=3), max_size=8))
def test_a_spelling_leads_to_one_person_or_to_nobody(ids: list[str]) -> None:
    found = Directory.of([Participant(one) for one in ids])
    doubtful = {one for group in clashes(ids) for one in group}
    for one in ids:
        assert found.find(one) == ("" if one in doubtful else one)
        assert (one in found.inside) is (one not in doubtful)


def test_who_left_is_known_and_outside() -> None:
    found = Directory.of([Participant("ana", email="a@example.org", left="2026-01-01")])
    assert found.find("ANA") == "ana"  # the account keeps its spelling
    assert found.inside == frozenset()
    assert found.by_mail("a@example.org") == ""


def test_the_roster_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    file = RosterFile(path, ["teach"])
    assert file.now().inside == {"teach"}
    path.write_text("student_id\nana\n")
    assert file.now().inside == {"teach", "ana"}
    path.write_text("student_id\nana\nana\nben\n")
    assert file.now().inside == {"teach", "ana"}  # the last good one holds
    assert "is there twice" in file.trouble
    path.write_text("student_id\nben\n")
    assert (file.now().inside, file.trouble) == ({"teach", "ben"}, "")


# --- wrong tries


class Clock:
    """A clock the test turns."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_name_waits_after_its_wrong_tries_and_then_may_again() -> None:
    clock = Clock()
    tries = Attempts(3, 60, clock)
    for _ in range(3):
        assert tries.must_wait("ana", "a") == 0
        tries.failed("ana", "a")
    assert tries.must_wait("ana", "b") == 60
    assert tries.must_wait("ben", "a") == 0
    clock.now += 61
    assert tries.must_wait("ana", "a") == 0
    tries.failed("ana", "a")
    assert tries.must_wait("ana", "a") == 0  # the count began anew


def test_a_right_password_clears_the_name_and_not_the_address() -> None:
    clock = Clock()
    tries = Attempts(2, 60, clock)
    for n in range(2 * Attempts.ROOM):
        tries.failed(f"name {n}", "here")
    assert tries.must_wait("anybody", "here") > 0
    tries.succeeded("name 0")
    assert tries.must_wait("anybody", "here") > 0
    assert tries.must_wait("anybody", "there") == 0
    clock.now += 61  # a busy room comes to its end although it goes on failing
    assert tries.must_wait("anybody", "here") == 0


def test_invented_names_do_not_fill_the_memory() -> None:
    tries = Attempts(5, 60, Clock())
    for n in range(Attempts.MOST + 50):
        tries.failed(f"name {n}")
    assert len(tries._failed) <= Attempts.MOST


def test_a_visitor_cannot_choose_the_address_that_waits() -> None:
    headers = {"X-Forwarded-For": "198.51.100.9, 192.0.2.7", "X-Real-Ip": "198.51.100.9"}
    request = SimpleNamespace(headers=headers, remote_ip="198.51.100.9")
    assert address_of(SimpleNamespace(request=request)) == "192.0.2.7"
    request = SimpleNamespace(headers={}, remote_ip="127.0.0.1")
    assert address_of(SimpleNamespace(request=request)) == "127.0.0.1"


# --- codes and requests


def test_a_code_ends_after_two_weeks_or_with_the_next_one(tmp_path: Path) -> None:
    kept = Admission(tmp_path)
    old = kept.invite(["ana"], now=NOW)["ana"]
    assert not kept.redeem("ana", old, now=NOW + timedelta(days=15))
    first, second = (kept.invite(["ana"], now=NOW)["ana"] for _ in range(2))
    assert not kept.redeem("ana", first, now=NOW)
    assert not kept.redeem("ben", second, now=NOW)
    assert not kept.redeem("ana", "", now=NOW)
    assert kept.redeem("ana", second, now=NOW)
    assert not kept.redeem("ana", second, now=NOW)
    text = kept.path.read_text()
    assert all(code.replace("-", "") not in text for code in (old, first, second))
    assert kept.path.stat().st_mode & 0o777 == 0o600


def test_a_sheet_that_cannot_be_written_leaves_the_older_codes_good(tmp_path: Path) -> None:
    state = GradingState(tmp_path / "state", REPO, tmp_path / "exchange")
    state.base.mkdir()
    (state.base / "roster.csv").write_text("student_id,name\nana,Ana Test\n", encoding="utf-8")
    (tmp_path / "way").symlink_to(tmp_path / "sheet.csv")
    store = Admission(tmp_path)
    code = store.invite(["ana"])["ana"]

    def invite(out: Path | None) -> None:
        args = SimpleNamespace(ids=[], all=True, out=out)
        signin_commands.run(args, command="invite", folder=tmp_path, state=state)  # type: ignore[arg-type]

    roster = state.base / "roster.csv"
    for out in (tmp_path, Path("."), Path("/dev/null"), tmp_path / "way", tmp_path / "no" / "x.csv",
                tmp_path / ("n" * 300), roster):  # fmt: skip
        with pytest.raises(CourseError, match="Name a"):
            invite(out)
    assert roster.read_text(encoding="utf-8").endswith("ana,Ana Test\n")
    assert store.redeem("ana", code)
    for _ in range(2):  # a sheet may be written over by the next
        invite(tmp_path / "sheet.csv")
    assert not list(tmp_path.glob(".sheet*"))


def test_strangers_cannot_fill_the_list_for_ever(tmp_path: Path) -> None:
    kept = Admission(tmp_path)
    numbers = [kept.ask("ana", f"hash {n}", now=NOW) for n in range(MOST_WAITING + 1)]
    assert numbers[-1] == "" and len(set(numbers[:-1])) == MOST_WAITING
    assert kept.ask("ana", "later", now=NOW + timedelta(days=15))
    assert [r.number for r in kept.waiting()] != numbers[:-1]


def test_approving_one_request_ends_the_others(tmp_path: Path) -> None:
    kept = Admission(tmp_path)
    for n in range(2):
        kept.ask("ana", f"hash {n}", now=NOW)
    numbers = [r.number for r in kept.waiting()]
    kept.refuse("ana", numbers[0])
    assert kept.approve("ana").number == numbers[1]
    assert kept.waiting() == []
    assert kept.take_approved("ana") in ("hash 0", "hash 1")
    assert kept.take_approved("ana") == ""
    with pytest.raises(CourseError, match="Nobody waits for an account as ana"):
        kept.approve("ana")


def test_a_broken_store_says_so(tmp_path: Path) -> None:
    (tmp_path / "admission.json").write_text("[1")
    with pytest.raises(CourseError, match="cannot be read"):
        Admission(tmp_path).waiting()


# --- settings


def said(section: Any, tmp_path: Path, **more: Any) -> str:
    """Return all complaints as one text."""
    return " ".join(signin.check(section, folder=tmp_path, **more))


def test_the_commented_settings_are_the_defaults_and_right(tmp_path: Path) -> None:
    section = yaml.safe_load(signin.COMMENTED)["sign_in"]
    assert signin.check(section, folder=tmp_path) == []
    assert signin.check(None, folder=tmp_path) == []
    # and what is commented out is right as well, with the secret in its file
    (tmp_path / "oidc.secret").write_text("secret\n")
    (tmp_path / "oidc.secret").chmod(0o600)
    text = signin.COMMENTED.replace("\n  #   ", "\n    ").replace("\n  # oidc:\n", "\n  oidc:\n")
    whole = yaml.safe_load(text.replace("\n  # lti13:\n", "\n  lti13:\n"))["sign_in"]
    for mode in ("oidc", "lti13"):
        assert signin.check(whole | {"mode": mode}, folder=tmp_path) == []


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ([], "sign_in: has to hold keys"),
        ({"mode": "pam"}, "sign_in.mode: 'pam' is none. Choose native, oidc or lti13."),
        ({"mod": "native"}, "sign_in.mod is not a setting"),
        ({"session_hours": "long"}, "sign_in.session_hours: 'long' does not fit. Write a number."),
        ({"session_hours": 0}, "between 0.25 and 336"),
        ({"minimum_password": 4}, "sign_in.minimum_password: choose between 8 and 64"),
        ({"minimum_password": True}, "Write a whole number"),
        ({"failed_sign_ins": 0}, "between 1 and 100"),
        ({"wait_seconds": 1}, "between 10 and 86400"),
        ({"instructor_mails": {"lead": "l@example.org"}}, "lead is no instructor"),
        ({"mode": "oidc"}, "sign_in.oidc.issuer is missing"),
        ({"mode": "oidc", "oidc": {"issuer": "http://example.org"}}, "is not encrypted"),
        ({"mode": "oidc", "oidc": {"issuer": "example.org"}}, "is no address"),
        ({"mode": "oidc", "oidc": {"client_secret": "x"}}, "sign_in.oidc.client_secret is not a"),
        ({"mode": "oidc", "oidc": {"match": "id"}}, "name the claim that holds the id"),
        ({"mode": "oidc", "oidc": {"scopes": ["email"]}}, "add openid"),
        ({"mode": "oidc", "oidc": {"instructor_claim": "g"}}, "go together"),
        ({"mode": "lti13", "lti13": {}}, "sign_in.lti13.jwks_url is missing"),
        ({"mode": "lti13", "lti13": {"client_id": "a b"}}, "an id holds no spaces"),
        ({"mode": "lti13", "lti13": {"jwks_url": "http://lms.example.org/k"}}, "not encrypted"),
        ({"mode": "lti13", "lti13": {"match": "name"}}, "sign_in.lti13.match: 'name' is none"),
        ({"mode": "dummy"}, "lets everybody in as anybody"),
    ],
)
def test_each_fault_names_the_key_and_the_remedy(
    section: Any, sentence: str, tmp_path: Path
) -> None:
    assert sentence in said(section, tmp_path)


def test_the_secret_is_a_file_of_its_owner_alone(tmp_path: Path) -> None:
    section = {
        "mode": "oidc",
        "oidc": {
            "issuer": "https://s.example.org", "client_id": "c", "client_secret_file": "a.secret"
        },
    }  # fmt: skip
    assert "a.secret cannot be read" in said(section, tmp_path)
    path = tmp_path / "a.secret"
    path.write_text("two words\n")
    path.chmod(0o644)
    assert "others can read a.secret" in said(section, tmp_path)
    path.chmod(0o600)
    assert "has to hold the secret alone" in said(section, tmp_path)
    path.write_text("one\n")
    assert said(section, tmp_path) == ""


@pytest.mark.parametrize(
    ("more", "right"),
    [
        ({"dummy": True}, True),
        ({"dummy": True, "bind": "localhost"}, True),
        ({"dummy": False}, False),
        ({"dummy": True, "bind": "0.0.0.0"}, False),
        ({"dummy": True, "bind": "192.0.2.1"}, False),
        ({"dummy": True, "public_url": "https://hub.example.org"}, False),
    ],
)
def test_no_passwords_only_when_asked_for_and_on_this_machine(
    more: dict[str, Any], right: bool, tmp_path: Path
) -> None:
    assert (said({"mode": "dummy"}, tmp_path, **more) == "") is right
    state = GradingState(base=tmp_path, root=REPO, exchange=tmp_path / "exchange")
    if not right:
        with pytest.raises(CourseError, match=r"sign_in\.mode"):
            signin.configure(Config(), {"mode": "dummy"}, state=state, folder=tmp_path, **more)


def configured(section: dict[str, Any], tmp_path: Path) -> Any:
    """Return the authenticator as the settings make it."""
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    state = GradingState(base=tmp_path, root=REPO, exchange=tmp_path / "exchange")
    c = Config()
    signin.configure(c, section, state=state, folder=tmp_path, instructors=["teach"])
    assert c.JupyterHub.cookie_max_age_days == 0.5
    assert c.Authenticator.allow_all is False
    return c.JupyterHub.authenticator_class(config=c, log=logging.getLogger("test"))


def test_a_service_may_send_the_id_itself(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("x")
    (tmp_path / "s").chmod(0o600)
    oidc = {"issuer": "https://s.example.org", "client_id": "c", "client_secret_file": "s"}
    one = configured({"mode": "oidc", "oidc": oidc | {"match": "id", "claim": "nr"}}, tmp_path)
    assert one.user_info_to_username({"nr": "k01", "email": "x"}) == "K01"
    for told in ({}, {"nr": "nobody"}, {"nr": 42}, {"nr": ["K01"]}, {"nr": "Max"}):
        with pytest.raises(web.HTTPError):
            one.user_info_to_username(told)


def test_a_learning_system_may_send_the_id_in_a_field_of_its_own(tmp_path: Path) -> None:
    from ltiauthenticator.lti13.error import LoginError

    lti = {
        "issuer": "https://l.example.org", "client_id": ["c"], "match": "id",
        "claim": "custom_course_id", "authorize_url": "https://l.example.org/a",
        "jwks_url": "https://l.example.org/k",
    }  # fmt: skip
    one = configured({"mode": "lti13", "lti13": lti}, tmp_path)
    claim = "https://purl.imsglobal.org/spec/lti/claim/custom"
    assert one.get_username({claim: {"course_id": "k01"}, "sub": "42"}) == "K01"
    for told in ({"sub": "42"}, {"course_id": "42"}, {claim: {"course_id": ""}, "sub": "42"}):
        with pytest.raises(LoginError):
            one.get_username(told)

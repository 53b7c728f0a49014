"""A hub without passwords says so on its page, and still knows only people of the roster."""

from __future__ import annotations

from pathlib import Path

from grading.hub.signin_dummy import WARNING
from tests.signin_hub import running


def test_the_page_warns_and_the_roster_still_counts(tmp_path: Path) -> None:
    teachers = ("teach", "ben", "K01")
    with running(tmp_path, {"mode": "dummy"}, dummy=True, instructors=teachers) as hub:
        person = hub.browser()
        assert WARNING in person.get("/login").text
        assert person.sign_in("k01", "anything").status_code == 302
        assert person.who() == "K01"
        stranger = hub.browser()
        refused = stranger.sign_in("nobody-there", "anything")
        assert refused.status_code == 403 and "not on the list" in refused.text
        assert stranger.who() == ""
        assert stranger.send("/login", token="", username="ben", password="x").status_code == 403
        person.get("/logout")
        assert person.who() == ""
        assert set(hub.api("GET", "groups/teachers").json()["users"]) == set(teachers)
    # JupyterHub keeps members of a group for ever; who teaches no more is out at the next start
    with running(tmp_path, {"mode": "dummy"}, dummy=True) as hub:
        assert hub.api("GET", "groups/teachers").json()["users"] == ["teach"]

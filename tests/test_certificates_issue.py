"""One certificate per person and run: numbers, corrections, revocation, and the log."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pypdf
import pytest

from course.errors import CourseError, UsageError
from grading import certificates as c
from grading.certificates import batch, openbadge, pdf_page
from grading.certificates.folder import Folder
from grading.certificates.ledger import Ledger
from grading.certificates.log import Log
from tests.certificate_host import LATER, NOW, Host, achievement, host


@pytest.fixture
def place(tmp_path: Path) -> Host:
    return host(tmp_path)


def bits(place: Host) -> frozenset[int]:
    return openbadge.set_bits(openbadge.peek((place.folder / "status.jwt").read_text()))


def test_asked_twice_one_is_issued(place: Host) -> None:
    one = c.issue(place, achievement(), now=NOW, by="ana")
    again = c.issue(place, achievement(), now=LATER)
    assert one.new and not again.new
    assert (one.number, one.code) == (again.number, again.code)
    assert one.number == "2026-0001" and len(one.code) == 24
    for file in (one.pdf, one.png, one.jwt, one.json):
        assert file.is_file()
    assert len(Log(place.folder / "log.jsonl").events) == 3  # settings, key, issue
    assert one.certificate.by == "ana"


def test_a_run_without_dates_is_the_same_run(place: Host) -> None:
    one = c.issue(place, achievement(), now=NOW)
    again = c.issue(place, achievement(start=None, end=None), now=LATER)
    assert again.number == one.number and "start" in again.differs
    other_run = c.issue(place, achievement(start=NOW.date() + timedelta(days=200), end=None),
                        now=LATER)  # fmt: skip
    assert other_run.new


def test_days_are_those_of_the_place_of_the_programme(place: Host) -> None:
    """At half past midnight of 1 January in Seoul it is the old year in UTC."""
    early = datetime(2026, 12, 31, 15, 30, tzinfo=UTC)
    one = c.issue(place, achievement(timezone="Asia/Seoul"), now=early)
    assert one.number == "2027-0001"
    text = "".join(pypdf.PdfReader(one.pdf).pages[0].extract_text().split())
    assert "Issued1January2027" in text
    said = c.verify(one.pdf, base=place.base, now=early).sentence
    assert "on 2026-12-31 15:30 UTC" in said
    c.write_pages(place, place.base / "www", now=early)
    assert "2027-01-01" in (place.base / "www" / "c" / f"{one.code}.html").read_text("utf-8")
    # a certificate of an earlier version stands as it was printed, and is no other one now
    again = c.issue(place, achievement(), now=early)
    assert again.number == one.number and again.differs == ()
    shutil.rmtree(one.folder)  # made again from the log alone
    c.mend(place, now=early)
    assert c.verify(one.pdf, base=place.base, now=early).valid


def test_numbers_run_without_a_gap_and_places_are_drawn(place: Host) -> None:
    made = [c.issue(place, achievement(student_id=f"t{n}"), now=NOW) for n in range(6)]
    assert [m.number for m in made] == [f"2026-{n:04d}" for n in range(1, 7)]
    places = [m.certificate.index for m in made]
    assert len(set(places)) == 6 and max(places) > 1000  # not 0, 1, 2 ...
    assert len({m.code for m in made}) == 6


def test_what_differs_later_is_told_not_issued(place: Host) -> None:
    c.issue(place, achievement(), now=NOW)
    again = c.issue(place, achievement(name="Test Person Reyes-Cruz"), now=LATER)
    assert again.differs == ("name",) and again.achievement.name == "Test Person Reyes"


def test_a_correction_revokes_the_old_one_and_says_why(place: Host) -> None:
    old = c.issue(place, achievement(), now=NOW)
    new = c.reissue(place, old.number, reason="name misspelt", name="Test Person Cruz", now=LATER)
    first = c.issued(place)[0]
    assert (first.status, first.certificate.reason) == ("replaced", "name misspelt")
    assert first.certificate.replaced_by == new.number == "2026-0002"
    assert new.certificate.replaces == old.number and new.achievement.name == "Test Person Cruz"
    assert bits(place) == {old.certificate.index}
    awarded = openbadge.peek(new.certificate.token)["awardedDate"]
    assert awarded == "2026-11-13T09:00:00Z"  # the day of the first one
    with pytest.raises(UsageError, match="2026-0002"):
        c.reissue(place, old.number, reason="again", now=LATER)
    # asked again, the corrected one is the one
    assert c.issue(place, new.achievement, now=LATER).number == new.number


def test_a_reissue_stays_with_its_person(place: Host) -> None:
    old = c.issue(place, achievement(), now=NOW)
    with pytest.raises(UsageError, match="another person"):
        c.reissue(place, old.number, reason="x", student_id="t2", now=LATER)


def test_revoked_once_and_never_issued_again_by_itself(place: Host) -> None:
    one = c.issue(place, achievement(), now=NOW)
    assert c.revoke(place, one.number, reason="handed to the wrong person", now=LATER).new
    again = c.revoke(place, one.number, reason="another reason", now=LATER)
    assert not again.new and again.certificate.reason == "handed to the wrong person"
    assert bits(place) == {one.certificate.index}
    told = c.issue_all(place, [achievement()], now=LATER)
    assert not told.new and told.withheld[0].number == one.number


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501, "bell \x07"])
def test_no_revocation_without_a_reason(place: Host, reason: str) -> None:
    one = c.issue(place, achievement(), now=NOW)
    with pytest.raises(UsageError, match="reason"):
        c.revoke(place, one.number, reason=reason, now=LATER)
    assert c.issued(place)[0].status == "issued"


def test_an_unknown_number_is_refused(place: Host) -> None:
    with pytest.raises(UsageError, match="2031-0009"):
        c.revoke(place, "2031-0009", reason="x", now=LATER)


def test_without_a_key_nothing_is_issued(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="key new"):
        c.issue(Host(tmp_path / "grading"), achievement(), now=NOW)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"kind": "diploma"}, "kind"),
        ({"hours_on_site": float("nan")}, "hours_on_site"),
        ({"hours_online": -1}, "hours_online"),
        ({"learned": ("one",)}, "learned"),
        ({"start": achievement().end, "end": achievement().start}, "end"),
        ({"name": "Test \ud800"}, "name"),
        ({"city": 7}, "city"),
        ({"modules": ("x",) * 21}, "modules"),
    ],
)
def test_what_cannot_be_printed_is_refused_by_field(place: Host, changes, word) -> None:
    with pytest.raises(CourseError, match=word):
        c.issue(place, achievement(**changes), now=NOW)
    assert c.issued(place) == [] and not list((place.folder / "pending").iterdir())


def test_one_bad_record_stops_nobody_else(place: Host) -> None:
    told = c.issue_all(
        place,
        [achievement(), achievement(student_id="t2", name="ไทย"), achievement(student_id="t3")],
        now=NOW,
    )
    assert [i.achievement.student_id for i in told.new] == ["test-01", "t3"]
    assert [i.number for i in told.new] == ["2026-0001", "2026-0002"]
    assert told.failed[0][0] == "t2" and "thai" in told.failed[0][1]


def test_who_lost_the_condition_is_reported_and_keeps_it(place: Host) -> None:
    c.issue(place, achievement(), now=NOW)
    standing = batch.Standing("test-01", "Test Person", None, ("Points: 3 of 10",),
                              programme="wego_week")  # fmt: skip
    other = replace(standing, student_id="t9")
    told = batch.run(place, [standing, other], now=LATER)
    assert [i.number for _, i in told.lost] == ["2026-0001"] and told.missing == [other]
    assert c.issued(place)[0].status == "issued" and bits(place) == frozenset()
    assert "no longer complete" in "\n".join(told.lines())


def test_a_dry_run_writes_nothing(place: Host) -> None:
    before = (place.folder / "log.jsonl").read_bytes()
    told = batch.run(place, [batch.Standing("test-01", "T", achievement())], dry=True, now=NOW)
    assert len(told.would) == 1 and (place.folder / "log.jsonl").read_bytes() == before


# ---- the log and the files ------------------------------------------------------------------


def test_everything_is_private(place: Host) -> None:
    one = c.issue(place, achievement(), now=NOW)
    for folder in (place.folder, place.folder / "keys", place.folder / "issued", one.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in (place.folder / "log.jsonl", next((place.folder / "keys").iterdir())):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("line", [1, 2, 3])
def test_a_changed_line_of_the_log_is_noticed(place: Host, line: int) -> None:
    c.issue(place, achievement(), now=NOW)
    c.issue(place, achievement(student_id="t2"), now=NOW)
    path = place.folder / "log.jsonl"
    lines = path.read_text().splitlines()
    lines[line - 1] = lines[line - 1].replace("Test", "Tost").replace("tester", "toster")
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(CourseError, match=f"Line {line} "):
        c.issue(place, achievement(student_id="t3"), now=LATER)


def test_a_line_taken_out_is_noticed(place: Host) -> None:
    c.issue(place, achievement(), now=NOW)
    c.issue(place, achievement(student_id="t2"), now=NOW)
    path = place.folder / "log.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines[:2] + lines[3:]) + "\n")
    with pytest.raises(CourseError, match="Line 3"):
        c.issued(place)


@pytest.mark.parametrize("cut", [1, 7, 300])
def test_half_a_line_never_counted(place: Host, cut: int) -> None:
    c.issue(place, achievement(), now=NOW)
    path = place.folder / "log.jsonl"
    whole = path.read_bytes()
    c.issue(place, achievement(student_id="t2"), now=NOW)
    shutil.rmtree(place.folder / "issued" / "2026-0002")
    path.write_bytes(path.read_bytes()[: len(whole) + cut])
    assert len(c.issued(place)) == 1
    again = c.issue(place, achievement(student_id="t3"), now=LATER)
    assert again.number == "2026-0002"
    assert [json.loads(line)["n"] for line in path.read_text().splitlines()] == [1, 2, 3, 4]


def test_a_log_older_than_the_files_gives_no_number_twice(place: Host) -> None:
    path = place.folder / "log.jsonl"
    old = path.read_bytes()
    c.issue(place, achievement(), now=NOW)
    path.write_bytes(old)
    with pytest.raises(CourseError, match="older than the files"):
        c.issue(place, achievement(student_id="t2"), now=LATER)


def test_lost_files_are_made_again_from_the_log(place: Host) -> None:
    one = c.issue(place, achievement(), now=NOW)
    page, token = pdf_page.digest(one.pdf.read_bytes()), one.jwt.read_text()
    shutil.rmtree(one.folder)
    (place.folder / "status.jwt").unlink()
    (place.folder / "issuer.json").unlink()
    c.mend(place, now=LATER)
    assert one.jwt.read_text() == token and pdf_page.digest(one.pdf.read_bytes()) == page
    assert c.verify(one.pdf, base=place.base, now=LATER).valid


def test_a_page_that_cannot_be_made_again_stops_nobody(place: Host, monkeypatch) -> None:
    one = c.issue(place, achievement(), now=NOW)
    shutil.rmtree(one.folder)
    monkeypatch.setattr("grading.certificates.drawing.hours", lambda value: "many hours")
    told = c.issue_all(place, [achievement(student_id="t2")], now=LATER)
    assert len(told.new) == 1 and "2026-0001" in told.failed[0][1]


def test_a_clock_that_runs_backwards_is_refused(place: Host) -> None:
    c.issue(place, achievement(), now=NOW)
    with pytest.raises(CourseError, match="clock"):
        c.issue(place, achievement(student_id="t2"), now=NOW - timedelta(days=2))


def test_the_status_list_is_signed_anew_before_it_ends(place: Host) -> None:
    c.issue(place, achievement(), now=NOW)
    first = (place.folder / "status.jwt").read_text()
    c.mend(place, now=NOW + timedelta(days=5))
    assert (place.folder / "status.jwt").read_text() == first
    c.mend(place, now=NOW + timedelta(days=8))
    assert (place.folder / "status.jwt").read_text() != first
    c.renew_status(place, now=NOW + timedelta(days=8, hours=1))
    claims = openbadge.peek((place.folder / "status.jwt").read_text())
    assert claims["validUntil"] == "2026-12-21T10:00:00Z"


def test_two_runs_at_once_do_not_mix(place: Host) -> None:
    code = (
        "import sys, datetime; sys.path.insert(0, '.')\n"
        "from pathlib import Path\n"
        "from grading import certificates as c\n"
        "from tests.certificate_host import Host, achievement, LATER\n"
        "for n in range(4):\n"
        "    c.issue(Host(Path(sys.argv[1])), achievement(student_id=f't{n}'), now=LATER)\n"
    )
    root = Path(__file__).resolve().parent.parent
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(place.base)], cwd=root, env=os.environ)
        for _ in range(2)
    ]
    assert [run.wait() for run in runs] == [0, 0]
    made = c.issued(place)
    assert [m.number for m in made] == [f"2026-{n:04d}" for n in range(1, 5)]
    assert len({m.achievement.student_id for m in made}) == 4


def test_a_held_lock_is_told(place: Host) -> None:
    folder = Folder.of(place)
    with folder.locked(), pytest.raises(CourseError, match="Another run"), folder.locked(0.1):
        pass


def test_a_log_line_without_its_parts_is_refused(place: Host) -> None:
    log = Log(place.folder / "log.jsonl")
    log.append("issue", {"number": "2026-0001"}, by="x", now=LATER)
    with pytest.raises(CourseError, match="Line 3"):
        Ledger.of(log.events)

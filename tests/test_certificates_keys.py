"""Keys: private, made once, with or without a passphrase, replaced without losing the old."""

from __future__ import annotations

import json
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from course.errors import CourseError, UsageError
from grading import certificates as c
from grading.certificates import issuer, keeping, keys
from tests.certificate_host import LATER, NOW, Host, achievement, host


def key_file(place: Host) -> Path:
    return next((place.folder / "keys").glob("*.pem"))


def test_a_key_is_made_once(tmp_path) -> None:
    place = host(tmp_path)
    with pytest.raises(UsageError, match="key already"):
        keeping.new_key(place, name="Another", now=LATER)
    assert len(list((place.folder / "keys").iterdir())) == 1


def test_an_issuer_has_a_name(tmp_path) -> None:
    with pytest.raises(UsageError, match="no name"):
        keeping.new_key(Host(tmp_path / "grading"), now=NOW)
    assert not list((tmp_path / "grading" / "certificates" / "keys").iterdir())


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"name": "x" * 121}, "name"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"check_address": "https://a.example/?q=1"}, "check_address"),
        ({"check_address": 'https://a.example/"><script>'}, "check_address"),
        ({"check_address": "http://[::1"}, "check_address"),
        ({"valid_days": -1}, "valid_days"),
        ({"signer": "a\x00b"}, "signer"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path, given, word) -> None:
    with pytest.raises(CourseError, match=word):
        keeping.new_key(Host(tmp_path / "grading"), now=NOW, **{"name": "Test", **given})


def test_settings_change_and_old_papers_stay(tmp_path) -> None:
    place = host(tmp_path)
    one = c.issue(place, achievement(), now=NOW)
    keeping.change_settings(place, name="Renamed Centre", signer="Test Signer", now=LATER)
    two = c.issue(place, achievement(student_id="t2"), now=LATER)
    assert one.certificate.issuer["name"] == "Test Training Centre"
    assert two.certificate.issuer["name"] == "Renamed Centre"
    for paper in (one, two):
        assert c.verify(paper.pdf, base=place.base, now=LATER).valid


def test_the_file_is_encrypted_with_a_passphrase(tmp_path, monkeypatch) -> None:
    place = Host(tmp_path / "grading")
    keeping.new_key(place, name="Test Centre", passphrase="correct horse", now=NOW)
    assert b"ENCRYPTED" in key_file(place).read_bytes()
    with pytest.raises(CourseError, match="passphrase"):
        c.issue(place, achievement(), now=NOW, passphrase="wrong")
    with pytest.raises(CourseError, match="no terminal"):
        c.issue(place, achievement(), now=NOW)
    assert c.issued(place) == []
    monkeypatch.setenv(keys.PASSPHRASE, "correct horse")
    assert c.issue(place, achievement(), now=NOW).new
    monkeypatch.delenv(keys.PASSPHRASE)
    named = tmp_path / "phrase"
    named.write_text("correct horse\n")
    monkeypatch.setenv(keys.PASSPHRASE_FILE, str(named))
    assert c.issue(place, achievement(student_id="t2"), now=NOW).new
    monkeypatch.setenv(keys.PASSPHRASE_FILE, str(tmp_path / "none"))
    with pytest.raises(CourseError, match="cannot be read"):
        c.issue(place, achievement(student_id="t3"), now=NOW)


def test_reading_needs_no_passphrase(tmp_path) -> None:
    place = Host(tmp_path / "grading")
    keeping.new_key(place, name="Test Centre", passphrase="secret", now=NOW)
    one = c.issue(place, achievement(), now=NOW, passphrase="secret")
    assert c.issued(place)[0].number == one.number
    assert c.verify(one.pdf, base=place.base, now=LATER).valid
    # asked again, nothing is to be signed
    assert not c.issue(place, achievement(), now=NOW).new


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_a_key_that_others_can_read_signs_nothing(tmp_path) -> None:
    place = host(tmp_path)
    key_file(place).chmod(0o640)
    with pytest.raises(CourseError, match="chmod 600"):
        c.issue(place, achievement(), now=NOW)
    assert c.issued(place) == []


def test_a_missing_or_exchanged_key_is_told(tmp_path) -> None:
    place = host(tmp_path / "a")
    other = host(tmp_path / "b")
    key_file(place).write_bytes(key_file(other).read_bytes())
    with pytest.raises(CourseError, match="not that of the issuer"):
        c.issue(place, achievement(), now=NOW)
    key_file(place).unlink()
    with pytest.raises(CourseError, match="missing"):
        c.issue(place, achievement(), now=NOW)
    # the way out: a new key; the old certificates stay valid
    keeping.rotate_key(place, now=NOW)
    assert c.issue(place, achievement(), now=NOW).new


def test_a_key_left_by_a_killed_run_is_removed(tmp_path) -> None:
    place = host(tmp_path)
    keys.make(place.folder / "keys")
    keeping.rotate_key(place, now=LATER)
    assert len(list((place.folder / "keys").iterdir())) == 2


def test_rotation_keeps_the_old_public_key_in_the_document(tmp_path) -> None:
    place = host(tmp_path)
    first = issuer.read(place.folder / "issuer.json")
    keeping.rotate_key(place, passphrase="new", now=LATER)
    known = issuer.read(place.folder / "issuer.json")
    assert known.id == first.id and known.keys[0].did == first.keys[0].did
    assert known.keys[0].until == LATER and known.keys[1].until is None
    assert known.fingerprint != first.fingerprint
    assert stat.S_IMODE(key_file(place).stat().st_mode) == 0o600
    text = (place.folder / "issuer.json").read_text()
    assert "PRIVATE" not in text and ".pem" not in text
    again = keeping.rotate_key(place, passphrase="new", now=LATER + timedelta(days=1))
    assert again.did not in text
    assert [k.state for k in issuer.read(place.folder / "issuer.json").keys] == [
        "retired", "retired", "active",
    ]  # fmt: skip


def test_the_document_says_only_what_is_public(tmp_path) -> None:
    place = host(tmp_path)
    c.issue(place, achievement(), now=NOW)
    data = json.loads((place.folder / "issuer.json").read_text())
    assert set(data) == {"format", "id", "name", "url", "status_list", "check_address", "keys"}
    assert set(data["keys"][0]) == {"key", "fingerprint", "since", "until", "state"}


def test_no_private_half_in_words(tmp_path) -> None:
    place = host(tmp_path)
    did = issuer.read(place.folder / "issuer.json").keys[0].did
    key = keys.load(key_file(place), did)
    secret = key.private_bytes_raw()
    assert secret.hex() not in repr(key) and str(secret) not in repr(key)

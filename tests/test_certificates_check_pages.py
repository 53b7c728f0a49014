"""What a QR code leads to: escaped, silent, and no list of names."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from grading import certificates as c
from grading.certificates import issuer
from tests.certificate_host import LATER, NOW, achievement, host

HOSTILE = "<script>alert(1)</script>&\"'><img src=x onerror=y>"


@pytest.fixture
def place(tmp_path):
    return host(tmp_path, check_address="https://c.example/papers/", valid_days=100)


class Tags(HTMLParser):
    """Collect tags and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append(tag)
        self.addresses += [v for k, v in attrs if k in ("href", "src", "action")]
        assert not any(k.startswith("on") for k, _ in attrs)


def test_one_page_per_code_and_nothing_that_lists_them(place, tmp_path) -> None:
    made = [c.issue(place, achievement(student_id=f"t{n}", name=f"Test Person {n}"), now=NOW)
            for n in range(3)]  # fmt: skip
    assert c.write_pages(place, tmp_path / "www", now=LATER) == 3
    www = tmp_path / "www"
    assert {p.stem for p in (www / "c").glob("*.html")} == {m.code for m in made} | {"index"}
    for page in (www / "index.html", www / "c" / "index.html", www / "issuer.json",
                 www / "status.jwt"):  # fmt: skip
        text = page.read_text()
        assert not any(m.code in text or m.achievement.name in text for m in made)
    own = (www / "c" / f"{made[1].code}.html").read_text()
    assert "Test Person 1" in own and "Issued and not revoked" in own
    assert "Test Person 0" not in own and made[0].code not in own
    assert "noindex" in own and "grading verify FILE" in own


def test_the_address_on_paper_is_that_of_the_page(place, tmp_path) -> None:
    one = c.issue(place, achievement(), now=NOW)
    assert one.certificate.issuer["check_url"] == f"https://c.example/papers/c/{one.code}.html"


def test_without_names(place, tmp_path) -> None:
    one = c.issue(place, achievement(), now=NOW)
    c.write_pages(place, tmp_path / "www", names=False, now=LATER)
    text = (tmp_path / "www" / "c" / f"{one.code}.html").read_text()
    assert "Test Person" not in text and "Testville" not in text and "2026-0001" in text


def test_status_changes_with_the_next_run(place, tmp_path) -> None:
    one = c.issue(place, achievement(), now=NOW)
    c.write_pages(place, tmp_path / "www", now=NOW)
    new = c.reissue(place, one.number, reason="the name was wrong", name="Test Two", now=LATER)
    c.revoke(place, new.number, reason="secret reason", now=LATER)
    c.write_pages(place, tmp_path / "www", now=LATER)
    pages = {m.code: (tmp_path / "www" / "c" / f"{m.code}.html").read_text() for m in (one, new)}
    assert "Replaced" in pages[one.code] and "Revoked: the issuer" in pages[new.code]
    assert new.code not in pages[one.code]  # the old paper's holder does not find the new one
    assert "reason" not in pages[new.code]


def test_expired_is_told(place, tmp_path) -> None:
    from datetime import timedelta

    one = c.issue(place, achievement(), now=NOW)
    c.write_pages(place, tmp_path / "www", now=NOW + timedelta(days=101))
    assert "Expired" in (tmp_path / "www" / "c" / f"{one.code}.html").read_text()


def test_nothing_hostile_comes_to_life_and_nothing_is_asked_for(tmp_path) -> None:
    place = host(tmp_path, name="Centre " + HOSTILE[:60])
    c.issue(place, achievement(name=HOSTILE, city=HOSTILE, programme_title=HOSTILE), now=NOW)
    c.write_pages(place, tmp_path / "www", now=LATER)
    for path in (tmp_path / "www").rglob("*.html"):
        text = path.read_text()
        tags = Tags()
        tags.feed(text)
        assert not {"script", "img", "iframe", "form", "link", "object"} & set(tags.tags)
        assert all(re.fullmatch(r"(\.\./)?(issuer\.json|status\.jwt)", a) for a in tags.addresses)
        policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text).group(1)
        assert policy.startswith("default-src 'none'") and "unsafe" not in policy


def test_the_style_is_allowed_by_its_hash(place, tmp_path) -> None:
    import base64
    import hashlib

    c.issue(place, achievement(), now=NOW)
    c.write_pages(place, tmp_path / "www", now=LATER)
    text = (tmp_path / "www" / "index.html").read_text()
    style = re.search(r"<style>(.*?)</style>", text, re.S).group(1)
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in text
    assert issuer.read(place.folder / "issuer.json").fingerprint in text


def test_the_published_files_are_enough_for_a_city(place, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "a city"))
    one = c.issue(place, achievement(), now=NOW)
    c.write_pages(place, tmp_path / "www", now=LATER)
    verdict = c.verify(one.pdf, trust=[tmp_path / "www" / "issuer.json"],
                       status=[tmp_path / "www" / "status.jwt"], now=LATER)  # fmt: skip
    assert verdict.valid

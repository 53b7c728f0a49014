"""The whole simulated week and the year after it, once, and everything that must be true of it."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from html import unescape
from urllib.parse import unquote

import pytest

from course.paths import ROOT
from grading import certificates
from grading.certificates import openbadge
from grading.demo import cast, closing, hosting
from tests.week_truth import Truth, lines

pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]


@pytest.fixture(scope="module")
def demo(simulated_week):
    return simulated_week


@pytest.fixture(scope="module")
def truth(demo):
    minutes = {s.id: s.minutes for s in demo.week.programme.sessions if s.attended}
    return Truth(demo.state.base, ROOT / "modules", minutes)


# ---- the week ----------------------------------------------------------------------------


def test_fifteen_officials_of_eleven_cities_and_all_points_as_expected(demo):
    assert len(demo.week.officials) == 15
    assert len({o.town.id for o in demo.week.officials}) == 11
    assert demo.week.differing == []
    assert len(demo.week.done) == 15 * len(demo.week.modules)
    assert {m[:2] for m in demo.week.modules} >= {"00", "02", "06", "10", "13", "90", "91", "92"}


def test_one_was_late_and_the_report_says_so(demo):
    late = {who for found in demo.week.late.values() for who in found}
    assert late == {o.id for o in demo.week.officials if o.habit == "late"}


def test_the_certificates_are_those_of_the_raw_records(demo, truth):
    assert set(demo.closing.certificates) == truth.earned()
    assert set(demo.closing.certificates) == {o.id for o in demo.week.officials if o.earns}
    assert 5 < len(demo.closing.certificates) < 15


@pytest.mark.parametrize("habit", sorted(set(cast.HABITS) - cast.EARNS))
def test_who_has_none_lacks_what_the_story_says(demo, truth, habit):
    """Each story leaves its own line open, in the raw records and in the rule's answer."""
    (official,) = (o for o in demo.week.officials if o.habit == habit)
    lacking = {
        "misses two days": "attendance", "copies": "points", "fails the post-test": "post_test",
        "no lab": "labs", "thin plan": "plan_points", "does not present": "presentation",
        "short words": "written",
    }  # fmt: skip
    assert lacking[habit] in truth.missing(official.id)
    assert {r.id for r in demo.closing.completions[official.id].missing} == truth.missing(
        official.id
    )


def test_a_team_shares_one_plan_and_its_marks(demo, truth):
    from grading.plans import marks as plan_marks

    first, second = (o for o in demo.week.officials if o.town.id == "arvelo")
    results = [plan_marks.result(demo.state, o.id) for o in (first, second)]
    assert results[0].points == results[1].points == truth.plan_points(second.id)
    assert all(r.part for r in results)


def test_two_markers_apart_are_read_by_a_third(demo):
    markers = {
        row["marker"]
        for row in lines(demo.state.base / "plans" / "marks.jsonl")
        if row.get("kind") == "mark" and row["group"] == "team:gorivel"
    }
    assert markers == set(hosting.MARKERS)


def test_feedback_says_what_is_missing_and_names_nobody_else(demo):
    absent = next(o for o in demo.week.officials if o.habit == "misses two days")
    pages = sorted((demo.week.folder / "trainees" / absent.id).rglob("feedback/**/*.html"))
    assert pages
    page = pages[-1].read_text("utf-8")
    assert "what is still missing" in page and "Presence at the sessions" in page
    others = [o for o in demo.week.officials if o.id != absent.id]
    assert not any(o.name in page or f"{o.id}@" in page for o in others)


# ---- the certificates ----------------------------------------------------------------------


def test_every_certificate_verifies_from_a_copy(demo, tmp_path):
    for official in demo.week.officials:
        if official.id not in demo.closing.certificates:
            continue
        folder = demo.closing.certificates[official.id]
        for suffix in ("pdf", "png", "jwt", "json"):
            copy = shutil.copyfile(folder / f"certificate.{suffix}", tmp_path / f"x.{suffix}")
            verdict = certificates.verify(copy, base=demo.state.base)
            assert (verdict.answer, verdict.who) == ("valid", official.name), suffix


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_a_second_library_and_the_schema_agree(demo, test_data):
    import jsonschema
    from cryptography.hazmat.primitives import serialization as form
    from joserfc import jwt
    from joserfc.jwk import OKPKey

    path = test_data / "openbadges" / "ob_v3p0_achievementcredential_schema.json"
    validator = jsonschema.Draft201909Validator(json.loads(path.read_text("utf-8")))
    for folder in demo.closing.certificates.values():
        token = (folder / "certificate.jwt").read_text("ascii").strip()
        public = openbadge.public_key(openbadge.peek(token)["iss"])
        pem = public.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
        claims = jwt.decode(token, OKPKey.import_key(pem), algorithms=["EdDSA"]).claims
        assert list(validator.iter_errors(claims.get("vc", claims))) == []
        assert claims.get("vc", claims)["credentialSubject"]["identifier"]


def test_asking_again_issues_nothing(demo):
    from grading.certificates import batch

    now = closing.closing_moment(demo.week)
    standings = certificates.earned(demo.state, demo.week.programme, simulated=True)
    told = batch.run(demo.state, standings, now=now)
    assert told.new == [] and len(told.before) == len(demo.closing.certificates)


# ---- the year after ------------------------------------------------------------------------


def test_the_year_is_what_was_sent(demo):
    from grading.demo.year import YEAR
    from grading.followup import open_store

    sent = sum(s is not None for town in YEAR.values() for s in town.status)
    corrections = sum(town.corrects for town in YEAR.values())
    assert Counter(a.outcome for a in demo.year.added) == {"new": sent, "correction": corrections}
    assert demo.year.reminders["reminder 1"] and demo.year.reminders["reminder 2"]
    with open_store(demo.store) as store:
        frames = store.frames(demo.year.end)
    assert len(frames.plans) == 11
    assert len(frames.reports) == sent + corrections
    by_excel = sum(s is not None for t in YEAR.values() if t.by_excel for s in t.status)
    assert by_excel > 2 and Counter(frames.reports["file_kind"]) == {
        "excel": by_excel, "json": sent + corrections - by_excel,
    }  # fmt: skip
    assert frames.cohorts["simulated"].all()


def test_a_second_run_of_the_year_changes_nothing(demo):
    from grading.followup import open_store
    from grading.followup.adding import add_all

    files = sorted((demo.year.folder / "reports").iterdir())
    with open_store(demo.store) as store:
        before = len(store.frames(demo.year.end).reports)
        assert {a.outcome for a in add_all(store, files, on=demo.year.end)} == {"same"}
        assert len(store.frames(demo.year.end).reports) == before


# ---- the folder one would show ---------------------------------------------------------------


def test_every_link_of_the_front_page_leads_somewhere(demo):
    page = (demo.week.folder / "index.html").read_text("utf-8")
    links = [unquote(unescape(link)) for link in re.findall(r'href="([^"]+)"', page)]
    assert len(links) > 40
    assert [link for link in links if not (demo.week.folder / link).exists()] == []
    assert "SIMULATED" in page and "http" not in page
    assert all(o.id in page for o in demo.week.officials)


def test_papers_are_drawn_right_in_every_script(demo, tmp_path):
    """One delegation per script: no text outside its place, no letter missing."""
    from tests import rendering

    papers = {"deck": "our_city.pptx", "word": "action_plan.docx", "slides": "action_plan.pptx"}
    files = []
    for town in ("mashhad", "iloilo"):
        for kind, name in papers.items():
            copy = (tmp_path / f"{town}-{kind}").with_suffix(name[-5:])
            files.append(shutil.copyfile(demo.week.folder / "delegations" / town / name, copy))
    pdfs = rendering.to_pdfs(files, tmp_path / "pdf")
    for file, pdf in zip(files, pdfs, strict=True):
        assert rendering.overflowing(file, pdf=pdf) == [], file
    names = [o.name for o in demo.week.officials if o.town.id == "mashhad"]
    assert rendering.missing_glyphs(pdfs[1], names) == []


def test_nobody_is_presented_as_real(demo):
    for town in {o.town.id: o.town for o in demo.week.officials}.values():
        assert town.bare is None or "(fictional)" in town.title
    for folder in demo.closing.certificates.values():
        token = (folder / "certificate.jwt").read_text("ascii").strip()
        assert "simulated" in json.dumps(openbadge.peek(token)).casefold()

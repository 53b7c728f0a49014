"""Each fault has its own answer, and "valid" is never said without proof."""

from __future__ import annotations

import io
import json
import shutil
from datetime import timedelta
from pathlib import Path

import jwt
import pypdf
import pytest

from course.commands import dispatch
from course.errors import CourseError
from grading import certificates as c
from grading.certificates import drawing, issuer, keeping, openbadge, pdf_page
from grading.certificates.verdict import ANSWERS
from tests.certificate_host import (
    LATER,
    NOW,
    Host,
    achievement,
    claims_of,
    host,
    part,
    private,
    signed_anew,
    strangers_key,
    with_claims,
)


@pytest.fixture(scope="module")
def _template(tmp_path_factory) -> Host:
    made = host(tmp_path_factory.mktemp("template"), valid_days=400)
    c.issue(made, achievement(), now=NOW)
    return made


@pytest.fixture
def place(_template, tmp_path) -> Host:
    shutil.copytree(_template.base, tmp_path / "grading")
    return Host(tmp_path / "grading")


@pytest.fixture
def paper(place):
    return c.issued(place)[0]


def check(place: Host, file: Path, **how):
    how.setdefault("now", LATER)
    return c.verify(file, base=place.base, **how)


def written(tmp_path: Path, token: str, name: str = "t.jwt") -> Path:
    path = tmp_path / name
    path.write_text(token)
    return path


@pytest.mark.parametrize("kind", ["pdf", "png", "jwt", "json"])
def test_the_true_one_is_valid_in_every_form(place, paper, kind) -> None:
    verdict = check(place, getattr(paper, kind))
    assert verdict.valid and verdict.exit_code == 0 and not verdict.also
    assert verdict.who == "Test Person Reyes" and verdict.number == "2026-0001"
    assert verdict.issuer == "Test Training Centre" and verdict.status_age_days == 3
    assert verdict.sentence.startswith("Valid: Certificate of completion: WeGO smart city week")


@pytest.mark.parametrize("kind", ["pdf", "png", "jwt", "json"])
def test_a_changed_text_is_tampered(place, paper, kind, tmp_path) -> None:
    token = paper.jwt.read_text()

    def name(claims) -> None:
        claims["credentialSubject"]["identifier"][0]["identityHash"] = "Test Forger"

    forged = with_claims(token, name)
    path = tmp_path / f"f.{kind}"
    if kind == "pdf":
        page = drawing.page(paper.achievement, sheet_of(paper), forged)
        path.write_bytes(page)
    else:
        data = getattr(paper, kind).read_bytes()
        path.write_bytes(bake_anew(data, token, forged) if kind == "png" else
                         data.replace(token.encode(), forged.encode()))  # fmt: skip
    verdict = check(place, path)
    assert verdict.answer == "tampered" and verdict.exit_code == 1
    assert "Test Forger" not in str(verdict.to_dict())  # nothing unsigned is repeated


def bake_anew(png: bytes, old: str, new: str) -> bytes:
    from PIL import Image

    plain = io.BytesIO()
    Image.open(io.BytesIO(png)).save(plain, "PNG")
    assert old.encode() not in plain.getvalue()
    return openbadge.bake(plain.getvalue(), new)


def sheet_of(paper, **changes) -> drawing.Sheet:
    record = paper.certificate
    given = {
        "number": record.number, "code": record.code, "issued": record.at,
        "issuer": record.issuer, "modules": tuple(m[1] for m in record.issuer["modules"]),
        "until": record.at + timedelta(days=400),
    }  # fmt: skip
    return drawing.Sheet(**{**given, **changes})


@pytest.mark.parametrize("at", [0, 40, 700, -1, -30])
def test_any_letter_of_the_token_counts(place, paper, at, tmp_path) -> None:
    token = paper.jwt.read_text()
    at %= len(token)
    new = "A" if token[at] != "A" else "Q"
    verdict = check(place, written(tmp_path, token[:at] + new + token[at + 1 :]))
    assert verdict.answer in ("tampered", "unknown_issuer", "not_a_credential")


def test_revoked(place, paper) -> None:
    c.revoke(place, paper.number, reason="a test", now=LATER)
    verdict = check(place, paper.pdf, now=LATER + timedelta(hours=1))
    assert verdict.answer == "revoked" and verdict.exit_code == 1 and not verdict.also
    # revoked stays revoked when the list is old, and the age is told
    later = check(place, paper.pdf, now=LATER + timedelta(days=60))
    assert later.answer == "revoked" and later.also == ("status_stale",)


def test_expired(place, paper) -> None:
    c.renew_status(place, now=NOW + timedelta(days=399))
    assert check(place, paper.jwt, now=NOW + timedelta(days=399, hours=1)).valid
    verdict = check(place, paper.jwt, now=NOW + timedelta(days=401))
    assert verdict.answer == "expired" and "2027-12-18" in verdict.sentence


def test_not_yet_valid(place, paper) -> None:
    verdict = check(place, paper.jwt, now=NOW - timedelta(days=1))
    assert "not_yet_valid" in (verdict.answer, *verdict.also)
    assert not verdict.valid


def test_a_credential_of_tomorrow_with_a_list_of_today(place, paper, tmp_path) -> None:
    token = signed_anew(
        place, paper.jwt.read_text(), lambda t: t.update(validFrom="2026-12-24T00:00:00Z")
    )
    assert check(place, written(tmp_path, token)).answer == "not_yet_valid"


def test_unknown_issuer(place, paper, tmp_path) -> None:
    stranger = host(tmp_path / "stranger", name="Test Training Centre")  # the same name
    other = c.issue(stranger, achievement(name="Test Forger"), now=NOW)
    verdict = check(place, other.pdf)
    assert verdict.answer == "unknown_issuer" and verdict.who == ""
    assert "Test Forger" not in str(verdict.to_dict())
    # its own list of the same name does not help
    assert check(place, other.jwt, status=[stranger.folder / "status.jwt"]).answer == (
        "unknown_issuer"
    )


def test_no_issuer_at_all(paper, tmp_path) -> None:
    verdict = c.verify(paper.pdf, base=tmp_path, now=LATER)
    assert verdict.answer == "unknown_issuer" and "No issuer is pinned" in verdict.sentence


def test_only_the_named_issuer_is_believed(place, paper, tmp_path) -> None:
    own = [place.folder / "issuer.json"]
    status = [place.folder / "status.jwt"]
    assert c.verify(paper.pdf, trust=own, status=status, base=tmp_path, now=LATER).valid
    stranger = host(tmp_path / "stranger")
    theirs = [stranger.folder / "issuer.json"]
    assert c.verify(paper.pdf, trust=theirs, base=place.base, now=LATER).answer == "unknown_issuer"


def test_a_pinned_issuer_is_believed_and_a_false_one_is_not_pinned(
    place, paper, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "city"))
    assert c.verify(paper.pdf, now=LATER).answer == "unknown_issuer"
    pinned = issuer.pin(place.folder / "issuer.json")
    issuer.keep_list(place.folder / "status.jwt")
    assert c.verify(paper.pdf, now=LATER).valid
    stranger = host(tmp_path / "stranger")
    false = (stranger.folder / "issuer.json").read_text()
    false = false.replace(issuer.read(stranger.folder / "issuer.json").id, pinned.id)
    (tmp_path / "false.json").write_text(false)
    with pytest.raises(CourseError, match="pinned already"):
        issuer.pin(tmp_path / "false.json")
    assert c.verify(paper.pdf, now=LATER).valid


def test_a_true_key_in_a_forgers_document_hides_nothing(
    place, paper, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "city"))
    stranger = host(tmp_path / "stranger")
    true, false = (json.loads((h.folder / "issuer.json").read_text()) for h in (place, stranger))
    theirs = {**false["keys"][0], "state": "retired", "until": LATER.isoformat()}
    mixed = tmp_path / "mixed.json"
    mixed.write_text(json.dumps({**true, "keys": [*false["keys"], *true["keys"]]}))
    with pytest.raises(CourseError, match="two keys in use"):
        issuer.pin(mixed)
    mixed.write_text(json.dumps({**true, "keys": [theirs, *true["keys"]]}))
    assert dispatch.run(dispatch.find("grading", "verify"), ["--pin", str(mixed)]) == 0
    said = capsys.readouterr().out
    for key in (theirs, *true["keys"]):  # whoever compares sees both
        assert key["fingerprint"] in said
    assert str(issuer.pin_file(issuer.read(mixed))) in said


def test_an_older_document_does_not_bring_a_key_back(place, paper, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "city"))
    old = shutil.copy(place.folder / "issuer.json", tmp_path / "old.json")
    issuer.pin(old)
    keeping.rotate_key(place, now=LATER, withdraw=True, reason="a lost laptop")
    data = json.loads(issuer.pin_file(issuer.pin(place.folder / "issuer.json")).read_text())
    for change in ({"state": "retired"}, {"until": (LATER + timedelta(days=9)).isoformat()}):
        again = {**data, "keys": [{**data["keys"][0], **change}, data["keys"][1]]}
        (tmp_path / "again.json").write_text(json.dumps(again))
        with pytest.raises(CourseError, match="older than the document"):
            issuer.pin(tmp_path / "again.json")
    with pytest.raises(CourseError, match="pinned already"):
        issuer.pin(old)
    issuer.pin(place.folder / "issuer.json")


def test_stale_status_and_no_status(place, paper, tmp_path) -> None:
    verdict = check(place, paper.pdf, now=NOW + timedelta(days=45))
    assert verdict.answer == "status_stale" and verdict.status_age_days == 45
    assert "45 days ago" in verdict.sentence
    assert check(place, paper.pdf, status=[]).answer == "status_unknown"
    assert check(place, paper.pdf, status=[tmp_path / "none.jwt"]).answer == "status_unknown"


def test_the_list_of_another_issuer_is_no_list(place, paper, tmp_path) -> None:
    stranger = host(tmp_path / "stranger")
    c.issue(stranger, achievement(), now=NOW)
    verdict = check(place, paper.pdf, status=[stranger.folder / "status.jwt"])
    assert (
        verdict.answer == "status_unknown"
        and "not one that this issuer signed" in (verdict.notes[0])
    )


def forged_list(place: Host, key, **changes) -> str:
    settings = issuer.read(place.folder / "issuer.json")
    given = {"did": settings.keys[0].did, "name": settings.status_list, "now": LATER,
             "until": LATER + timedelta(days=30)}  # fmt: skip
    return openbadge.status_list([], private=key, **{**given, **changes})


def test_a_list_that_clears_the_bit_must_be_signed_by_the_issuer(place, paper, tmp_path) -> None:
    c.revoke(place, paper.number, reason="a test", now=LATER)
    true = place.folder / "status.jwt"
    false = written(tmp_path, forged_list(place, strangers_key(tmp_path / "k"),
                                          now=LATER + timedelta(hours=1)))  # fmt: skip
    then = LATER + timedelta(hours=2)
    assert check(place, paper.jwt, status=[false, true], now=then).answer == "revoked"
    assert check(place, paper.jwt, status=[false], now=then).answer == "status_unknown"
    # a list under another name, or one from the future, is not looked into
    for change in ({"name": "urn:uuid:other"}, {"now": then + timedelta(days=9)}):
        odd = written(tmp_path, forged_list(place, private(place), **change), "odd.jwt")
        assert check(place, paper.jwt, status=[odd], now=then).answer == "status_unknown"


def test_the_newest_list_counts(place, paper, tmp_path) -> None:
    old = tmp_path / "old.jwt"
    shutil.copy(place.folder / "status.jwt", old)
    c.revoke(place, paper.number, reason="a test", now=LATER)
    lists = [place.folder / "status.jwt", old]
    for order in (lists, lists[::-1]):
        assert check(place, paper.jwt, status=order, now=LATER).answer == "revoked"


@pytest.mark.parametrize(
    "entry",
    [
        {"statusListIndex": "131072"},
        {"statusListIndex": "99999999"},
        {"statusListIndex": "-1"},
        {"statusListIndex": "١٢"},
        {"statusListIndex": 5},
        {"statusListIndex": "1e3"},
        {"statusListCredential": "urn:uuid:00000000-0000-0000-0000-000000000000"},
        {"statusPurpose": "message"},
        {"statusSize": 2},
        {"type": "Other"},
    ],
)
def test_a_place_that_is_none_proves_nothing(place, paper, entry, tmp_path) -> None:
    token = signed_anew(place, paper.jwt.read_text(), lambda t: t["credentialStatus"].update(entry))
    assert check(place, written(tmp_path, token)).answer == "status_invalid"


def test_without_any_status_it_is_not_valid(place, paper, tmp_path) -> None:
    token = signed_anew(place, paper.jwt.read_text(), lambda t: t.pop("credentialStatus"))
    assert check(place, written(tmp_path, token)).answer == "status_invalid"


# ---- the page -------------------------------------------------------------------------------


def test_another_name_on_the_page_with_the_true_token(place, paper, tmp_path) -> None:
    other = c.Achievement.from_dict({**paper.achievement.to_dict(), "name": "Test Forger"})
    path = tmp_path / "f.pdf"
    path.write_bytes(drawing.page(other, sheet_of(paper), paper.jwt.read_text()))
    verdict = check(place, path)
    assert verdict.answer == "page_altered" and verdict.exit_code == 1
    assert verdict.who == "Test Person Reyes" and "Test Person Reyes" in verdict.sentence


def stamp(paper) -> bytes:
    """Lay a note over the page, as any PDF reader can."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper.pdf.read_bytes()))
    from pypdf.annotations import FreeText

    writer.add_annotation(0, FreeText(text="Test Forger", rect=(60, 400, 300, 460)))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def crop(paper) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper.pdf.read_bytes()))
    writer.pages[0].mediabox.upper_right = (700, 500)
    return _saved(writer)


def second_page(paper) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper.pdf.read_bytes()))
    writer.add_blank_page(200, 200)
    return _saved(writer)


def script(paper) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper.pdf.read_bytes()))
    from pypdf.generic import DictionaryObject, NameObject, TextStringObject

    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")}
    )
    return _saved(writer)


def title(paper) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper.pdf.read_bytes()))
    writer.add_metadata({"/Title": "Doctor"})
    return _saved(writer)


def content(paper) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper.pdf.read_bytes()))
    from pypdf.generic import NameObject, StreamObject

    stream = StreamObject()
    stream.set_data(writer.pages[0].get_contents().get_data() + b"\n0 0 50 50 re f\n")
    writer.pages[0][NameObject("/Contents")] = writer._add_object(stream)
    return _saved(writer)


def _saved(writer: pypdf.PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("change", [stamp, crop, second_page, script, title, content])
def test_anything_a_reader_would_see_counts(place, paper, change, tmp_path) -> None:
    path = tmp_path / "f.pdf"
    path.write_bytes(change(paper))
    assert pdf_page.tokens(path.read_bytes()) == [paper.jwt.read_text()]  # intact
    assert check(place, path).answer == "page_altered"


def test_packing_anew_changes_nothing(place, paper, tmp_path) -> None:
    path = tmp_path / "f.pdf"
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper.pdf.read_bytes()))
    writer.add_metadata({"/Producer": "a mail gateway"})
    for page in writer.pages:
        page.compress_content_streams()
    path.write_bytes(_saved(writer))
    assert path.read_bytes() != paper.pdf.read_bytes() and check(place, path).valid


def test_two_tokens_in_one_page_speak_for_none(place, paper, tmp_path) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(paper.pdf.read_bytes()))
    writer.add_attachment("other.jwt", with_claims(paper.jwt.read_text(), dict.clear).encode())
    path = tmp_path / "f.pdf"
    path.write_bytes(_saved(writer))
    verdict = check(place, path)
    assert verdict.answer == "not_a_credential" and "several" in verdict.sentence


# ---- attacks on the signature ---------------------------------------------------------------


def attack_none(token: str, did: str) -> str:
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{token.split('.')[1]}."


def attack_hmac(token: str, did: str) -> str:
    from cryptography.hazmat.primitives import serialization as form

    raw = openbadge.public_key(did).public_bytes(form.Encoding.Raw, form.PublicFormat.Raw)
    return jwt.encode(claims_of(token), raw, algorithm="HS256")


def attack_own_key_embedded(token: str, did: str) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return openbadge.sign(claims_of(token), Ed25519PrivateKey.generate())


def attack_other_kid(token: str, did: str) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    kid = openbadge.did_of(key.public_key())
    return jwt.encode(claims_of(token), key, algorithm="EdDSA", headers={"kid": kid})


def attack_no_signature(token: str, did: str) -> str:
    return token.rsplit(".", 1)[0] + "."


def attack_rsa(token: str, did: str) -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return jwt.encode(claims_of(token), rsa.generate_private_key(65537, 2048), algorithm="RS256")


@pytest.mark.parametrize(
    "attack",
    [attack_none, attack_hmac, attack_own_key_embedded, attack_other_kid, attack_no_signature,
     attack_rsa],
)  # fmt: skip
def test_no_trick_with_the_signature_helps(place, paper, attack, tmp_path) -> None:
    token = paper.jwt.read_text()
    forged = attack(token, claims_of(token)["iss"])
    assert check(place, written(tmp_path, forged)).answer == "tampered"


def test_an_embedded_key_would_have_opened_it(paper) -> None:
    """The attack works on who believes the key in the header: that is what is refused."""
    forged = attack_own_key_embedded(paper.jwt.read_text(), "")
    embedded = jwt.PyJWK(jwt.get_unverified_header(forged)["jwk"])
    claims = jwt.decode(forged, embedded.key, algorithms=["EdDSA"],
                        options={"verify_nbf": False, "verify_exp": False})  # fmt: skip
    assert claims["issuer"]["name"] == "Test Training Centre"


def test_what_else_the_issuer_signed_is_no_certificate(place, paper, tmp_path) -> None:
    assert check(place, place.folder / "status.jwt").answer == "not_a_credential"
    other = signed_anew(place, paper.jwt.read_text(), lambda t: t.update(type=["Other"]))
    assert check(place, written(tmp_path, other)).answer == "not_a_credential"
    for field in ("validFrom", "validUntil"):
        odd = signed_anew(place, paper.jwt.read_text(), lambda t, f=field: t.update({f: "soon"}))
        assert check(place, written(tmp_path, odd)).answer == "not_a_credential"


# ---- keys that change -----------------------------------------------------------------------


def test_after_a_rotation_old_and_new_are_valid(place, paper) -> None:
    keeping.rotate_key(place, now=LATER)
    new = c.issue(place, achievement(student_id="t2"), now=LATER + timedelta(hours=1))
    then = LATER + timedelta(days=1)
    assert check(place, paper.pdf, now=then).valid and check(place, new.pdf, now=then).valid
    assert [k.state for k in issuer.read(place.folder / "issuer.json").keys] == [
        "retired", "active",
    ]  # fmt: skip
    c.revoke(place, paper.number, reason="a test", now=then)
    assert check(place, paper.pdf, now=then).answer == "revoked"


def test_who_pinned_the_old_document_does_not_know_the_new_key(place, paper, tmp_path) -> None:
    old = tmp_path / "issuer-old.json"
    shutil.copy(place.folder / "issuer.json", old)
    keeping.rotate_key(place, now=LATER)
    new = c.issue(place, achievement(student_id="t2"), now=LATER)
    assert check(place, new.pdf, trust=[old]).answer == "unknown_issuer"


def test_a_withdrawn_key_counts_no_more(place, paper) -> None:
    keeping.rotate_key(place, now=LATER, withdraw=True, reason="a lost laptop")
    verdict = check(place, paper.pdf, now=LATER + timedelta(hours=1))
    assert verdict.answer == "key_withdrawn" and verdict.exit_code == 1
    new = c.reissue(place, paper.number, reason="new key", now=LATER + timedelta(hours=1))
    assert check(place, new.pdf, now=LATER + timedelta(hours=2)).valid


def test_a_retired_key_signs_nothing_new(place, paper, tmp_path) -> None:
    key = private(place)
    keeping.rotate_key(place, now=LATER)
    later = LATER + timedelta(days=2)
    claims = claims_of(paper.jwt.read_text())
    claims["validFrom"] = later.strftime("%Y-%m-%dT%H:%M:%SZ")
    token = written(tmp_path, openbadge.sign(claims, key))
    assert check(place, token, now=later).answer == "key_period"
    # nor a list
    old = issuer.read(place.folder / "issuer.json").keys[0].did
    false = written(tmp_path, forged_list(place, key, did=old, now=later), "l.jwt")
    assert check(place, paper.jwt, status=[false], now=later).answer == "status_unknown"


@pytest.mark.parametrize("answer", [a for a in ANSWERS if a != "valid"])
def test_no_other_answer_reads_as_valid(answer) -> None:
    from grading.certificates import verifying

    verdict = c.Verdict(answer, "", who="W", what="C", number="1", issued=NOW, expires=NOW,
                        issuer="I", status_age_days=2)  # fmt: skip
    if answer == "unknown_issuer":
        words = verifying._unknown("did:key:z6Mk", [])
    elif answer in verifying._SENTENCES:
        words = verifying._SENTENCES[answer].format(why="w", issuer="I")
    else:
        words = verifying._sentence(verdict, NOW)
    assert words and not words.startswith("Valid") and " is valid" not in words
    assert not verdict.valid and verdict.exit_code == 1

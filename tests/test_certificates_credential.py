"""The credential is what the standard says it is, and other libraries agree."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pypdf
import pytest

from grading import certificates as c
from grading.certificates import claims as said
from grading.certificates import openbadge, reading
from tests.certificate_host import LATER, NOW, Host, achievement, claims_of, host, with_claims


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Host:
    made = host(tmp_path_factory.mktemp("credential"))
    c.issue(made, achievement(), now=NOW)
    c.issue(made, achievement(student_id="s2", kind="statement", simulated=True), now=NOW)
    return made


@pytest.fixture(scope="module")
def token(place) -> str:
    return c.issued(place)[0].jwt.read_text()


@pytest.fixture(scope="module")
def schema(test_data) -> dict:
    path = test_data / "openbadges" / "ob_v3p0_achievementcredential_schema.json"
    return json.loads(path.read_text())


def errors_of(schema: dict, claims: dict) -> list[str]:
    import jsonschema

    return [e.message for e in jsonschema.Draft201909Validator(schema).iter_errors(claims)]


@pytest.mark.parametrize("which", [0, 1])
def test_it_validates_against_the_open_badges_schema(place, schema, which) -> None:
    claims = claims_of(c.issued(place)[which].jwt.read_text())
    assert errors_of(schema, claims) == []
    broken = {**claims, "type": ["VerifiableCredential"]}
    del broken["validFrom"]
    assert len(errors_of(schema, broken)) == 2


def test_with_an_end_and_a_correction_it_validates_too(tmp_path, schema) -> None:
    place = host(tmp_path, valid_days=700)
    one = c.issue(place, achievement(), now=NOW)
    new = c.reissue(place, one.number, reason="x", name="Test Person Two", now=LATER)
    for paper in (one, new):
        claims = claims_of(paper.certificate.token)
        assert errors_of(schema, claims) == [] and claims["validUntil"]


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # its new name has no reader yet
def test_a_second_library_agrees_on_the_signature(place, token) -> None:
    from joserfc import jwt
    from joserfc.errors import BadSignatureError
    from joserfc.jwk import OKPKey

    public = openbadge.public_key(claims_of(token)["iss"])
    from cryptography.hazmat.primitives import serialization as form

    pem = public.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    key = OKPKey.import_key(pem)
    agreed = jwt.decode(token, key, algorithms=["EdDSA"])
    assert agreed.claims == openbadge.opened(token, claims_of(token)["iss"])
    tampered = with_claims(token, lambda t: t.update(name="Doctor of everything"))
    with pytest.raises(BadSignatureError):
        jwt.decode(tampered, key, algorithms=["EdDSA"])
    with pytest.raises(openbadge.BadSignature):
        openbadge.opened(tampered, claims_of(token)["iss"])


def test_the_library_behind_the_door_agrees(place, token) -> None:
    from openbadgeslib.ob3 import OB3VerificationError, OB3Verifier

    verifier = OB3Verifier.for_issuer_did(claims_of(token)["iss"])
    lists = (place.folder / "status.jwt").read_bytes()
    found = verifier.verify(token, check_status=True, download=lambda url: lists)
    assert found.identifiers[0].identity_hash == "Test Person Reyes"
    with pytest.raises(OB3VerificationError):
        verifier.verify(with_claims(token, lambda t: t.update(name="x")))
    c.revoke(place, "2026-0001", reason="a test", now=LATER)
    lists = (place.folder / "status.jwt").read_bytes()
    with pytest.raises(OB3VerificationError, match="revocation"):
        verifier.verify(token, check_status=True, download=lambda url: lists)


def test_it_says_what_it_should_and_no_more(place, token) -> None:
    claims = claims_of(token)
    subject = claims["credentialSubject"]
    assert subject["identifier"][0]["identityHash"] == "Test Person Reyes"
    assert subject["licenseNumber"] == "2026-0001"
    assert subject["achievement"]["achievementType"] == "CertificateOfCompletion"
    assert "completed the course and presented an action plan" in subject["achievement"][
        "description"]  # fmt: skip
    facts = said.facts(claims)
    assert facts["City"] == "Testville, Nowhere" and facts["Hours on site"] == "32.5"
    assert facts["modules"] == ["One trip, one price", "Votes, replies and fairness"]
    assert len(facts["page"]) == 64 and facts["learned"] == ["First line.", "Second line.",
                                                            "Third line."]  # fmt: skip
    text = json.dumps(claims)
    # no points, no rank, no mail, no student id, no check code: a code is on paper only
    for word in ("certified", "points", "rank", "@training", "test-01",
                 c.issued(place)[0].code):  # fmt: skip
        assert word not in text


def test_a_statement_does_not_speak_of_completion(place) -> None:
    claims = claims_of(c.issued(place)[1].jwt.read_text())
    text = json.dumps(claims)
    assert "took part in the programme and wrote a cooperation note" in text
    assert "completed the course" not in text and said.facts(claims)["simulated"] is True


def test_every_file_carries_the_same_token(place) -> None:
    one = c.issued(place)[0]
    found = {reading.find(f).token for f in (one.pdf, one.png, one.jwt, one.json)}
    assert found == {one.jwt.read_text()}
    assert json.loads(one.json.read_text())["type"] == "EnvelopedVerifiableCredential"


def test_the_library_reads_the_baked_picture(place, token) -> None:
    from openbadgeslib.ob3 import OB3Verifier
    from PIL import Image

    one = c.issued(place)[0]
    assert OB3Verifier.extract_token_from_png(one.png.read_bytes()) == token
    picture = Image.open(one.png)
    picture.load()
    assert picture.size == (600, 600)


def test_the_attachment_is_declared(place) -> None:
    one = c.issued(place)[0]
    logging.getLogger("pypdf").setLevel(logging.ERROR)
    root = pypdf.PdfReader(one.pdf).trailer["/Root"]
    spec = root["/AF"][0].get_object()
    assert spec["/AFRelationship"] == "/Data" and spec["/F"] == "credential.jwt"
    assert spec["/EF"]["/F"].get_object()["/Subtype"] == "/application/vc+jwt"


def test_places_of_the_list_are_the_standards(place) -> None:
    from openbadgeslib.ob3.status import _bit_set, decode_encoded_list

    claims = claims_of((place.folder / "status.jwt").read_text())
    raw = decode_encoded_list(claims["credentialSubject"]["encodedList"])
    assert len(raw) == 16384 and claims["validUntil"]
    place_1 = c.issued(place)[0].certificate.index
    for index in (0, 7, 8, place_1, 131071):
        assert openbadge.bit(claims, index) == _bit_set(raw, index)


def test_no_key_and_no_passphrase_is_anywhere(place: Host, tmp_path: Path) -> None:
    key = next((place.folder / "keys").glob("*.pem"))
    secret = "".join(key.read_text().splitlines()[1:-1]).encode()
    for file in place.base.rglob("*"):
        if file.is_file() and file != key:
            data = file.read_bytes()
            assert secret not in data and secret[-44:] not in data and b"PRIVATE" not in data
    c.write_pages(place, tmp_path / "www", now=LATER)
    assert not any(secret in f.read_bytes() for f in (tmp_path / "www").rglob("*") if f.is_file())

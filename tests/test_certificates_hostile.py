"""Files of strangers and damaged files of our own: an answer or a sentence, never a traceback."""

from __future__ import annotations

import io
import json
import shutil
import struct
import zlib
from pathlib import Path

import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course.errors import CourseError
from grading import certificates as c
from grading.certificates import claims as said
from grading.certificates import issuer, keys, openbadge, pdf_page, reading
from grading.certificates.verdict import ANSWERS
from tests.certificate_host import LATER, NOW, achievement, host, part, with_claims

FEW = settings(max_examples=60, suppress_health_check=list(HealthCheck))
MORE = settings(max_examples=300, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    made = host(tmp_path_factory.mktemp("hostile"))
    c.issue(made, achievement(), now=NOW)
    return made


@pytest.fixture(scope="module")
def files(place) -> dict[str, bytes]:
    one = c.issued(place)[0]
    return {k: getattr(one, k).read_bytes() for k in ("pdf", "png", "jwt", "json")}


@pytest.fixture(scope="module")
def room(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("room")


def answer(place, room: Path, data: bytes) -> str:
    path = room / "file"
    path.write_bytes(data)
    verdict = c.verify(path, base=place.base, now=LATER)
    assert verdict.answer in ANSWERS and verdict.sentence
    json.dumps(verdict.to_dict())
    return verdict.answer


# ---- files ----------------------------------------------------------------------------------


@FEW
@given(data=st.data(), kind=st.sampled_from(["png", "jwt", "json"]))
def test_a_changed_byte_is_valid_only_where_nothing_is_said(place, room, files, data, kind) -> None:
    raw = bytearray(files[kind])
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] = data.draw(st.integers(0, 255))
    found = answer(place, room, bytes(raw))
    if found == "valid":
        # pixels and spaces around the token may change; its text may not
        assert reading.find_in(bytes(raw)).token == files["jwt"].decode()


@FEW
@given(data=st.data())
def test_a_pdf_with_changed_bytes_never_shows_something_else(place, room, files, data) -> None:
    raw = bytearray(files["pdf"])
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    if answer(place, room, bytes(raw)) == "valid":
        assert pdf_page.digest(bytes(raw)) == pdf_page.digest(files["pdf"])


@FEW
@given(kind=st.sampled_from(["pdf", "png", "jwt", "json"]), data=st.data())
def test_a_file_cut_off_is_not_valid(place, room, files, kind, data) -> None:
    raw = files[kind]
    end = data.draw(st.integers(0, max(len(raw) - 40, 0)))
    assert answer(place, room, raw[:end]) != "valid"


@MORE
@given(data=st.binary(max_size=400), head=st.sampled_from([b"", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n",
                                                           b"{", b"eyJ"]))  # fmt: skip
def test_any_bytes_get_an_answer(place, room, data, head) -> None:
    assert answer(place, room, head + data) != "valid"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner,
                                                               max_size=4),
    max_leaves=12,
)  # fmt: skip


@MORE
@given(value=JSON)
def test_any_json_gets_an_answer(place, room, value) -> None:
    assert answer(place, room, json.dumps(value).encode()) != "valid"


@MORE
@given(head=JSON, body=JSON, tail=st.text(alphabet="AQaz09_-", max_size=90))
def test_any_token_gets_an_answer(place, room, head, body, tail) -> None:
    assert answer(place, room, f"{part(head)}.{part(body)}.{tail}".encode()) != "valid"


FIELDS = ["@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject",
          "evidence", "credentialStatus", "iss", "jti", "nbf", "name", "awardedDate"]  # fmt: skip


@MORE
@given(field=st.sampled_from(FIELDS), value=JSON)
def test_anything_the_issuer_could_have_signed_gets_an_answer(place, room, files, field, value):
    """Even a text that the issuer's own key signed may have any form."""
    claims = openbadge.peek(files["jwt"].decode())
    if field == "iss":
        return
    claims[field] = value
    if openbadge.too_deep(claims):
        return
    token = openbadge.sign(_finite(claims), _key(place))
    found = answer(place, room, token.encode())
    if field in ("@context", "type", "id", "jti", "validFrom", "credentialSubject",
                 "credentialStatus", "issuer"):  # fmt: skip
        assert found != "valid"


def _finite(value):
    return json.loads(json.dumps(value).replace("NaN", "1").replace("Infinity", "1"))


def _key(place):
    from tests.certificate_host import private

    if place.base not in _KEYS:
        _KEYS[place.base] = private(place)
    return _KEYS[place.base]


_KEYS: dict = {}


@MORE
@given(value=JSON)
def test_reading_claims_never_fails(value) -> None:
    facts = said.facts({"credentialSubject": value, "evidence": value, "name": value})
    for text in (facts["name"], facts["number"], *facts["learned"], *facts["modules"]):
        assert "\n" not in text and "\x1b" not in text and len(text) <= 400
    said.moment(value)


def test_terminal_letters_of_a_signed_text_are_not_printed(place, files) -> None:
    claims = openbadge.peek(files["jwt"].decode())
    claims["credentialSubject"]["identifier"][0]["identityHash"] = "A\x1b[2K\rValid\u202e\nB"
    assert said.facts(claims)["name"] == "A[2KValidB"


def test_a_folder_a_missing_file_and_an_odd_name(place, tmp_path) -> None:
    for path in (tmp_path, tmp_path / "none.pdf", Path("nul\0name")):
        assert c.verify(path, base=place.base, now=LATER).answer == "unreadable"


# ---- bombs ----------------------------------------------------------------------------------


def chunk(tag: bytes, data: bytes) -> bytes:
    return struct.pack("!I", len(data)) + tag + data + struct.pack("!I", zlib.crc32(tag + data))


def picture(*chunks: bytes) -> bytes:
    ihdr = chunk(b"IHDR", struct.pack("!IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + ihdr + b"".join(chunks) + chunk(b"IEND", b"")


def test_a_picture_that_unpacks_to_a_gigabyte(place, room) -> None:
    bomb = zlib.compress(b"A" * 300_000_000, 9)
    data = picture(chunk(b"iTXt", b"openbadgecredential\0\1\0\0\0" + bomb))
    assert len(data) < 400_000 and answer(place, room, data) == "unreadable"


def test_a_picture_whose_piece_claims_to_be_huge(place, room) -> None:
    data = b"\x89PNG\r\n\x1a\n" + struct.pack("!I", 0x7FFFFFFF) + b"iTXt" + b"x" * 20
    assert answer(place, room, data) == "unreadable"


def pdf_with(name: str, data: bytes, filters: int = 1) -> bytes:
    from pypdf.generic import (
        ArrayObject,
        DictionaryObject,
        NameObject,
        StreamObject,
        TextStringObject,
    )

    for _ in range(filters):
        data = zlib.compress(data, 9)
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    stream = StreamObject()
    stream._data = data
    stream[NameObject("/Filter")] = ArrayObject([NameObject("/FlateDecode")] * filters)
    spec = DictionaryObject({
        NameObject("/Type"): NameObject("/Filespec"),
        NameObject("/F"): TextStringObject(name),
        NameObject("/UF"): TextStringObject(name),
        NameObject("/EF"): DictionaryObject({NameObject("/F"): writer._add_object(stream)}),
    })  # fmt: skip
    writer.root_object[NameObject("/Names")] = DictionaryObject({
        NameObject("/EmbeddedFiles"): DictionaryObject({
            NameObject("/Names"): ArrayObject([TextStringObject(name), writer._add_object(spec)])
        })
    })  # fmt: skip
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("filters", [1, 2])
def test_a_pdf_that_unpacks_to_a_gigabyte(place, room, filters) -> None:
    data = pdf_with("credential.jwt", b"A" * 200_000_000, filters)
    assert answer(place, room, data) in ("unreadable", "not_a_credential")


def test_an_attachment_that_is_no_token(place, room, files) -> None:
    assert answer(place, room, pdf_with("credential.jwt", b"hello")) == "not_a_credential"
    # a true token in a page that somebody made
    assert answer(place, room, pdf_with("credential.jwt", files["jwt"])) == "page_altered"


def test_a_pdf_whose_parts_turn_in_circles(place, room) -> None:
    data = (
        b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R/Names 1 0 R/EmbeddedFiles 1 0 R/Kids[1 0 R]"
        b">>endobj\n2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1/Parent 2 0 R>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF"
    )
    assert answer(place, room, data) in ("unreadable", "not_a_credential")


def test_files_that_are_too_large(place, room) -> None:
    assert answer(place, room, b"%PDF-1.7" + b"\0" * reading.LARGEST) == "unreadable"
    assert answer(place, room, b"A" * 400_000 + b".B.C") == "not_a_credential"


def test_json_that_nests_for_ever(place, room, files) -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert answer(place, room, deep) == "unreadable"
    assert answer(place, room, b'{"a":' * 500 + b"1" + b"}" * 500) == "unreadable"
    body = part(b'{"iss":' + b"[" * 90_000 + b"]" * 90_000 + b"}")
    assert answer(place, room, f"{part({'alg': 'EdDSA'})}.{body}.AA".encode()) == "not_a_credential"
    nested = with_claims(files["jwt"].decode(), lambda t: t.update(x=_nested(41)))
    assert answer(place, room, nested.encode()) == "not_a_credential"


def _nested(levels: int):
    value: object = 1
    for _ in range(levels):
        value = [value]
    return value


def test_a_locked_pdf_is_told(place, room, files) -> None:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(files["pdf"]))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    path = room / "locked.pdf"
    path.write_bytes(out.getvalue())
    verdict = c.verify(path, base=place.base, now=LATER)
    assert verdict.answer == "unreadable" and "password" in verdict.sentence


def test_an_unsigned_text_is_called_that(place, room, files) -> None:
    claims = openbadge.peek(files["jwt"].decode())
    assert answer(place, room, json.dumps(claims).encode()) == "unsigned"


# ---- issuer documents, status lists, keys, the log ------------------------------------------


@MORE
@given(value=JSON, field=st.sampled_from(["format", "id", "name", "url", "status_list", "keys"]))
def test_any_issuer_document_is_read_or_refused(place, value, field) -> None:
    data = json.loads((place.folder / "issuer.json").read_text())
    data[field] = value
    try:
        found = issuer.parse(json.dumps(data).encode())
    except CourseError as error:
        assert error.remedy
    else:
        assert found.keys and found.id and found.name


@MORE
@given(value=JSON, field=st.sampled_from(["key", "since", "until", "state"]))
def test_any_key_of_an_issuer_document_is_read_or_refused(place, value, field) -> None:
    data = json.loads((place.folder / "issuer.json").read_text())
    good = issuer.parse(json.dumps(data).encode())
    data["keys"][0][field] = value
    try:
        found = issuer.parse(json.dumps(data).encode())
    except CourseError as error:
        assert error.remedy
    else:
        assert found.keys[0].did == good.keys[0].did


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff\xfe", b"[" * 50_000, b'{"format": 1}', b"null", b"1e999"],
)
def test_no_issuer_document(data, tmp_path) -> None:
    path = tmp_path / "issuer.json"
    path.write_bytes(data)
    with pytest.raises(CourseError, match="issuer"):
        issuer.read(path)


@FEW
@given(data=st.binary(max_size=300))
def test_any_status_list_is_a_list_or_none(place, room, files, data) -> None:
    token = room / "t.jwt"
    token.write_bytes(files["jwt"])
    path = room / "list.jwt"
    path.write_bytes(data)
    assert c.verify(token, base=place.base, status=[path], now=LATER).answer == "status_unknown"


@FEW
@given(value=JSON)
def test_a_status_list_with_any_subject(place, room, files, value) -> None:
    claims = openbadge.peek((place.folder / "status.jwt").read_text())
    claims["credentialSubject"] = value
    if openbadge.too_deep(claims):
        return
    path = room / "list.jwt"
    path.write_text(openbadge.sign(_finite(claims), _key(place)))
    token = room / "t.jwt"
    token.write_bytes(files["jwt"])
    found = c.verify(token, base=place.base, status=[path], now=LATER).answer
    assert found in ("status_unknown", "status_invalid")


def test_a_status_list_that_unpacks_to_a_gigabyte(place, room, files) -> None:
    import base64
    import gzip

    claims = openbadge.peek((place.folder / "status.jwt").read_text())
    bomb = base64.urlsafe_b64encode(gzip.compress(b"\0" * 120_000_000)).decode().rstrip("=")
    claims["credentialSubject"]["encodedList"] = "u" + bomb
    path = room / "list.jwt"
    path.write_text(openbadge.sign(claims, _key(place)))
    token = room / "t.jwt"
    token.write_bytes(files["jwt"])
    assert c.verify(token, base=place.base, status=[path], now=LATER).answer in (
        "status_invalid", "status_unknown",
    )  # fmt: skip


@FEW
@given(data=st.binary(max_size=300), shape=st.sampled_from(["all", "inside", "cut"]))
def test_any_key_file_is_a_key_or_a_sentence(place, room, data, shape) -> None:
    true = next((place.folder / "keys").glob("*.pem"))
    raw = true.read_bytes()
    spoilt = {"all": data, "inside": raw[:40] + data + raw[40:], "cut": raw[: len(data)]}[shape]
    path = room / "key.pem"
    path.write_bytes(spoilt)
    path.chmod(0o600)
    did = issuer.read(place.folder / "issuer.json").keys[0].did
    try:
        key = keys.load(path, did, passphrase="")
    except CourseError as error:
        assert error.remedy and raw.split(b"\n")[1].decode() not in str(error)
    else:
        assert openbadge.did_of(key.public_key()) == did


@FEW
@given(data=st.data())
def test_a_log_with_changed_bytes_is_refused(place, tmp_path_factory, data) -> None:
    raw = bytearray((place.folder / "log.jsonl").read_bytes())
    at = data.draw(st.integers(0, len(raw) - 2))
    new = data.draw(st.integers(0, 255))
    copy = tmp_path_factory.mktemp("log") / "log.jsonl"
    if raw[at] == new:
        return
    raw[at] = new
    copy.write_bytes(raw)
    from grading.certificates.log import Log

    with pytest.raises(CourseError):
        Log(copy)
    shutil.rmtree(copy.parent)

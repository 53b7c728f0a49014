"""The only door to openbadgeslib: build, sign, open, bake.

A credential is an Open Badges 3.0 AchievementCredential, signed as a VC-JWT with Ed25519;
its issuer is the ``did:key`` of the key that signed. The library's own verifier is not
used for the answer: it gives one error for every fault, reads the machine's clock, and
takes the key from the credential where it is told nothing else. A test holds that library
and :func:`opened` agree, and that a second library does.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

ALGORITHM = "EdDSA"
LIST_BITS = 131_072  # the least the standard allows: one list hides who asks about whom
LARGEST_TOKEN = 256 * 1024
DEEPEST = 40  # levels of JSON; a credential has six


class NotAToken(ValueError):
    """The text is no signed token at all."""


class BadSignature(ValueError):
    """The text is a token, and the key did not sign it."""


def did_of(public: Ed25519PublicKey) -> str:
    """Return a public key as text: ``did:key:z6Mk…``."""
    from openbadgeslib.keys import key_to_pem
    from openbadgeslib.ob3 import did_key_from_pem

    return did_key_from_pem(key_to_pem(public))


def public_key(did: str) -> Ed25519PublicKey:
    """Return the key that a ``did:key`` is.

    Raises
    ------
    ValueError
        It is no did:key, or not of an Ed25519 key.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from openbadgeslib.ob3 import resolve_did

    if not isinstance(did, str) or not did.startswith("did:key:z") or len(did) > 100:
        raise ValueError("not a did:key")
    try:
        key = load_pem_public_key(resolve_did(did))
    except Exception as error:
        raise ValueError("not a did:key") from error
    if not isinstance(key, Ed25519PublicKey) or did_of(key) != did:
        raise ValueError("not an Ed25519 key")
    return key


def sign(claims: dict[str, Any], private: Ed25519PrivateKey) -> str:
    """Return the signed token of some claims."""
    from openbadgeslib.ob3 import OB3Signer

    return OB3Signer(private, ALGORITHM).sign_payload(claims)


def status_list(
    revoked: Iterable[int], *, did: str, name: str, now: datetime, until: datetime,
    private: Ed25519PrivateKey,
) -> str:  # fmt: skip
    """Return the signed status list."""
    from openbadgeslib.ob3 import build_status_list_credential

    claims = build_status_list_credential(
        did, name, "revocation", revoked, LIST_BITS, issued=now, valid_until=until
    )
    claims |= {"iss": did, "jti": name, "nbf": int(now.timestamp())}
    return sign(claims, private)


def peek(token: str) -> dict[str, Any]:
    """Return what a token says without believing it.

    Raises
    ------
    NotAToken
        The text is no token with a JSON object in it, is too large or nests too deep.
    """
    parts = token.strip().split(".") if len(token) <= LARGEST_TOKEN else []
    if len(parts) != 3:
        raise NotAToken("not three parts")
    for part in parts[:2]:
        found = _object(part)
    if not parts[0] or not isinstance(_object(parts[0]).get("alg"), str):
        raise NotAToken("no algorithm")
    return found


def _object(part: str) -> dict[str, Any]:
    try:
        text = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        value = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise NotAToken("not JSON") from error
    if not isinstance(value, dict) or too_deep(value):
        raise NotAToken("not an object of a usual depth")
    return value


def _no_number(name: str) -> None:
    raise ValueError(name)


def too_deep(value: Any) -> bool:
    """Say whether JSON nests deeper than anything of ours, or holds half letters."""
    level = [value]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += [*item, *item.values()]
            elif isinstance(item, list):
                below += item
            elif isinstance(item, str) and not _whole(item):
                return True
        if not below:
            return False
        level = below
    return True


def _whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def opened(token: str, did: str) -> dict[str, Any]:
    """Return what a token says, if this key signed exactly that.

    The algorithm is Ed25519, whatever the token's header asks for; keys that the token
    brings along are not looked at. The clock plays no part.

    Raises
    ------
    NotAToken
        The text is no token.
    BadSignature
        The key did not sign it.
    """
    import jwt

    peek(token)
    off = {f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
    try:
        claims = jwt.decode(token.strip(), public_key(did), algorithms=[ALGORITHM], options=off)
    except (jwt.exceptions.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise BadSignature(str(error)) from error
    if not isinstance(claims, dict):
        raise BadSignature("the payload is no object")
    return claims


def is_certificate(claims: Mapping[str, Any]) -> bool:
    """Say whether claims have the form of an Open Badges 3.0 credential of ours."""
    from openbadgeslib.ob3 import OpenBadgeCredential

    kinds = claims.get("type")
    if not isinstance(kinds, list) or "VerifiableCredential" not in kinds:
        return False
    if not {"OpenBadgeCredential", "AchievementCredential"} & {k for k in kinds
                                                               if isinstance(k, str)}:  # fmt: skip
        return False
    try:
        made = OpenBadgeCredential.from_jwt_payload(dict(claims))
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError):
        return False
    return claims.get("iss") == made.issuer.id and claims.get("jti") == made.id


def is_status_list(claims: Mapping[str, Any]) -> bool:
    """Say whether claims have the form of a status list."""
    kinds = claims.get("type")
    return isinstance(kinds, list) and "BitstringStatusListCredential" in kinds


def bit(claims: Mapping[str, Any], index: int) -> bool:
    """Return whether a place of a status list is set.

    Raises
    ------
    ValueError
        The list cannot be read, or has no such place.
    """
    from openbadgeslib.errors import LibOpenBadgesException
    from openbadgeslib.ob3 import decode_encoded_list

    try:
        bits = decode_encoded_list(claims["credentialSubject"]["encodedList"])
    except (LibOpenBadgesException, KeyError, TypeError, ValueError) as error:
        raise ValueError("the list cannot be read") from error
    if not 0 <= index < len(bits) * 8:
        raise ValueError("the list has no such place")
    return bool(bits[index // 8] & (0x80 >> (index % 8)))


def set_bits(claims: Mapping[str, Any]) -> frozenset[int]:
    """Return all places of a status list that are set."""
    from openbadgeslib.ob3 import decode_encoded_list, set_indices

    return set_indices(decode_encoded_list(claims["credentialSubject"]["encodedList"]))


def bake(png: bytes, token: str) -> bytes:
    """Return a picture that carries a token."""
    from openbadgeslib import baking

    return baking.bake_png(png, token, keyword=baking.ITXT_KEYWORD_OB3)


def baked(png: bytes) -> str | None:
    """Return the token a picture carries, None when it carries none.

    Raises
    ------
    ValueError
        The picture cannot be read, or its token unpacks to more than is allowed.
    """
    from openbadgeslib import baking

    try:
        return baking.extract_png(png, LARGEST_TOKEN, keyword=baking.ITXT_KEYWORD_OB3)
    except Exception as error:  # whatever a broken picture does to the reader
        raise ValueError("the picture cannot be read") from error

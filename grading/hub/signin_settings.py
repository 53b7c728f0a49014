"""The part ``sign_in:`` of hub.yml: read, and checked with sentences that name key and remedy."""

from __future__ import annotations

import re
import stat
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import ParseResult, urlparse

from course.errors import CourseError
from grading.hub.signin_form import filled
from grading.hub.signin_names import clashes

MODES = ("native", "oidc", "lti13", "dummy")
LOOPBACK = ("127.0.0.1", "localhost", "::1")

COMMENTED = """\
# How people enter. SIGN_IN.md beside the hub's program explains each way.
sign_in:
  # native: accounts of this hub, opened by an instructor or by a one-time code (default)
  # oidc:   your organisation's sign-in service (Keycloak, Entra ID, Google ...)
  # lti13:  from your learning system (Moodle, Canvas, Open edX)
  mode: native
  # Hours after which everybody signs in again.
  session_hours: 12
  # native only:
  minimum_password: 10
  failed_sign_ins: 5      # wrong tries before a name has to wait
  wait_seconds: 60
  # oidc only:
  # oidc:
  #   issuer: https://sign-in.example.org/realms/city
  #   client_id: course-hub
  #   client_secret_file: oidc.secret   # beside hub.yml, readable by root alone
  #   match: email                      # or id: the claim holds the id of the roster
  #   claim: email
  #   service_name: the city's sign-in
  # lti13 only:
  # lti13:
  #   issuer: https://moodle.example.org
  #   client_id: [aBcDeF123]
  #   authorize_url: https://moodle.example.org/mod/lti/auth.php
  #   jwks_url: https://moodle.example.org/mod/lti/certs.php
  #   deployment_ids: ["1"]
  #   match: email
  #   claim: email
"""


@dataclass(frozen=True)
class Oidc:
    """Keys below ``oidc:``; see SIGN_IN.md."""

    issuer: str = ""
    client_id: str = ""
    client_secret_file: str = ""
    match: str = "email"
    claim: str = ""
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    service_name: str = "your organisation"
    trust_unverified_email: bool = False
    instructor_claim: str = ""
    instructor_value: str = ""


@dataclass(frozen=True)
class Lti13:
    """Keys below ``lti13:``; see SIGN_IN.md."""

    issuer: str = ""
    client_id: tuple[str, ...] = ()
    authorize_url: str = ""
    jwks_url: str = ""
    deployment_ids: tuple[str, ...] = ()
    match: str = "email"
    claim: str = ""


@dataclass(frozen=True)
class SignIn:
    """The part ``sign_in:`` of hub.yml.

    Attributes
    ----------
    mode : str
        ``native``, ``oidc``, ``lti13`` or ``dummy``.
    session_hours : float
        Life of a session in a browser.
    minimum_password, failed_sign_ins, wait_seconds : int
        Of ``native``.
    instructor_mails : dict
        Id of an instructor -> e-mail address, where a service tells addresses only.
    oidc : Oidc
        The service.
    lti13 : Lti13
        The learning system.
    """

    mode: str = "native"
    session_hours: float = 12.0
    minimum_password: int = 10
    failed_sign_ins: int = 5
    wait_seconds: int = 60
    instructor_mails: dict[str, str] = field(default_factory=dict)
    oidc: Oidc = Oidc()
    lti13: Lti13 = Lti13()


def read(section: Mapping[str, Any] | None) -> tuple[SignIn, list[str]]:
    """Return the settings and what is wrong with their form.

    Parameters
    ----------
    section : mapping or None
        As YAML gives it; nothing means the defaults.

    Returns
    -------
    tuple
        The settings, faulty keys at their default, and one sentence for each fault.
    """
    return filled(SignIn, section, "sign_in")


def check(
    section: Mapping[str, Any] | None,
    *,
    folder: Path,
    bind: str = "127.0.0.1",
    public_url: str = "",
    dummy: bool = False,
    instructors: Collection[str] = (),
) -> list[str]:
    """Return what is wrong with the sign-in settings, one sentence with a remedy each.

    Parameters
    ----------
    section : mapping or None
        ``sign_in:`` of hub.yml.
    folder : Path
        The folder of hub.yml; a relative secret file lies there.
    bind : str
        Address the hub listens on.
    public_url : str
        Address people open, where it is another.
    dummy : bool
        The command was given the option that allows a hub without passwords.
    instructors : collection of str
        Their ids.
    """
    made, said = read(section)
    if made.mode not in MODES:
        said.append(f"sign_in.mode: {made.mode!r} is none. Choose native, oidc or lti13.")
    if not 0.25 <= made.session_hours <= 24 * 14:
        said.append("sign_in.session_hours: choose between 0.25 and 336 (two weeks).")
    if not 8 <= made.minimum_password <= 64:
        said.append("sign_in.minimum_password: choose between 8 and 64 characters.")
    if not 1 <= made.failed_sign_ins <= 100:
        said.append("sign_in.failed_sign_ins: choose between 1 and 100 wrong tries.")
    if not 10 <= made.wait_seconds <= 86_400:
        said.append("sign_in.wait_seconds: choose between 10 and 86400 seconds.")
    for group in clashes(instructors):
        said.append(f"instructors: {' and '.join(group)} are one id to the hub. Keep one of them.")
    for name in made.instructor_mails:
        if name not in instructors:
            said.append(f"sign_in.instructor_mails: {name} is no instructor. Add or delete it.")
    if made.mode == "dummy":
        said += _dummy(bind, public_url, dummy)
    if made.mode == "oidc":
        said += _oidc(made.oidc, folder)
    if made.mode == "lti13":
        said += _lti(made.lti13)
    return said


def _dummy(bind: str, public_url: str, flag: bool) -> list[str]:
    said = []
    if not flag:
        said.append(
            "sign_in.mode: dummy lets everybody in as anybody. Choose native, or start with"
            " --anybody-may-enter to try the hub out on this machine."
        )
    host = getattr(_parsed(public_url), "hostname", "") if public_url else bind
    if bind not in LOOPBACK or (host or "") not in LOOPBACK:
        said.append(
            "sign_in.mode: dummy works on this machine only. Set the address to 127.0.0.1,"
            " or choose another mode."
        )
    return said


def _match(where: str, match: str, claim: str) -> list[str]:
    said = []
    if match not in ("email", "id"):
        said.append(f"{where}.match: {match!r} is none. Write email or id.")
    if match == "id" and not claim:
        said.append(f"{where}.claim: name the claim that holds the id of the roster.")
    return said


def _parsed(value: str) -> ParseResult | None:
    """Return the parts of an address, None where it has none."""
    try:
        url = urlparse(value)
        return url if url.port is None or url.port else None
    except ValueError:  # a port of six digits, half an IPv6 address
        return None


def _address(where: str, value: str) -> list[str]:
    if not value:
        return [f"{where} is missing. SIGN_IN.md says where to find it."]
    url = _parsed(value)
    whole = url is not None and url.scheme in ("https", "http") and url.hostname
    if url is None or not whole or url.query or url.fragment:
        return [f"{where}: {value!r} is no address. Write it as https://name/path."]
    if url.scheme == "http" and url.hostname not in LOOPBACK:
        return [f"{where}: {value} is not encrypted. Use an https address."]
    return []


def _oidc(oidc: Oidc, folder: Path) -> list[str]:
    said = _address("sign_in.oidc.issuer", oidc.issuer)
    if not oidc.client_id:
        said.append("sign_in.oidc.client_id is missing. The sign-in service gives it.")
    if "openid" not in oidc.scopes:
        said.append("sign_in.oidc.scopes: add openid; without it there is no ID token.")
    if bool(oidc.instructor_claim) != bool(oidc.instructor_value):
        said.append("sign_in.oidc: instructor_claim and instructor_value go together. Set both.")
    said += _match("sign_in.oidc", oidc.match, oidc.claim)
    try:
        secret(oidc, folder)
    except CourseError as error:
        said.append(str(error))
    return said


def secret(oidc: Oidc, folder: Path) -> str:
    """Return the client secret out of its file.

    Raises
    ------
    CourseError
        No file, an empty one, or one that others can read.
    """
    key = "sign_in.oidc.client_secret_file"
    if not oidc.client_secret_file:
        raise CourseError(f"{key} is missing.", "Write the secret into a file and name it there.")
    path = folder / oidc.client_secret_file
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no text"
        raise CourseError(f"{key}: {path.name} cannot be read ({why}).", "Make the file.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise CourseError(f"{key}: others can read {path.name}.", f"Do: chmod 600 {path.name}")
    if not text or len(text.split()) != 1:
        raise CourseError(f"{key}: {path.name} has to hold the secret alone.", "Mend the file.")
    return text


def _lti(lti: Lti13) -> list[str]:
    said = []
    for name in ("issuer", "authorize_url", "jwks_url"):
        said += _address(f"sign_in.lti13.{name}", getattr(lti, name))
    if not lti.client_id:
        said.append("sign_in.lti13.client_id is missing. The learning system gives it.")
    if not all(re.fullmatch(r"[\w.:@-]+", one) for one in lti.client_id):
        said.append("sign_in.lti13.client_id: an id holds no spaces. Write a list: [one, two].")
    return said + _match("sign_in.lti13", lti.match, lti.claim)

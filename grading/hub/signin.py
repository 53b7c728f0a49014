"""How people enter the hub: one of four ways, set up on JupyterHub's configuration."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from course.errors import CourseError
from grading.cohort.store import roster_path
from grading.hub import signin_settings
from grading.hub.signin_settings import COMMENTED, check
from grading.state import GradingState

__all__ = ["COMMENTED", "check", "configure"]

TEMPLATES = Path(__file__).parent / "templates"


def configure(
    c: Any,
    section: Mapping[str, Any] | None,
    *,
    state: GradingState,
    folder: Path,
    instructors: Collection[str] = (),
    title: str = "Smart city course",
    bind: str = "127.0.0.1",
    public_url: str = "",
    instructor_groups: Collection[str] = (),
    dummy: bool = False,
    off: Collection[str] = frozenset(),
    secrets: Path | None = None,
) -> None:
    """Set JupyterHub's authenticator, its settings, the life of a session and the pages.

    Parameters
    ----------
    c : traitlets.config.Config
        JupyterHub's configuration.
    section : mapping or None
        ``sign_in:`` of hub.yml.
    state : GradingState
        Its roster says who may enter.
    folder : Path
        The folder of hub.yml.
    instructors : collection of str
        Ids that enter as instructors.
    title : str
        Name of the course on the pages.
    bind, public_url, dummy
        See :func:`check`.
    instructor_groups : collection of str
        Groups of the hub that make an instructor, for services that say who is one.
    off : collection of str
        Defences a test switches off: ``approval``, ``replay``, ``logout``, ``roster``.
    secrets : Path, optional
        Folder of what root alone reads (one-time codes); default: ``folder``.

    Raises
    ------
    CourseError
        The settings cannot be used; all that is wrong, in one text.
    """
    given: dict[str, Any] = {"bind": bind, "public_url": public_url, "dummy": dummy}
    if said := check(section, folder=folder, instructors=instructors, **given):
        raise CourseError(" ".join(said), "Mend sign_in: in hub.yml.")
    made, _ = signin_settings.read(section)
    c.JupyterHub.cookie_max_age_days = made.session_hours / 24
    c.JupyterHub.oauth_token_expires_in = int(made.session_hours * 3600)
    # Somebody taken off the list is out within a minute, tokens for programs included.
    c.Authenticator.auth_refresh_age = 60
    c.Authenticator.auth_refresh_strict = True
    c.Authenticator.allow_all = False
    c.Authenticator.any_allow_config = True  # the roster says who may enter
    c.Authenticator.enable_auth_state = False
    own = _OWN[made.mode](c, made, folder, secrets or folder, off)
    own.roster = str(roster_path(state))
    own.instructors = list(instructors)
    own.instructor_mails = dict(made.instructor_mails)
    own.instructor_groups = list(instructor_groups)
    own.lasting_cookies = "logout" in off
    own.anybody = "roster" in off
    _pages(c, made.mode, title, made)


def _pages(c: Any, mode: str, title: str, made: signin_settings.SignIn) -> None:
    from course.display.palette import ROLES
    from grading.hub.signin_dummy import WARNING

    paths = c.JupyterHub.get("template_paths", [])
    if str(TEMPLATES) not in paths:
        c.JupyterHub.template_paths = [str(TEMPLATES), *paths]
    before = c.JupyterHub.get("template_vars", {})
    c.JupyterHub.template_vars = {
        **before,
        "course_title": title,
        "sign_in_mode": mode,
        "sign_in_warning": WARNING if mode == "dummy" else "",
        "sign_in_service": made.oidc.service_name,
        "roles_light": ROLES["light"],
        "roles_dark": ROLES["dark"],
    }


def _native(c: Any, made: Any, folder: Path, secrets: Path, off: Collection[str]) -> Any:
    from grading.hub.signin_native import CourseNative

    c.JupyterHub.authenticator_class = CourseNative
    own = c.CourseNative
    own.folder = str(secrets)
    own.approval = "approval" not in off
    own.minimum_password = made.minimum_password
    own.failed_sign_ins = made.failed_sign_ins
    own.wait_seconds = made.wait_seconds
    own.open_signup = False
    own.check_common_password = True
    return own


def _oidc(c: Any, made: Any, folder: Path, secrets: Path, off: Collection[str]) -> Any:
    from grading.hub.signin_oidc import CourseOidc

    c.JupyterHub.authenticator_class = CourseOidc
    own, oidc = c.CourseOidc, made.oidc
    own.issuer = oidc.issuer
    own.client_id = oidc.client_id
    own.client_secret = signin_settings.secret(oidc, folder)
    own.match = oidc.match
    own.claim = oidc.claim or "email"
    own.scope = list(oidc.scopes)
    own.login_service = oidc.service_name
    own.trust_unverified_email = oidc.trust_unverified_email
    own.instructor_claim = oidc.instructor_claim
    own.instructor_value = oidc.instructor_value
    own.enable_pkce = True
    own.validate_server_cert = True
    return own


def _lti(c: Any, made: Any, folder: Path, secrets: Path, off: Collection[str]) -> Any:
    from grading.hub.signin_lti import CourseLti

    c.JupyterHub.authenticator_class = CourseLti
    own, lti = c.CourseLti, made.lti13
    own.issuer = lti.issuer
    own.client_id = set(lti.client_id)
    own.authorize_url = lti.authorize_url
    own.jwks_endpoint = lti.jwks_url
    own.deployment_ids = list(lti.deployment_ids)
    own.match = lti.match
    own.username_key = lti.claim or "email"
    own.once = "replay" not in off
    return own


def _dummy(c: Any, made: Any, folder: Path, secrets: Path, off: Collection[str]) -> Any:
    from grading.hub.signin_dummy import CourseDummy

    c.JupyterHub.authenticator_class = CourseDummy
    return c.CourseDummy


_OWN = {"native": _native, "oidc": _oidc, "lti13": _lti, "dummy": _dummy}

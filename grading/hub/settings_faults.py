"""What does not fit together in the settings of a hub, though each of them has the right form."""

from __future__ import annotations

import re
from pathlib import Path

from course.errors import CourseError
from grading.hub.settings import Settings
from grading.state import is_student_id


def faults(settings: Settings, folder: Path) -> list[str]:
    """Return what does not fit together; empty where the hub can use it.

    Parameters
    ----------
    settings : Settings
        Of the right form.
    folder : Path
        The folder of the file.
    """
    from grading.hub import signin, subdomains

    said = []
    ports = settings.ports()
    if len(set(ports.values())) < len(ports) or max(ports.values()) > 65535:
        said.append(
            f"port: the five ports must differ ({', '.join(f'{k} {v}' for k, v in ports.items())})."
        )
    for name in settings.instructors:
        if not is_student_id(name):
            said.append(f"instructors: {name!r} cannot be a name; use letters, digits, hyphens.")
    if len(set(settings.instructors)) < len(settings.instructors):
        said.append("instructors: a name stands there twice.")
    if bool(settings.tls_certificate) != bool(settings.tls_key):
        said.append("tls_certificate and tls_key: give both or none.")
    for key in ("tls_certificate", "tls_key", "gradebook_file"):
        value = getattr(settings, key)
        if value and not _is_file(folder / value):
            said.append(f"{key}: there is no file {folder / value}.")
    if settings.gradebook_file and _is_file(folder / settings.gradebook_file):
        said += _gradebook_faults(folder / settings.gradebook_file)
    if settings.public_url and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", settings.public_url):
        said.append("public_url: write it as https://hub.example.org.")
    said += subdomains.faults(settings, folder)
    outside = settings.ip not in ("127.0.0.1", "localhost", "::1")
    if outside and not settings.tls_certificate:
        said.append(
            f"ip: {settings.ip} is reachable from other machines, and passwords would travel "
            "readable; give tls_certificate and tls_key, or keep 127.0.0.1 behind a web server."
        )
    if settings.programme:
        said += _programme_faults(settings)
    elif settings.start:
        said.append("start: needs a programme.")
    return said + signin.check(
        dict(settings.sign_in), folder=folder, bind=settings.ip, public_url=settings.public_url,
        instructors=settings.instructors, dummy=True,
    )  # fmt: skip


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no disk can hold
        return False


def _gradebook_faults(path: Path) -> list[str]:
    """Look at the file with the gradebook's address; no sentence repeats what is in it."""
    from grading import gradebook_address

    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
        if text:
            gradebook_address.plain(text)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "no text"
        return [f"gradebook_file: {path.name} cannot be read ({why})."]
    except CourseError as error:
        return [f"gradebook_file: {error}"]
    open_to_all = text and mode & 0o077
    return [f"gradebook_file: others can read {path.name}; chmod 600 it."] if open_to_all else []


def _programme_faults(settings: Settings) -> list[str]:
    from course.programme import Programme

    try:
        programme = Programme.open(settings.programme)
        if settings.start:
            programme.dated(settings.start)
    except CourseError as error:
        return [f"programme: {error}"]
    return []

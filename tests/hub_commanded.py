"""What a host and people do with a hub that was started by command: keyboard, browsers, looks."""

from __future__ import annotations

import ipaddress
import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from grading.hub import settings_file, starting, subdomains
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings
from tests.hub_running import Person, RunningHub

PASSWORD = "three plain test words"


def certificate(folder: Path, *names: str) -> Path:
    """Write ``hub.crt`` and ``hub.key`` for some names and this machine; return the first."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(
            [*map(x509.DNSName, names), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        ), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "hub.crt").write_bytes(made.public_bytes(pem))
    (folder / "hub.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    )
    (folder / "hub.key").chmod(0o600)
    return folder / "hub.crt"


@dataclass
class Host:
    """The keyboard of the host of one hub folder."""

    folder: HubFolder

    def env(self) -> dict[str, str]:
        given = {k: v for k, v in os.environ.items() if k not in ("COURSE_STATE", "CI")}
        return given | {"COURSE_HUB": str(self.folder.base)}

    def says(self, *words: str, code: int = 0) -> Any:
        """Run ``python -m grading ...``; return what it printed, as data where it is JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "grading", *words], env=self.env(), capture_output=True,
            text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout) if "--json" in words else done.stdout + done.stderr

    def settings(self) -> Settings:
        with pytest.MonkeyPatch.context() as patch:  # as the command: its own programmes
            patch.setenv("COURSE_STATE", str(self.folder.state))
            return settings_file.read(self.folder.settings)


@dataclass
class Commanded(RunningHub):
    """A hub with a public address; its people have passwords."""

    certificate: Path = Path()

    @property
    def address(self) -> str:
        return starting.address(self.settings).rstrip("/")

    def person(self, name: str) -> Person:
        made = Browser(self, name)
        made.http.verify, made.http.trust_env = str(self.certificate), False
        return made

    def sign_in(self, name: str) -> Person:
        if name not in self.people:
            person = self.person(name)
            answer = person.sign_in(PASSWORD)
            assert answer.status_code == 200 and "/hub/login" not in answer.url, answer.text
            self.people[name] = person
        return self.people[name]

    session = sign_in


class Browser(Person):
    """Finds servers and services under their own names, where they have some."""

    def origin(self, path: str) -> str:
        """Return the origin that answers a path."""
        hub = urlsplit(self.hub.address)
        _, kind, name, *_ = [*urlsplit(path).path.split("/"), "", ""]
        if self.hub.settings.subdomains == "off" or kind not in ("user", "services"):
            return self.hub.address
        host = subdomains.name_of(name, hub.hostname or "", kind.removesuffix("s"))
        return f"https://{host}:{hub.port}"


def set_line(text: str, key: str, value: object) -> str:
    """Write a value into the line of a key, which may be a comment so far."""
    lines = text.splitlines()
    at = [i for i, line in enumerate(lines) if line.lstrip("#").startswith(f"{key}:")]
    assert len(at) == 1, key
    lines[at[0]] = f"{key}: {value}"
    return "\n".join(lines) + "\n"


def sign_up(hub: Commanded, name: str, code: str) -> str:
    """Choose a password with a code; return the page."""
    person = hub.person(name)
    person.get("/hub/signup")
    form = {"username": name, "code": code, "password": PASSWORD, "again": PASSWORD,
            "_xsrf": person.xsrf("/hub/signup")}  # fmt: skip
    return str(person.post("/hub/signup", data=form, xsrf=False).text)


def on_desk(person: Person, what: str, **form: str) -> str:
    """Send a form of the desk; return the page after it, of a job when it is done."""
    path = f"/services/desk/{what.rpartition('/')[0]}"
    token = person.get(path).text.partition('name="_xsrf" value="')[2].partition('"')[0]
    answer = person.post(f"/services/desk/{what}", data={**form, "_xsrf": token}, xsrf=False)
    assert answer.status_code == 200, answer.text
    end = time.monotonic() + 120
    while "/job/" in answer.url and 'http-equiv="refresh"' in answer.text:
        assert time.monotonic() < end, answer.text
        time.sleep(0.3)
        answer = person.get(urlsplit(answer.url).path)
    assert "failed" not in answer.text, answer.text
    return f"{urlsplit(answer.url).path}\n{answer.text}"


def both_start(*people: Person) -> None:
    for person in people:
        person.get("/hub/home")
        person.post(f"/hub/api/users/{person.name}/server")
    for person in people:
        person.start()


def has_server(hub: Commanded, name: str) -> bool:
    model = hub.sign_in(name).get(f"/hub/api/users/{name}").json()
    return bool(model.get("servers"))


def graded(hub: RunningHub) -> dict[str, float]:
    """Return the points of each person in the gradebook."""
    with closing(sqlite3.connect(hub.state.base / "gradebook.db")) as book:
        found = book.execute(
            "select s.student_id, sum(coalesce(g.auto_score, 0)) from grade g"
            " join submitted_notebook n on n.id = g.notebook_id"
            " join submitted_assignment s on s.id = n.assignment_id group by s.student_id"
        ).fetchall()
    return dict(found)


def names(database: Path, table: str, column: str) -> set[str]:
    with closing(sqlite3.connect(database)) as opened:
        return {name for (name,) in opened.execute(f"select {column} from {table}")}

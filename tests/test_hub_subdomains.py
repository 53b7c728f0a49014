"""A name of its own for each person's server: what the settings ask for, and what they say."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grading.hub import subdomains
from grading.hub.settings import Settings
from tests.hub_commanded import certificate


def test_what_is_missing_for_subdomains_is_said(tmp_path: Path) -> None:
    on = Settings(subdomains="on")
    for url in ("", "http://hub.test", "https://localhost", "https://192.0.2.7", "https://[::1]:8",
                "https://hub.test/course", "https://hub.test:port"):  # fmt: skip
        (said,) = subdomains.faults(replace(on, public_url=url), tmp_path)
        assert "subdomains: needs public_url" in said
    good = replace(on, public_url="https://hub.test:8443")
    assert subdomains.faults(good, tmp_path) == []
    with_own = replace(good, tls_certificate="hub.crt", tls_key="hub.key")
    certificate(tmp_path, "hub.test")
    (said,) = subdomains.faults(with_own, tmp_path)
    assert said.endswith("is not for *.hub.test.")
    certificate(tmp_path, "hub.test", "*.hub.test")
    assert subdomains.faults(with_own, tmp_path) == []
    (tmp_path / "hub.crt").write_text("no certificate")
    assert "no certificate in PEM" in subdomains.faults(with_own, tmp_path)[0]


def test_a_name_service_without_the_wildcard_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"hub.test": "192.0.2.1"}

    def ask(name: str, *_: object) -> list[Any]:
        found = table.get(name) or table.get("*." + name.partition(".")[2])
        if not found:
            raise socket.gaierror(-2, "Name or service not known")
        return [(0, 0, 0, "", (found, 0))]

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    settings = Settings(subdomains="on", public_url="https://hub.test")
    assert "has no address here" in subdomains.unknown_name(settings)
    table["*.hub.test"] = "192.0.2.2"
    assert "leads elsewhere" in subdomains.unknown_name(settings)
    table["*.hub.test"] = "192.0.2.1"
    assert subdomains.unknown_name(settings) == ""

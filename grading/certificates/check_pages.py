"""The pages that a QR code leads to: a static folder for any web server, asking no other.

One page per check code. A code has 118 bits and is on the certificate only; no page lists
others, so who has no certificate finds no name. A page says how the certificate stands
and that a page is no proof: the file is, with ``python3 -m grading verify``.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from grading.certificates import drawing, lettering, openbadge
from grading.certificates.claims import moment
from grading.certificates.desk import open_desk, sign_status
from grading.certificates.folder import write_if_changed
from grading.certificates.ledger import Certificate, Settings

_STYLE = """
:root{color-scheme:light dark;--ink:#1f2933;--paper:#fff;--quiet:#52606d;--hair:#d9dee3;
--accent:#0b6e99}
@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--paper:#15191d;--quiet:#a9b4bf;
--hair:#3a444d;--accent:#5cb3d9}}
body{margin:0;background:var(--paper);color:var(--ink);font:18px/1.5 system-ui,sans-serif}
main{max-width:38rem;margin:0 auto;padding:3rem 1.5rem}
h1{font-size:24px;font-weight:600;margin:0 0 1.5rem;padding-top:1.25rem;
border-top:4px solid var(--accent)}
.state{font-size:24px;margin:0 0 1.5rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.4rem 1.5rem;margin:0 0 2rem}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
h2{font-size:18px;margin:2rem 0 .5rem}p{margin:.5rem 0}
code{font-size:15px;overflow-wrap:anywhere}
.quiet{color:var(--quiet);font-size:15px}
@media(max-width:30rem){dl{grid-template-columns:1fr}dd{margin-bottom:.6rem}}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
# nothing is loaded, nothing runs, nothing is sent, and no other page can frame it
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
_WORDS = {
    "issued": "Issued and not revoked.",
    "revoked": "Revoked: the issuer has taken this certificate back.",
    "replaced": "Replaced: a corrected certificate was issued, and this one counts no more.",
}


def write_pages(state: Any, out: Path, *, names: bool = True, now: datetime | None = None) -> int:
    """Write the folder of check pages.

    Parameters
    ----------
    state : GradingState
        Whose certificates.
    out : Path
        The folder; pages of it that stand already are brought up to date.
    names : bool
        Show the holder's name on the page of the code. Without it a page says number,
        programme and status only.
    now : datetime, optional
        For the status list.

    Returns
    -------
    int
        Pages of certificates, those of revoked ones included.
    """
    with open_desk(state, now=now) as desk:
        status = desk.folder.status
        sign_status(desk)  # only where it does not fit or grows old
        out.mkdir(parents=True, exist_ok=True)
        (out / "c").mkdir(exist_ok=True)
        settings, today = desk.ledger.settings, desk.now
        for certificate in desk.ledger.certificates.values():
            page = _certificate_page(certificate, settings, today, names)
            _put(out / "c" / f"{certificate.code}.html", page)
        front = _front(settings, desk.folder.issuer.read_bytes() if desk.ledger.key else b"")
        _put(out / "index.html", front)
        _put(out / "c" / "index.html", front.replace('href="', 'href="../'))
        write_if_changed(out / "issuer.json", desk.folder.issuer.read_bytes(), 0o644)
        write_if_changed(out / "status.jwt", status.read_bytes(), 0o644)
        write_if_changed(out / "robots.txt", b"User-agent: *\nDisallow: /\n", 0o644)
        return len(desk.ledger.certificates)


def _put(path: Path, page: str) -> None:
    write_if_changed(path, page.encode(), 0o644)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="robots" content="noindex,nofollow,noarchive">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main>\n{body}</main></body></html>\n"
    )


def _said(text: str) -> str:
    """Return a text of a person or city, escaped, in its own direction and language."""
    return (
        f'<bdi lang="{lettering.language(text)}" dir="{lettering.direction(text)}">'
        f"{escape(text)}</bdi>"
    )


def _certificate_page(
    certificate: Certificate, settings: Settings, now: datetime, names: bool
) -> str:
    stated = certificate.achievement
    if certificate.erased:  # its holder asked for it: number, programme and status are left
        names, ends = False, None
    else:
        ends = moment(openbadge.peek(certificate.token).get("validUntil"))
    state = _WORDS[certificate.status]
    if certificate.status == "issued" and ends and ends < now:
        state = "Expired: its time is over."
    rows = [
        ("Number", escape(certificate.number)),
        *([("Name", _said(stated.name)), ("City", _said(stated.city))] if names else []),
        ("Programme", _said(stated.programme_title)),
        ("Dates", escape(drawing.dates(stated.start, stated.end))),
        ("Issued", f"{stated.local(certificate.at):%Y-%m-%d}"),
        ("Valid until", f"{stated.local(ends):%Y-%m-%d}" if ends else ""),
        ("Issuer", _said(settings.name)),
    ]
    if certificate.revoked:
        rows.append(("Revoked", f"{stated.local(certificate.revoked):%Y-%m-%d}"))
    facts = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in rows if value)
    simulated = (
        "<p><strong>Simulated.</strong> This person does not exist; the page shows how a check "
        "looks.</p>"
        if stated.simulated
        else ""
    )
    return _page(
        f"{drawing.headline(stated)} {certificate.number}",
        f"<h1>{escape(drawing.headline(stated))}</h1>\n{simulated}"
        f'<p class="state">{escape(state)}</p>\n<dl>{facts}</dl>\n'
        f"{_how('../')}"
        f'<p class="quiet">Status as of {now:%Y-%m-%d %H:%M} UTC.</p>\n',
    )


def _how(up: str) -> str:
    return (
        "<h2>How to check for certain</h2>\n"
        "<p>This page tells how the certificate stands. The proof is in the file that the holder "
        "has (PDF, PNG or token). Keep the issuer's document once, and compare its fingerprint "
        "with the one on paper or by telephone. Then, without a network:</p>\n"
        "<p><code>python3 -m grading verify FILE --issuer issuer.json --status status.jwt</code>"
        f'</p>\n<p><a href="{up}issuer.json">issuer.json</a> · '
        f'<a href="{up}status.jwt">status.jwt</a></p>\n'
    )


def _front(settings: Settings, document: bytes) -> str:
    from grading.certificates import issuer

    known = issuer.parse(document)
    keys = "".join(
        f"<dt>{key.state}</dt><dd><code>{issuer.fingerprint(key.did)}</code></dd>"
        for key in reversed(known.keys)
    )
    return _page(
        f"Certificates of {settings.name}",
        f"<h1>Certificates of {_said(settings.name)}</h1>\n"
        "<p>Open the address on the certificate, or its QR code, to see how it stands.</p>\n"
        f"{_how('')}<h2>Keys of the issuer</h2>\n<dl>{keys}</dl>\n",
    )

"""An origin of its own for each person's server and each service: names, and what they need.

Without it a page that a trainee's own server hands out belongs, for a browser, to the same origin
as the hub and the desk, and could act there in the name of an instructor who opens it.
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

from grading.hub.settings import Settings


def name_of(name: str, domain: str, kind: str) -> str:
    """Return the name under which a server or a service is reached; JupyterHub's hook.

    Parameters
    ----------
    name : str
        Of the user or the service.
    domain : str
        Of the hub.
    kind : str
        ``user`` or ``service``.

    Returns
    -------
    str
        Small letters only: browsers write names so, and the proxy compares letter by letter.

    Examples
    --------
    >>> name_of("K01", "hub.example.org", "user"), name_of("desk", "hub.example.org", "service")
    ('k01.hub.example.org', 'desk--service.hub.example.org')
    """
    from jupyterhub.utils import subdomain_hook_idna

    return str(subdomain_hook_idna(name, domain, kind)).lower()


def origin(settings: Settings, service: str) -> str:
    """Return the origin of a service, "" where all share one.

    Examples
    --------
    >>> origin(Settings(), "desk")
    ''
    >>> origin(Settings(public_url="https://hub.example.org:8443", subdomains="on"), "desk")
    'https://desk--service.hub.example.org:8443'
    """
    if settings.subdomains != "on":
        return ""
    hub = urlsplit(settings.public_url)
    port = f":{hub.port}" if hub.port else ""
    return f"{hub.scheme}://{name_of(service, hub.hostname or '', 'service')}{port}"


def hub_origin(settings: Settings) -> str:
    """Return the origin of the hub's own pages, "" where all share one.

    Examples
    --------
    >>> hub_origin(Settings(public_url="https://hub.example.org/", subdomains="on"))
    'https://hub.example.org'
    """
    return settings.public_url.rstrip("/") if settings.subdomains == "on" else ""


def faults(settings: Settings, folder: Path) -> list[str]:
    """Return what of the settings does not do for subdomains; empty where nothing is wrong.

    Parameters
    ----------
    settings : Settings
        Of the right form.
    folder : Path
        The folder of hub.yml.
    """
    if settings.subdomains != "on":
        return []
    try:
        hub = urlsplit(settings.public_url)
        plain = hub.scheme == "https" and hub.path in ("", "/") and (hub.port or 443) > 0
    except ValueError:  # a port that is none, half an address
        plain = False
    if not plain or not _is_name(hub.hostname or ""):
        return [
            "subdomains: needs public_url as https:// and a name, such as https://hub.example.org; "
            "a number or a name without a dot can have no names below it."
        ]
    return _certificate_faults(settings, folder, hub.hostname or "")


def _is_name(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return "." in host.strip(".")
    return False


def _certificate_faults(settings: Settings, folder: Path, host: str) -> list[str]:
    """Look at the hub's own certificate; that of a web server before it is not to be seen here."""
    path = folder / settings.tls_certificate
    if not settings.tls_certificate or not path.is_file():
        return []
    from cryptography import x509

    try:
        first = x509.load_pem_x509_certificates(path.read_bytes())[0]
        found = first.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = {name.lower() for name in found.value.get_values_for_type(x509.DNSName)}
    except (OSError, ValueError, IndexError):
        return [f"tls_certificate: {path} is no certificate in PEM."]
    except x509.ExtensionNotFound:
        names = set()
    missing = [name for name in (host, f"*.{host}") if name not in names]
    if not missing:
        return []
    return [f"subdomains: the certificate {path} is not for {' and '.join(missing)}."]


def unknown_name(settings: Settings) -> str:
    """Return why a name below the hub's does not lead to the hub, "" where it does.

    It asks the name service for one that nobody has, so that only a wildcard answers.
    """
    host = urlsplit(settings.public_url).hostname or ""
    tried = f"check-{secrets.token_hex(4)}.{host}"
    where = []
    for name in (host, tried):
        try:
            where.append({found[4][0] for found in socket.getaddrinfo(name, None)})
        except (OSError, UnicodeError):
            return f"{name} has no address here"
    return "" if where[0] & where[1] else f"{tried} leads elsewhere than {host}"

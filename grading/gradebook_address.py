"""Where the gradebook is kept: SQLite under the state, or PostgreSQL by address.

``COURSE_GRADEBOOK=postgresql://USER@HOST/NAME`` puts it into PostgreSQL. A password may
stand in the address, in libpq's password file (``?passfile=FILE`` or ``~/.pgpass``) or in
``PGPASSWORD``. One in the address is taken out at once: it is kept in this process's memory
and handed over when a connection is made, so that no address that nbgrader prints, logs,
writes into a file or passes to another program has it, and no process started from here
inherits it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from course.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

VARIABLE = "COURSE_GRADEBOOK"
_REMEDY = f"Write {VARIABLE}=postgresql://USER@HOST/NAME, or leave it out for SQLite."
# a server that vanished without a word is noticed within two minutes, not after hours
_PATIENCE = {
    "connect_timeout": "15", "keepalives_idle": "30", "keepalives_interval": "10",
    "keepalives_count": "3", "tcp_user_timeout": "60000",
}  # fmt: skip
_SECRETS: dict[tuple[str, ...], str] = {}
_PARTS = ("host", "port", "user", "dbname")


def from_environment() -> str:
    """Return the address in ``COURSE_GRADEBOOK`` without its password, ``""`` for SQLite.

    Raises
    ------
    UsageError
        It is no address of a PostgreSQL database.
    """
    said = os.environ.get(VARIABLE, "")
    if not said:
        return ""
    found = plain(said)
    if found != said:
        os.environ[VARIABLE] = found  # what is started from here does not inherit a password
    return found


def plain(address: str) -> str:
    """Return an address without its password, which is kept in memory for the connection.

    Parameters
    ----------
    address : str
        ``postgresql://USER:PASSWORD@HOST/NAME``; ``postgresql+psycopg://`` is the same.

    Raises
    ------
    UsageError
        It is no address of a PostgreSQL database; the sentence does not repeat it.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise UsageError("The gradebook's address cannot be read.", _REMEDY) from None
    if url.get_backend_name() not in ("postgresql", "postgres"):
        raise UsageError(f"The gradebook cannot be kept in {url.get_backend_name()}.", _REMEDY)
    if not url.database:
        raise UsageError("The gradebook's address names no database.", _REMEDY)
    query = {k: v if isinstance(v, str) else v[-1] for k, v in url.query.items()}
    secret = query.pop("password", None) or (None if url.password is None else str(url.password))
    for name, value in _PATIENCE.items():
        query.setdefault(name, value)
    bare = url._replace(password=None).set(drivername="postgresql+psycopg", query={})
    # alembic's settings file takes a percent sign for its own: none where none is needed
    asked = "&".join(f"{k}={quote(v, safe='/:,.')}" for k, v in sorted(query.items()))
    found = f"{bare.render_as_string(hide_password=False)}?{asked}"
    if secret is not None:
        _remember(make_url(found), secret)
    return found


def shown(address: str) -> str:
    """Return an address as an error sentence shows it: no options, no password.

    >>> shown("postgresql+psycopg://host@db/grades?connect_timeout=15")
    'postgresql://host@db/grades'
    """
    return address.partition("?")[0].replace("+psycopg", "", 1)


def without_secrets(text: str) -> str:
    """Return a text in which no password that this process knows stands."""
    for secret in _SECRETS.values():
        if secret:
            text = text.replace(secret, "***")
    return text


def with_password(address: str) -> str:
    """Return an address with the password that this process knows for it.

    For the environment of one child process that takes the password out again at once, as
    ``python -m grading`` does: never for a log, a file or a command line.

    Parameters
    ----------
    address : str
        As :func:`plain` returns it.
    """
    from sqlalchemy.engine import make_url

    url = make_url(address)
    secret = _SECRETS.get(_place(_connection(url)))
    if secret is None:
        return address
    return url.set(password=secret).render_as_string(hide_password=False)


def files(address: str) -> tuple[Path, ...]:
    """Return the files and folders on this machine that an address names and that exist.

    Parameters
    ----------
    address : str
        With or without its password; one that cannot be read names none.

    Returns
    -------
    tuple of Path
        The folder of the server's socket, the password file, certificates and keys.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        query = make_url(address).query
    except (ArgumentError, ValueError):
        return ()
    found = []
    for name in ("host", "passfile", "sslrootcert", "sslcert", "sslkey"):
        given = query.get(name, ())
        for value in (given,) if isinstance(given, str) else given:
            path = Path(value)
            if path.is_absolute() and path.exists():
                found.append(path)
    return tuple(found)


def libpq_environment(address: str) -> dict[str, str]:
    """Return the variables with which PostgreSQL's own programs reach the gradebook.

    For one child process only, such as ``pg_dump``: never put them into ``os.environ``.

    Parameters
    ----------
    address : str
        As :func:`plain` returns it.
    """
    from sqlalchemy.engine import make_url

    names = {
        "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE",
        "passfile": "PGPASSFILE", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
        "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY", "connect_timeout": "PGCONNECT_TIMEOUT",
    }  # fmt: skip
    wanted = _connection(make_url(address))
    made = {names[k]: str(v) for k, v in wanted.items() if k in names}
    secret = _SECRETS.get(_place(wanted))
    return made if secret is None else made | {"PGPASSWORD": secret}


def carries_password(environment: dict[str, str]) -> bool:
    """Say whether a process with this environment was given a database's password."""
    if environment.get("PGPASSWORD"):
        return True
    said = environment.get(VARIABLE, "")
    if "password=" in said:
        return True
    before, at, _ = said.partition("://")[2].partition("@")
    return bool(at) and ":" in before


def without_passwords(environment: dict[str, str]) -> dict[str, str]:
    """Return an environment for a process that has no business with the gradebook."""
    ours = {VARIABLE, "PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE"}
    return {name: value for name, value in environment.items() if name not in ours}


def _connection(url: URL) -> dict[str, Any]:
    return dict(url.get_dialect()().create_connect_args(url)[1])


def _place(wanted: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(wanted.get(part, "")) for part in _PARTS)


def _remember(url: URL, secret: str) -> None:
    from sqlalchemy import Engine, event

    _SECRETS[_place(_connection(url))] = secret
    if not event.contains(Engine, "do_connect", _hand_over):
        event.listen(Engine, "do_connect", _hand_over)


def _hand_over(_dialect: Any, _record: Any, _args: Any, wanted: dict[str, Any]) -> None:
    """Put the password into a connection that is being made to its own place, no other."""
    secret = _SECRETS.get(_place(wanted))
    if secret is not None and "password" not in wanted:
        wanted["password"] = secret


__all__ = [
    "VARIABLE", "carries_password", "files", "from_environment", "libpq_environment",
    "plain", "shown", "with_password", "without_passwords", "without_secrets",
]  # fmt: skip

"""Where the scheduler is and how it is reached, as the commands are told it."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.errors import UsageError

_ADDRESS = re.compile(r"(?:(tcp|tls)://)?(\[[0-9A-Fa-f:]+\]|[\w.-]+):([0-9]{1,5})")


@dataclass(frozen=True)
class Cluster:
    """A scheduler's address and the certificate that opens it.

    Parameters
    ----------
    address : str
        ``tcp://host:port``, or ``tls://host:port`` with the three files.
    ca, cert, key : str
        Files of the authority, of one's own certificate and of its key, in PEM; ``""``
        without TLS.
    """

    address: str
    ca: str = ""
    cert: str = ""
    key: str = ""

    @property
    def encrypted(self) -> bool:
        """Say whether the way there is encrypted and both ends show a certificate."""
        return self.address.startswith("tls://")

    def security(self) -> Any:
        """Return what ``distributed`` needs to connect, None without TLS."""
        if not self.encrypted:
            return None
        from distributed.security import Security

        return Security(
            tls_ca_file=self.ca, tls_client_cert=self.cert, tls_client_key=self.key,
            require_encryption=True,
        )  # fmt: skip


def own_files() -> tuple[str, str, str]:
    """Return where the scheduler's own certificate lies: authority, certificate, key."""
    from grading.state import GradingState

    folder = GradingState.default().base / "many"
    cert, key = str(folder / "certificate.pem"), str(folder / "private.key")
    return cert, cert, key  # it signs itself: who has the key is in, nobody else


def make_own_files() -> tuple[str, str, str]:
    """Make the scheduler's own certificate, readable by the host only, unless it is there."""
    from distributed.security import Security

    from course import whole_files

    ca, cert, key = map(Path, own_files())
    if not (cert.is_file() and key.is_file()):
        made = Security.temporary()
        cert.parent.mkdir(parents=True, exist_ok=True)
        cert.parent.chmod(0o700)
        for path, text in ((key, made.tls_client_key), (cert, made.tls_client_cert)):
            whole_files.write(path, text, mode=0o600)
    return str(ca), str(cert), str(key)


def add_tls_arguments(parser: argparse.ArgumentParser) -> None:
    """Offer the three files of TLS."""
    for name, what in (
        ("ca", "the authority that signed all certificates of the cluster"),
        ("cert", "this process's certificate"),
        ("key", "the certificate's key"),
    ):
        parser.add_argument(f"--tls-{name}", metavar="FILE", default="", help=f"{what} (PEM)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Offer ``--scheduler`` and the files of TLS."""
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", default="",
        help="give the work to Dask workers, such as tcp://127.0.0.1:8786 "
        "(see: python3 -m grading scheduler --help)",
    )  # fmt: skip
    add_tls_arguments(parser)


def cluster_of(args: argparse.Namespace) -> Cluster | None:
    """Return the cluster the options name, None where none is named.

    Raises
    ------
    UsageError
        The address cannot be read, or TLS is half given.
    """
    if not args.scheduler:
        if args.tls_ca or args.tls_cert or args.tls_key:
            raise UsageError("The files of TLS are for --scheduler.", "Name the scheduler too.")
        return None
    return checked(args.scheduler, args.tls_ca, args.tls_cert, args.tls_key)


def checked(
    address: str, ca: str = "", cert: str = "", key: str = "", *, own: bool = True
) -> Cluster:
    """Return the cluster of an address after a look at what is given.

    Parameters
    ----------
    address : str
        With ``tcp://`` or ``tls://``; without either it is ``tcp://``.
    ca, cert, key : str
        Files; for ``tls://`` without them the certificate that the scheduler made in the
        state folder is taken.
    own : bool
        Look for that certificate.

    Raises
    ------
    UsageError
        The address cannot be read, TLS is half given, or a file is missing.

    Examples
    --------
    >>> checked("127.0.0.1:8786").address
    'tcp://127.0.0.1:8786'
    """
    found = _ADDRESS.fullmatch(address.strip())
    if found is None or not 0 < int(found[3]) < 65536:
        raise UsageError(
            f"{address!r} is no scheduler's address.", "Write it like tcp://127.0.0.1:8786."
        )
    files = {"--tls-ca": ca, "--tls-cert": cert, "--tls-key": key}
    given = [name for name, file in files.items() if file]
    if found[1] == "tls" and not given and own:
        files = dict(zip(files, own_files(), strict=True))
        given = list(files)
    if (found[1] == "tls" or given) and len(given) < 3:
        missing = next(name for name in files if name not in given)
        raise UsageError(f"TLS needs {missing} too.", f"Give all of {', '.join(files)}.")
    if given and found[1] == "tcp":
        raise UsageError(
            f"{address} is not encrypted, and certificates were given.",
            f"Write tls://{found[2]}:{found[3]}.",
        )
    for name, file in files.items():
        if file and not Path(file).is_file():
            raise UsageError(
                f"There is no file {file}.",
                f"Give {name} a PEM file; python3 -m grading scheduler makes a certificate.",
            )
    kind = "tls" if given else "tcp"
    whole = [str(Path(file).resolve()) if file else "" for file in files.values()]
    return Cluster(f"{kind}://{found[2]}:{found[3]}", *whole)

"""What trainees' servers, the host's services and the proxy see of this machine.

Each is a jail of ``grading.jail`` under a number of its own. Tokens reach them as variables of
the process, never on a command line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course import paths
from course.errors import CourseError
from grading import jail
from grading.hub import accounts
from grading.hub.folder import HubFolder
from grading.hub.program import PROGRAMMES

# Inside its view every trainee's home has this name: any script of names is safe.
HOME = "/home/trainee"
WORKSPACE = f"{HOME}/course"
EXCHANGE = "/srv/exchange"
NOTICES = "/srv/notices"

# Of /etc only what programs look up; no passwords, no keys, no names of other people.
_ETC = (
    "fonts", "localtime", "mime.types", "protocols", "resolv.conf", "services", "ssl/certs",
    "timezone",
)  # fmt: skip

_PROCESSES = ("unshare", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc", "--")


@dataclass(frozen=True)
class Who:
    """Who a program runs as inside a view.

    Parameters
    ----------
    name : str
        The name ``/etc/passwd`` of the view shows.
    uid : int
        User and group number.
    home : str
        The home inside the view.
    """

    name: str
    uid: int
    home: str


@dataclass(frozen=True)
class Weak:
    """What a test switched off in a trainee's view."""

    processes: bool = False
    tmp: bool = False


def trainee(
    argv: list[str], who: Who, *, home: Path, program: Path, folder: HubFolder,
    limits: jail.Limits, tmp_mb: int, weak: Weak = Weak(),
) -> list[str]:  # fmt: skip
    """Return the command that runs a program in a trainee's view; it outlives the hub.

    Parameters
    ----------
    argv : list of str
        What to run.
    who : Who
        The trainee.
    home, program : Path
        The home and the copy of the course, as the host sees them.
    folder : HubFolder
        The hub's.
    limits : jail.Limits
        Of the person.
    tmp_mb : int
        Size of ``/tmp`` and of ``/dev/shm``.
    weak : Weak
        Of a test.
    """
    root = paths.ROOT
    size = 0 if weak.tmp else tmp_mb
    own = notices_of(folder, who.uid)
    _must_be_folders(folder.notices, folder.inbound.parent, folder.inbound)
    inbound = Path(EXCHANGE, folder.inbound.relative_to(folder.exchange))
    parts = [n for n in ("course", "datasets", "modules", PROGRAMMES) if (program / n).is_dir()]
    seen = jail.View(
        read_only=(
            *jail.python_view(),
            *((program / name, root / name) for name in parts),
            *((program / "jupyter", place) for place in _jupyter_places()),
            (folder.exchange, Path(EXCHANGE)),
            (folder.notices, Path(NOTICES, "course")),
            (own, Path(NOTICES, "own")),
            *_etc(),
        ),
        writable=((folder.inbound, inbound), (home, Path(who.home))),
        scratch=((Path("/tmp"), size), (Path("/dev/shm"), size)),
        etc=_people(who, folder),
    )
    return jail.command(
        _at_home(who, argv), seen, network=True, uid=who.uid, limits=limits, inherit=True,
        with_parent=False, processes=not weak.processes,
    )  # fmt: skip


def host(
    argv: list[str], who: Who, *, folder: HubFolder, files: Iterable[Path] = (), jails: bool = False
) -> list[str]:
    """Return the command that runs one of the host's programs under the host's number.

    The view holds the whole checkout, the state and the exchange, and no trainee's home. The
    program ends with the thread that started it.

    With ``jails`` it can make jails of its own. The kernel lets nobody look at processes anew
    where a part of ``/proc`` is covered, as bubblewrap does it for root; so the process space
    is made before, by a program that covers nothing.
    """
    own = (folder.state, folder.exchange, folder.host_home)
    more = [p for p in files if not any(p.is_relative_to(o) for o in (*own, paths.ROOT))]
    # as a folder, or a service would not see who was added after it began
    numbers = accounts.show(folder.accounts)
    seen = jail.View(
        read_only=(*jail.python_view(), paths.ROOT, folder.accounts, numbers, *_etc(), *more),
        writable=own,
        scratch=((Path("/tmp"), 500), (Path("/dev/shm"), 500)),
        etc=_people(who, folder),
    )
    # in the jail's second layer all other people's numbers look the same, and who handed
    # something in is told by the number alone
    words = jail.command(
        _at_home(who, argv), seen, network=True, uid=who.uid, inherit=True, further_userns=True,
        processes=not jails,
    )  # fmt: skip
    return [*_PROCESSES, *words] if jails else words


def proxy(
    argv: list[str], who: Who, *, folder: HubFolder, keys: list[Path], low_port: bool
) -> list[str]:
    """Return the command that runs the proxy: Node.js, the proxy's files, the TLS key.

    Parameters
    ----------
    argv : list of str
        Node.js, by its real path, and its program.
    who : Who
        A number that nobody else has.
    folder : HubFolder
        The hub's.
    keys : list of Path
        Certificate and key.
    low_port : bool
        It listens below port 1024.
    """
    node = Path(argv[0])
    own = () if Path("/usr") in node.parents else (node.parent.parent,)
    seen = jail.View(read_only=(folder.proxy, *own, *keys), etc=_people(who, folder))
    words = jail.command(
        argv, seen, network=True, uid=who.uid, inherit=True, further_userns=low_port
    )
    if low_port:  # the one right it keeps
        at = words.index("CAP_SETGID")
        words[at + 1 : at + 1] = ["--cap-add", "CAP_NET_BIND_SERVICE"]
        at = words.index("--inh-caps=-all")
        keep = "net_bind_service"
        words[at : at + 1] = [f"--inh-caps=-all,+{keep}", f"--ambient-caps=+{keep}"]
    return words


def bare(argv: list[str], who: Who, *, home: Path, program: Path, folder: HubFolder) -> list[str]:
    """Return the command without a view, for a test that shows what the view is for."""
    variables = {
        "PYTHONPATH": str(program),
        "JUPYTER_CONFIG_PATH": str(program / "jupyter"),
        "COURSE_EXCHANGE": str(folder.exchange),
    }
    return [
        "setpriv", "--reuid", str(who.uid), "--regid", str(who.uid), "--clear-groups", "--",
        "env", "-C", str(home), *(f"{n}={v}" for n, v in variables.items()), *argv,
    ]  # fmt: skip


def notices_of(folder: HubFolder, uid: int) -> Path:
    """Return the folder of what the hub tells one person, made where there is none."""
    path = folder.run / "people" / str(uid) / "notices"
    path.mkdir(parents=True, exist_ok=True)
    return path


def _must_be_folders(*places: Path) -> None:
    """Refuse a link where the host's number could have put one: root would follow it."""
    for path in places:
        if path.is_symlink():
            raise CourseError(
                f"{path} is a link, and has to be a folder.",
                "Find out who put it there; move it away and start the hub again.",
            )


def all_notices(folder: HubFolder, about: str) -> list[Path]:
    """Return what the hub tells anybody about one thing."""
    return sorted((folder.run / "people").glob(f"*/notices/{about}.txt"))


def _people(who: Who, folder: HubFolder) -> Path:
    """Write the short ``/etc`` of a view, which knows one person."""
    return jail.write_etc(
        folder.run / "people" / str(who.uid) / "etc", {who.name: (who.uid, who.home)}
    )


def _etc() -> list[Path]:
    return [path for path in (Path("/etc", name) for name in _ETC) if path.exists()]


def _jupyter_places() -> list[Path]:
    """Return where Jupyter looks for configuration; what packages left there is covered."""
    usual = [Path(sys.prefix, "etc", "jupyter"), Path("/usr/local/etc/jupyter")]
    return [*(path for path in usual if path.is_dir()), Path("/etc/jupyter")]


def _at_home(who: Who, argv: list[str]) -> list[str]:
    # bwrap has no right to enter a private home; who has become its owner has
    return ["env", "-C", who.home, *argv]

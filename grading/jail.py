"""A jail for one program: it sees what it was given and nothing else of this computer.

The jail is made by bubblewrap from an allow list: a new root that holds the system's
programs and the paths of a `View`, a process space of its own, no network unless asked,
no right to become anybody else, no further name spaces, and limits on memory, processor
time, processes and files. Run by an ordinary user it needs user name spaces; run by root
it needs none, and the program then runs under a number of its own (``uid``).

A file system limit is not here: what is writable is either a folder of yours or in memory
with a size (``View.scratch``).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course import whole_files
from grading.jail_possible import why_not
from grading.jail_python import course_view, python_view

__all__ = ["Limits", "View", "command", "course_view", "python_view", "spare_uid", "why_not"]

Place = Path | tuple[Path, Path]  # the same place inside, or (outside, inside)

_SPARE_UIDS = range(180_000, 199_000)  # of jails that belong to nobody; no account has one
_SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_ETC = ("ld.so.cache", "alternatives")


@dataclass(frozen=True)
class Limits:
    """What one process inside may use; None is no limit. A core is never written.

    Parameters
    ----------
    memory_mb : int or None
        Private memory that can be written, of each process.
    address_mb : int or None
        Address space of each process; libraries reserve far more than they use.
    cpu_s : int or None
        Processor time of each process.
    processes : int or None
        Processes and threads of the jail: it has an account of its own for them.
    file_mb : int or None
        The largest file that can be written.
    open_files : int or None
        Open files of each process.
    """

    memory_mb: int | None = None
    address_mb: int | None = None
    cpu_s: int | None = None
    processes: int | None = None
    file_mb: int | None = None
    open_files: int | None = None

    def prlimit(self) -> list[str]:
        """Return the command that sets these limits, up to its ``--``.

        >>> Limits(cpu_s=5, file_mb=1).prlimit()[1:]
        ['--core=0:0', '--cpu=5:7', '--fsize=1000000:1000000', '--']
        """
        mega = 1_000_000
        given = {
            "data": self.memory_mb and self.memory_mb * mega,
            "as": self.address_mb and self.address_mb * mega,
            "nproc": self.processes,
            "fsize": self.file_mb and self.file_mb * mega,
            "nofile": self.open_files,
        }
        out = ["/usr/bin/prlimit", "--core=0:0"]
        if self.cpu_s:  # a signal first, that says what it is; the end two seconds later
            out.append(f"--cpu={self.cpu_s}:{self.cpu_s + 2}")
        return out + [f"--{k}={v}:{v}" for k, v in given.items() if v] + ["--"]


@dataclass(frozen=True)
class View:
    """What a jail sees of the file system, besides the system's programs and libraries.

    Each place is a path, seen where it is, or a pair (outside, inside). The folders above
    a place exist inside and hold nothing else. A place may lie in another one.

    Parameters
    ----------
    read_only, writable : tuple of Place
        Files and folders that must exist; those writable must belong to the jail's user.
    scratch : tuple of (Path, int)
        Empty folders in memory, each with its size in megabytes (0: half of the memory of
        this computer); they vanish with the jail.
        ``/tmp`` is always one of them, with 64 MB unless it is named here.
    etc : Path or None
        A folder whose files are seen in ``/etc``; see :func:`write_etc`.
    """

    read_only: tuple[Place, ...] = ()
    writable: tuple[Place, ...] = ()
    scratch: tuple[tuple[Path, int], ...] = field(default=())
    etc: Path | None = None


def command(
    argv: Sequence[str],
    view: View,
    *,
    network: bool = False,
    uid: int | None = None,
    env: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    folder: Path | str = "/tmp",
    inherit: bool = False,
    with_parent: bool = True,
    processes: bool = True,
    further_userns: bool = False,
) -> list[str]:
    """Return the command that runs a program in a jail.

    Parameters
    ----------
    argv : sequence of str
        The program and its arguments, as seen from inside.
    view : View
        What it sees.
    network : bool
        Let it use the network of this computer; else there is nothing but a loopback.
    uid : int or None
        Only for root, and then needed: the number under which the program runs, as user
        and as group, with no other group. Never 0.
    env : mapping, optional
        The whole environment, besides a PATH; it can be read in the list of processes.
    limits : Limits, optional
        Set inside, so they bind the program and not who starts it.
    folder : Path or str
        Where it starts, as seen from inside.
    inherit : bool
        Pass on the environment of the command itself, in place of ``env``: for secrets.
    with_parent : bool
        End everything inside when the parent dies.
    processes : bool
        Give it a process space of its own. Only False in a test that shows why.
    further_userns : bool
        Leave it the right to make name spaces of its own, which much of the kernel's
        history of faults needs. Only for a test that shows what this prevents.

    Returns
    -------
    list of str
        For ``subprocess.Popen``. The parent that must not die is a thread: start it from one
        that lives as long as the jail.
    """
    as_root = os.geteuid() == 0
    if as_root != bool(uid):
        raise ValueError("a jail needs a uid when root makes it, and takes none from others")
    if inherit and env:
        raise ValueError("a jail inherits its environment or is given one")
    out = [shutil.which("bwrap") or "bwrap", "--new-session"]
    out += ["--die-with-parent"] if with_parent else []
    out += ["--unshare-pid", "--unshare-ipc"] if processes else []
    out += ["--unshare-uts", "--unshare-cgroup-try", "--hostname", "course"]
    if not network:
        out.append("--unshare-net")
    if as_root:
        out += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        out.append("--unshare-user")
        out += [] if further_userns else ["--disable-userns"]
    if not inherit:
        out.append("--clearenv")
        for name, value in {"PATH": "/usr/bin:/bin", **(env or {})}.items():
            out += ["--setenv", name, value]
    out += _mounts(view, processes=processes)
    # the new root and /dev are file systems in memory too: nothing may be put there
    out += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", str(folder), "--"]
    if as_root:
        out += ["/usr/bin/setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
        out += ["--inh-caps=-all", "--"]
        out += [] if further_userns else _without_userns(folder, with_parent=with_parent)
    return [*out, *(limits or Limits()).prlimit(), *argv]


def _without_userns(folder: Path | str, *, with_parent: bool) -> list[str]:
    """Return the second layer of a jail that root made: nobody makes name spaces in it.

    The first layer cannot refuse them, because it has no user name space of its own. In
    this one the processes are also counted apart from those of the same number elsewhere.
    """
    return [
        shutil.which("bwrap") or "bwrap", "--unshare-user", "--disable-userns",
        *(["--die-with-parent"] if with_parent else []),
        "--dev-bind", "/", "/", "--chdir", str(folder), "--",
    ]  # fmt: skip


def _mounts(view: View, *, processes: bool) -> list[str]:
    wanted: list[tuple[Path, list[str]]] = [(Path("/usr"), ["--ro-bind", "/usr"])]
    for name in _SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            wanted.append((path, ["--symlink", os.readlink(path)]))
        elif path.is_dir():
            wanted.append((path, ["--ro-bind", str(path)]))
    for name in _ETC:
        path = Path("/etc", name)
        if path.exists():
            wanted.append((path, ["--ro-bind", str(path)]))
    if view.etc is not None:
        for path in sorted(view.etc.iterdir()):
            wanted.append((Path("/etc", path.name), ["--ro-bind", str(path)]))
    for places, option in ((view.read_only, "--ro-bind"), (view.writable, "--bind")):
        for place in places:
            outside, inside = place if isinstance(place, tuple) else (place, place)
            wanted.append((Path(inside), [option, str(outside)]))
    # writable, or the second layer could not write its own number map
    wanted.append((Path("/proc"), ["--proc"] if processes else ["--bind", "/proc"]))
    wanted.append((Path("/dev"), ["--dev"]))
    for inside, megabytes in {Path("/tmp"): 64, Path("/dev/shm"): 64, **dict(view.scratch)}.items():
        size = ["--size", str(megabytes * 1_000_000)] if megabytes else []
        wanted.append((Path(inside), ["--perms", "1777", *size, "--tmpfs"]))
    # outer places first, so that an inner one is laid upon them; the sort keeps the order
    wanted.sort(key=lambda item: len(item[0].parts))
    out: list[str] = []
    made = {Path("/"): True}  # folder -> whether folders can be made in it
    for inside, option in wanted:
        for parent in reversed(inside.parents):
            above = next(p for p in (parent, *parent.parents) if p in made)
            if above != parent and made[above]:
                # bubblewrap would copy the mode of a closed home to the folders above it
                out += ["--perms", "0755", "--dir", str(parent)]
                made[parent] = True
        made[inside] = option[-1] == "--tmpfs"
        out += [*option, str(inside)]
    return out


def write_etc(folder: Path, people: Mapping[str, tuple[int, str]], *, hosts: str = "") -> Path:
    """Write the few files of ``/etc`` that programs ask for, and return the folder.

    Parameters
    ----------
    folder : Path
        Made when missing; for :attr:`View.etc`.
    people : mapping
        Name -> (number, home as seen from inside); root and nobody are added.
    hosts : str
        Further lines of ``/etc/hosts``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    everybody = {"root": (0, "/"), "nobody": (65534, "/"), **people}
    texts = {
        "passwd": "".join(
            f"{name}:x:{number}:{number}::{home}:/bin/bash\n"
            for name, (number, home) in everybody.items()
        ),
        "group": "".join(f"{name}:x:{number}:\n" for name, (number, _) in everybody.items()),
        "hosts": f"127.0.0.1 localhost course\n::1 localhost\n{hosts}",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    }
    for name, text in texts.items():
        whole_files.write(folder / name, text, mode=0o644)
    return folder


def spare_uid() -> int | None:
    """Return a number for a jail that belongs to no account; None where one is not needed.

    It differs between the processes of this computer that start jails.
    """
    if os.geteuid() != 0:
        return None
    return _SPARE_UIDS[os.getpid() % len(_SPARE_UIDS)]

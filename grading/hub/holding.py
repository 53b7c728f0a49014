"""What a hub holds alone while it runs: its folder, its numbers of accounts, its ports."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

from course.errors import CourseError
from grading.hub import accounts, firewall, listening, preparing
from grading.hub.defences import Defence
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings
from grading.locks import try_lock


def folder_alone(folder: HubFolder) -> int:
    """Hold the folder; the hub's process holds it too, so that it is free when both are gone."""
    folder.run.mkdir(parents=True, exist_ok=True)
    handle = os.open(preparing.sign_of_life(folder), os.O_RDWR | os.O_CREAT, 0o600)
    if not try_lock(handle):
        os.close(handle)
        raise CourseError(
            f"A hub runs already on {folder.base}, or starts or ends this moment.",
            "Look at it with: python3 -m grading hub check. Another one needs another COURSE_HUB.",
        )
    os.set_inheritable(handle, True)
    return handle


def numbers_alone(settings: Settings) -> int:
    """Hold the account numbers of this machine that the hub gives out.

    Two hubs with the same numbers would take each other's people for their own, and the first
    that ends would open the network for the other.
    """
    while True:
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
            handle = os.open(numbers_file(settings), flags, 0o600)
        except OSError:  # a machine without the folder: nothing to be held
            return -1
        if not try_lock(handle):
            os.close(handle)
            raise CourseError(
                "Another hub of this machine has the same numbers "
                f"(first_uid: {settings.first_uid}).",
                "Write another first_uid into hub.yml, 100000 higher, before people have homes.",
            )
        if os.fstat(handle).st_nlink:
            return handle
        os.close(handle)  # who held it took the file away this moment


def let_go(numbers: int, settings: Settings) -> None:
    """Give the numbers back; nothing is done where none are held."""
    if numbers >= 0:
        numbers_file(settings).unlink(missing_ok=True)
        os.close(numbers)


def numbers_file(settings: Settings) -> Path:
    """Return the file that stands for the numbers on this machine."""
    return Path("/run") / f"smart-city-course-{settings.first_uid}.lock"


def refuse_foreign_numbers(table: accounts.Accounts, settings: Settings) -> None:
    """Refuse people whose number is not of the range that ``first_uid`` names.

    The rule that closes the network is written for that range; it would hold for nobody of
    them. It happens when the setting was changed, or a restore has numbered people anew.

    Raises
    ------
    CourseError
        Naming the setting as it has to be.
    """
    last = settings.first_uid + firewall.RANGE
    if table.host != settings.first_uid or any(
        not settings.first_uid < uid <= last for uid in table.people.values()
    ):
        raise CourseError(
            f"first_uid is {settings.first_uid}, and the people of this hub have numbers that "
            f"begin at {table.host}: the network would not be closed for them.",
            f"Write into hub.yml: first_uid: {table.host}",
        )


def restore_begun(folder: HubFolder) -> CourseError | None:
    """Return what to say of a restore that was killed half-way, None where there is none.

    A hub that ran on a course of which half is old would mix the two.
    """
    from grading.safekeeping import journal

    if not journal.place(folder.state).exists():
        return None
    return CourseError(
        f"A restore into {folder.state} was interrupted.",
        "Run the same restore again; it goes on where it stopped. Then start the hub.",
    )


def wait_for_ports(settings: Settings, *, patience: float = 20.0) -> None:
    """Wait until what an earlier, killed hub had started has let go of its ports.

    Raises
    ------
    CourseError
        Another program keeps one of them.
    """
    if not _is_ours(settings.ip):
        raise CourseError(
            f"ip: {settings.ip} is no address of this machine.", "Write another one in hub.yml."
        )
    end = time.monotonic() + patience
    for name, port in settings.ports().items():
        host = settings.ip if name == "port" else "127.0.0.1"
        while not _free(host, port):
            if time.monotonic() > end:
                raise CourseError(
                    f"{name}: another program uses port {port}.",
                    "End that program, or choose another port in hub.yml.",
                )
            time.sleep(0.2)


def ports_of_host(settings: Settings, host: int) -> list[socket.socket]:
    """Keep the ports of desk and formgrader for the host, also while one of them is down.

    Between the end of a service and its next start lies half a minute; whoever took its port
    meanwhile would be given the instructors' cookies.
    """
    if settings.without(Defence.PORT):
        return []
    ports = settings.ports()
    return [listening.kept(ports[name], host) for name in ("formgrader_port", "desk_port")]


def _is_ours(host: str) -> bool:
    """Say whether this machine has an address, by taking any free port of it."""
    try:
        with socket.socket(_family(host), socket.SOCK_STREAM) as one:
            one.bind((host, 0))
    except (OSError, UnicodeError):
        return False
    return True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _free(host: str, port: int) -> bool:
    with socket.socket(_family(host), socket.SOCK_STREAM) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((host, port))
            one.listen(1)
        except OSError:
            return False
    return True

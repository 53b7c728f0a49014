"""No way out of the machine for what trainees run, by the numbers of their accounts.

One table of nftables per hub. What leaves through it is looked at by the number of the account
that sends: trainees answer connections to their own server, and reach hub and proxy; they open no
connection to anything else, this machine's other services included, unless ``outbound: on``, which
opens the outside and leaves the services closed.
"""

from __future__ import annotations

import os
import shutil
import subprocess

from grading.hub.defences import Defence
from grading.hub.settings import Settings

RANGE = 65_535  # how many numbers after the host's belong to people


def table(settings: Settings) -> str:
    """Return the name of this hub's table."""
    return f"course_hub_{settings.first_uid}"


def rules(settings: Settings) -> str:
    """Return the rules as ``nft -f`` reads them; "" where there is nothing to close."""
    closed = settings.outbound == "off" and not settings.without(Defence.OUTBOUND)
    # kernels that talk by ports reach each other over loopback
    by_ports = any(Defence.SOCKETS in off for off in settings.off.values())
    if settings.without(Defence.OUTBOUND) or (by_ports and not closed):
        return ""
    ports = settings.ports()
    who = f"meta skuid {settings.first_uid + 1}-{settings.first_uid + RANGE}"
    hub = f"tcp dport {{ {settings.port}, {ports['hub_port']} }}"
    lines = [f"{who} ct state established,related accept", f'{who} oifname "lo" {hub} accept']
    lines.append(f'{who} oifname "lo" {"accept" if by_ports else "reject"}')
    if closed:
        lines.append(f"{who} reject")
    body = "\n    ".join(lines)
    name = table(settings)
    return (
        f"table inet {name} {{}}\ndelete table inet {name}\n"
        f"table inet {name} {{\n  chain out {{\n"
        f"    type filter hook output priority 0; policy accept;\n    {body}\n  }}\n}}\n"
    )


def close(settings: Settings) -> str:
    """Load the rules; return "" or the sentence why the outside stays open.

    Parameters
    ----------
    settings : Settings
        The hub's.
    """
    text = rules(settings)
    if not text:
        return ""
    nft = program()
    if nft is None:
        return (
            "nftables is not installed, so what trainees run can reach the network. "
            "Install it (Debian: apt install nftables), or write outbound: on."
        )
    done = subprocess.run([nft, "-f", "-"], input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[0]
        return f"The rule that closes the network for trainees was refused: {reason}"
    return ""


def open_again(settings: Settings) -> None:
    """Take the rules away."""
    nft = program()
    if nft is not None:
        subprocess.run(
            [nft, "delete", "table", "inet", table(settings)], capture_output=True, check=False
        )


def stands(settings: Settings) -> bool:
    """Say whether the rules are loaded now."""
    nft = program()
    if nft is None:
        return False
    words = [nft, "list", "table", "inet", table(settings)]
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def program() -> str | None:
    """Return nft, wherever the system keeps it."""
    return shutil.which("nft", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")

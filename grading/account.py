"""The name of the account that a command runs under, for logs that say who did something."""

from __future__ import annotations

import getpass


def account_name() -> str:
    """Return the name of this process's account, ``""`` where it has none, as in a container."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # Windows has no table of accounts to ask
        return ""

"""Do something with files as another number, in this thread only."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def files_as(uid: int) -> Iterator[None]:
    """Let the system check and own files as if this thread were another account.

    Root writes into folders of the host with this: a link that lies there leads nowhere the
    host could not go by itself.

    Parameters
    ----------
    uid : int
        User and group number.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for call in (libc.setfsgid, libc.setfsuid):  # numbers above two thousand million too
        call.argtypes, call.restype = [ctypes.c_uint], ctypes.c_uint
    libc.setfsgid(uid)
    libc.setfsuid(uid)
    try:
        # an impossible number changes nothing and tells the old
        if libc.setfsuid(2**32 - 1) != uid:
            raise PermissionError(f"cannot act as {uid}")
        yield
    finally:
        libc.setfsuid(0)
        libc.setfsgid(0)

"""Rides divided by card, so that a day larger than memory can be linked piece by piece.

All rides of a card on a day fall into one shard. Shards are kept in memory up to a limit
and beyond it in files of a temporary folder.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numba import njit

from course.errors import CourseError
from course.transport.journey_kinds import mixed
from course.transport.ride_batches import RIDE, RideReader

SHARD_RIDES = 400_000
MEMORY_BYTES = 1_000_000_000
_BOARD_BITS = 18  # seconds of two days


class Shards:
    """Rides by card; used in a ``with`` block, which removes what was put on disk.

    Parameters
    ----------
    reader : RideReader
        The rides.
    memory_bytes : int
        What may be kept in memory; more rides than that go to files.
    folder : Path, optional
        Where the temporary folder is made; default the system's.
    """

    def __init__(
        self, reader: RideReader, *, memory_bytes: int = MEMORY_BYTES, folder: Path | None = None
    ) -> None:
        self._reader = reader
        self.count = max(1, -(-reader.rows // SHARD_RIDES))
        on_disk = reader.rows * RIDE.itemsize > memory_bytes
        self.folder: Path | None = None
        if on_disk:
            self.folder = Path(tempfile.mkdtemp(prefix="course-rides-", dir=folder))
        self._parts: list[list[np.ndarray]] = [[] for _ in range(self.count)]

    def __enter__(self) -> Shards:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def fill(self, progress: Callable[[int], Any]) -> int:
        """Read all rides and return how many there are."""
        rides = 0
        for batch in self._reader:
            divided, edges = _divided(batch, self.count)
            for k in range(self.count):
                part = divided[edges[k] : edges[k + 1]]
                if len(part):
                    self._keep(k, part)
            rides += len(batch)
            progress(len(batch))
        return rides

    def _keep(self, number: int, part: np.ndarray) -> None:
        if self.folder is None:
            self._parts[number].append(part)
            return
        with open(self.folder / f"{number}.rides", "ab") as file:
            file.write(part.tobytes())

    def __iter__(self) -> Iterator[np.ndarray]:
        """Give each shard once, sorted by card, day and boarding; it is then forgotten."""
        ranks = [w.rank() for w in (self._reader.routes, self._reader.stops)]
        for k in range(self.count):
            if self.folder is None:
                rides = np.concatenate(self._parts[k]) if self._parts[k] else np.zeros(0, RIDE)
                self._parts[k] = []
            else:
                path = self.folder / f"{k}.rides"
                rides = np.fromfile(path, dtype=RIDE) if path.exists() else np.zeros(0, RIDE)
                path.unlink(missing_ok=True)
            yield in_card_order(rides, *ranks)


def in_card_order(rides: np.ndarray, routes: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Return rides by card and day, then by time.

    Two boardings of a card in one second are put in an order that follows from their
    content, as `ride_columns` does: by tap-out, distance, route, mode, stop and user.

    Parameters
    ----------
    rides : numpy.ndarray of RIDE
        In any order.
    routes, stops : numpy.ndarray of int32
        Place of each route and stop code in the order of the texts; the last for none.
    """
    key = _sort_key(rides["card_a"], rides["card_b"], rides["day"], rides["board"])
    order = np.argsort(key)
    rides = _taken(rides, order)
    if not _in_doubt(rides["card_a"], rides["card_b"], rides["day"], key[order]):
        return rides
    from course.transport.fare_checks import MODES, USER_CLASSES

    def rank(words: tuple[str, ...], codes: np.ndarray) -> np.ndarray:
        return np.argsort(np.argsort(np.array(words)))[codes]

    last = np.int32(1 << 30)
    alight = np.where(rides["flags"] & 1, last, rides["alight"])
    metres = np.where(rides["flags"] & 2, last, rides["metres"])
    keys = (
        rides["card_a"], rides["card_b"], rides["day"], rides["board"], alight, metres,
        routes[rides["route"]], rank(MODES, rides["mode"]), stops[rides["stop"]],
        rank(USER_CLASSES, rides["user"]), rides["income"],
    )  # fmt: skip
    return rides[np.lexsort(keys[::-1])]


@njit(cache=True, nogil=True)
def _divided(rides, count):  # pragma: no cover
    """Return the rides shard by shard, and where each shard begins."""
    shard = np.empty(len(rides), dtype=np.int16)
    edges = np.zeros(count + 1, dtype=np.int64)
    for i in range(len(rides)):
        day = np.uint64(rides[i].day + 1) << np.uint64(40)
        h = mixed(mixed(rides[i].card_a) ^ rides[i].card_b ^ day)
        shard[i] = (h >> np.uint64(33)) % np.uint64(count)
        edges[shard[i] + 1] += 1
    edges = np.cumsum(edges)
    at, out = edges.copy(), np.empty_like(rides)
    for i in range(len(rides)):
        out[at[shard[i]]] = rides[i]
        at[shard[i]] += 1
    return out, edges


@njit(cache=True, nogil=True)
def _taken(rides, order):  # pragma: no cover
    out = np.empty_like(rides)
    for i in range(len(order)):
        out[i] = rides[order[i]]
    return out


@njit(cache=True, nogil=True)
def _sort_key(card_a, card_b, day, board):  # pragma: no cover
    out = np.empty(len(board), dtype=np.uint64)
    low = (np.uint64(1) << np.uint64(_BOARD_BITS)) - np.uint64(1)
    for i in range(len(board)):
        h = mixed(mixed(card_b[i] + np.uint64(day[i] + 1)) ^ card_a[i])
        out[i] = (h & ~low) | np.uint64(board[i])
    return out


@njit(cache=True, nogil=True)
def _in_doubt(card_a, card_b, day, key):  # pragma: no cover
    """Say whether two cards share a sort key, or a card boards twice in one second."""
    for i in range(1, len(key)):
        if key[i] >> np.uint64(_BOARD_BITS) == key[i - 1] >> np.uint64(_BOARD_BITS):
            other = card_a[i] != card_a[i - 1] or card_b[i] != card_b[i - 1] or day[i] != day[i - 1]
            if other or key[i] == key[i - 1]:
                return True
    return False


def room_for(shards: int) -> None:
    """Refuse more shards than a code can number."""
    if shards > 32_000:
        raise CourseError(
            f"There are more than {32_000 * SHARD_RIDES:,} rides.", "Summarise day by day."
        )

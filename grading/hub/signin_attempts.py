"""How often a sign-in may fail before it has to wait."""

from __future__ import annotations

import time
from collections.abc import Callable


class Attempts:
    """Wrong tries by name and by address; both wait after too many.

    Parameters
    ----------
    limit : int
        Wrong tries in a row of one name before it waits; 0 turns the limit off.
    wait : float
        Seconds until a name may try again.
    clock : callable
        Seconds that never run backwards.

    Notes
    -----
    A training centre shows one address for the whole room, so an address may fail forty
    times as often as a name. Names that do not exist count like names that do: the answer
    does not say who is on the list.
    """

    ROOM = 40
    MOST = 10_000  # keys kept; a flood of invented names must not fill the memory

    def __init__(
        self, limit: int, wait: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit, self.wait, self.clock = limit, wait, clock
        self._failed: dict[str, tuple[int, float]] = {}

    def must_wait(self, name: str, address: str = "") -> float:
        """Return how many seconds this name or address has to wait; 0 when it may try."""
        many = self.limit * self.ROOM
        return max(self._left(f"n:{name}", self.limit), self._left(f"a:{address}", many))

    def failed(self, name: str, address: str = "") -> None:
        """Count a wrong try; before it is judged, or tries that come together count as none.

        The wait of a name begins anew with each; that of an address does not, or a busy
        room would never come to its end.
        """
        for one, anew in ((f"n:{name}", True), (f"a:{address}", False)):
            count, since = self._failed.pop(one, (0, 0.0))
            if self.clock() - since > self.wait:
                count = 0
            self._failed[one] = (count + 1, self.clock() if anew or not count else since)
        while len(self._failed) > self.MOST:
            del self._failed[next(iter(self._failed))]

    def succeeded(self, name: str, address: str = "") -> None:
        """Forget the wrong tries of a name; of its address only the one that was right."""
        self._failed.pop(f"n:{name}", None)
        count, since = self._failed.get(f"a:{address}", (0, 0.0))
        if address and count:
            self._failed[f"a:{address}"] = (count - 1, since)

    def _left(self, one: str, limit: int) -> float:
        count, since = self._failed.get(one, (0, 0.0))
        if not limit or count < limit:
            return 0.0
        return max(0.0, self.wait - (self.clock() - since))

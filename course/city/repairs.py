"""The list of what an import mended, left out or ignored.

One entry stands for one kind of fault in one file, with its first row and its count.
Row 1 of a file is its header.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("file", "row", "count", "what", "done")


@dataclass(frozen=True)
class Repair:
    """One kind of fault in one file.

    Parameters
    ----------
    file : str
        File of the feed.
    row : int or None
        First row it was seen in; None where it concerns the whole file.
    count : int
        Rows concerned.
    what : str
        What was wrong.
    done : str
        What was done: ``repaired: …``, ``dropped``, ``ignored`` or ``noted``.
    """

    file: str
    row: int | None
    count: int
    what: str
    done: str

    def __str__(self) -> str:
        where = self.file + (f", row {self.row}" if self.row else "")
        unit = "rows" if self.row else "cases"
        times = f" ({self.count:,} {unit})" if self.count > 1 else ""
        return f"{where}: {self.what}{times}: {self.done}"


@dataclass
class RepairList:
    """Repairs in the order they were made."""

    entries: list[Repair] = field(default_factory=list)

    def note(
        self, file: str, what: str, done: str, *, row: int | None = None, count: int = 1
    ) -> None:
        """Add one entry that concerns a file or one known row."""
        self.entries.append(Repair(file, row, count, what, done))

    def rows(self, file: str, wrong: np.ndarray, rows: np.ndarray, what: str, done: str) -> None:
        """Add one entry for the rows marked in ``wrong``; nothing where there are none.

        Parameters
        ----------
        file : str
            File of the feed.
        wrong : numpy.ndarray of bool
            Marks.
        rows : numpy.ndarray of int
            Row numbers in the file, as long as ``wrong``.
        what, done : str
            See :class:`Repair`; ``{value}`` is not replaced here.
        """
        count = int(np.count_nonzero(wrong))
        if count:
            self.entries.append(Repair(file, int(rows[wrong].min()), count, what, done))

    def frame(self) -> pd.DataFrame:
        """Return the list as a frame with ``file, row (Int64), count, what, done``."""
        import pandas as pd

        rows = [(r.file, r.row, r.count, r.what, r.done) for r in self.entries]
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        return frame.astype({"row": "Int64", "count": "int64",
                             "file": "str", "what": "str", "done": "str"})  # fmt: skip

"""How much a notebook that is run again may use. Generous for honest work, and final."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from grading.jail import Limits


@dataclass(frozen=True)
class Bounds:
    """The limits of one run.

    Parameters
    ----------
    cell_s, whole_s : float
        Seconds one cell, and the whole notebook, may take.
    memory_mb : int
        Memory of all its processes together.
    processes : int
        Processes and threads together.
    disk_mb : int
        Everything it can write, in memory; what was handed in lies there too.
    output_mb : int
        Everything it may print or show.
    """

    cell_s: float = 120.0
    whole_s: float = 600.0
    memory_mb: int = 2048
    processes: int = 96
    disk_mb: int = 400
    output_mb: int = 64

    def limits(self) -> Limits:
        """Return the limits that the kernel of the system keeps, for each process."""
        return Limits(
            memory_mb=self.memory_mb,
            # libraries reserve addresses that they never use
            address_mb=self.memory_mb + 16_000,
            cpu_s=int(self.whole_s) + 1,
            processes=self.processes,
            file_mb=self.disk_mb,
            open_files=512,
        )

    def plain(self) -> dict[str, Any]:
        """Return the limits as plain data, for another process and for the record."""
        return asdict(self)

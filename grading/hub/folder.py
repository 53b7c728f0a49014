"""Where a hub keeps its things, all below one folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from course.errors import UsageError
from grading.state import COURSE_ID, GradingState

DEFAULT = "/srv/smart-city-course"


@dataclass(frozen=True)
class HubFolder:
    """The folder of one hub.

    Parameters
    ----------
    base : Path
        Absolute. Owned by root; everybody may pass through it, nobody may list it.
    state : Path
        ``COURSE_STATE`` of the host: gradebook, keys, certificates. The host's alone.
    """

    base: Path
    state: Path

    @classmethod
    def default(cls) -> HubFolder:
        """Return the folder that ``COURSE_HUB`` and ``COURSE_STATE`` name, or the default."""
        base = Path(os.environ.get("COURSE_HUB") or DEFAULT).expanduser().resolve()
        given = os.environ.get("COURSE_STATE")
        return cls(base, Path(given).expanduser().resolve() if given else base / "state")

    @property
    def settings(self) -> Path:
        """Return the file that the host writes."""
        return self.base / "hub.yml"

    @property
    def accounts(self) -> Path:
        """Return the table of numbers, owned by root; it lies beside the exchange."""
        return self.base / "accounts.json"

    @property
    def exchange(self) -> Path:
        """Return nbgrader's exchange."""
        return self.base / "exchange"

    @property
    def inbound(self) -> Path:
        """Return the folder that takes hand-ins."""
        return self.exchange / COURSE_ID / "inbound"

    @property
    def homes(self) -> Path:
        """Return the folder of the homes."""
        return self.base / "homes"

    @property
    def program(self) -> Path:
        """Return the folder of the copies of the course that trainees run."""
        return self.base / "program"

    @property
    def proxy(self) -> Path:
        """Return the folder npm installs the proxy into."""
        return self.base / "proxy"

    @property
    def secret(self) -> Path:
        """Return the folder that root alone can enter: database, cookie secret, tokens."""
        return self.base / "secret"

    @property
    def run(self) -> Path:
        """Return the folder of what only a running hub needs."""
        return self.base / "run"

    @property
    def logs(self) -> Path:
        """Return the folder of the logs, root's alone."""
        return self.base / "logs"

    @property
    def host_home(self) -> Path:
        """Return the home of the host's services."""
        return self.base / "host"

    @property
    def announcement(self) -> Path:
        """Return the file with the line that everybody sees; the host writes it."""
        return self.notices / "announcement.txt"

    @property
    def notices(self) -> Path:
        """Return the folder of what every trainee is told; rooms show it."""
        return self.state / "notices"

    def must_stand(self) -> None:
        """Refuse a folder in which no hub was ever started: its name may be mistyped.

        Raises
        ------
        UsageError
            There is neither a file of settings nor a table of numbers.
        """
        if not self.settings.exists() and not self.accounts.exists():
            raise UsageError(
                f"There is no hub in {self.base}.",
                "Start it once: python3 -m grading hub; or let COURSE_HUB name its folder.",
            )

    def home(self, person: str) -> Path:
        """Return the home of a person."""
        return self.homes / person

    def grading(self, root: Path) -> GradingState:
        """Return the host's grading state, with the exchange of this hub.

        Parameters
        ----------
        root : Path
            The folder that holds ``modules/``.
        """
        return GradingState(base=self.state / "grading", root=root, exchange=self.exchange)

"""Who is answering: the trainee's name as the host knows it, and where it came from."""

from __future__ import annotations

import json
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from course.paths import workspace_dir

GUEST = "guest"
MAX_LENGTH = 120


@dataclass(frozen=True)
class Who:
    """One trainee.

    Parameters
    ----------
    trainee : str
        The name the gradebook uses.
    team : str or None
        The team, where the course has teams.
    source : str
        Where the name came from: COURSE_TRAINEE, JUPYTERHUB_USER, profile or guest.
    """

    trainee: str
    team: str | None = None
    source: str = "given"

    def key(self, varies_by: str) -> str:
        """Return what a draw is seeded with, besides the city.

        Examples
        --------
        >>> Who("ana", "red").key("team")
        'team:red'
        >>> Who("ana").key("team")
        'trainee:ana'
        """
        if varies_by == "team" and self.team:
            return f"team:{self.team}"
        return f"trainee:{self.trainee}" if varies_by in ("trainee", "team") else varies_by


def clean_name(text: object) -> str:
    """Return a name in one Unicode form, without control characters; "" if there is none.

    Two computers may write the same letter as one or as two characters; the draw must
    not differ for that. Capital letters are kept: hub names are case-sensitive.
    """
    if not isinstance(text, str):
        return ""
    whole = unicodedata.normalize("NFC", text)
    kept = "".join(c for c in whole if unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:MAX_LENGTH].strip()


def _profile(folder: Path | None) -> dict[str, object]:
    try:
        profile = json.loads(
            ((folder or workspace_dir()) / "profile.json").read_text(encoding="utf-8")
        )
    except (OSError, ValueError):
        return {}
    return profile if isinstance(profile, dict) else {}


def who(folder: Path | None = None) -> Who:
    """Return the trainee of this session.

    Parameters
    ----------
    folder : Path, optional
        The workspace whose profile counts; None: the one that is in use.

    Returns
    -------
    Who
        From ``COURSE_TRAINEE``, else the hub's user, else the workspace's profile,
        else "guest". The team comes from ``COURSE_TEAM``, else the profile.
    """
    profile = _profile(folder)
    team = clean_name(os.environ.get("COURSE_TEAM")) or clean_name(profile.get("team")) or None
    for source in ("COURSE_TRAINEE", "JUPYTERHUB_USER"):
        if name := clean_name(os.environ.get(source)):
            return Who(name, team, source)
    if name := clean_name(profile.get("trainee")):
        return Who(name, team, "profile")
    return Who(GUEST, team, GUEST)

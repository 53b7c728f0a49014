"""What is still missing for the certificate, on each trainee's own feedback page.

A section to read, and the same as a data block for the trainee's home page. It speaks of
nobody else: feedback is private, and so is this.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course.completion import Completion
from course.errors import CourseError
from course.host_word import HostWord
from grading.state import GradingState

_STATUS = {"met": "done", "missing": "still to do", "waiting": "not known yet"}
_STYLE = (
    "<style>#standing {margin-bottom: 2em} #standing table {width: 100%} "
    "#standing th, #standing td {text-align: left; vertical-align: top; font-weight: normal; "
    "padding: .4em .6em; border-top: 1px solid #d0d7de} "
    "#standing thead th {font-weight: bold}</style>"
)


@dataclass(frozen=True)
class Said:
    """What a page tells its trainee.

    Attributes
    ----------
    block : str
        The data block, for the head.
    section : str
        The section, for people.
    """

    block: str
    section: str

    def put_into(self, page: str) -> str:
        """Return the page with the block in its head and the section at its top."""
        page = re.sub(r"<head>", lambda m: m.group(0) + self.block + _STYLE, page, count=1)
        return re.sub(r"<body[^>]*>", lambda m: m.group(0) + self.section, page, count=1)


def standing_of(
    base: str, root: str, student: str, *, log: Any = None, now: datetime | None = None
) -> Said | None:
    """Return what to tell one trainee, None for somebody the roster puts in no programme.

    Parameters
    ----------
    base, root : str
        The grading state and the folder that holds ``modules/``.
    student : str
        The id.
    log : logging.Logger, optional
        Told when the standing cannot be worked out: a page goes out without it.
    now : datetime, optional
        For tests.
    """
    from course.programme import Programme
    from grading.cohort import participant
    from grading.completion import Records

    state = GradingState(Path(base), Path(root), Path(base) / "exchange")
    try:
        name = participant(state, student).programme
        if not name:
            return None
        programme = Programme.open(name)
        known = Records(state, programme, student)
        word = HostWord(
            trainee=student,
            programme=programme.id,
            time=(now or datetime.now(UTC)).isoformat(timespec="seconds"),
            evidence=known.evidence(student),
            modules=known.modules_seen(student),
        )
        made = known.completion(student)
    except CourseError as error:
        if log is not None:
            log.warning("The feedback of %s does not say what is missing: %s", student, error)
        return None
    return Said(word.block(), section(made, programme.title, word.time))


def section(made: Completion, title: str, time: str) -> str:
    """Return the list of what is done, missing and waited for, as HTML.

    Parameters
    ----------
    made : Completion
        Of one trainee.
    title : str
        The programme's.
    time : str
        When the host looked, as an ISO time.
    """
    e = html.escape
    paper = made.paper
    head = f"Your {paper}: " + ("nothing is missing" if made.complete else "what is still missing")
    order = sorted(made.requirements, key=lambda r: r.met is True)
    rows = "".join(
        f"<tr><th scope='row'>{e(r.title)}</th><td>{_STATUS[r.status]}</td><td>{e(r.have)}</td>"
        f"<td>{e(r.need)}</td><td>{e(r.remedy)}</td></tr>"
        for r in order
    )
    return (
        f"<section id='standing' class='container' aria-label='{e(head)}'>"
        f"<h3>{e(head)}</h3><p>{e(title)}. {e(made.sentence)} As your host knew it on "
        f"{e(time[:10])}.</p><table><thead><tr><th scope='col'>What</th><th scope='col'>State</th>"
        "<th scope='col'>You have</th><th scope='col'>Needed</th><th scope='col'>What to do</th>"
        f"</tr></thead><tbody>{rows}</tbody></table></section>"
    )

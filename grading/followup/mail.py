"""Ready letters: plain words, one per person. They are written to files and never sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from email.policy import SMTP

_ADDRESS = re.compile(r"[^\s@<>,;:\"'\\()\[\]]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


@dataclass(frozen=True)
class Letter:
    """What one letter says."""

    kind: str
    name: str
    address: str
    title: str
    city: str
    day: int
    due: date
    today: date
    promise: str = ""


def subject(letter: Letter) -> str:
    """Return the subject in one line."""
    opening = {
        "notice": "Your follow-up report",
        "reminder 1": "Reminder: your follow-up report",
        "reminder 2": "Second reminder: your follow-up report",
    }[letter.kind]
    return _line(f"{opening}, day {letter.day}: {letter.title}")


def body(letter: Letter) -> str:
    """Return the words of the letter."""
    late = (letter.today - letter.due).days
    when = f"It is due on {letter.due.isoformat()}."
    if late > 0:
        when = f"It was due on {letter.due.isoformat()}, {late} {_days(late)} ago."
    parts = [
        f"Dear {_line(letter.name)},",
        f"your plan “{_line(letter.title)}” ({_line(letter.city)}) reaches day {letter.day} after "
        f"the course. {when}"
        if late <= 0
        else f"we have no report of day {letter.day} about your plan “{_line(letter.title)}” "
        f"({_line(letter.city)}). {when}",
    ]
    if letter.promise:
        parts.append(f"For this day the plan promised: {_line(letter.promise)}")
    parts.append(
        "Please open follow_up.ipynb in the folder of module 13, choose the day, fill in the "
        "form and send us the file it writes. The Excel template does the same. It takes ten "
        "minutes. “Not started” and “dropped” are good answers too: other cities learn from "
        "them."
    )
    if letter.kind == "reminder 2":
        parts.append(
            "This is the last reminder of this step. Without a reply we write “unknown”. A "
            "report that comes later is still welcome."
        )
    parts.append("Thank you.\nThe course team")
    return "\n\n".join(parts) + "\n"


def text_file(letter: Letter) -> str:
    """Return the letter as text to copy, with its head."""
    to = letter.address if _ADDRESS.fullmatch(letter.address) else "(no usable address)"
    return f"To: {_line(letter.name)} <{to}>\nSubject: {subject(letter)}\n\n{body(letter)}"


def message(letter: Letter, dates: bytes, file_name: str) -> bytes | None:
    """Return the letter as an .eml draft with the calendar file, None without an address."""
    # the head of a mail holds no other letters in an address: it would lead to nobody
    if not _ADDRESS.fullmatch(letter.address) or not letter.address.isascii():
        return None
    from email.headerregistry import Address

    # a folded subject would begin with a blank in some programs
    draft = EmailMessage(policy=SMTP.clone(max_line_length=300))
    user, _, domain = letter.address.rpartition("@")
    try:
        draft["To"] = Address(_line(letter.name), user, domain)
        draft["Subject"] = subject(letter)
    except (ValueError, IndexError):  # an address that mail programs would not take
        return None
    # mail programs open it as a draft, ready to be sent by a person
    draft["X-Unsent"] = "1"
    draft.set_content(body(letter), cte="base64")
    draft.add_attachment(dates, maintype="text", subtype="calendar", filename=file_name)
    mark = f"course-{letter.day}-{letter.kind.replace(' ', '-')}"
    draft.set_boundary(f"=={mark}==")  # the same letter gives the same bytes
    return draft.as_bytes()


def _line(text: str) -> str:
    """Return a text in one line: a line break would begin another head of the mail."""
    return " ".join(text.split())


def _days(number: int) -> str:
    return "day" if number == 1 else "days"

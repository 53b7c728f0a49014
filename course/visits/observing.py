"""What a trainee writes at a study visit: kept beside the notebook at once, never lost.

The file ``visit_notes.json`` lies in the folder of the notebook and travels with its hand-in.
A new text of a field is a new line of the file; what stood there before stays in it (the
newest 20 of each field). Typing in one form goes on in one line, so that a sentence is not
kept letter by letter.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course import answer_book, identity
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

FILE_NAME = "visit_notes.json"
SCHEMA = 1
# Field and what it asks; Q1 and Q2 are the place's own questions.
FIELDS = {
    "q1": "Question 1",
    "q2": "Question 2",
    "saw": "What you saw",
    "would_change": "What you would change for your city",
    "will_check": "What you will check at home",
}
LONGEST = 2_000
KEPT_PER_FIELD = 20
_MAX_BYTES = 2_000_000
_COLUMNS = ("site_id", "title", "field", "text", "time", "trainee")


def keep(
    site_id: str, fields: dict[str, str], *, folder: Path | None = None, session: str = ""
) -> tuple[int, str]:
    """Write texts of one place into the file.

    Parameters
    ----------
    site_id : str
        The place, as in ``visits.sites()``.
    fields : dict
        Field of `FIELDS` to text. An empty text empties the field; a text that stands there
        already is not written again.
    folder : Path, optional
        The notebook's folder; that of the running notebook when absent.
    session : str
        A form that is being typed into replaces its own last line of a field.

    Returns
    -------
    tuple
        How many fields changed, and a sentence where a damaged file had to be set aside.

    Raises
    ------
    UsageError
        There is no such place or field, or a text is no text.
    OSError
        The folder cannot be written to.
    """
    from course import visits

    place = visits.site(site_id)
    texts = {name: _text(name, value) for name, value in fields.items()}
    path = (folder or answer_book.folder()) / FILE_NAME
    said, changed = "", 0
    with answer_book.lock(path):
        records, readable = read(path)
        if not readable:
            broken = answer_book.set_aside(path)
            said = f"{FILE_NAME} could not be read. It is kept as {broken.name}; a new one begins."
        for name, text in texts.items():
            same = [r for r in records if (r["site"], r["field"]) == (place.id, name)]
            last = same[-1] if same else None
            if text == (last["text"] if last else ""):
                continue
            if last and session and last.get("session") == session:
                records.remove(last)
            dropped = {id(r) for r in same[: -(KEPT_PER_FIELD - 1)]}
            records = [r for r in records if id(r) not in dropped]
            records.append({
                "site": place.id, "field": name, "text": text, "session": session,
                "time": datetime.now(UTC).isoformat(timespec="seconds"),
                "trainee": identity.who().trainee,
            })  # fmt: skip
            changed += 1
        if changed or not readable:
            answer_book.replace(path, {"schema": SCHEMA, "notes": records})
    return changed, said


def read(path: Path) -> tuple[list[dict[str, Any]], bool]:
    """Return the lines of a file and whether it was readable.

    Lines that are not ours are left out; a file that does not exist is readable.
    """
    notes, readable = answer_book.read_list(path, "notes", most=_MAX_BYTES)
    return [r for r in notes if _is_ours(r)], readable


def _is_ours(record: Any) -> bool:
    if not isinstance(record, dict) or record.get("field") not in FIELDS:
        return False
    return all(isinstance(record.get(k), str) for k in ("site", "text", "time"))


def _text(name: str, value: Any) -> str:
    if name not in FIELDS:
        raise UsageError(
            f"A visit has no field {str(name)[:40]!r}.", f"Its fields are {', '.join(FIELDS)}."
        )
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UsageError(f"{name} takes a text in quotes.", f'Such as {name}="two sentences".')
    # a lone surrogate cannot be written as UTF-8
    return value.encode("utf-8", "replace").decode("utf-8").strip()[:LONGEST]


# ---- reading -------------------------------------------------------------------------


def files(folder: Path | None = None) -> list[Path]:
    """Return the files of a folder and of the module folders beside it, the folder's own last."""
    here = folder or answer_book.folder()
    beside = sorted(p for p in here.parent.glob(f"[0-9][0-9]_*/{FILE_NAME}") if p.parent != here)
    own = here / FILE_NAME
    return [*beside, *([own] if own.is_file() else [])]


def notes(folder: Path | None = None, *, paths: Iterable[Path] | None = None) -> pd.DataFrame:
    """Return what was written, the newest text of each field.

    Parameters
    ----------
    folder : Path, optional
        A module's folder; that of the running notebook when absent. Notes written in the
        folders of other modules beside it count too.
    paths : iterable of Path, optional
        The files themselves, such as those of a hand-in; ``folder`` is then not asked.

    Returns
    -------
    pandas.DataFrame
        One row per place and field that is not empty: ``site_id``, ``title``, ``field``,
        ``text``, ``time`` (UTC), ``trainee``. Empty when nothing was written; what cannot be
        read is left out.
    """
    import pandas as pd

    from course import visits

    records = [r for path in (files(folder) if paths is None else paths) for r in read(path)[0]]
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for record in sorted(records, key=lambda r: r["time"]):
        newest[record["site"], record["field"]] = record
    known = visits.all_sites()
    rows = []
    for site_id, place in known.items():
        for name in FIELDS:
            found = newest.get((site_id, name))
            if found and found["text"]:
                who = str(found.get("trainee", ""))
                rows.append((site_id, place.title, name, found["text"], found["time"], who))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def practices(
    folder: Path | None = None, *, paths: Iterable[Path] | None = None
) -> list[dict[str, Any]]:
    """Return the visits as material for the field ``seoul_practice`` of an action plan.

    Parameters
    ----------
    folder, paths
        As in :func:`notes`.

    Returns
    -------
    list of dict
        One per place with a text: ``site_id``, ``practice`` (what was seen, else the title of
        the place), ``what_must_differ`` (what the trainee would change), ``will_check``,
        ``source_year`` (year of the note), ``title``. Texts may be empty: a draft, not an
        answer.
    """
    table = notes(folder, paths=paths)
    found = []
    for site_id, rows in table.groupby("site_id", sort=False):
        text = dict(zip(rows["field"], rows["text"], strict=True))
        title = str(rows["title"].iloc[0])
        found.append({
            "site_id": site_id,
            "title": title,
            "practice": text.get("saw") or title,
            "what_must_differ": text.get("would_change", ""),
            "will_check": text.get("will_check", ""),
            "source_year": int(rows["time"].max()[:4]),
        })  # fmt: skip
    return found


def observe(
    site_id: str, *, saw: str | None = None, would_change: str | None = None,
    will_check: str | None = None, q1: str | None = None, q2: str | None = None,
) -> None:  # fmt: skip
    """Keep what you saw at a place, what you would change, and what you will check.

    Parameters
    ----------
    site_id : str
        The place, such as ``"topis"``.
    saw, would_change, will_check : str, optional
        Your sentences; what is left out stays as it was.
    q1, q2 : str, optional
        Answers to the two questions of the place.

    Notes
    -----
    Never raises; says in one sentence what was kept, or what is wrong.
    """
    from course import answers
    from course.answer_cards import Card
    from course.errors import CourseError

    given = {"q1": q1, "q2": q2, "saw": saw, "would_change": would_change, "will_check": will_check}
    given = {name: text for name, text in given.items() if text is not None}
    try:
        from course import visits

        title = visits.site(site_id).title
        if not given:
            sentence = 'Nothing to keep yet. Write saw="...", would_change="..." and so on.'
        else:
            _, said = keep(site_id, given)
            names = ", ".join(FIELDS[name].lower() for name in given)
            sentence = f"Kept in {FILE_NAME}: {names}. {said}".strip()
    except CourseError as error:
        title, sentence = "This was not kept", str(error)
    except OSError:
        title, sentence = "This was not kept", f"{FILE_NAME} cannot be written in this folder."
    answers._show(Card(title=title, sentences=(sentence,), status=True))

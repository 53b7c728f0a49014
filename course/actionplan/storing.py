"""The plan's file: saved at every change, shared by two tabs, nothing overwritten unseen.

Who saves compares the file with what they read last. If somebody else changed other
fields, both changes are joined. If both changed the same field, the file stays as it is
and one's own version lies beside it until a person chooses.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course import answer_book, whole_files
from course.actionplan.merging import Conflict, join
from course.actionplan.model import FILE_NAME
from course.actionplan.reading import Draft, PlanFault, draft_from, empty_draft, read_draft

SAVED, JOINED, WAITING, FAILED = "saved", "joined", "waiting", "failed"


@dataclass
class Saved:
    """What became of a save.

    Attributes
    ----------
    state : str
        ``saved``; ``joined``: another tab had changed other fields; ``waiting``: both
        changed the same field; ``failed``: the folder cannot be written.
    data : dict
        The plan as it now stands.
    sentence : str
        For the person at the form.
    conflicts : list of Conflict
        Where ``waiting``.
    """

    state: str
    data: dict[str, Any]
    sentence: str = ""
    conflicts: list[Conflict] = field(default_factory=list)


def text_of(data: dict[str, Any]) -> str:
    """Return a plan as the text of its file: JSON that any editor reads."""
    clean = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
    # a lone surrogate is legal in JSON and cannot be written as UTF-8
    return clean.encode("utf-8", "replace").decode("utf-8") + "\n"


def write_plan(path: Path, data: dict[str, Any]) -> None:
    """Write a plan beside its file, then move it there."""
    whole_files.write(path, text_of(data))


class PlanFile:
    """One reader and writer of a plan's file: a tab, a lab or a call.

    Parameters
    ----------
    folder : Path, optional
        Where ``plan.json`` lies; that of the running notebook when absent.
    kind : str
        The kind of a plan that begins.
    """

    def __init__(self, folder: Path | None = None, *, kind: str = "action_plan") -> None:
        self.path = (folder or plan_folder()) / FILE_NAME
        self.kind = kind
        self.said = ""
        self._seen = ""
        self._base: dict[str, Any] = {}
        self._aside: Path | None = None
        self.draft = self.load()

    def load(self) -> Draft:
        """Read the file; one that cannot be read is kept under another name."""
        self.said = ""
        try:
            draft = read_draft(self.path, kind=self.kind)
        except PlanFault as fault:
            aside = answer_book.set_aside(self.path)
            self.said = (
                f"{fault.problems[0].sentence} It is kept as {aside.name}; a new one begins."
            )
            draft = empty_draft(self.kind)
        self._seen, self._base = self._on_disk(), copy.deepcopy(draft.data)
        self.draft = draft
        return draft

    def _on_disk(self) -> str:
        """Return a short hash of the file, "" where there is none."""
        try:
            return hashlib.sha256(self.path.read_bytes()).hexdigest()
        except OSError:
            return ""

    def changed_elsewhere(self) -> bool:
        """Say whether somebody else has written the file since it was read here."""
        return self._on_disk() not in (self._seen, "")

    def save(self, data: dict[str, Any]) -> Saved:
        """Write a plan, joined with what others wrote meanwhile."""
        try:
            with answer_book.lock(self.path):
                return self._save(data)
        except OSError as error:
            return Saved(
                FAILED, data,
                f"The plan cannot be written here ({error.strerror}). Copy your text out.",
            )  # fmt: skip

    def _save(self, data: dict[str, Any]) -> Saved:
        if not self.changed_elsewhere():
            return self._write(data, Saved(SAVED, data))
        try:
            theirs = read_draft(self.path).data
        except PlanFault:
            kept = answer_book.set_aside(self.path)
            return self._write(data, Saved(
                SAVED, data, f"The file was damaged elsewhere; it is kept as {kept.name}."
            ))  # fmt: skip
        made = join(self._base, data, theirs)
        if made.conflicts:
            self._keep_aside(data)
            assert self._aside is not None
            return Saved(
                WAITING, data,
                "This plan was changed in another tab at the same place. Nothing is overwritten: "
                f"your text is kept in {self._aside.name}. Choose which words stand.",
                made.conflicts,
            )  # fmt: skip
        return self._write(made.data, Saved(
            JOINED, made.data, "Changes of another tab were joined with yours."
        ))  # fmt: skip

    def _keep_aside(self, data: dict[str, Any]) -> None:
        if self._aside is None:
            number = 1
            while (path := self.path.with_name(f"plan.mine-{number}.json")).exists():
                number += 1
            self._aside = path
        write_plan(self._aside, data)

    def _write(self, data: dict[str, Any], outcome: Saved) -> Saved:
        write_plan(self.path, data)
        self._seen, self._base = self._on_disk(), copy.deepcopy(data)
        return outcome

    def choose(self, data: dict[str, Any], prefer: str) -> Saved:
        """Join two versions that differ in the same field; the losing words are kept.

        Parameters
        ----------
        data : dict
            One's own version.
        prefer : str
            ``mine`` or ``theirs``.
        """
        try:
            with answer_book.lock(self.path):
                theirs = read_draft(self.path).data
                made = join(self._base, data, theirs, prefer=prefer, other="another tab")
                self._aside = None
                return self._write(made.data, Saved(
                    JOINED, made.data,
                    "Both versions are joined. The other words stand under 'kept' in the file.",
                ))  # fmt: skip
        except (OSError, PlanFault) as error:
            return Saved(FAILED, data, f"The plan could not be joined: {error}")


def plan_folder() -> Path:
    """Return the folder of the plan: the notebook's own, or that of the exercises."""
    from course.actionplan.rubric import MODULE
    from course.paths import workspace_dir

    here = answer_book.folder()
    if here.name == MODULE or (here / FILE_NAME).exists():
        return here
    module = workspace_dir() / "modules" / MODULE
    return module if module.is_dir() else here


def change_plan(change: dict[str, Any], folder: Path | None = None) -> Saved:
    """Change some fields of the plan's file from outside the form.

    Parameters
    ----------
    change : dict
        Top fields and their new values.
    folder : Path, optional
        Where the plan lies.
    """
    file = PlanFile(folder)
    return file.save(draft_from({**file.draft.data, **change}).data)

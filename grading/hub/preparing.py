"""Make or mend the folders of a hub: who owns what, and who may pass."""

from __future__ import annotations

from pathlib import Path

from course import paths
from grading.hub import accounts, owning
from grading.hub.defences import Defence
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings
from grading.state import COURSE_ID


def prepare(folder: HubFolder, settings: Settings) -> accounts.Accounts:
    """Lay out the folders of a hub; safe to run any number of times, also after a restore.

    Parameters
    ----------
    folder : HubFolder
        Made when it does not exist.
    settings : Settings
        Names the instructors and the first number.

    Returns
    -------
    Accounts
        With everybody of the roster and every instructor in it.
    """
    from grading.cohort import participants

    folder.base.mkdir(parents=True, exist_ok=True)
    folder.base.chmod(0o711)
    for path, mode in (
        (folder.homes, 0o711), (folder.program, 0o711), (folder.run, 0o711),
        (folder.secret, 0o700), (folder.logs, 0o700), (folder.exchange, 0o755),
    ):  # fmt: skip
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(mode)
    state = folder.grading(paths.ROOT)
    names = [p.student_id for p in participants(state)]
    names += [name for name in settings.instructors if name not in names]
    table = accounts.allocate(folder.accounts, names, first=settings.first_uid)
    give_to_host(folder, table.host)
    _exchange(folder, settings, table.host)
    return table


def give_to_host(folder: HubFolder, uid: int) -> None:
    """Let the host's number own state and home, whoever made them (root, a restore)."""
    for top in (folder.state, folder.host_home):
        top.mkdir(parents=True, exist_ok=True)
        owning.everything(top, uid)
        owning.folder(top, (), uid, 0o700)
    owning.folder(folder.state, [folder.notices.name], uid, 0o755)


def _exchange(folder: HubFolder, settings: Settings, uid: int) -> None:
    """Make nbgrader's folders: out and feedback can be read, inbound written and not listed."""
    weak = settings.without(Defence.EXCHANGE_MODES)
    modes = {
        (): 0o755,
        (COURSE_ID,): 0o755,
        (COURSE_ID, "outbound"): 0o755,
        # sticky: whoever learns the name of a hand-in can neither rename nor delete it
        (COURSE_ID, "inbound"): 0o2777 if weak else 0o3733,
        (COURSE_ID, "feedback"): 0o711,
    }
    for parts, mode in modes.items():
        owning.folder(folder.exchange, parts, uid, mode)


def sign_of_life(folder: HubFolder) -> Path:
    """Return the file that a starting hub holds locked."""
    return folder.run / "lock"

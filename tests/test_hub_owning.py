"""Root gives folders to the host, and the host's number tries to lead it elsewhere."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.errors import CourseError
from grading.hub import announcement, owning, preparing, view
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings
from grading.state import COURSE_ID

HOST = 1_700_000_000
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")


@pytest.fixture
def folder() -> Iterator[HubFolder]:
    """Not below pytest's folders, which are closed for other accounts."""
    with tempfile.TemporaryDirectory(prefix="course-hub-") as name:
        base = Path(name)
        base.chmod(0o711)
        made = HubFolder(base, base / "state")
        made.exchange.mkdir()
        yield made


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    """A folder that nobody but root may have."""
    made = tmp_path / "roots"
    made.mkdir(mode=0o700)
    (made / "key").write_text("secret", encoding="utf-8")
    return made


def untouched(roots: Path) -> bool:
    found = [roots.stat(), (roots / "key").stat()]
    return [s.st_uid for s in found] == [0, 0] and found[0].st_mode & 0o777 == 0o700


@pytest.mark.parametrize("link", [(COURSE_ID,), (COURSE_ID, "inbound"), (COURSE_ID, "feedback")])
def test_a_link_in_the_exchange_gives_nothing_away(folder, roots, link) -> None:
    preparing._exchange(folder, Settings(), HOST)
    place = folder.exchange.joinpath(*link)
    place.rename(place.with_name("aside"))
    place.symlink_to(roots)
    with pytest.raises(CourseError, match="is a link"):
        preparing._exchange(folder, Settings(), HOST)
    assert untouched(roots) and not (roots / "inbound").exists()


def test_a_link_in_place_of_the_notices_opens_nothing(folder, roots) -> None:
    preparing.give_to_host(folder, HOST)
    folder.notices.rmdir()
    folder.notices.symlink_to(roots)
    with pytest.raises(CourseError, match="is a link"):
        preparing.give_to_host(folder, HOST)
    with pytest.raises(CourseError, match="is a link"):
        view._must_be_folders(folder.notices)
    assert untouched(roots)


def test_an_announcement_goes_nowhere_that_the_host_could_not_write(folder, roots) -> None:
    preparing.give_to_host(folder, HOST)
    folder.settings.touch()
    announcement.write("Lunch at 12:30", folder=folder)
    assert folder.announcement.stat().st_uid == HOST
    folder.announcement.unlink()
    folder.notices.rmdir()
    folder.notices.symlink_to(roots)
    with pytest.raises(OSError):
        announcement.write("Lunch at 13:30", folder=folder)
    assert sorted(p.name for p in roots.iterdir()) == ["key"]


def test_a_folder_swapped_for_a_link_while_root_walks(folder, roots, monkeypatch) -> None:
    """At the worst moment: between the look at a folder and the step into it."""
    inside = folder.state / "jobs"
    inside.mkdir(parents=True)
    swapped = []

    def just_before(function):
        def called(path, *args, **more):
            if not swapped and str(path).endswith("jobs"):
                swapped.append(path)
                inside.rename(folder.state / "aside")
                inside.symlink_to(roots)
            return function(path, *args, **more)

        return called

    with monkeypatch.context() as here:
        here.setattr(os, "open", just_before(os.open))
        here.setattr(os, "scandir", just_before(os.scandir))
        owning.everything(folder.state, HOST)
    assert swapped and untouched(roots)


def test_what_lies_below_is_the_hosts_and_links_are_only_links(folder, roots) -> None:
    (folder.state / "deep" / "er").mkdir(parents=True)
    (folder.state / "deep" / "er" / "file").touch()
    (folder.state / "deep" / "link").symlink_to(roots / "key")
    os.mkfifo(folder.state / "deep" / "pipe")
    preparing.give_to_host(folder, HOST)
    owners = {p.lstat().st_uid for p in (folder.state, *folder.state.rglob("*"))}
    assert owners == {HOST} and untouched(roots)

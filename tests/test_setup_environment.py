"""The environment is made, found again, mended, and never destroyed by a second start."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from course import environment, installing
from course.errors import CourseError
from tests.toy_checkout import BASE_PYTHON, Toy, real_uv

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the toy checkout is written for POSIX")
slow = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Toy, subprocess.CompletedProcess]:
    """Return a checkout after its first start, and that start."""
    toy = Toy(tmp_path_factory.mktemp("toy"))
    return toy, toy.start("learner", "two words", "--code", "7")


def copied(made: tuple[Toy, object], tmp_path: Path) -> Toy:
    """Return the made checkout for one test to break; it lies at the same path again."""
    toy = made[0]
    kept = tmp_path / "kept"
    shutil.copytree(toy.root, kept, symlinks=True)
    toy.kept = kept
    return toy


@pytest.fixture
def toy(made: tuple[Toy, object], tmp_path: Path):
    """Lend the made checkout and put it back as it was."""
    toy = copied(made, tmp_path)
    yield toy
    shutil.rmtree(toy.root)
    shutil.move(toy.kept, toy.root)


@slow
def test_the_first_start_makes_it_and_goes_on_inside(made) -> None:
    toy, first = made
    assert first.returncode == 7, first.stderr
    lines = first.stdout.splitlines()
    assert f"PREFIX {toy.venv}" in lines
    assert f"FOLDER {toy.root}" in lines
    assert "WORDS ['two words']" in lines
    assert "Making the environment" in first.stderr
    assert "Installing about 1 packages with pip" in first.stderr
    assert "Traceback" not in first.stderr


@slow
def test_the_second_start_installs_nothing(made) -> None:
    again = made[0].start("learner")
    assert (again.returncode, again.stderr) == (0, "")
    inside = made[0].start("learner", python=made[0].python)
    assert (inside.returncode, inside.stderr) == (0, "")


@slow
def test_kernels_find_the_course_from_any_folder(made) -> None:
    done = subprocess.run(
        [made[0].python, "-c", "import course; print(course.__file__)"],
        cwd="/", capture_output=True, text=True, check=True, env={"LC_ALL": "C"},
    )  # fmt: skip
    assert Path(done.stdout.strip()).parent.parent == made[0].root


@slow
def test_a_higher_level_is_added_and_never_taken_away(toy: Toy) -> None:
    assert "Installing about 3" in toy.start("dev").stderr
    assert toy.start("learner").stderr == ""
    toy.write_locks("1.1")  # an update of the course, then a learner's start
    assert "Installing about 3 packages" in toy.start("learner").stderr
    assert json.loads((toy.venv / "course-environment.json").read_text())["level"] == "dev"
    assert toy.start("host").stderr == ""


def break_interpreter(toy: Toy) -> None:
    for path in (toy.venv / "bin").glob("python*"):
        path.unlink()
        path.symlink_to("/nowhere/python3")


def break_packages(toy: Toy) -> None:
    for path in (toy.venv / "lib").glob("python*/site-packages/coursetoy*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def break_half_made(toy: Toy) -> None:
    shutil.rmtree(toy.venv)
    toy.venv.mkdir()
    (toy.venv / "course-installing").touch()


def break_killed(toy: Toy) -> None:
    (toy.venv / "course-installing").touch()


def break_empty(toy: Toy) -> None:
    shutil.rmtree(toy.venv)
    toy.venv.mkdir()


def break_file(toy: Toy) -> None:
    shutil.rmtree(toy.venv)
    toy.venv.write_text("not a folder")


def break_stamp(toy: Toy) -> None:
    (toy.venv / "course-environment.json").write_text('{"level": "lear')


def break_home(toy: Toy) -> None:
    config = toy.venv / "pyvenv.cfg"
    config.write_text(config.read_text().replace("home = ", "home = /nowhere"))


def break_moved(toy: Toy) -> None:
    stamp = toy.venv / "course-environment.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"root": "/before"}))


@slow
@pytest.mark.parametrize(
    "harm",
    [break_interpreter, break_packages, break_half_made, break_killed, break_empty, break_file,
     break_stamp, break_home, break_moved],
    ids=lambda harm: harm.__name__.removeprefix("break_"),
)  # fmt: skip
def test_a_broken_one_is_noticed_and_made_again(toy: Toy, harm) -> None:
    harm(toy)
    mended = toy.start("learner", "--code", "3")
    assert mended.returncode == 3, mended.stderr
    assert "The environment is ready." in mended.stderr
    assert toy.start("learner").stderr == ""


@slow
def test_another_python_under_the_same_name_is_noticed_from_inside(toy: Toy) -> None:
    stamp = toy.venv / "course-environment.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"python": "3.99"}))
    assert toy.start("learner", python=toy.python).returncode == 0
    assert json.loads(stamp.read_text())["python"] != "3.99"


@slow
def test_two_first_starts_at_once_both_work(toy: Toy) -> None:
    shutil.rmtree(toy.venv)
    running = [
        subprocess.Popen(
            [BASE_PYTHON, "-m", "course", "learner", "--code", str(code)], cwd=toy.root,
            env=toy.variables(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for code in (4, 5)
    ]  # fmt: skip
    said = [process.communicate(timeout=300)[1] for process in running]
    assert [process.returncode for process in running] == [4, 5], said
    assert sum("Installing about" in text for text in said) == 1
    assert sum("waiting for it" in text for text in said) == 1


@slow
def test_a_killed_first_start_is_finished_by_the_next(toy: Toy) -> None:
    shutil.rmtree(toy.venv)
    process = subprocess.Popen(
        [BASE_PYTHON, "-m", "course", "learner"], cwd=toy.root, env=toy.variables(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    while not (toy.venv / "pyvenv.cfg").exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)  # the installer it had started may live on
    process.wait()
    assert toy.start("learner", "--code", "6").returncode == 6
    assert toy.start("learner").stderr == ""


@slow
@pytest.mark.parametrize("uv", [False, True], ids=["pip", "uv"])
def test_no_network_is_one_sentence(toy: Toy, uv: bool) -> None:
    if uv and not real_uv():
        pytest.skip("uv is not on the PATH")
    shutil.rmtree(toy.venv)
    failed = toy.start("learner", uv=uv, offline=True)
    assert failed.returncode == 1
    last = failed.stderr.splitlines()[-1]
    assert last.startswith("course: The packages could not be fetched")
    assert "Traceback" not in failed.stderr
    assert toy.start("learner", uv=uv).returncode == 0  # with a network it goes on


@slow
@pytest.mark.parametrize("uv", [False, True], ids=["pip", "uv"])
def test_a_package_with_another_hash_is_refused(toy: Toy, uv: bool) -> None:
    if uv and not real_uv():
        pytest.skip("uv is not on the PATH")
    shutil.rmtree(toy.venv)
    toy.write_locks(wrong_hash=True)
    failed = toy.start("learner", uv=uv)
    assert failed.returncode == 1
    assert failed.stderr.splitlines()[-1].startswith("course: A downloaded package is not the one")
    assert "Traceback" not in failed.stderr
    assert "PREFIX" not in failed.stdout


@slow
def test_a_python_that_has_everything_is_used_as_it_is(toy: Toy) -> None:
    outside = toy.root.parent / "conda"
    subprocess.run([BASE_PYTHON, "-m", "venv", outside], check=True)
    subprocess.run(
        [outside / "bin" / "python", "-m", "pip", "install", "-q", "coursetoy-a"],
        check=True, env=toy.variables(),
    )  # fmt: skip
    shutil.rmtree(toy.venv)
    used = toy.start("learner", python=outside / "bin" / "python")
    assert used.returncode == 0
    assert f"PREFIX {outside}" in used.stdout
    assert not toy.venv.exists()
    other = toy.start("host", python=outside / "bin" / "python")  # this one lacks the host's
    assert f"PREFIX {toy.venv}" in other.stdout
    shutil.rmtree(outside)


def test_without_uv_and_pip_the_remedy_is_named(monkeypatch) -> None:
    """Debian without python3-venv and python3-pip: venv works, nothing can install."""
    monkeypatch.setattr(installing, "_output", lambda _command: None)
    with pytest.raises(CourseError, match="no pip") as raised:
        installing._installer(BASE_PYTHON)
    assert "apt install python3-venv" in raised.value.remedy


def test_a_pip_outside_serves_where_none_can_be_put_inside(monkeypatch) -> None:
    """Debian with python3-pip and without python3-venv."""

    def output(command: list[object]) -> str | None:
        return "pip 23.0.1 from /usr/lib" if command[:3] == ["/base", "-m", "pip"] else None

    monkeypatch.setattr(installing, "_output", output)
    command, name = installing._installer("/base")
    assert (command[:4], name) == (["/base", "-m", "pip", "--python"], "pip")


def test_a_start_inside_that_does_not_serve_ends_and_does_not_loop(monkeypatch) -> None:
    from course import bootstrap, requirements

    monkeypatch.setattr(environment, "ready", lambda _level: False)
    monkeypatch.setattr(requirements, "unmet", lambda _level: ["pandas"])
    monkeypatch.setattr(installing, "build", lambda _level: pytest.fail("it would loop"))
    for inside in (True, False):
        monkeypatch.setattr(environment, "is_current", lambda inside=inside: inside)
        with pytest.raises(CourseError, match="does not start as expected"):
            bootstrap._prepare("learner", restarted="1")


CAUSES = [
    ("OSError: [Errno 28] No space left on device", "disk is full"),
    ("error: failed to write: No space left on device (os error 28)", "disk is full"),
    ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "hash differs"),
    ("  Hash mismatch for `coursetoy-a==1.0`", "hash differs"),
    ("WARNING: Retrying (Retry(total=4, connect=None)) after connection broken", "no connection"),
    ("error: Request failed after 3 retries\n  Caused by: error sending request for url\n"
     "  Caused by: dns error", "no connection"),
    ("cause: invalid peer certificate: UnknownIssuer\nerror: Failed to fetch", "certificate"),
    ("ERROR: No matching distribution found for numpy==2.4.6", "not offered for this Python"),
    ("error: Permission denied (os error 13)", "cannot be written"),
    ("something new", "ended with code 2"),
    ("", "ended with code 2"),
]  # fmt: skip


@pytest.mark.parametrize(("output", "said"), CAUSES)
def test_every_cause_has_a_sentence_and_a_remedy(output, said, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(installing, "INSTALLING", tmp_path / "mark")
    with pytest.raises(CourseError, match=said) as raised:
        installing._explain(2, output, "pip")
    assert raised.value.remedy.endswith(".")


def test_a_full_disk_leaves_the_mark_and_a_lost_network_takes_it(tmp_path, monkeypatch) -> None:
    mark = tmp_path / "mark"
    monkeypatch.setattr(installing, "INSTALLING", mark)
    for output, left in (("No space left on device", True), ("dns error", False)):
        mark.touch()
        with pytest.raises(CourseError):
            installing._explain(1, output, "pip")
        assert mark.exists() is left


@pytest.mark.parametrize(
    ("uv_said", "tries"),
    [
        ("invalid peer certificate: UnknownIssuer", ["uv", "pip"]),
        ("error: unexpected argument", ["uv", "pip"]),
        ("Hash mismatch for `x==1`", ["uv"]),
        ("Caused by: dns error", ["uv"]),
        ("No space left on device", ["uv"]),
    ],
)
def test_pip_is_tried_once_when_uv_fails_for_a_reason_of_its_own(
    uv_said, tries, tmp_path, monkeypatch, capsys
) -> None:
    tried = []

    def watched(command: list[str], *_rest: object) -> tuple[int, str]:
        tried.append(command[0])
        assert "--require-hashes" in command
        return (2, uv_said) if command[0] == "uv" else (0, "")

    monkeypatch.setattr(installing, "INSTALLING", tmp_path / "mark")
    monkeypatch.setattr(
        installing, "_installer", lambda _base, *, with_uv=True: (["uv"], "uv") if with_uv
        else (["pip"], "pip"),
    )  # fmt: skip
    monkeypatch.setattr(installing, "_watched", watched)
    monkeypatch.setattr(installing, "_put_course_on_path", lambda _version: None)
    if tries == ["uv"]:
        with pytest.raises(CourseError):
            installing._install("learner", "3.11", BASE_PYTHON, None)
    else:
        installing._install("learner", "3.11", BASE_PYTHON, None)
        said = capsys.readouterr().err
        assert said.count("trying once more with pip") == 1 and uv_said in said
    assert tried == tries


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "asking"),
        (["Resolved 126 packages in 3s\n"], "fetching"),
        (["Collecting anyio==4\n", "Collecting x==1\n"], "fetched 2 of about 126"),
        (["Collecting a\n", "Installing collected packages: a\n"], "unpacking"),
        (["Prepared 12 packages in 2s\n"], "unpacking"),
    ],
)
def test_progress_in_words(lines, said) -> None:
    assert said in installing._stage(lines, 126)


def test_a_stamp_of_nonsense_is_no_stamp(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(environment, "STAMP", tmp_path / "stamp")
    for text in ("", "[]", "null", '{"level": "king"}', '{"level": 3}', "\x00"):
        environment.STAMP.write_text(text)
        assert environment.read_stamp() == {}
        assert environment.ready("learner") is False

"""What travels between machines, and the addresses: no pickle, no password."""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.errors import CourseError, UsageError
from grading import gradebook_address, marking_jobs
from grading.gradebook_rows import Entry
from grading.hub import services
from grading.hub.folder import HubFolder
from grading.hub.settings import Settings
from grading.many import add_arguments, cluster_of, plain, starting, tasks
from grading.many.cluster import checked
from grading.reproduce import batch
from grading.scored import Scored
from grading.state import GradingState

PASSWORD = "top/secret %@:word"
IN_ADDRESS = "top%2Fsecret%20%25%40%3Aword"
ADDRESS = f"postgresql://test-host:{IN_ADDRESS}@db.example/grades"

TEXT = st.text(max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(TEXT | st.just("!"), inner, max_size=4)
        | st.frozensets(TEXT, max_size=4)
    ),
    max_leaves=20,
)


@given(PLAIN)
def test_what_is_sent_arrives(value):
    assert plain.loads(plain.dumps(value)) == value


def test_what_a_worker_hands_back_arrives_whole():
    entry = Entry("test-a", {"m10_trip": 1.0, "m10_text": None}, frozenset({"m10_text"}), True)
    made = Scored("c", "k", "t", {"f": "bundled"}, {"q": {"details": ("x",)}}, [["q", "x"]])
    done = marking_jobs.Done("test-a", entry, made, "", {"test-a|f": {"q": 1.5}}, {"q": (1.0, 2.0)})
    types = (marking_jobs.Done, Entry, Scored)
    assert plain.loads(plain.dumps([done]), types) == [done]
    with pytest.raises(ValueError, match="no result"):
        plain.loads(plain.dumps([done]))  # of classes only those that are asked for


@pytest.mark.parametrize(
    "text",
    [
        '{"!": "os:system", "of": {}}', '{"!": "builtins:eval", "of": {"x": "1"}}', '{"!": 1}',
        '{"!": "tuple"}', '{"!": "grading.scored:Scored", "of": {"strange": 1}}', "[",
        '{"!": "frozenset", "of": [[1]]}', '{"!": "dict", "of": 3}', "[" * 100_000,
    ],
    ids=range(9),
)  # fmt: skip
def test_what_a_taken_over_worker_sends_makes_no_object(text):
    with pytest.raises(ValueError):
        plain.loads(text, (Scored,))


@dataclass
class Strange:
    what: object


@pytest.mark.parametrize("value", [object(), {1: 2}, Strange(object()), b"x", [1, {2.0}, 1j]])
def test_what_is_no_data_does_not_travel(value):
    with pytest.raises(TypeError):
        plain.dumps(value)


def test_a_job_names_a_function_of_the_program_and_nothing_else():
    order = {"function": "os:system", "options": {}, "assignment": "m", "students": ["s"],
             "state": {"base": "b", "root": "r", "exchange": "e", "key_package": "k"},
             "run": "1", "code": tasks.code()}  # fmt: skip
    with pytest.raises(ValueError, match="not part of the program"):
        tasks._do(order)


def test_a_worker_says_why_it_cannot_do_a_job(tmp_path, monkeypatch):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.delenv("COURSE_GRADEBOOK", raising=False)
    order = {"code": tasks.code(), "state": {"base": str(tmp_path)}}
    assert "does not see the folder" in tasks._why_not(order)
    (tmp_path / "release").mkdir()
    assert tasks._why_not(order) == ""
    assert "another version" in tasks._why_not(order | {"code": "0"})
    monkeypatch.setenv("COURSE_GRADEBOOK", ADDRESS)
    said = json.loads(tasks.work(json.dumps(order)))["refused"]
    assert "must not have" in said and "secret" not in said


# ---- the gradebook's address -----------------------------------------------------------


def test_a_password_leaves_the_address_and_the_environment(monkeypatch):
    monkeypatch.setenv("COURSE_GRADEBOOK", ADDRESS)
    state = GradingState.default()
    for text in (state.db_url, repr(state), os.environ["COURSE_GRADEBOOK"],
                 gradebook_address.shown(state.gradebook)):  # fmt: skip
        assert "secret" not in text and "db.example" in text
    assert state.db_url.startswith("postgresql+psycopg://test-host@db.example/grades?")
    assert GradingState.default() == state, "asked again it is the same"
    assert gradebook_address.libpq_environment(state.gradebook)["PGPASSWORD"] == PASSWORD
    assert gradebook_address.without_secrets(f"said {PASSWORD}.") == "said ***."


def test_a_child_that_needs_the_password_gets_it_in_the_address(monkeypatch):
    bare = gradebook_address.plain(ADDRESS)
    whole = gradebook_address.with_password(bare)
    assert gradebook_address.carries_password({"COURSE_GRADEBOOK": whole})
    monkeypatch.setattr(gradebook_address, "_SECRETS", {})  # as in the child
    assert gradebook_address.with_password(bare) == bare
    assert gradebook_address.plain(whole) == bare
    assert gradebook_address.libpq_environment(bare)["PGPASSWORD"] == PASSWORD


def test_files_that_an_address_names_are_known(tmp_path):
    key = tmp_path / "pass file"
    key.write_text("x")
    said = f"postgresql://u:p@/g?host={tmp_path}&passfile={quote(str(key))}&sslcert=/no/such/file"
    assert gradebook_address.files(said) == (tmp_path, key)
    assert gradebook_address.files(gradebook_address.plain(said)) == (tmp_path, key)
    for none in ("", "nonsense", ADDRESS, "postgresql://u@/g?host=relative&passfile=here"):
        assert gradebook_address.files(none) == ()


def test_services_of_a_hub_get_the_address_from_a_file_and_not_by_its_settings(
    tmp_path, monkeypatch
):
    """JupyterHub keeps the variables of its services in its database."""
    folder = HubFolder(tmp_path / "hub", tmp_path / "state")
    show = ["/bin/sh", "-c", f'printf "%s|%s" "${gradebook_address.VARIABLE}" "$1"', "sh", "a b"]
    monkeypatch.delenv("COURSE_GRADEBOOK", raising=False)
    assert services._with_gradebook(folder, Settings()) == []
    named = tmp_path / "hub" / "an 'odd' name"
    named.parent.mkdir()
    named.write_text(ADDRESS + "\n")
    monkeypatch.setenv("COURSE_GRADEBOOK", "postgresql://u:other@h/g")
    for settings, wanted in (
        (Settings(gradebook_file=named.name), ADDRESS), (Settings(), "postgresql://u:other@h/g")
    ):  # fmt: skip
        words = services._with_gradebook(folder, settings)
        assert "word" not in " ".join(words) and "other" not in " ".join(words)
        done = subprocess.run([*words, *show], capture_output=True, text=True, check=True, env={})
        assert done.stdout == f"{wanted}|a b"
    assert (folder.secret / "gradebook.address").stat().st_mode & 0o777 == 0o600
    named.unlink()
    words = services._with_gradebook(folder, Settings(gradebook_file=named.name))
    done = subprocess.run([*words, *show], capture_output=True, text=True, check=False, env={})
    assert done.returncode != 0 and done.stdout == "", "nothing starts on another gradebook"


def test_a_password_is_handed_to_its_own_place_only():
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    gradebook_address.plain(ADDRESS)
    for url, gets in (
        ("postgresql+psycopg://test-host@db.example/grades", True),
        ("postgresql+psycopg://test-host@other.example/grades", False),
        ("postgresql+psycopg://other@db.example/grades", False),
    ):
        wanted = make_url(url).get_dialect()().create_connect_args(make_url(url))[1]
        engine = create_engine(url)
        for listener in engine.dialect.dispatch.do_connect:
            listener(engine.dialect, None, [], wanted)
        assert (wanted.get("password") == PASSWORD) is gets


def test_the_address_can_be_read_by_alembic():
    """Alembic's settings file takes a percent sign for its own."""
    found = gradebook_address.plain("postgresql://u:p%40w@/g?host=/var/run/pg&passfile=/a/b.txt")
    assert "%" not in found and "host=/var/run/pg" in found and "passfile=/a/b.txt" in found
    assert "secret" not in gradebook_address.plain("postgres://u@h/g?password=secret")


@pytest.mark.parametrize(
    "said", ["mysql://u:secret@h/g", "nonsense secret", "postgresql://u:secret@h", "sqlite:///x"]
)
def test_another_address_is_refused_without_being_repeated(said, monkeypatch):
    monkeypatch.setenv("COURSE_GRADEBOOK", said)
    with pytest.raises(UsageError) as caught:
        GradingState.default()
    assert "secret" not in str(caught.value) and "COURSE_GRADEBOOK" in str(caught.value)


def test_without_an_address_it_is_a_file_of_the_state(monkeypatch, tmp_path):
    for said in (None, ""):
        monkeypatch.delenv("COURSE_GRADEBOOK", raising=False)
        if said is not None:
            monkeypatch.setenv("COURSE_GRADEBOOK", said)
        monkeypatch.setenv("COURSE_STATE", str(tmp_path))
        assert GradingState.default().db_url == f"sqlite:///{tmp_path}/grading/gradebook.db"


@pytest.mark.parametrize(
    ("environment", "carries"),
    [
        ({}, False), ({"PGPASSWORD": "x"}, True), ({"COURSE_GRADEBOOK": ADDRESS}, True),
        ({"COURSE_GRADEBOOK": "postgresql://u@h/g"}, False),
        ({"COURSE_GRADEBOOK": "postgresql://u@h:5432/g?password=x"}, True),
        ({"COURSE_GRADEBOOK": "postgresql://u@h:5432/g"}, False),
    ],
    ids=range(6),
)  # fmt: skip
def test_who_carries_a_password(environment, carries):
    assert gradebook_address.carries_password(environment) is carries
    made = starting.environment(environment | {"PGPASSFILE": "f", "HOME": "/h"}, tries=4)
    assert not gradebook_address.carries_password(made)
    assert "PGPASSFILE" not in made and "COURSE_GRADEBOOK" not in made and made["HOME"] == "/h"


# ---- the scheduler's address -----------------------------------------------------------


def options(*words):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_the_scheduler_is_named_with_or_without_tls(tmp_path):
    assert cluster_of(options()) is None
    assert cluster_of(options("--scheduler", "127.0.0.1:8786")).address == "tcp://127.0.0.1:8786"
    files = []
    for name in ("ca", "cert", "key"):
        (tmp_path / name).write_text("x")
        files += [f"--tls-{name}", str(tmp_path / name)]
    found = cluster_of(options("--scheduler", "tls://host.example:1", *files))
    assert found.encrypted and found.key == str(tmp_path / "key")
    assert "--tls-key" in starting.workers(found, 2, "1GB")
    with pytest.raises(UsageError, match="TLS needs --tls-ca"):
        cluster_of(options("--scheduler", "h:1", *files[2:]))
    with pytest.raises(UsageError, match="not encrypted"):
        cluster_of(options("--scheduler", "tcp://h:1", *files))
    with pytest.raises(UsageError, match="for --scheduler"):
        cluster_of(options(*files))
    with pytest.raises(UsageError, match="no file"):
        cluster_of(options("--scheduler", "tls://h:1"))  # none was made in this state


def test_a_scheduler_is_not_told_of_where_none_can_be():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CourseError, match=f"No scheduler can be at 127.0.0.1:{port}"):
            starting.must_be_free("127.0.0.1", port)
    starting.must_be_free("127.0.0.1", port)
    with pytest.raises(CourseError, match="No scheduler can be at"):
        starting.must_be_free("192.0.2.1", port)


@pytest.mark.parametrize("said", ["rubbish", "", "0", "-1GB", "2 elephants"])
def test_a_size_that_is_none_is_said_so(said):
    with pytest.raises(UsageError, match="is no size"):
        starting.must_be_size(said)
    for right in ("2GB", "1500MiB", "auto", "2e9"):
        starting.must_be_size(right)


def test_only_workers_that_can_make_a_jail_say_so():
    told = starting.workers(cluster_of(options("--scheduler", "h:1")), 2, "1GB", jail=True)
    assert told[told.index("--resources") + 1] == f"{tasks.JAIL}=1"
    told = starting.workers(cluster_of(options("--scheduler", "h:1")), 2, "1GB")
    assert "--resources" not in told


def test_a_job_that_needs_a_jail_is_refused_without_one(tmp_path, monkeypatch):
    """Whatever a worker said when it was started; and nobody runs a notebook bare by mistake."""
    from grading import jail

    monkeypatch.setattr(jail, "why_not", lambda: "The program bwrap is missing.")
    (tmp_path / "release").mkdir()
    order = {
        "function": "grading.reproduce.batch:run_some", "options": {}, "assignment": "10",
        "students": [], "run": "", "code": tasks.code(), "jailed": True,
        "state": {"base": str(tmp_path), "root": "", "exchange": "", "key_package": ""},
    }  # fmt: skip
    said = json.loads(tasks.work(json.dumps(order)))
    assert "runs no notebook again. The program bwrap is missing." in said["refused"]


@pytest.mark.parametrize("module", [marking_jobs, batch], ids=["scoring", "running again"])
def test_a_new_run_looks_at_release_and_teams_anew(module, tmp_path, monkeypatch):
    """A worker lives long: what it knows of a course must not outlive a run."""
    looked = []
    monkeypatch.setattr(module, "Marker", lambda state, assignment: looked.append(assignment))
    monkeypatch.setattr(tasks, "_run", "")
    (tmp_path / "release").mkdir()
    again = module is batch
    order = {
        "function": f"{module.__name__}:{'run_some' if again else 'expect'}",
        "options": {"bounds": {}, "unsafe": True} if again else {}, "assignment": "10",
        "students": [] if again else ["s"], "code": tasks.code(),
        "state": {"base": str(tmp_path), "root": "", "exchange": "", "key_package": ""},
    }  # fmt: skip
    module.forget()
    try:
        for run, times in (("1", 1), ("1", 1), ("2", 2)):
            assert "result" in json.loads(tasks.work(json.dumps(order | {"run": run})))
            assert len(looked) == times
    finally:
        module.forget()


@pytest.mark.parametrize("said", ["", "x", "h:0", "h:99999", "http://h:1", "h:1/x", "tcp://h"])
def test_what_is_no_address_is_said_so(said):
    with pytest.raises(UsageError, match="no scheduler's address"):
        checked(said)

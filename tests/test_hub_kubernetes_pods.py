"""Sign-in, backup, restore on Kubernetes: the containers' own commands, without a cluster."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from course.paths import ROOT
from grading import cohort
from grading.hub import accounts, signin_settings
from grading.hub.folder import HubFolder
from grading.hub.kubernetes.console import main as console_main
from grading.hub.signin_admission import Admission
from tests.kubernetes_pod import HERE, NUMBER, Node, documents, node, prepare

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.geteuid() != 0,
    reason="containers of several numbers need root and Linux",
)
HUB = documents(HERE / "values.yaml")[0]["hub"]
PERSON = 200001
SECRET = "s3cret-of-the-test"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Node]:
    with node() as made:
        prepare(made)
        folder = made.volume("hub-folder")
        table = accounts.Accounts(NUMBER, {"ana-test": PERSON})
        accounts._write(folder / accounts.NAME, table)
        state = HubFolder(folder, made.volume("state")).grading(ROOT).prepare()
        roster = made.base / "roster.csv"
        roster.write_text("student_id,name,email\nana-test,Ana Test,ana@test.invalid\n")
        assert not cohort.add(state, roster).problems
        hand_in = made.volume("exchange") / "smartcity/inbound/ana-test+10_test+now"
        hand_in.mkdir()
        (hand_in / "answers.json").write_text("{}")
        _give(folder, NUMBER)
        _give(made.volume("state"), NUMBER)
        _give(hand_in, PERSON)
        yield made


def _give(top: Path, uid: int) -> None:
    for path in (top, *top.rglob("*")):
        os.chown(path, uid, uid)


def hub_pod(made: Node, mode: str, **secret: str) -> None:
    """Run the hub's init container on the settings of the example, as its number."""
    text = (HERE / "settings" / f"{mode}.yml").read_text(encoding="utf-8")
    made.secret("course-hub", 0o444, hub__yml=text.replace("YOUR-ID", "inga-test"), **secret)
    (first,) = HUB["initContainers"]
    (made.base / "pod" / "for-the-hub").mkdir(parents=True, exist_ok=True)
    made.run(first, HUB["extraVolumes"], {}, uid=NUMBER)


def inside(made: Node, words: list[str], *, check: bool = True) -> Any:
    """Run a command in the hub's own container, as ``kubectl exec`` does."""
    given = {"volumeMounts": HUB["extraVolumeMounts"]}
    env = [{"name": n, "value": v} for n, v in HUB["extraEnv"].items() if isinstance(v, str)]
    return made.run(given, HUB["extraVolumes"], {}, uid=NUMBER, words=words, env=env, check=check)


MODES = {"native": "CourseNative", "oidc": "CourseOidc", "lti13": "CourseLti"}
CONFIGURE = """
import json, os, sys
from traitlets.config import Config
text, *modes = sys.argv[1:]
said = {}
for mode in modes:
    folder = os.environ["COURSE_HUB"]
    os.replace(f"{folder}/{mode}.yml", f"{folder}/hub.yml")
    c = Config()
    c.JupyterHub.load_roles = []
    exec(compile(text, "course.py", "exec"), {"c": c})
    own = c[c.JupyterHub.authenticator_class.__name__]
    said[mode] = {
        "class": c.JupyterHub.authenticator_class.__name__, "groups": c.JupyterHub.load_groups,
        "secret": own.get("client_secret", ""), "folder": own.get("folder", ""),
        "mails": own.instructor_mails, "public": c.JupyterHub.public_url,
        "announcement": str(c.JupyterHub.template_vars["announcement"]),
        "desk": c.JupyterHub.template_vars["desk_address"],
    }
print(json.dumps(said))
"""


def test_each_way_of_signing_in_is_set_up_from_the_files_here(cluster: Node) -> None:
    """Secret -> init container -> the line of configuration, as the pod's number sees it all."""
    folder = cluster.volume("hub-folder")
    for mode in MODES:
        hub_pod(cluster, mode, **({"oidc__secret": SECRET + "\n"} if mode == "oidc" else {}))
        os.replace(folder / "hub.yml", folder / f"{mode}.yml")
    notice = cluster.volume("state") / "notices" / "announcement.txt"
    notice.parent.mkdir(exist_ok=True)
    notice.write_text("Room 3 <b>today</b>\n")
    (text,) = HUB["extraConfig"].values()
    made = json.loads(inside(cluster, ["python", "-c", CONFIGURE, text, *MODES]).stdout)
    assert {mode: said["class"] for mode, said in made.items()} == MODES
    assert made["oidc"]["secret"] == SECRET
    assert made["native"]["folder"] == HUB["extraEnv"]["COURSE_HUB_SECRETS"]
    for mode, said in made.items():
        assert said["groups"]["formgrade-smartcity"]["users"] == ["inga-test"]
        assert "ana-test" in said["groups"]["nbgrader-smartcity"]["users"]
        assert said["announcement"] == "Room 3 <b>today</b>"  # its __html__ is what pages show
        assert said["desk"] == "/services/desk/" and said["public"].startswith("https://")
        assert said["mails"] == ({} if mode == "native" else {"inga-test": "YOU@EXAMPLE.ORG"})


def test_the_secret_of_the_service_is_the_hubs_alone(cluster: Node) -> None:
    hub_pod(cluster, "oidc", oidc__secret=SECRET)
    copied = cluster.base / "pod" / "for-the-hub" / "oidc.secret"
    found = copied.stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (NUMBER, 0o600)
    # what a node mounts would be refused: that is why it is copied
    mounted = cluster.base / "secrets" / "course-hub" / "oidc.secret"
    with pytest.raises(Exception, match="others can read"):
        signin_settings.secret(
            signin_settings.Oidc(client_secret_file=str(mounted)), mounted.parent
        )
    # and no other pod mounts the place it lies in, or the place of the first codes
    others = [
        mount["mountPath"]
        for path in sorted((HERE / "manifests").glob("*.yaml"))
        for document in documents(path)
        for spec in [document.get("spec", {}).get("template", {}).get("spec", {})]
        for container in spec.get("containers", [])
        for mount in container.get("volumeMounts", [])
    ]
    assert others and not {"/run/hub", "/srv/hub-secret", "/given"} & set(others)
    main = {m["name"] for m in HUB["extraVolumeMounts"]}
    assert "given" not in main


def test_the_first_instructor_gets_a_code_in_the_hubs_pod(
    cluster: Node, capsys: pytest.CaptureFixture[str]
) -> None:
    hub_pod(cluster, "native")
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    named = [w.split() for w in re.findall(r"-- (python -m \S+console invite [^\n`]+)", readme)]
    (words,) = {tuple(w) for w in named}
    made = inside(cluster, [w.replace("YOUR-ID", "inga-test") for w in words] + ["--json"])
    told = json.loads(made.stdout)
    assert told["invited"] == ["inga-test"]
    sheet = cluster.volume("hub-secret") / Path(told["file"]).name
    assert stat.S_IMODE(sheet.stat().st_mode) == 0o600 and sheet.stat().st_uid == NUMBER
    shown = inside(cluster, ["cat", told["file"]]).stdout
    code = shown.strip().splitlines()[-1].split(",")[-1]
    assert Admission(cluster.volume("hub-secret")).redeem("inga-test", code)
    assert console_main(["template"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["sign_in"]["mode"] == "native"


# ---- backup and restore ---------------------------------------------------------------


def test_the_nightly_backup_comes_back_and_a_person_is_forgotten(cluster: Node) -> None:
    """The CronJob's command as its number; all volumes lost; restore and forget by their jobs."""
    import psycopg

    from tests.followup_postgres import running

    hub_pod(cluster, "native")
    written = (cluster.volume("hub-folder") / "hub.yml").read_text()
    (first,) = [d for d in documents(HERE / "manifests" / "postgres.yaml")
                if d["kind"] == "ConfigMap"]  # fmt: skip
    words = {"hub": 'hub\'s "word"', "gradebook": "book"}
    with running(password="first") as server:
        cluster.sees = (server.base,)
        _new_databases(server, first["data"]["databases.sh"], words)
        secrets = {
            f"course-{name}/url": _address(server.base, database, words[database])
            for name, database in (("hub-database", "hub"), ("gradebook", "gradebook"))
        }
        hashed = _fill(secrets)
        (cron,) = documents(HERE / "manifests" / "backup.yaml")
        spec = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        run = lambda: cluster.run(  # noqa: E731
            spec["containers"][0], spec["volumes"], secrets, uid=NUMBER
        )
        told = json.loads(run().stdout.splitlines()[-1])
        assert told["complete"], told["incomplete"]
        assert {d["name"] for d in told["databases"]} == {"hub", "gradebook"}
        assert told["schemas"]["hub"]

        cluster.lose("hub-folder", "state", "exchange")
        prepare(cluster)
        for name in words:
            server_run(server, f'DROP DATABASE "{name}"', f'DROP ROLE "{name}"')
        _new_databases(server, first["data"]["databases.sh"], words)
        (job,) = documents(HERE / "prepare" / "restore.yaml")
        spec = job["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        argv = [w.replace("NAME-OF-THE-BACKUP", Path(told["file"]).name)
                for w in container["command"]]  # fmt: skip
        cluster.run(container, spec["volumes"], secrets, uid=0, words=argv)
        with psycopg.connect(secrets["course-hub-database/url"]) as hub:
            rows = hub.execute(
                "SELECT username, password, is_authorized FROM users_info"
            ).fetchall()
        assert [(n, bytes(p), a) for n, p, a in rows] == [("inga-test", hashed, True)]
        with psycopg.connect(secrets["course-gradebook/url"]) as book:
            assert book.execute("SELECT id FROM student").fetchall() == [("ana-test",)]
        with _kept_and_forgotten(cluster, secrets):
            _back_and_owned(cluster, written)
            _forget(cluster, secrets)


@contextmanager
def _kept_and_forgotten(cluster: Node, secrets: dict[str, str]) -> Iterator[None]:
    """Give the person an account and a code, and look afterwards that nothing names them."""
    import psycopg

    code = Admission(cluster.volume("hub-secret")).invite(["ana-test"])
    assert code
    _give(cluster.volume("hub-secret"), NUMBER)
    # the roster of this test was read in without a server; in a cluster there is no such file
    (cluster.volume("state") / "grading" / "gradebook.db").unlink()
    with psycopg.connect(secrets["course-hub-database/url"]) as hub:
        hub.execute("INSERT INTO users (name, cookie_id) VALUES ('ana-test', 'c')")
        hub.execute("INSERT INTO users_info (username, password) VALUES ('ana-test', 'x')")
    yield
    with psycopg.connect(secrets["course-hub-database/url"]) as hub:
        for table, column in (("users", "name"), ("users_info", "username")):
            found = {n for (n,) in hub.execute(f"SELECT {column} FROM {table}")}
            assert "ana-test" not in found, table
        assert hub.execute("SELECT count(*) FROM users_info").fetchone() == (1,), "inga-test"
    with psycopg.connect(secrets["course-gradebook/url"]) as book:
        assert book.execute("SELECT id FROM student").fetchall() == []
    folder = cluster.volume("hub-folder")
    table = accounts.read(folder / accounts.NAME)
    assert table.people == {} and table.spent == (PERSON,)
    for top in (folder, cluster.volume("state"), cluster.volume("hub-secret")):
        for path in (p for p in top.rglob("*") if p.is_file()):
            assert path.lstat().st_uid == NUMBER, f"the host cannot write {path}"
            assert b"ana-test" not in path.read_bytes(), path
    assert not list((cluster.volume("exchange") / "smartcity/inbound").iterdir())


def _forget(cluster: Node, secrets: dict[str, str]) -> None:
    """The job's command, first as a look that changes nothing."""
    (job,) = documents(HERE / "prepare" / "forget.yaml")
    spec = job["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    argv = [w.replace("STUDENT-ID", "ana-test") for w in container["command"]]
    for words, done in ((argv[:-1], False), (argv, True)):
        made = cluster.run(container, spec["volumes"], secrets, uid=0, words=words)
        (person,) = json.loads(made.stdout.splitlines()[-1])["people"]
        assert person["done"] is done and person["there"] and not person["remaining"]


def _back_and_owned(cluster: Node, written: str) -> None:
    hand_in = cluster.volume("exchange") / "smartcity/inbound/ana-test+10_test+now"
    assert {p.stat().st_uid for p in (hand_in, *hand_in.iterdir())} == {PERSON}
    inbound = hand_in.parent.stat()
    assert (inbound.st_uid, stat.S_IMODE(inbound.st_mode)) == (NUMBER, 0o3733)
    folder = cluster.volume("hub-folder")
    assert accounts.read(folder / accounts.NAME).people == {"ana-test": PERSON}
    assert (folder / accounts.NAME).stat().st_uid == NUMBER
    settings = folder / "hub.yml"
    assert settings.read_text() == written and settings.stat().st_uid == NUMBER


def server_run(server: Any, *lines: str) -> None:
    import psycopg

    with psycopg.connect(f"host={server.base} user=test dbname=postgres password=first",
                         autocommit=True) as connection:  # fmt: skip
        for line in lines:
            connection.execute(line)


def _new_databases(server: Any, script: str, words: dict[str, str]) -> None:
    import subprocess

    path = server.base / "databases.sh"
    path.write_text(script.replace("--username postgres", "--username test --dbname postgres"))
    env = {**os.environ, "PGHOST": str(server.base), "PGPASSWORD": "first"}
    env |= {f"{name.upper()}_PASSWORD": word for name, word in words.items()}
    subprocess.run(["sh", path], env=env, check=True, capture_output=True)


def _address(base: Path, name: str, word: str) -> str:
    from urllib.parse import quote

    return f"postgresql://{name}:{quote(word)}@/{name}?host={base}"


def _fill(secrets: dict[str, str]) -> bytes:
    """Make the tables with the programs that make them, and one account; return its hash."""
    import bcrypt
    from jupyterhub import orm
    from nativeauthenticator.orm import UserInfo
    from nbgrader.api import Gradebook

    psycopg: Callable[[str], str] = lambda url: url.replace("://", "+psycopg://", 1)  # noqa: E731
    session = orm.new_session_factory(psycopg(secrets["course-hub-database/url"]))()
    engine = session.get_bind()
    hashed = bcrypt.hashpw(b"a password of the test", bcrypt.gensalt(4))
    session.add(UserInfo(username="inga-test", password=hashed, is_authorized=True))
    session.commit()
    session.close()
    engine.dispose()
    with Gradebook(psycopg(secrets["course-gradebook/url"]), course_id="smartcity") as book:
        book.add_student("ana-test")
    return hashed

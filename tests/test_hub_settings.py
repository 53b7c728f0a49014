"""The parts of a hub that need no hub: settings, numbers, rules, the announcement."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from course.errors import CourseError, UsageError
from grading.hub import (
    accounts,
    announcement,
    firewall,
    named_files,
    permissions,
    proxying,
    services,
    settings_file,
    settings_template,
)
from grading.hub.defences import Defence
from grading.hub.folder import HubFolder
from grading.hub.handing_over import Handed
from grading.hub.settings import Limits, Settings
from grading.state import is_student_id

IDS = st.text(min_size=1, max_size=20).filter(is_student_id)


def test_the_file_of_the_first_start_holds_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "hub.yml"
    assert settings_template.ensure(path) and not settings_template.ensure(path)
    read = settings_file.read(path)
    assert replace(read, sign_in={}) == replace(Settings(), sign_in={})
    assert read.sign_in["mode"] == "native"
    assert path.stat().st_mode & 0o077 == 0


def test_every_setting_stands_in_the_file() -> None:
    """Also what is commented out can be found."""
    import dataclasses

    text = settings_template.text()
    names = {f.name for f in dataclasses.fields(Settings)} - {"off"}
    names |= {f.name for f in dataclasses.fields(Limits)}
    for name in names:
        assert f"{name}:" in text, name
    plain = "\n".join(line.removeprefix("#") if line[1:2].isalpha() else line
                      for line in text.splitlines() if not line.startswith("# "))  # fmt: skip
    assert set(yaml.safe_load(plain)) <= names


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("port: 80000", "port: 80000 is no whole number"),
        ("prot: 8000", "prot is no setting"),
        ("'off': {}", "off is no setting"),
        ("modules: some", "modules: 'some' is not one of"),
        ("limits: {memory_mb: 1}", "limits.memory_mb: 1 is no whole number"),
        ("limits: 5", "limits: has to hold lines"),
        ("instructors: inga", "instructors: write a list"),
        ("instructors: [../inga]", "cannot be a name"),
        ("instructors: [inga, inga]", "stands there twice"),
        ("start: tomorrow", "is no date"),
        ("start: 2027-04-05", "start: needs a programme"),
        ("programme: nowhere", "programme:"),
        ("ip: 0.0.0.0", "passwords would travel readable"),
        ("tls_key: key", "give both or none"),
        ("gradebook_file: none", "there is no file"),
        ("public_url: hub.example.org", "public_url: write it as https"),
        ("hub_port: 8000", "the five ports must differ"),
        ("port: [", "this is not YAML"),
        ("- port", "has to hold lines"),
        ("port: 8000\nport: 9000", "line 2: 'port' stands twice"),
        ("limits:\n  files: 5000\n  files: 6000", "line 3: 'files' stands twice"),
        pytest.param("port: " + "[" * 3000, "this is not YAML", id="deep"),
        pytest.param("port: " + "9" * 6000, "this is not YAML", id="long number"),
        ("port: ۸۰۰۰", "is no whole number"),
        ("limits:\n\tfiles: 5000", "line 2: this is not YAML"),
        ("instructors: [no]", "False is no text to YAML"),
        ("instructors: [null]", "None is no text to YAML"),
        ("instructors: [007]", "7 is no text to YAML"),
        ("programme: wego_week\nstart: 2027-04-05 10:00:00", "start: '2027-04-05 10:00:00' is no"),
        ('title: "a\\e[31m"', "title: write one line"),
        pytest.param("title: " + "x" * 2000, "title: write one line", id="long title"),
        pytest.param("gradebook_file: " + "x" * 900, "there is no file", id="long name"),
        pytest.param("sign_in: {session_hours: " + "9" * 400 + "}", "session_hours", id="hours"),
        ("sign_in: {mode: oidc, oidc: {issuer: 'https://['}}", "issuer: 'https://[' is no address"),
        ("sign_in: {mode: lti13, lti13: {issuer: 'https://x:999999/'}}", "is no address"),
        ('sign_in: {mode: oidc, oidc: {client_secret_file: "a\\0b"}}', "cannot be read"),
    ],
)
def test_what_is_wrong_is_named_with_its_key(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "hub.yml"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(CourseError, match=r"hub\.yml") as caught:
        settings_file.read(path)
    assert said in str(caught.value)


def test_a_file_of_another_code_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "hub.yml"
    path.write_bytes("title: شهر‌هوشمند\n".encode())  # with a joiner between the words
    assert settings_file.read(path).title == "شهر‌هوشمند"
    path.write_bytes(b"\xef\xbb\xbfport: 9000\n")
    assert settings_file.read(path).port == 9000
    path.write_bytes("port: 9000\n".encode("utf-16"))
    with pytest.raises(CourseError, match="not written in UTF-8"):
        settings_file.read(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(CourseError, match="Is a directory"):
        settings_file.read(path)


def test_the_gradebooks_address_is_looked_at_and_never_repeated(tmp_path: Path) -> None:
    path, address = tmp_path / "hub.yml", tmp_path / "gradebook.address"
    path.write_text("gradebook_file: gradebook.address\n", encoding="utf-8")
    address.touch(0o600)
    for text, said in (("mysql://me:hush@h/b", "cannot be kept"), ("hush", "cannot be read"),
                       ("postgresql://me:hush@127.0.0.1/b", "")):  # fmt: skip
        address.write_text(text, encoding="utf-8")
        if not said:
            assert settings_file.read(path).gradebook_file == address.name
            address.chmod(0o644)
            said = "others can read"
        with pytest.raises(CourseError, match=said) as caught:
            settings_file.read(path)
        assert "hush" not in str(caught.value)


def test_ports_and_addresses_of_six_groups(tmp_path: Path) -> None:
    from grading.hub import holding, starting

    assert starting.own_address(Settings(ip="::1", port=80)) == "http://[::1]:80"
    tls = Settings(ip="192.0.2.7", tls_certificate="c", tls_key="k", port=443)
    assert starting.own_address(tls) == "https://192.0.2.7:443"
    assert starting.own_address(replace(tls, ip="0.0.0.0")) == "https://127.0.0.1:443"
    with pytest.raises(CourseError, match="no address of this machine"):
        holding.wait_for_ports(tls, patience=0)


def test_numbers_that_no_rule_covers_are_refused() -> None:
    from grading.hub.holding import refuse_foreign_numbers

    table = accounts.Accounts(200_000, {"ana": 200_001})
    refuse_foreign_numbers(table, Settings())
    for other in (accounts.Accounts(199_990, {"ana": 199_991}),
                  accounts.Accounts(200_000, {"ana": 300_000})):  # fmt: skip
        with pytest.raises(CourseError, match=r"first_uid: \d+"):
            refuse_foreign_numbers(other, Settings())


def test_two_hubs_of_one_machine_have_numbers_of_their_own() -> None:
    import secrets

    from grading.hub import holding

    settings = Settings(first_uid=3_000_000_000 + secrets.randbelow(900_000_000))
    held = holding.numbers_alone(settings)
    if held < 0:
        pytest.skip("only root writes into /run")
    try:
        with pytest.raises(CourseError, match="has the same numbers"):
            holding.numbers_alone(settings)
    finally:
        holding.let_go(held, settings)
    again = holding.numbers_alone(settings)
    assert again >= 0
    holding.let_go(again, settings)
    assert not holding.numbers_file(settings).exists()


def test_a_hub_waits_for_a_restore_that_was_killed(tmp_path: Path) -> None:
    from grading.hub.holding import restore_begun
    from grading.safekeeping import journal

    folder = HubFolder(tmp_path, tmp_path / "state")
    assert restore_begun(folder) is None
    journal.save(folder.state, journal.Journal("0" * 32, "20270101-000000"))
    assert "was interrupted" in str(restore_begun(folder))


def test_a_token_that_was_cut_off_is_made_anew(tmp_path: Path) -> None:
    """A proxy without a token obeys everybody."""
    folder = HubFolder(tmp_path, tmp_path / "state")
    folder.secret.mkdir()
    (folder.secret / "proxy_token").touch()
    made = proxying.token(folder)
    assert len(made) == 64 and proxying.token(folder) == made
    assert (folder.secret / "proxy_token").stat().st_mode & 0o077 == 0


def test_a_certificate_beside_the_settings_is_found(tmp_path: Path) -> None:
    import os

    folder = HubFolder(tmp_path, tmp_path / "state")
    for name in ("hub.crt", "hub.key"):
        (tmp_path / name).write_text(name)
    settings = Settings(tls_certificate="hub.crt", tls_key="hub.key", first_uid=os.getuid() + 1)
    made = proxying.tls_files(folder, settings)
    assert Path(made["key"]).read_text() == "hub.key"


def test_a_command_of_the_host_says_where_its_file_would_be_lost(tmp_path: Path) -> None:
    folder = HubFolder(tmp_path / "hub", tmp_path / "hub" / "state")
    folder.host_home.mkdir(parents=True)
    lost = str(tmp_path / "points.csv")
    assert named_files.out_of_reach(["export", lost], folder) == lost
    assert named_files.out_of_reach(["demo", f"--out={lost}"], folder) == lost
    inside = str(folder.host_home / "points.csv")
    for words in (["export", inside], ["export", "points.csv"], ["release", "10"]):
        assert named_files.out_of_reach(words, folder) == ""
    Path(inside).touch()
    assert named_files.written(["export", "points.csv"], folder, 0) == [Path(inside)]
    assert named_files.written(["export", "../accounts.json", "-x"], folder, 0) == []


def test_a_bare_off_is_off(tmp_path: Path) -> None:
    for word, meant in (("off", "off"), ("on", "on"), ("'off'", "off")):
        settings, problems = settings_file.parse(yaml.safe_load(f"outbound: {word}"))
        assert (settings.outbound, problems) == (meant, [])


def test_settings_travel_whole(tmp_path: Path) -> None:
    settings = Settings(
        instructors=("inga", "벤"), start=date(2027, 4, 5), programme="wego_week",
        limits=Limits(home_mb=77), off={"ana": frozenset({Defence.VIEW, Defence.TMP})},
    )  # fmt: skip
    handed = Handed(HubFolder(tmp_path, tmp_path / "state"), settings, True, "t0ken")
    assert Handed.from_json(handed.to_json()) == handed


@given(st.lists(st.lists(IDS, max_size=5), max_size=5))
def test_a_number_is_given_once_and_kept(tmp_path_factory: pytest.TempPathFactory, waves) -> None:
    path = tmp_path_factory.mktemp("accounts") / "accounts.json"
    known: dict[str, int] = {}
    for wave in waves:
        table = accounts.allocate(path, wave, first=200_000)
        assert table.host == 200_000 and set(table.people) == {*known, *wave}
        assert known.items() <= table.people.items()
        assert len({table.host, *table.people.values()}) == len(table.people) + 1
        known = table.people
        assert all(accounts.owner_of(uid, path) == name for name, uid in known.items())


def test_a_number_of_somebody_forgotten_is_never_given_again(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    accounts.allocate(path, ["ana", "ben"], first=200_000)
    assert accounts.remove(path, "ben") and not accounts.remove(path, "ben")
    assert accounts.owner_of(200_002, path) == ""
    assert accounts.allocate(path, ["cho"], first=200_000).people == {"ana": 200_001,
                                                                      "cho": 200_003}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"host": 0, "people": {}}', '{"host": 200000, "people": {"ana": 0}}',
     '{"host": 200000, "people": {"ana": 200001, "ben": 200001}}',
     '{"host": 200000, "people": {"../ana": 200001}}', '{"host": 200000, "people": {"a": true}}',
     '{"host": 200000, "people": {"ana": 200001, "ana": 200002}}', '{"host": 200000, "peo',
     '{"host": 200000, "people": {"ana": 99999999999}}', pytest.param("[" * 99_999, id="deep")],
)  # fmt: skip
def test_a_damaged_table_of_numbers_is_never_made_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "accounts.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match="is damaged"):
        accounts.allocate(path, ["ana"], first=200_000)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["..", "a/b", "", "x\n", "한" * 99])
def test_a_name_that_is_no_folder_gets_no_number(tmp_path: Path, name: str) -> None:
    with pytest.raises(CourseError, match="cannot be a name"):
        accounts.allocate(tmp_path / "accounts.json", [name], first=200_000)


def test_the_table_beside_the_exchange_says_that_this_is_a_hub(tmp_path: Path) -> None:
    assert accounts.beside(tmp_path / "exchange") is None
    accounts.allocate(tmp_path / "accounts.json", ["ana"], first=200_000)
    assert accounts.beside(tmp_path / "exchange") == tmp_path / "accounts.json"


def test_the_announcement_is_one_line_of_text(tmp_path: Path) -> None:
    folder = HubFolder(tmp_path, tmp_path / "state")
    assert announcement.read(folder) == ""
    with pytest.raises(UsageError, match="There is no hub"):  # a mistyped COURSE_HUB
        announcement.write("Nobody sees this", folder=folder)
    assert not folder.state.exists()
    settings_template.ensure(folder.settings)
    assert announcement.write("a\x1b[31m\udcff b", folder=folder) == "a [31m b"
    announcement.write("Lunch\nat 12:30 <script>", folder=folder)
    line = announcement.Line(folder)
    assert bool(line) and line.__html__() == "Lunch at 12:30 &lt;script&gt;"
    with pytest.raises(UsageError, match="more than 300"):
        announcement.write("x" * 301, folder=folder)
    announcement.write("", folder=folder)
    assert not line
    folder.announcement.unlink()
    folder.announcement.symlink_to(tmp_path / "secret")
    (tmp_path / "secret").write_text("918273.64", encoding="utf-8")
    assert announcement.read(folder) == ""


def test_the_rule_closes_what_it_should() -> None:
    closed = firewall.rules(Settings())
    assert "meta skuid 200001-265535 reject" in closed and "8000, 8001" in closed
    opened = firewall.rules(Settings(outbound="on"))
    assert "265535 reject" not in opened and 'oifname "lo" reject' in opened
    assert firewall.rules(Settings(off={"*": frozenset({Defence.OUTBOUND})})) == ""


def test_trainees_have_no_role_and_instructors_the_least() -> None:
    settings = Settings(instructors=("inga",))
    roles = {r["name"]: r for r in permissions.roles(settings, watched=True)}
    assert all(
        scope.startswith("access:services!service=") for scope in roles["instructors"]["scopes"]
    )
    assert not any(services.TRAINEES in r.get("groups", []) for r in roles.values())
    everything = {s for r in roles.values() for s in r["scopes"]}
    assert not everything & {"admin:users", "admin-ui", "access:servers", "inherit", "shares"}
    groups = permissions.groups(settings, ["ana"])
    assert groups[services.INSTRUCTORS]["users"] == ["inga"]


def test_the_proxy_is_pinned_and_its_lock_names_no_registry() -> None:
    lock = (proxying.SOURCE / "package-lock.json").read_text(encoding="utf-8")
    package = json.loads((proxying.SOURCE / "package.json").read_text(encoding="utf-8"))
    packages = json.loads(lock)["packages"]
    assert '"resolved"' not in lock and "registry" not in lock
    assert all(p["integrity"].startswith("sha512-") for name, p in packages.items() if name)
    (version,) = package["dependencies"].values()
    assert packages["node_modules/configurable-http-proxy"]["version"] == version
    assert version[0].isdigit()

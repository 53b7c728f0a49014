"""The jail shows what it was given and nothing else, to root's jails and to everybody's."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from course.paths import ROOT
from grading import jail, jail_possible, jail_python
from tests.reproduce_pieces import need_jail, python_as_ordinary


@pytest.fixture(autouse=True)
def _need_jail() -> None:
    need_jail()


def jailed(
    code: str, *, view: jail.View | None = None, **options: object
) -> subprocess.CompletedProcess[str]:
    places = (*jail.python_view(), *jail.course_view())
    view = view or jail.View()
    view = jail.View((*places, *view.read_only), view.writable, view.scratch, view.etc)
    argv = jail.command([sys.executable, "-c", code], view, uid=jail.spare_uid(), **options)  # type: ignore[arg-type]
    return subprocess.run(
        argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90
    )


def told(code: str, **options: object) -> object:
    done = jailed("import json, os, sys\n" + code, **options)  # type: ignore[arg-type]
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a file that everybody on this computer may read."""
    path = tmp_path / "secret.txt"
    path.write_text("planted", encoding="utf-8")
    for folder in (path, *path.parents):
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(folder.stat().st_mode | 0o055)
    return path


def test_a_file_is_seen_only_when_it_is_in_the_view(secret: Path) -> None:
    code = f"print(json.dumps(os.path.exists({str(secret)!r}) and open({str(secret)!r}).read()))"
    assert told(code) is False
    assert told(code, view=jail.View(read_only=(secret,))) == "planted"
    inside = jail.View(read_only=((secret, Path("/given/elsewhere.txt")),))
    assert told("print(json.dumps(open('/given/elsewhere.txt').read()))", view=inside) == "planted"


def test_the_repository_is_not_there_but_the_course_is() -> None:
    code = (
        "import course\n"
        "try:\n    import grading; found = True\n"
        "except ImportError: found = False\n"
        f"print(json.dumps([found, sorted(os.listdir({str(ROOT)!r})), course.__version__]))"
    )
    found, names, version = told(code)  # type: ignore[misc]
    assert not found and version
    assert set(names) <= {"course", "datasets", Path(sys.prefix).name}
    assert told(code, view=jail.View(read_only=(ROOT / "grading",)))[0] is True  # type: ignore[index]


def test_homes_and_accounts_of_this_computer_are_not_there() -> None:
    code = (
        "homes = [os.path.join(r, n) for r, d, f in os.walk('/home') for n in d + f]\n"
        "print(json.dumps([homes[:9999], os.path.exists('/etc/shadow'), "
        "os.path.exists('/etc/passwd'), os.path.exists('/var'), os.path.exists('/srv'), "
        "os.listdir('/tmp')]))"
    )
    homes, *others, temporary = told(code)  # type: ignore[misc]
    assert others == [False, False, False, False]
    homes += [f"/tmp/{name}" for name in temporary]  # a checkout may lie there too
    needed = [*jail.python_view(), *jail.course_view()]
    assert all(any(Path(h).is_relative_to(n) or n.is_relative_to(h) for n in needed) for h in homes)


def test_written_accounts_are_the_only_ones(tmp_path: Path) -> None:
    etc = jail.write_etc(tmp_path / "etc", {"ana-test": (200_007, "/home/ana-test")})
    for path in (tmp_path, etc):
        path.chmod(0o755)
    code = (
        "import pwd, grp\n"
        "print(json.dumps([pwd.getpwnam('ana-test').pw_uid, grp.getgrgid(200007).gr_name, "
        "len(pwd.getpwall()), open('/etc/hosts').read()]))"
    )
    number, group, people, hosts = told(code, view=jail.View(etc=etc))  # type: ignore[misc]
    assert (number, group, people) == (200_007, "ana-test", 3)
    assert "localhost" in hosts


def test_processes_of_others_are_not_seen() -> None:
    code = "print(json.dumps([n for n in os.listdir('/proc') if n.isdigit()]))"
    seen = told(code)
    assert len(seen) <= 5  # type: ignore[arg-type]
    assert str(os.getpid()) not in seen or os.getpid() <= 5  # type: ignore[operator]


def test_nothing_outside_scratch_can_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    code = (
        "tried = ['/', '/usr', '/dev', '/etc', '/proc', sys.prefix, "
        f"{str(ROOT)!r}, {str(ROOT / 'course')!r}, {str(tmp_path)!r}]\n"
        "out = []\n"
        "for folder in tried:\n"
        "    try:\n        open(os.path.join(folder, 'mark'), 'w').close(); out.append(folder)\n"
        "    except OSError: pass\n"
        "open('/tmp/mark', 'w').close()\n"
        "print(json.dumps(out))"
    )
    assert told(code, view=jail.View(read_only=(tmp_path,))) == []
    # the same folder, given to be written: the one defence is the way it is bound
    assert told(code, view=jail.View(writable=(tmp_path,))) == [str(tmp_path)]
    assert (tmp_path / "mark").exists()


def test_a_scratch_folder_is_as_large_as_it_was_said(tmp_path: Path) -> None:
    code = (
        "def fill(folder):\n"
        "    n = 0\n"
        "    try:\n"
        "        with open(folder + '/full', 'wb', 0) as f:\n"
        "            for n in range(1, 101): f.write(b'x' * 1_000_000)\n"
        "    except OSError as e: return e.errno\n"
        "    return n\n"
        "print(json.dumps([fill('/scratch'), fill('/tmp'), fill('/dev/shm')]))"
    )
    small = jail.View(scratch=((Path("/scratch"), 20),))
    assert told(code, view=small) == [28, 28, 28]
    large = jail.View(
        scratch=((Path("/scratch"), 120), (Path("/tmp"), 120), (Path("/dev/shm"), 120))
    )
    assert told(code, view=large) == [100, 100, 100]


_REACH = (
    "import socket\n"
    "def reach(host, port, kind):\n"
    "    s = socket.socket(socket.AF_INET, kind); s.settimeout(5)\n"
    "    try: s.connect((host, port)); return 0\n"
    "    except OSError as e: return e.errno or -1\n"
)


def test_there_is_no_network_unless_it_is_asked_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=server.accept, daemon=True).start()
        port = server.getsockname()[1]
        code = (
            f"{_REACH}print(json.dumps([reach('127.0.0.1', {port}, socket.SOCK_STREAM), "
            "reach('203.0.113.7', 9, socket.SOCK_DGRAM)]))"
        )
        # refused on the loopback says nothing; unreachable outside is the proof
        assert told(code) == [111, 101]
        assert told(code, network=True)[0] == 0  # type: ignore[index]


def test_no_right_is_left_and_none_can_be_had() -> None:
    code = (
        "said = dict(l.split(':', 1) for l in open('/proc/self/status').read().splitlines())\n"
        "caps = [int(said[n], 16) for n in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')]\n"
        "try:\n    os.setuid(0); root = os.getuid()\n"
        "except OSError: root = None\n"
        "print(json.dumps([caps, said['NoNewPrivs'].strip(), os.getuid(), os.getgroups(), root]))"
    )
    caps, no_new, uid, groups, root = told(code)  # type: ignore[misc]
    assert caps[:3] == [0, 0, 0] and caps[4] == 0
    assert no_new == "1"
    assert uid == (jail.spare_uid() or os.getuid()) != 0
    assert set(groups) <= {uid, 65534} and root is None


def test_no_further_name_spaces_can_be_made() -> None:
    code = (
        "import subprocess\n"
        "done = subprocess.run(['/usr/bin/unshare', '--user', '--map-root-user', '/usr/bin/true'],"
        " capture_output=True)\n"
        "print(json.dumps(done.returncode == 0))"
    )
    assert told(code) is False
    assert told(code, further_userns=True) is True


def test_the_environment_holds_what_was_given_and_no_more() -> None:
    code = "print(json.dumps(sorted(os.environ)))"
    names = set(told(code, env={"COURSE_TRAINEE": "ana-test"}))  # type: ignore[call-overload]
    assert "COURSE_TRAINEE" in names
    assert names <= {"COURSE_TRAINEE", "PATH", "PWD", "LC_CTYPE"}


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"memory_mb": 300}, "bytearray(400_000_000); done = True"),
        ({"address_mb": 400}, "import mmap; mmap.mmap(-1, 600_000_000); done = True"),
        ({"file_mb": 5}, "open('/tmp/f', 'wb').write(b'x' * 9_000_000); done = True"),
        ({"open_files": 40}, "f = [open('/dev/null') for _ in range(60)]; done = True"),
        ({"processes": 20}, "import threading, time\n"
         "for _ in range(40): threading.Thread(target=time.sleep, args=(1,), daemon=True).start()\n"
         "done = True"),
        ({"cpu_s": 1}, "import time\nwhile time.process_time() < 2.5: pass\ndone = True"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_limit_stops_what_is_possible_without_it(limit: dict[str, int], code: str) -> None:
    assert jailed(code, limits=jail.Limits(**limit)).returncode != 0
    assert jailed(code).returncode == 0


def test_processes_are_counted_in_each_jail_apart() -> None:
    """Two jails of one number: what one uses does not take from the other."""
    code = (
        "import threading, time\n"
        "for _ in range(20): threading.Thread(target=time.sleep, args=(3,), daemon=True).start()\n"
        "print(json.dumps(True), flush=True); time.sleep(1.5)"
    )
    view = jail.View(read_only=(*jail.python_view(), *jail.course_view()))
    argv = jail.command(
        [sys.executable, "-c", "import json\n" + code], view, uid=jail.spare_uid(),
        limits=jail.Limits(processes=30),
    )  # fmt: skip
    both = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [p.communicate(timeout=60)[0].strip() for p in both] == ["true", "true"]


def test_root_must_name_a_number_and_others_must_not() -> None:
    with pytest.raises(ValueError, match="uid"):
        jail.command(["/usr/bin/true"], jail.View(), uid=0 if os.geteuid() == 0 else 12)


# ---- as an ordinary user, whoever runs the tests ---------------------------------------


def test_an_ordinary_user_gets_the_same_jail(secret: Path) -> None:
    code = (
        "import json, os, subprocess, sys\n"
        "from pathlib import Path\n"
        "from grading import jail\n"
        "inner = '''import json, os\n"
        f"seen = os.path.exists({str(secret)!r})\n"
        "pids = len([n for n in os.listdir('/proc') if n.isdigit()])\n"
        "more = os.system('/usr/bin/unshare --user /usr/bin/true 2>/dev/null')\n"
        "print(json.dumps([os.getuid(), seen, pids, more != 0]))'''\n"
        "view = jail.View(read_only=jail.python_view())\n"
        "argv = jail.command([sys.executable, '-c', inner], view)\n"
        "done = subprocess.run(argv, capture_output=True, text=True)\n"
        "print(json.dumps([jail.why_not(), os.getuid(), os.path.exists("
        f"{str(secret)!r}), done.stdout, done.stderr]))"
    )
    done = python_as_ordinary(code)
    assert done.returncode == 0, done.stderr
    why, uid, readable, inside, said = json.loads(done.stdout)
    assert why == "" and uid != 0 and readable, said
    inner_uid, seen, pids, no_userns = json.loads(inside)
    assert inner_uid == uid and not seen and pids <= 3 and no_userns


# ---- why no jail is to be had ----------------------------------------------------------


def test_a_missing_bubblewrap_is_named() -> None:
    code = "from grading import jail; print(jail.why_not())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True,
        env={"PATH": "/nowhere", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "bubblewrap" in done.stdout and "missing" in done.stdout


def test_forbidden_name_spaces_are_named() -> None:
    """In a jail nobody can make another one: the sentence of a closed system, for real."""
    code = "from grading import jail; print(json.dumps(jail.why_not()))"
    view = jail.View(read_only=(ROOT / "grading",))
    said = told(code, view=view)
    assert "name spaces" in str(said) and str(said).endswith(").")


@pytest.mark.parametrize(("platform", "name"), [("darwin", "macOS"), ("win32", "Windows")])
def test_other_systems_are_named(platform: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert name in jail_possible._tried.__wrapped__()


@pytest.mark.parametrize(
    "said",
    [
        "bwrap: No permissions to create new namespace, likely because the kernel does not "
        "allow non-privileged user namespaces.",
        "bwrap: setting up uid map: Permission denied",
        "bwrap: something nobody foresaw",
        "",
    ],
)
def test_every_failure_makes_one_sentence(said: str) -> None:
    sentence = jail_possible._reason(said)
    assert sentence.endswith(".") and "\n" not in sentence


# ---- which paths Python needs ----------------------------------------------------------


def test_a_python_behind_several_links_runs_in_a_jail(tmp_path: Path) -> None:
    """As uv and pyenv lay it out: an environment whose Python is a link through a link."""
    tmp_path.chmod(0o755)
    base = Path(sys.base_prefix)
    (tmp_path / "pythons").mkdir()
    (tmp_path / "pythons" / "cpython-current").symlink_to(base)
    link = tmp_path / "pythons" / "cpython-current" / "bin"
    name = Path(os.path.realpath(sys.executable)).name
    env = tmp_path / "project" / "env"
    (env / "bin").mkdir(parents=True)
    (env / "bin" / "python3").symlink_to(link / name)
    (env / "bin" / "python").symlink_to("python3")
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (env / "lib" / version / "site-packages").mkdir(parents=True)
    (env / "lib" / version / "site-packages" / "only_here.py").write_text("there = 1\n")
    (env / "pyvenv.cfg").write_text(f"home = {link}\ninclude-system-site-packages = false\n")
    (tmp_path / "project" / "private.txt").write_text("planted")
    code = (
        "import subprocess, sys\n"
        "from grading import jail\n"
        "view = jail.View(read_only=jail.python_view())\n"
        "inner = 'import only_here, os, ssl, sqlite3, sys; "
        f'print(sys.prefix, os.listdir("{tmp_path}/project"))\'\n'
        "argv = jail.command([sys.executable, '-c', inner], view, uid=jail.spare_uid())\n"
        "sys.exit(subprocess.run(argv).returncode)"
    )
    done = subprocess.run(
        [env / "bin" / "python", "-c", code], capture_output=True, text=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.strip() == f"{env} ['env']", done.stderr


def test_a_prefix_that_is_a_home_is_not_shown_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "ana-test"))
    parts = jail_python._parts_of(tmp_path / "home")
    assert tmp_path / "home" / "bin" not in parts
    assert tmp_path / "home" / "lib" not in parts
    assert tmp_path / "elsewhere" / "lib" in jail_python._parts_of(tmp_path / "elsewhere")


def test_the_view_of_python_holds_no_folder_of_the_repository_or_home() -> None:
    kept = [ROOT / n for n in ("grading", "modules", "tests", "course")]
    for path in jail.python_view():
        assert path.exists()
        assert not any(k.is_relative_to(path) for k in [*kept, Path.home()])

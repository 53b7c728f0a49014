"""``python3 -m grading hub``: JupyterHub with the course, for many on one machine."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from typing import Any

from grading import commands_shared as shared

HELP = "Start and look after a JupyterHub with the course, for many on one machine."
LEVEL = "hub"
DESCRIPTION = (
    "Start a hub on this machine, or look after it. Without a word it starts: the settings are in "
    "hub.yml of the hub's folder (COURSE_HUB, else /srv/smart-city-course), written with comments "
    "at the first start. It needs Linux, root, bubblewrap, and Node.js with npm."
)
ANYBODY = "--anybody-may-enter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words and their options."""
    from grading.hub import signin_commands

    _start_options(parser)
    parts = parser.add_subparsers(dest="what", metavar="WHAT")
    start = parts.add_parser("start", help="start the hub; Ctrl-C ends it", allow_abbrev=False)
    _start_options(start)
    check = parts.add_parser("check", help="is all well? exit code 1 if not", allow_abbrev=False)
    shared.add_json(check)
    people = parts.add_parser("people", help="everybody of the roster: number, home, server")
    shared.add_json(people)
    announce = parts.add_parser("announce", help="one line that everybody sees")
    announce.add_argument("text", help='the line; "" takes it away')
    shared.add_json(announce)
    host = parts.add_parser(
        "as-host", help="run another grading command as the hub's host, such as: as-host release 10"
    )
    host.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    signin_commands.add_arguments(parts)


def _start_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        ANYBODY, action="store_true", dest="anybody", default=argparse.SUPPRESS,
        help="sign-in without passwords, for a rehearsal on this machine only",
    )  # fmt: skip
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS,
        help="print one JSON object when the hub answers",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Do what was asked."""
    from grading.hub import signin_commands
    from grading.hub.folder import HubFolder

    args.json = getattr(args, "json", False)
    # the programmes that hub.yml names are those of the hub's own state
    os.environ["COURSE_STATE"] = str(HubFolder.default().state)
    works = {None: _start, "start": _start, "check": _check, "people": _people,
             "announce": _announce, "as-host": _as_host}  # fmt: skip
    work = _sign_in if args.what in signin_commands.NAMES else works[args.what]
    try:
        return work(args)
    except OSError as error:
        if error.errno not in _NO_FOLDER:
            raise
        from course.errors import CourseError

        raise CourseError(
            f"{str(error.filename)[:200]}: {error.strerror}.",
            "The hub's folder (COURSE_HUB) has to be one that root can write.",
        ) from None


_NO_FOLDER = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EEXIST, errno.ENOENT,
              errno.ENAMETOOLONG, errno.ELOOP)  # fmt: skip


def _start(args: argparse.Namespace) -> int:
    import signal

    from course.errors import UsageError
    from grading.hub import settings_file, settings_template, starting
    from grading.hub.folder import HubFolder

    starting.refuse_unless_root()
    _refuse_without_jail()
    folder = HubFolder.default()
    fresh = settings_template.ensure(folder.settings)
    settings = settings_file.read(folder.settings)
    anybody = getattr(args, "anybody", False)
    if anybody:
        from dataclasses import replace

        settings = replace(settings, sign_in={**settings.sign_in, "mode": "dummy"})
    elif settings.sign_in.get("mode") == "dummy":
        raise UsageError(
            "sign_in: mode: dummy lets anybody in without a password.",
            f"Choose another mode in {folder.settings}, or say {ANYBODY}.",
        )
    if not args.json:
        print("The hub starts; the first time this takes a minute.", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    running = starting.start(folder, settings, dummy=anybody)
    shared.tell(
        args,
        {"address": running.address, "settings": str(folder.settings), "new_settings": fresh,
         "log": str(starting.log_file(folder)), "warnings": running.warnings},
        _told(running, folder, fresh=fresh),
    )  # fmt: skip
    sys.stdout.flush()
    code = starting.forward(running)
    if code:
        from course.errors import CourseError

        raise CourseError(
            f"The hub ended by itself: {starting.last_error(folder)}",
            f"The log is {starting.log_file(folder)}. Start it again; nothing is lost.",
        )
    if not args.json:
        print("The hub is closed. All work is kept.")
    return 0


def _told(running: Any, folder: Any, *, fresh: bool) -> list[str]:
    """Return what the host reads when the hub answers."""
    from course.calling import call
    from grading.hub import people as hub_people

    everybody = hub_people.people(folder, running.settings)
    trainees = [p for p in everybody if p.role == hub_people.TRAINEE]
    lines = [
        f"The hub is open at\n\n    {running.address}\n",
        f"Settings: {folder.settings}" + (" (written now; look at them)" if fresh else ""),
        f"Log:      {running.folder.logs / 'hub.log'}",
    ]
    lines += [f"Note:     {said}" for said in running.warnings]
    todo = []
    if not running.settings.instructors:
        todo.append(f"Write the instructors' names into {folder.settings} and start again.")
    if not trainees:
        todo.append(f"Add the participants: {call('grading hub as-host cohort add roster.csv')}")
    if running.settings.sign_in.get("mode", "native") == "native":
        todo.append(f"Give everybody a first code: {call('grading hub invite --all')}")
    todo.append(f"Release a module: {call('grading hub as-host release 10')}, or on the desk.")
    lines += ["", "Next, in another terminal:", *(f"  {n}. {t}" for n, t in enumerate(todo, 1))]
    return [*lines, "", "Ctrl-C here ends the hub and all servers."]


def _check(args: argparse.Namespace) -> int:
    from grading.hub import health, starting
    from grading.hub.folder import HubFolder

    starting.refuse_unless_root()
    found = health.check(HubFolder.default())
    bad = [f for f in found if f.state == "fault"]
    lines = []
    for finding in found:
        mark = {"ok": "ok   ", "note": "note ", "fault": "FAULT"}[finding.state]
        said = f"{finding.said.rstrip('.')}. {finding.remedy}" if finding.remedy else finding.said
        lines.append(f"{mark} {finding.name}: {said}")
    lines.append(f"Faults: {len(bad)} of {len(found)}." if bad else "All is well.")
    shared.tell(args, {"well": not bad, "found": [vars(f) for f in found]}, lines)
    return 1 if bad else 0


def _people(args: argparse.Namespace) -> int:
    from grading.hub import people, starting
    from grading.report import table

    starting.refuse_unless_root()
    folder, settings = _settings()
    folder.must_stand()
    found = people.people(folder, settings)
    head = ["id", "name", "role", "number", "came in", "programs", "MB"]
    rows = [[p.name, p.full_name, p.role, str(p.uid), "yes" if p.home else "no",
             str(p.programs), f"{p.memory_mb:.0f}"] for p in found]  # fmt: skip
    lines = table(head, rows) if rows else ["Nobody yet: hub as-host cohort add roster.csv."]
    shared.tell(args, {"people": [p.row() for p in found]}, lines)
    return 0


def _announce(args: argparse.Namespace) -> int:
    from grading.hub import announcement, starting
    from grading.hub.folder import HubFolder

    starting.refuse_unless_root()
    line = announcement.write(args.text, folder=HubFolder.default())
    said = f"Everybody sees: {line}" if line else "The announcement is taken away."
    shared.tell(args, {"announcement": line}, [said])
    return 0


def _as_host(args: argparse.Namespace) -> int:
    import subprocess
    import time

    from course.errors import UsageError
    from grading.hub import host_programs, named_files, preparing, starting

    starting.refuse_unless_root()
    said = args.words[1:] if args.words[:1] == ["--"] else args.words
    if not said or said[0] in ("hub", "-h", "--help"):
        raise UsageError(
            "Name the command that the host is to run.", "For example: hub as-host release 10."
        )
    _refuse_without_jail()
    folder, settings = _settings()
    folder.must_stand()
    preparing.prepare(folder, settings)
    words, given = named_files.files_in(said)
    if lost := named_files.out_of_reach(words, folder):
        raise UsageError(
            f"The host cannot write {lost}: its room shows it nothing there.",
            f"Give a name without a folder; the file then lies in {folder.host_home}.",
        )
    began = time.time()
    argv = host_programs.host_command(
        ["python", "-m", "grading.hub.as_host", *words], folder, files=given, settings=settings,
        jails=words[0] == "score" and "--reproduce" in words,
    )  # fmt: skip
    done = subprocess.run(argv, env=host_programs.host_environment(folder, settings), check=False,
                          cwd="/")  # fmt: skip
    for path in named_files.written(words, folder, began):
        print(f"grading: the host's files lie in its home: {path}", file=sys.stderr)
    return done.returncode


def _sign_in(args: argparse.Namespace) -> int:
    import json

    from course import paths
    from grading.hub import preparing, signin_commands, starting

    starting.refuse_unless_root()
    folder, settings = _settings()
    folder.must_stand()
    preparing.prepare(folder, settings)
    data, text = signin_commands.run(
        args, command=args.what, folder=folder.secret, state=folder.grading(paths.ROOT),
        instructors=settings.instructors,
    )  # fmt: skip
    print(json.dumps(data, ensure_ascii=False) if args.json else text)
    return 0


def _settings() -> Any:
    from grading.hub import settings_file
    from grading.hub.folder import HubFolder

    folder = HubFolder.default()
    return folder, settings_file.read(folder.settings)


def _refuse_without_jail() -> None:
    from course.errors import CourseError
    from grading import jail

    if why := jail.why_not():
        raise CourseError(
            f"No room can be made for people here. {why}",
            "Install bubblewrap (Debian: apt install bubblewrap), or use another machine.",
        )

"""First entry from the keyboard of a cluster: what ``grading hub`` does for root on one machine.

No pod of the course is root. These commands run in the hub's pod, under its own number, by who
may use ``kubectl exec`` there::

    kubectl exec deploy/hub -- python -m grading.hub.kubernetes.console invite inga
"""

from __future__ import annotations

import argparse
import json
import sys

from course.commands import dispatch

TEMPLATE = "template"


def main(words: list[str] | None = None) -> int:
    """Run one of ``invite``, ``approve``, ``requests``, ``template``; return its exit code.

    Parameters
    ----------
    words : list of str, optional
        None: the command line.
    """
    from grading.hub import signin_commands

    parser = argparse.ArgumentParser(
        prog="python -m grading.hub.kubernetes.console",
        description="First entry, in the hub's pod. The running hub sees it at once.",
    )
    parts = parser.add_subparsers(dest="what", metavar="WHAT", required=True)
    signin_commands.add_arguments(parts)
    parts.add_parser(TEMPLATE, help="print hub.yml with every key and its default")
    args = parser.parse_args(words)
    return dispatch.guarded(lambda: _run(args), package="grading")


def _run(args: argparse.Namespace) -> int:
    from course import paths
    from grading.hub import settings_file, settings_template, signin_commands
    from grading.hub.folder import HubFolder
    from grading.hub.kubernetes import pods

    if args.what == TEMPLATE:
        print(settings_template.text())
        return 0
    folder = HubFolder.default()
    folder.must_stand()
    data, text = signin_commands.run(
        args, command=args.what, folder=pods.first_codes(folder), state=folder.grading(paths.ROOT),
        instructors=settings_file.read(folder.settings).instructors,
    )  # fmt: skip
    print(json.dumps(data, ensure_ascii=False) if args.json else text)
    return 0


if __name__ == "__main__":
    sys.exit(main())

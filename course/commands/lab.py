"""``python -m course lab``: prepare the learner's folder and open it in JupyterLab."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "open the course in JupyterLab"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the command."""
    parser.add_argument("--city", metavar="NAME", help="city to work on: a pack's name or folder")
    parser.add_argument(
        "--workspace", metavar="DIR", type=Path, help="your folder for notebooks and answers"
    )
    parser.add_argument(
        "--port", type=_port, default=8888, help="port on this computer (default 8888)"
    )
    parser.add_argument(
        "--no-browser", action="store_true", help="print the address, open no browser"
    )


def run(args: argparse.Namespace) -> int:
    """Lay out the workspace, say what changed, and serve it until Ctrl-C."""
    from course import lab_server, workspace
    from course.paths import workspace_dir

    ready = workspace.prepare(args.workspace or workspace_dir(), city=args.city)
    print(f"Your folder: {ready.folder}")
    print(f"Your city:   {ready.city}")
    for name, other in ready.beside:
        print(f"You changed {name}; it stays. The new version is beside it: {other}")
    return lab_server.serve(ready, port=args.port, browser=not args.no_browser)


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ValueError(text)
    return port

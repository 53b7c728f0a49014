"""Start Dask workers that score hand-ins."""

from __future__ import annotations

import argparse
import json
import os
import sys

from grading import commands_shared as shared

HELP = "Start workers that score for a scheduler; they run until they are stopped."
LEVEL = "hub"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from grading.many.cluster import add_tls_arguments

    parser.add_argument("scheduler", help="the scheduler's address, such as tls://127.0.0.1:8786")
    shared.add_workers(parser)
    parser.add_argument(
        "--memory", default="2GB", metavar="SIZE",
        help="a process that takes more is stopped and started anew (default: %(default)s)",
    )  # fmt: skip
    add_tls_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object for scripts")


def run(args: argparse.Namespace) -> int:
    """Become the keeper of the worker processes."""
    from grading import jail
    from grading.many import starting
    from grading.many.cluster import checked

    cluster = checked(args.scheduler, args.tls_ca, args.tls_cert, args.tls_key)
    starting.must_be_size(args.memory)
    why = jail.why_not()
    told = {"scheduler": cluster.address, "workers": args.workers, "no_jail": why}
    line = f"{args.workers} workers for {cluster.address}."
    if why:
        line += f" They run no notebook again (score --reproduce). {why}"
    print(json.dumps(told) if args.json else line, flush=True)
    words = starting.workers(cluster, args.workers, args.memory, jail=not why)
    environment = starting.environment(dict(os.environ))
    return starting.become([sys.executable, "-m", *words], environment)

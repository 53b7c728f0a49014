"""Start the Dask scheduler that gives hand-ins to workers."""

from __future__ import annotations

import argparse
import json
import os
import sys

HELP = "Start a Dask scheduler, for scoring on several machines; it runs until it is stopped."
LEVEL = "hub"
DESCRIPTION = (
    "Start a Dask scheduler. Whoever reaches it can run programs as you, so it asks for a "
    "certificate: one is made in the state folder, and workers and score find it there."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from grading.many.cluster import add_tls_arguments

    parser.add_argument(
        "--host", default="127.0.0.1", help="the address it listens on (default: %(default)s)"
    )
    parser.add_argument("--port", type=int, default=8786, help="(default: %(default)s)")
    parser.add_argument(
        "--tries", type=int, default=4, metavar="N",
        help="workers that a hand-in may stop before it is given up (default: %(default)s)",
    )  # fmt: skip
    add_tls_arguments(parser)
    parser.add_argument(
        "--without-tls", action="store_true",
        help="anybody on this machine, or on the network it listens on, can then run programs "
        "as you: never beside a hub",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object for scripts")


def run(args: argparse.Namespace) -> int:
    """Become the scheduler."""
    from grading.many import starting
    from grading.many.cluster import checked, make_own_files

    kind = "tcp" if args.without_tls else "tls"
    files = (args.tls_ca, args.tls_cert, args.tls_key)
    if not args.without_tls and not any(files):
        files = make_own_files()
    cluster = checked(f"{kind}://{args.host}:{args.port}", *files, own=False)
    starting.must_be_free(args.host, args.port)
    told = {"scheduler": cluster.address}
    print(json.dumps(told) if args.json else f"The scheduler is at {cluster.address}.", flush=True)
    words = starting.scheduler(cluster, args.host, args.port)
    environment = starting.environment(dict(os.environ), tries=args.tries)
    return starting.become([sys.executable, "-m", *words], environment)

"""The program inside the jail: runs a notebook's cells and tells what they publish.

It is handed to Python as text and reads its task from its input, so that nothing of the
host lies in the jail. It stands alone: only the standard library and the trainee's own
environment. The cells run in ipykernel's kernel, inside this process: awaiting at the top
level, displays, magics and widgets are those of a trainee's kernel, without a second
process and its sockets. One line of JSON goes out for each thing to tell. Whoever reads them must
trust none: the cells could write such lines too, as they can publish any answer.
"""

from __future__ import annotations

import asyncio
import gc
import io
import json
import os
import sys
import threading
import types
from typing import Any

MEDIA_TYPE = "application/vnd.course.answer+json"
A_WRITE = 32  # bytes that a write counts at least: a loop of small ones is a flood too
LONGEST = 4_000_000  # bytes of one line out


class Teller:
    """Writes the lines, and ends the run when too much was printed or shown."""

    def __init__(self, fd: int, allowed: int) -> None:
        self.fd, self.left = fd, allowed

    def tell(self, **what: Any) -> None:
        """Write one line; what cannot be written as JSON, or is too long, is left out.

        Several threads may do so; a line that is not whole is dropped by the reader.
        """
        try:
            data = json.dumps(what).encode("ascii") + b"\n"
        except (TypeError, ValueError, RecursionError):
            return
        if "answer" in what:
            self.count(len(data))
        if len(data) > LONGEST:
            return
        while data:
            data = data[os.write(self.fd, data) :]

    def count(self, size: int) -> None:
        """Count what was printed or shown."""
        self.left -= max(size, A_WRITE)
        if self.left < 0:
            self.tell(flood=True)
            os._exit(3)


class Printed(io.TextIOBase):
    """The stream a cell prints to; only the size of what comes is kept."""

    encoding, errors = "utf-8", "backslashreplace"  # type: ignore[assignment]

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def write(self, text: str) -> int:
        """Count a text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        self._teller.count(len(text))
        return len(text)

    def writable(self) -> bool:
        """Say that this can be written to."""
        return True


def read_task(source: Any) -> dict[str, Any]:
    """Return the task, and write the files it brings below the home."""
    task = json.loads(source.readline())
    for name, size in task["files"]:
        path = os.path.join(task["home"], name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            while size:
                part = source.read(min(size, 1 << 20))
                if not part:
                    os._exit(4)
                file.write(part)
                size -= len(part)
    return task


def made_kernel(teller: Teller) -> Any:
    """Return ipykernel's kernel, with everything it publishes going through ``teller``."""
    # the debugger costs as much as the rest of the kernel, and nobody debugs here
    absent = "debugpy" not in sys.modules
    if absent:
        sys.modules["debugpy"] = None  # type: ignore[assignment]
    from ipykernel.inprocess.ipkernel import InProcessKernel
    from jupyter_client.session import Session
    from traitlets.config import Config

    class Tap(Session):
        """Stands where messages would be sent to a notebook page."""

        def send(self, stream: Any, msg_or_type: Any, content: Any = None, *a: Any, **k: Any):  # type: ignore[no-untyped-def,override]
            """Look at a message of the kernel."""
            kind = msg_or_type
            if isinstance(msg_or_type, dict):
                kind, content = msg_or_type["header"]["msg_type"], msg_or_type["content"]
            data = content.get("data") if isinstance(content, dict) else None
            if kind in ("display_data", "update_display_data", "execute_result"):
                data = data if isinstance(data, dict) else {}
                teller.count(sum(len(v) if isinstance(v, str) else A_WRITE for v in data.values()))
                if MEDIA_TYPE in data:
                    teller.tell(answer=data[MEDIA_TYPE])
            else:
                teller.count(A_WRITE)

    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    # the one instance: widgets look for the kernel there
    kernel = InProcessKernel.instance(config=config, session=Tap(key=b""))
    kernel.stdout, kernel.stderr = Printed(teller), Printed(teller)
    # cells that await ask which thread they are in; there is only one
    kernel.shell_channel_thread = types.SimpleNamespace(parent_thread=None)
    if absent:
        del sys.modules["debugpy"]
    return kernel


async def run_cells(kernel: Any, cells: list[str], teller: Teller) -> None:
    """Run all cells, also behind one that fails, as nbgrader does."""
    from tornado.ioloop import IOLoop

    kernel.io_loop = IOLoop.current()
    for number, source in enumerate(cells):
        teller.tell(begin=number)
        error = ""
        try:
            reply = await kernel.do_execute(source, False, store_history=True)
            if reply["status"] != "ok":
                error = f"{reply.get('ename', 'Error')}: {reply.get('evalue', '')}"
        except BaseException as fault:  # whatever a cell throws, the next one runs
            error = f"{type(fault).__name__}: {fault}"
        if kernel.shell.exit_now:
            os._exit(0)
        teller.tell(end=number, error=error[:500].encode("ascii", "backslashreplace").decode())
        await asyncio.sleep(0)  # what was begun with create_task goes on, as between cells


def main() -> None:
    """Read the task, run it, tell the end, and stop without waiting for anything."""
    # the first cell imports large libraries; looking through them again and again for
    # garbage is a tenth of a run
    gc.set_threshold(20_000, 20, 20)
    told, task_fd = os.dup(1), os.dup(0)
    os.dup2(2, 1)  # from here on, what is printed past Python goes to the counted pipe
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    source = os.fdopen(task_fd, "rb")
    task = read_task(source)

    def follow() -> None:  # the host keeps the pipe open; when it is gone, so is this
        source.read(1)
        os._exit(5)

    threading.Thread(target=follow, daemon=True).start()
    os.makedirs(os.environ["IPYTHONDIR"], exist_ok=True)
    os.makedirs(os.path.join(task["home"], task["folder"]), exist_ok=True)
    os.chdir(os.path.join(task["home"], task["folder"]))
    # where a notebook's kernel has its folder: behind Python's own modules
    del sys.path[0]
    packages = (n for n, p in enumerate(sys.path) if os.path.basename(p).endswith("-packages"))
    sys.path.insert(next(packages, 0), "")
    sys.argv = ["ipykernel_launcher.py"]
    teller = Teller(told, task["output"])
    kernel = made_kernel(teller)
    sys.stdout, sys.stderr = kernel.stdout, kernel.stderr
    try:
        asyncio.run(run_cells(kernel, task["cells"], teller))
    except RuntimeError:  # a cell stopped the loop: a notebook's kernel ends by that
        os._exit(0)
    teller.tell(done=True)
    os._exit(0)


if __name__ == "__main__":
    main()

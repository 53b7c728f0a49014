"""A real JupyterLab on this machine, and notebooks run inside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from tests.free_ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
_QUIET = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
}


@dataclass
class Lab:
    """A running JupyterLab."""

    url: str
    folder: Path

    def write(self, name: str, cells: list[str]) -> Path:
        """Write a notebook of code cells into the folder of the server."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        book.metadata["kernelspec"] = {
            "name": "python3",
            "display_name": "Python 3",
            "language": "python",
        }
        path = self.folder / name
        nbformat.write(book, path)
        return path

    def open(self, context: Any, name: str, *, run: bool = True, timeout_s: float = 120) -> Any:
        """Open a notebook alone in the window and run all its cells."""
        page = context.new_page()
        page.goto(f"{self.url}/lab/tree/{name}?reset", timeout=timeout_s * 1000)
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell", timeout=timeout_s * 1000)
        page.wait_for_function("window.jupyterapp !== undefined", timeout=timeout_s * 1000)
        for command in ("application:set-mode", "application:toggle-left-area"):
            arguments = {"mode": "single-document"} if command.endswith("mode") else {}
            page.evaluate(
                "([c, a]) => window.jupyterapp.commands.execute(c, a).catch(() => 0)",
                [command, arguments],
            )
        if run:
            page.wait_for_function(
                "window.jupyterapp.shell.currentWidget?.sessionContext?.isReady === true",
                timeout=timeout_s * 1000,
            )
            page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
        return page

    def close(self, page: Any) -> None:
        """Close the window of a page and end all kernels; other tests need their memory."""
        page.evaluate("() => window.jupyterapp.serviceManager.sessions.shutdownAll()")
        page.context.close()


@contextmanager
def running(folder: Path, *, environment: Mapping[str, str] | None = None) -> Iterator[Lab]:
    """Start JupyterLab on a folder and stop it, with its kernels, at the end."""
    settings = folder.parent / f"{folder.name}-settings"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "overrides.json").write_text(json.dumps(_QUIET), encoding="utf-8")
    (port,) = free_ports(1)
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=",
        "--LabApp.expose_app_in_browser=True", f"--LabApp.app_settings_dir={settings}",
        f"--LabApp.workspaces_dir={settings / 'workspaces'}",
        f"--LabApp.user_settings_dir={settings / 'user'}",
    ]  # fmt: skip
    paths = os.pathsep.join(p for p in (str(ROOT), os.environ.get("PYTHONPATH", "")) if p)
    full = os.environ | {"PYTHONPATH": paths, "COURSE_TILES": "off"} | dict(environment or {})
    log = open(settings / "server.log", "wb")  # noqa: SIM115 - closed below, with the server
    server = subprocess.Popen(command, env=full, stdout=log, stderr=log, cwd=folder)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 240
        while True:
            try:
                urllib.request.urlopen(f"{url}/api/status", timeout=5).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    said = (settings / "server.log").read_text(errors="replace")[-2000:]
                    raise RuntimeError(f"JupyterLab did not start:\n{said}") from None
                time.sleep(0.3)
        yield Lab(url, folder)
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        log.close()

"""`kentongan serve`: start the worker and the web processes, restart one that dies, stop both cleanly on Ctrl-C.

The children run in process groups of their own, so that Ctrl-C in a terminal reaches only this supervisor, which then stops them in
order: first the web, then the worker, which publishes a last time. Should the supervisor itself be killed, Linux tells the children.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from jobs.stopping import STOP_PATIENCE, stop_on_signals
from warehouse.errors import BusyError, KentonganError
from warehouse.lock import holder
from warehouse.settings import DataFolder, Settings

log = logging.getLogger("kentongan.serve")

RESTARTS = 5  #: a child that dies this often within a minute is not restarted any more
PR_SET_PDEATHSIG = 1  #: prctl(2)


def _die_with_parent() -> None:
    """Ask Linux to send SIGTERM when the supervisor dies; elsewhere children are stopped by the supervisor alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    """One supervised process."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.starts = [moment for moment in self.starts if moment > time.monotonic() - 60] + [time.monotonic()]
        if len(self.starts) > RESTARTS:
            raise KentonganError(f"the {self.name} stopped {RESTARTS} times within a minute; see its messages above")
        self.process = subprocess.Popen(
            self.command, env=os.environ | self.environment, start_new_session=True, preexec_fn=_die_with_parent
        )

    def died(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def stop(self, patience: float) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            log.warning("the %s did not stop within %.0f s and is killed", self.name, patience)
            self.process.kill()
            self.process.wait()


def children(config: Path | None, folder: DataFolder, settings: Settings) -> list[Child]:
    """The worker and the web server of one instance."""
    environment = {"KENTONGAN_DATA": str(folder.root), "KENTONGAN_CONFIG": str(config) if config else ""}
    environment |= {"KENTONGAN_WEB__HOST": settings.web.host, "KENTONGAN_WEB__PORT": str(settings.web.port)}
    return [
        Child("worker", [sys.executable, "-m", "jobs.cli", "worker"], environment),
        Child("web server", web_command(settings), environment),
    ]


def web_command(settings: Settings) -> list[str]:
    """gunicorn with threads: callbacks wait on DuckDB, which releases the interpreter lock."""
    options = ["--workers", str(settings.web.processes), "--threads", "4", "--timeout", "120", "--graceful-timeout", "5"]
    bind = f"[{settings.web.host}]" if ":" in settings.web.host else settings.web.host
    options += [
        "--bind",
        f"{bind}:{settings.web.port}",
        "--log-level",
        "warning",
        "--no-control-socket",
        "--worker-tmp-dir",
        _memory_folder(),
    ]
    return [sys.executable, "-m", "gunicorn", *options, "dashboard.wsgi:server"]


def _memory_folder() -> str:
    """Where gunicorn's heartbeat files do not wait for a disk."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else "."


def check_port(settings: Settings) -> None:
    """Raise BusyError when the port is taken, before anything is started."""
    family = socket.AF_INET6 if ":" in settings.web.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.web.host, settings.web.port))
        except OSError as error:
            raise BusyError(f"{settings.web.host}:{settings.web.port}: {error.strerror}; choose another with --port") from None


def url(settings: Settings) -> str:
    """Address of the dashboard as a person types it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.web.host, settings.web.host)
    return f"http://{host}:{settings.web.port}/"


def serve(config: Path | None, folder: DataFolder, settings: Settings, say: Callable[[str], None]) -> None:
    """Run until Ctrl-C or SIGTERM. Raises BusyError when the port or the data folder is in use."""
    if (pid := holder(folder)) is not None:
        raise BusyError(f"{folder.root}: a worker runs already (pid {pid}); stop it, or choose another --data")
    check_port(settings)
    stop = stop_on_signals()
    running = children(config, folder, settings)
    try:
        for child in running:
            child.start()
        said = False
        while not stop.wait(0.3):
            for child in running:
                if (code := child.died()) is not None:
                    log.warning("the %s stopped with code %d; starting it again", child.name, code)
                    child.start()
            if not said and answers(settings):
                say(f"Kentongan is at {url(settings)}   (Ctrl-C stops it)")
                said = True
    finally:
        say("Stopping ...")
        for child in reversed(running):
            child.stop(STOP_PATIENCE + 10)


def answers(settings: Settings) -> bool:
    """Whether the dashboard answers yet."""
    import httpx  # only the one who waits for the dashboard needs it

    try:
        return httpx.get(url(settings), timeout=5, trust_env=False).status_code < 500
    except httpx.HTTPError:
        return False

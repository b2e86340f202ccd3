"""The dashboard as the product serves it, on a free port, telling with each answer how long it took."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from jobs.serve import web_command
from warehouse.settings import DataFolder, load


class Timed:
    """WSGI application around another: each answer has X-Seconds (wall clock) and X-Processor (of the whole process) in its headers."""

    def __init__(self, inner: Callable[..., Iterable[bytes]]) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        started, spent = time.perf_counter(), time.process_time()

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            told = [
                ("X-Seconds", f"{time.perf_counter() - started:.6f}"),
                ("X-Processor", f"{time.process_time() - spent:.6f}"),
            ]
            return start_response(status, [*headers, *told], *more)

        return self._inner(environ, start)


def __getattr__(name: str) -> Any:
    """`server`, for gunicorn: made when it is asked for, so that importing this file starts nothing."""
    if name == "server":
        from dashboard.wsgi import server

        return Timed(server)
    raise AttributeError(name)


@contextmanager
def served(folder: DataFolder, config: Path) -> Iterator[str]:
    """gunicorn with as many processes and threads as the settings say; gives the address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = load(config)
    settings = settings.model_copy(update={"web": settings.web.model_copy(update={"port": port})})
    command = [*web_command(settings)[:-1], "benchmarks.dashboard_server:server"]
    place = {"KENTONGAN_DATA": str(folder.root), "KENTONGAN_CONFIG": str(config.absolute())}
    process = subprocess.Popen(command, env=os.environ | place, cwd=Path(__file__).parents[1])
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base, process)
        yield base
    finally:
        process.terminate()
        process.wait(20)


def _wait(base: str, process: subprocess.Popen[bytes]) -> None:
    """Until it answers."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            httpx.get(base, timeout=60, trust_env=False)
            return
        except httpx.TransportError:
            if process.poll() is not None:
                sys.exit("the web server stopped; its messages stand above")
            time.sleep(0.1)
    sys.exit("the web server did not answer within two minutes")

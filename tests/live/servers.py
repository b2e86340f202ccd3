"""Start a server that nobody here wrote, on a port of its own, and stop it again."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def running(command: Sequence[str | Path], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in the foreground until the block ends; raises with the end of its log when it does not open its port in 20 s."""
    with log.open("wb") as out, subprocess.Popen([str(part) for part in command], stdout=out, stderr=out) as process:
        try:
            pause = threading.Event()
            for _ in range(400):
                if process.poll() is not None or _listens(port):
                    break
                pause.wait(0.05)
            if process.poll() is not None or not _listens(port):
                raise RuntimeError(f"{command[0]} did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False

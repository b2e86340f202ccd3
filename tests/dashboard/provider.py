"""An OpenID Connect provider on loopback, which knows whoever the test says."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import httpx


@contextmanager
def provider() -> Iterator[str]:
    """The address of a provider in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        assert any("Started" in line or "running on" in line for line in process.stdout)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def person(issuer: str, subject: str, **told: object) -> None:
    """What the provider knows of somebody."""
    httpx.put(f"{issuer}/users/{quote(subject)}", json=told).raise_for_status()

"""Commands that run beside a test."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from jobs.cli import main

Run = Callable[..., subprocess.CompletedProcess[str]]


def clean_environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith("KENTONGAN_")}


def called(arguments: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What a command answers: its entry point is called here, without the seconds that a process of its own takes to start."""
    command = ["kentongan", *map(str, arguments)]
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="", write_through=True) for _ in range(2))
    told = logging.StreamHandler(err)
    with (
        patch.object(sys, "argv", command),
        patch.dict(os.environ, {**clean_environment(), **env}, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
        _standing_in(cwd),
    ):
        logging.getLogger().addHandler(told)
        try:
            main()
            code: object = 0
        except SystemExit as end:
            code = end.code or 0
        finally:
            logging.getLogger().removeHandler(told)
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]  # a BytesIO
    return subprocess.CompletedProcess(command, code if isinstance(code, int) else 1, *said)


@contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def started(arguments: Sequence[str | Path], cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A long-running command; whatever happens, it does not outlive the test."""
    process = subprocess.Popen(
        [sys.executable, "-m", "jobs.cli", *map(str, arguments)],
        cwd=cwd,
        env=clean_environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Read what the command says until it says `text`; fails with all it said when it ends before."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if text in line:
            return said
    raise AssertionError(f"never said {text!r}; it said:\n{said}")

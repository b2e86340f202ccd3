"""What takes long to make and is only read: made once for all processes of a run."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

Once = Callable[[str, Callable[[Path], object]], Path]


def made_once(shared: Path, name: str, make: Callable[[Path], object]) -> Path:
    """The folder `name` in `shared`: whoever comes first makes it, others wait. Nobody may write in it afterwards."""
    folder, done = shared / name, shared / f"{name}.made"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder

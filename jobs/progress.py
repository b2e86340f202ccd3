"""How a long step tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int | None, str], None]  #: done, total (None: unknown), message


def no_progress(done: int, total: int | None, message: str) -> None:
    """For callers that show nothing."""

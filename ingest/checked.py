"""Values that strangers wrote, checked before they are used; what cannot be read is counted, told and passed over."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_LARGEST = 2**53  #: a count above it is nonsense, and no JSON reader is sure of it


class Unreadable(ValueError):
    """One item that cannot be read; the others go on."""


def moment(value: object) -> datetime:
    """A RFC 3339 timestamp as aware UTC; raises Unreadable when it is none or has no zone."""
    try:
        found = datetime.fromisoformat(value)  # type: ignore[arg-type]
        if found.utcoffset() is not None:
            return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        pass
    raise Unreadable(f"not a time: {str(value)[:40]!r}")


def count(value: object) -> int | None:
    """A number of likes, views ...: a whole number, or one in a string as Google writes it. None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,16}", value):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST else None


class Tally:
    """How many items could not be read, and why the first one could not."""

    def __init__(self, what: str) -> None:
        self._what, self._number, self._first = what, 0, ""

    def add(self, error: Unreadable) -> None:
        self._number += 1
        self._first = self._first or str(error)[:200]

    @property
    def notes(self) -> list[str]:
        """A sentence for a person, or nothing."""
        return [f"{self._number} {self._what} could not be read; the first: {self._first}"] if self._number else []

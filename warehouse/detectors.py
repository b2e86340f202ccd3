"""Detectors that the warehouse knows by name, and whose signals belong together."""

from __future__ import annotations

from typing import Final

SCAN: Final = "space-time scan"  #: of signals that are clusters of places
WEEKLY: Final = "gamma-Poisson weekly"  #: of signals that are sums of whole weeks

#: `join` of an episode e and a signal s, in SQL.
JOIN: Final = f"(e.detector = s.detector OR '{WEEKLY}' IN (e.detector, s.detector) AND '{SCAN}' NOT IN (e.detector, s.detector))"


def join(one: str, other: str) -> bool:
    """Whether signals of these detectors about one topic and place are of one episode: those of weeks join those of days."""
    return one == other or (WEEKLY in (one, other) and SCAN not in (one, other))

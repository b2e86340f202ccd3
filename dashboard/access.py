"""Who asks, and what they may do; on loopback without log-in everybody at the machine may do everything."""

from __future__ import annotations


def who() -> str:
    return "loopback"


def may_run() -> bool:
    return True

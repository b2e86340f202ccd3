"""How a process is asked to stop, and how long it may take."""

from __future__ import annotations

import signal
import threading

STOP_PATIENCE = 15.0  #: seconds that running jobs get to reach their next commit


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop

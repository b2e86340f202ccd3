"""How a command asks a running worker to do something: see jobs/requests.py for the worker's side."""

from __future__ import annotations

import time
from typing import Any

from jobs.clock import utc_now
from jobs.progress import Progress
from warehouse.errors import BusyError, InputError
from warehouse.lock import holder
from warehouse.settings import DataFolder
from warehouse.state import State


def ask(folder: DataFolder, kind: str, payload: dict[str, Any], *, who: str, progress: Progress, poll: float = 0.3) -> str:
    """Leave a request with the running worker and wait for its outcome; raises InputError with the worker's words when it failed."""
    state = State(folder)
    number = state.enqueue(kind, payload, who=who, now=utc_now())
    while True:
        request = state.get(number)
        if request.finished_at is not None:
            break
        if holder(folder) is None:
            raise BusyError(f"the worker stopped before it finished request {number} ({kind}); start it and ask again")
        progress(request.done or 0, request.total, request.message or kind)
        time.sleep(poll)
    if request.outcome != "ok":
        raise InputError(request.message or f"{kind} failed")
    return request.message or ""

"""What people ask of a running worker, through the table `requests` of state.sqlite.

The worker alone writes the warehouse, so `kentongan import`, `kentongan collect` and the buttons of the dashboard leave a request; the
worker takes it within a second, tells its progress there, and leaves the outcome for whoever asked (jobs/asking.py).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from ingest.files import ImportOptions
from jobs import pipeline
from jobs.backup import back_up
from jobs.clock import utc_now
from jobs.importing import import_file
from jobs.official import import_official
from jobs.relabel import relabel
from jobs.second_look import look_again
from warehouse.errors import InputError, KentonganError
from warehouse.official import Choices
from warehouse.state import Request, State

log = logging.getLogger("kentongan.worker")

Handler = Callable[[pipeline.Instance, dict[str, Any], datetime, pipeline.Progress], str]


def _collect(instance: pipeline.Instance, payload: dict[str, Any], now: datetime, progress: pipeline.Progress) -> str:
    if payload["source"] in instance.off:
        raise InputError(f"source {payload['source']!r}: switched off; switch it on first")
    done = pipeline.collect(instance, payload["source"], now, progress)
    if done.error:
        raise KentonganError(done.error)
    return f"{done.source}: {done.new:,} new, {done.updated:,} updated, {done.deleted:,} deleted"


def _import(instance: pipeline.Instance, payload: dict[str, Any], now: datetime, progress: pipeline.Progress) -> str:
    options = ImportOptions.from_payload(payload["options"])
    done = import_file(instance, Path(payload["path"]), options, source=payload.get("source"), now=now, progress=progress)
    return "\n".join([*done.listed(), done.summary()])


def _detect(instance: pipeline.Instance, payload: dict[str, Any], now: datetime, progress: pipeline.Progress) -> str:
    return f"{pipeline.detect(instance, now, payload.get('days')):,} signals"


def _relabel(instance: pipeline.Instance, payload: dict[str, Any], now: datetime, progress: pipeline.Progress) -> str:
    return f"{relabel(instance, now, progress=progress):,} posts relabelled by {instance.labeller.enricher.model_version}"


def _second_look(instance: pipeline.Instance, payload: dict[str, Any], now: datetime, progress: pipeline.Progress) -> str:
    return f"{look_again(instance, now, payload.get('most'), progress):,} posts read a second time"


def _official(instance: pipeline.Instance, payload: dict[str, Any], now: datetime, progress: pipeline.Progress) -> str:
    return import_official(instance, Path(payload["path"]), now, Choices(**payload.get("choices", {})), payload.get("topic"))


def _backup(instance: pipeline.Instance, payload: dict[str, Any], now: datetime, progress: pipeline.Progress) -> str:
    with instance.writing:
        return back_up(instance.warehouse, Path(payload["target"]), with_key=payload["with_key"], progress=progress)


def _publish(instance: pipeline.Instance, payload: dict[str, Any], now: datetime, progress: pipeline.Progress) -> str:
    pipeline.publish_now(instance, now)
    return "published"


HANDLERS: dict[str, Handler] = {
    "collect": _collect,
    "import": _import,
    "official": _official,
    "detect": _detect,
    "relabel": _relabel,
    "second look": _second_look,
    "publish": _publish,
    "backup": _backup,
}


def serve_one(instance: pipeline.Instance, state: State, now: datetime) -> bool:
    """Take and carry out the oldest waiting request; False when none waits. Trouble is the request's outcome, never ours."""
    request = state.take(now)
    if request is None:
        return False
    try:
        message = _carry_out(instance, state, request, now)
        outcome = "ok"
    except KentonganError as error:
        outcome, message = "failed", str(error)
    except Exception as error:
        log.exception("request %d (%s) failed", request.id, request.kind)
        told = " ".join(str(error).split())[:400] or type(error).__name__
        outcome, message = "failed", f"{request.kind}: {told}; the messages of the worker say more"
    state.finish(request.id, outcome, message, utc_now())
    return True


def _carry_out(instance: pipeline.Instance, state: State, request: Request, now: datetime) -> str:
    handler = HANDLERS.get(request.kind)
    if handler is None:
        raise InputError(f"request {request.kind!r}: not known; one of {', '.join(HANDLERS)}")
    message = handler(instance, request.payload, now, lambda done, total, text: state.progress(request.id, done, total, text))
    if request.kind in ("collect", "import", "relabel", "second look", "official"):
        pipeline.publish_now(instance, utc_now())
    return message

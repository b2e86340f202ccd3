"""`kentongan evaluate demo`: the signals of a demo warehouse held against the truth that it was made from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.detectors import WEEKLY
from warehouse.errors import InputError
from warehouse.queries import Catalog, Selection
from warehouse.records import ALL

KINDS = ("outbreaks", "clusters", "hoaxes", "campaigns")
SETTLING = 28  #: days at the start in which a detector has no history; events that begin there are left out
BEFORE, AFTER = 1, 7  #: days around an event in which a signal still belongs to it
MOST = 10_000  #: signals that are looked at


@dataclass(frozen=True)
class Event:
    """One thing that was put into the demo's posts. places: where it is; above: these places and all places that they lie in."""

    kind: str
    id: str
    topic: str
    places: frozenset[str]
    level: str
    above: frozenset[str]
    first: date
    last: date


@dataclass(frozen=True)
class Score:
    """events: one row an event with `found` and `delay` in days. stray: signals of no event at all. days: that were judged.
    clusters: signals of neighbouring places together; weeks: of whole weeks."""

    events: pd.DataFrame
    stray: pd.DataFrame
    signals: int
    days: int
    clusters: int
    stray_clusters: int
    weeks: int
    stray_weeks: int

    def lines(self) -> list[str]:
        """What a person wants to know, a line each."""
        told = []
        for kind, group in self.events.groupby("kind", sort=False):
            late = group["delay"].median()
            told.append(f"{kind}: {int(group['found'].sum())} of {len(group)} found, half of them within {late:.0f} days")
        told += [f"missed: {row.id} ({row.topic}, {row.first} to {row.last})" for row in self.events[~self.events["found"]].itertuples()]
        if self.clusters:
            told.append(f"places together: {self.clusters} signals, {self.stray_clusters} of which belong to no event")
        if self.weeks:
            told.append(f"whole weeks: {self.weeks} signals, {self.stray_weeks} of which belong to no event")
        weeks = self.days / 7
        about = f"{len(self.stray)} of {self.signals} signals belong to no event"
        return [*told, f"{about}: {len(self.stray) / weeks:.1f} a week over {weeks:.0f} weeks", *self._echoes(weeks)]

    def _echoes(self, weeks: float) -> list[str]:
        """How many of the stray signals are echoes (see warehouse/echoes.py), and of what."""
        echoes = self.stray[self.stray["echo_of"].notna()]
        of_events = int((~echoes["echo_of"].isin(self.stray["signal_id"])).sum())
        left = len(self.stray) - len(echoes)
        told = f"of these, {len(echoes)} are echoes: {of_events} of a signal that belongs to an event, {len(echoes) - of_events} of another"
        return [told, f"{left} stray signals stand for themselves: {left / weeks:.1f} a week"]


def evaluate_demo(truth: Path, catalog: Catalog) -> Score:
    """Recall, delay and stray signals.

    An event is found by a signal of its topic, in its place or one above it, while it lasts; one that is spread over several places by a
    cluster that has two of them. A signal belongs to an event that goes on in its places or below them, whatever the topic, because
    people who write of an outbreak write of care, vaccines and hoaxes, too; above the event's places, or where the event is in the whole
    country, it must have the event's topic. Raises InputError where there is no truth.
    """
    facts = _read(truth)
    places = catalog.places()
    parents: dict[str, str | None] = dict(
        zip(places["place_code"], places["parent_code"].where(places["parent_code"].notna(), None), strict=True)
    )
    start, end = date.fromisoformat(facts["start"]), date.fromisoformat(facts["end"])
    events = [event for event in _events(facts, parents) if event.first >= start + timedelta(days=SETTLING)]
    signals = catalog.signals(Selection(first=start, last=end), limit=MOST, order="surest")
    days = pd.to_datetime(signals["day"]).dt.date
    where = [frozenset(codes) for codes in signals["places"]]
    rows = []
    for event in events:
        own = (signals["topic"] == event.topic) & _there(where, event) & (days >= event.first) & (days <= event.last)
        delay = (days[own].min() - event.first).days if own.any() else None
        rows.append((event.kind, event.id, event.topic, event.first, event.last, bool(own.any()), delay))
    table = pd.DataFrame(rows, columns=["kind", "id", "topic", "first", "last", "found", "delay"])
    stray = ~_explained(signals, where, days, events, parents)
    together = signals["since"].notna()
    judged = (end - start).days - SETTLING
    kinds = (together, signals["detector"] == WEEKLY)
    counted = [int(each.sum()) for kind in kinds for each in (kind, kind & stray)]
    return Score(table, signals[stray], len(signals), judged, *counted)


def _read(truth: Path) -> Mapping[str, Any]:
    try:
        return json.loads(truth.read_text("utf-8"))
    except FileNotFoundError:
        raise InputError(f"{truth}: not there; only a folder made by `kentongan demo` has a truth") from None


def _above(place: str, parents: Mapping[str, str | None]) -> Iterable[str]:
    at: str | None = place
    while at:
        yield at
        at = parents.get(at)
    yield ALL


def _events(facts: Mapping[str, Any], parents: Mapping[str, str | None]) -> list[Event]:
    return [
        Event(
            kind, event["id"], event["topic"], frozenset(places), event["level"],
            frozenset(above for place in places for above in _above(place, parents)),
            date.fromisoformat(event["start"]), date.fromisoformat(event["end"]),
        )
        for kind in KINDS for event in facts.get(kind, ()) if event["state"] != "upcoming"
        for places in [event.get("places", [event["place_code"]])]
    ]  # fmt: skip


def _there(where: list[frozenset[str]], event: Event) -> NDArray[np.bool_]:
    """Which signals are where an event is; of one that is spread, those that have two of its places."""
    if event.kind == "clusters":
        return np.array([len(places & event.places) > 1 for places in where], bool)
    return np.array([bool(places & event.above) for places in where], bool)


def _explained(
    signals: pd.DataFrame, where: list[frozenset[str]], days: pd.Series, events: list[Event], parents: Mapping[str, str | None]
) -> NDArray[np.bool_]:
    """Which signals belong to an event."""
    above = [frozenset(above for place in places for above in _above(place, parents)) for places in where]
    explained = np.zeros(len(signals), bool)
    for event in events:
        near = (days >= event.first - timedelta(days=BEFORE)) & (days <= event.last + timedelta(days=AFTER))
        inside = np.array([bool(event.places & places) for places in above], bool)
        own_topic = signals["topic"] == event.topic
        around = np.array([bool(places & event.above) for places in where], bool)
        belongs = inside | own_topic & around if event.level != "country" else own_topic
        explained |= (near & belongs).to_numpy(dtype=bool)
    return explained

"""Official counts come in under the topics and place names that this program knows, and a comparison is told as a table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from analytics.geo.names import names
from analytics.official import LONGEST
from analytics.text.topics import TopicIndex
from jobs.pipeline import Instance
from warehouse import official
from warehouse.errors import InputError
from warehouse.official import Choices

if TYPE_CHECKING:
    from dashboard.official import Held


def import_official(instance: Instance, path: Path, now: datetime, choices: Choices, topic: str | None = None) -> str:
    """Read a file of counts and store it; returns lines for a person. topic: code for all diseases of the file, else found by their names.

    Raises InputError, with nothing stored.
    """
    index = instance.labeller.enricher.topics
    if topic is not None and topic not in {one.code for one in index.topics}:
        raise InputError(f'--topic {topic}: not a topic; `kentongan sql "select topic, name_id from topics"` lists them')
    settings = instance.settings.general
    with instance.writing:
        return official.import_file(
            instance.warehouse.con,
            path,
            now,
            now.astimezone(instance.settings.zone).date(),
            lambda disease: topic or topic_of(index, disease),
            settings.week,
            choices,
            place_names(),
        )


def topic_of(index: TopicIndex, disease: str) -> str | None:
    """The topic that bears the name, else the only one whose rules find it in the name: "dbd" is dengue; None where neither is so."""
    for one in index.topics:
        if disease in (one.code, one.entry.name_id.casefold(), one.entry.name_en.casefold()):
            return one.code
    found = index.match([disease])[0]
    return found[0] if len(found) == 1 else None


@cache
def place_names() -> Mapping[str, str]:
    """Other names of places, each with its code, that mean one place only: DKI, Jabar, Jaksel."""
    return {name.words: name.readings[0][0] for name in names() if len(name.readings) == 1 and len(name.readings[0]) == 1}


def lines(held: Held) -> list[tuple[str, str]]:
    """What came of it, as (measure, value) for a table."""
    one = held.comparison
    low, high = one.lead_interval
    at = dict(zip(one.lags.tolist(), one.correlation.tolist(), strict=True))
    return [
        ("periods", f"{held.periods} of {held.period_days} days, {held.first} to {held.last}"),
        ("correlation, same days (Spearman)", _number(at[0], 2)),
        ("highest correlation", "–" if one.best_lag is None else f"{at[one.best_lag]:.2f}"),
        (
            "lead time of posts, days",
            "–" if one.best_lag is None else f"{one.lead_days:.0f} (95 % interval {low:.0f} to {high:.0f}; looked at up to {LONGEST})",
        ),
        ("official events", str(one.events)),
        ("sensitivity: events with a signal", "–" if np.isnan(one.sensitivity) else f"{100 * one.sensitivity:.0f} %"),
        ("median delay of the first signal, days", _number(one.median_delay, 1)),
    ]


def _number(value: float, digits: int) -> str:
    return "–" if np.isnan(value) else f"{value:.{digits}f}"

"""The posts behind a signal of a whole week, by week."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pandas as pd

from dashboard import charts, week
from dashboard.look import Look
from dashboard.site import Site
from warehouse.queries import Selection

BEFORE: Final = 26 * 7  #: days shown before the week: half a year
AFTER: Final = 14


def series(site: Site, signal: Any, chosen: Selection, name: str, style: Look) -> Any:
    """The posts of the series by week; weeks with a signal of the week are marked. chosen: its topic and place, on any days."""
    kind, day = site.settings.general.week, signal["day"]
    last = min(day + timedelta(days=AFTER), site.catalog.today())
    wanted = Selection(topics=chosen.topics, places=chosen.places, first=week.first_day(signal) - timedelta(days=BEFORE), last=last)
    weekly = site.catalog.counts(wanted, unit="week", week=kind, measures=("posts",))
    covered = charts.period_exposure(weekly["period"], site.catalog.exposure(wanted), "week", kind)
    raised = site.catalog.signal_days(wanted)
    own = (raised["topic"] == signal["topic"]) & (raised["place_code"] == signal["place_code"]) & (raised["period_days"] > 1)
    marks = weekly["period"].isin(charts.period_start(raised.loc[own & raised["since"].isna(), "day"], "week", kind))
    line = charts.Series(signal["topic"], name, weekly["period"], charts.with_gaps(weekly["posts"], covered), marks)
    today = pd.Timestamp(charts.period_of(site.catalog.today(), "week", kind))
    return charts.lines([line], style, unit="week", periods=weekly["period"], covered=covered, unfinished=today)

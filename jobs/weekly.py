"""Whole weeks: the default detector over sums of seven days, once a day, beside the run over days.

A week is tested from the day after its last one on, and again each day until the next is complete, because posts come late: it stays one
test a series and week. Its signals stand on the week's last day, have a detector name of their own, and join the episode of a signal of
days, or the other way round (warehouse/detectors.py).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.detect.base import Detection, build
from analytics.detect.fdr import q_values
from analytics.detect.gamma_poisson import GammaPoisson
from analytics.detect.weeks import LENGTH, WARM_UP, week_ends, weekly_sums
from jobs.reasons import explain_signals
from jobs.signal_table import signal_rows
from warehouse import echoes, series, signals, write
from warehouse.database import rows
from warehouse.detectors import WEEKLY
from warehouse.series import Panel
from warehouse.settings import Settings

if TYPE_CHECKING:
    from jobs.pipeline import Instance


def look_at_weeks(instance: Instance, now: datetime, days: int | None = None) -> int:
    """Test the weeks that ended in the last `days` days, of every topic and place; without `days` the last complete one, when it was not
    tested today. Returns the number of signals stored.

    A day that was covered less than detect.min_exposure adds nothing to its week, and a week that was is not tested.
    """
    settings, con = instance.settings, instance.warehouse.con
    if not settings.detect.weekly or (days is None and _tested_today(instance, now)):
        return 0
    params, today = _params(settings), now.astimezone(settings.zone).date()
    detector = build(GammaPoisson.name, params)
    evaluated = max(days or 0, LENGTH)
    first = today - timedelta(days=evaluated + GammaPoisson(detector.params).history + LENGTH)  # type: ignore[attr-defined]
    with instance.writing:
        panel = series.daily_panel(con, first, today - timedelta(days=1), settings.detect.levels, now)
    weeks = _weeks(panel, settings)
    if not len(weeks.topics) or not len(weeks.days):
        return 0
    found = detector.detect(weeks.counts, weeks.days, weeks.exposure)
    qvalue = q_values(found.pvalue)
    tested = weeks.days >= np.datetime64(today - timedelta(days=evaluated))
    likely = (qvalue <= settings.detect.max_qvalue) & (weeks.counts >= settings.detect.min_observed)
    rule = f"{GammaPoisson.name}, posts of a week: p < {detector.params.alpha:g}"  # type: ignore[attr-defined]
    told = signal_rows(weeks, Detection(found.expected, found.upper, found.pvalue, found.alarm & likely & tested), qvalue, rule)
    ends = [date.fromisoformat(str(day)) for day in weeks.days[tested]]
    with instance.writing:
        run = write.start_run(con, kind="weekly", source="", query="", now=now)
        signals.store(con, told, ends, detector=WEEKLY, params=params, now=now, run_id=run, period=LENGTH)
        echoes.mark(con, ends, WEEKLY)
        explain_signals(con, panel, WEEKLY)
        write.finish_run(con, run, now=now, outcome="ok", note=f"{told.num_rows} signals of weeks")
    return told.num_rows


def _params(settings: Settings) -> dict[str, Any]:
    """Those of the run over days where it has the same detector, but a year before the first verdict, so that the season was seen."""
    same = settings.detect.params if settings.detect.algorithm == GammaPoisson.name else {}
    return {**same, "warm_up": WARM_UP}


def _tested_today(instance: Instance, now: datetime) -> bool:
    found = rows(instance.warehouse.con, "SELECT max(started_at) AS at FROM runs WHERE kind = 'weekly' AND outcome = 'ok'")
    last, zone = found[0]["at"], instance.settings.zone
    return last is not None and now.astimezone(zone).date() == last.astimezone(zone).date()


def _weeks(panel: Panel, settings: Settings) -> Panel:
    """The panel of the complete weeks from the first one that was collected; their days are the last ones of weeks."""
    ends = week_ends(panel.days, settings.general.week)
    least = settings.detect.min_exposure
    counts, exposure = weekly_sums(np.where(panel.exposure >= least, panel.counts, np.nan), panel.exposure, ends, least)
    known = np.flatnonzero(~np.isnan(counts).all(axis=0))
    since = slice(known[0] if len(known) else len(ends), None)
    return Panel(panel.topics, panel.places, panel.levels, panel.days[ends][since], counts[:, since], exposure[:, since])

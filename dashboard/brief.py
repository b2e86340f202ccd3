"""The morning brief: what changed, as sentences and small tables. Pure: data frames in, sentences and rows out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import i18n
from dashboard.i18n import _, n_
from warehouse.records import ALL

LEAST: Final = 10  #: posts of a week below which a topic's growth is not spoken of


@dataclass(frozen=True)
class Growth:
    """A topic's last seven whole days beside the seven before, as means of the days that were collected well enough."""

    topic: str
    daily: tuple[float, ...]
    recent: float
    before: float

    @property
    def change(self) -> float | None:
        return self.recent / self.before - 1 if self.before > 0 else None


def volume(row: dict[str, Any] | None, day: date, until: time | None) -> str:
    """How many posts there are today, beside yesterday and beside the same weekday."""
    posts = n_("{n} post", "{n} posts", int(row["posts"]) if row else 0)
    if until is not None:
        start = _("Today until {time} there are {posts}", time=until.strftime("%H.%M" if i18n.language() == "id" else "%H:%M"), posts=posts)
    else:
        start = _("On {day} there were {posts}", day=i18n.day(day, "EEEE d MMMM"), posts=posts)
    compared = [text for text in (_yesterday(row), _weekday(row, day)) if text]
    return f"{start}, {i18n.listed(compared)}." if compared else f"{start}."


def _yesterday(row: dict[str, Any] | None) -> str:
    if not row or i18n.is_missing(row["day_before"]) or not row["day_before"]:
        return ""
    return _("{change} against the day before", change=i18n.percent(row["posts"] / row["day_before"] - 1, signed=True))


def _weekday(row: dict[str, Any] | None, day: date) -> str:
    if not row or i18n.is_missing(row["weekday_mean"]) or not row["weekday_mean"]:
        return ""
    share = row["posts"] / row["weekday_mean"] - 1
    return _("{change} against a usual {weekday}", change=i18n.percent(share, signed=True), weekday=i18n.day(day, "EEEE"))


def week(recent: float, before: float) -> str:
    """The posts of a day in the last seven whole days, beside the seven before; "" where either is not known."""
    if np.isnan(recent) or np.isnan(before) or not before:
        return ""
    return _(
        "In the last seven whole days there were {posts} posts a day, {change} against the seven before.",
        posts=i18n.number(recent),
        change=i18n.percent(recent / before - 1, signed=True),
    )


def changed(now: float, before: float) -> str:
    """A change in percent with its sign; "new" where there was nothing before, a dash where it is not known."""
    if np.isnan(now) or np.isnan(before) or (now == 0 and before == 0):
        return "–"
    return i18n.percent(now / before - 1, signed=True) if before else _("new")


def growth(counts: pd.DataFrame, exposure: pd.DataFrame, last: date, least_exposure: float) -> list[Growth]:
    """Topics by how much more they are posted about, surest first.

    counts: period, key, posts by day of at least 14 days up to `last`; exposure: day, exposure. Days that were covered less than
    `least_exposure` are left out of the means. The order is by (recent - before) / sqrt(recent + before), Poisson's z for equal rates.
    """
    ordered = counts[counts["period"] <= pd.Timestamp(last)].sort_values("period")
    posts = ordered["posts"].to_numpy(np.float64)
    covered = ordered["period"].map(exposure.set_index("day")["exposure"]).to_numpy(np.float64)
    known = np.where(covered < least_exposure, np.nan, posts)
    found = []
    for topic, rows in sorted(ordered.groupby("key").indices.items()):
        daily = rows[-14:]
        recent, before = _mean(known[daily[-7:]]), _mean(known[daily[:-7]])
        if not (np.isnan(recent) or np.isnan(before)) and 7 * max(recent, before) >= LEAST:
            found.append(Growth(str(topic), tuple(posts[daily].tolist()), recent, before))
    return sorted(found, key=lambda one: -(one.recent - one.before) / np.sqrt(max(one.recent + one.before, 1e-9)))


def _mean(values: NDArray[np.float64]) -> float:
    """Of what is known; NaN where nothing is."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else float("nan")


def signals_sentence(signals: pd.DataFrame, since: date) -> str:
    """How many signals there are since a day, and the strongest of them."""
    if signals.empty:
        return _("No signal since {day}.", day=i18n.day(since, "short"))
    best = signals.iloc[int((signals["observed"] - signals["expected"]).fillna(0).to_numpy().argmax())]
    topic = best["topic_id"] if i18n.language() == "id" else best["topic_en"]
    told = _("{signals} since {day}; the strongest is {topic} in {place}, with {observed} posts where {expected} were expected.")
    if best["period_days"] > 1 and i18n.is_missing(best["since"]):
        told = _(
            "{signals} since {day}; the strongest is {topic} in {place}, with {observed} posts in a week where {expected} were expected."
        )
    return told.format(
        signals=n_("{n} signal", "{n} signals", len(signals)),
        day=i18n.day(since, "short"),
        topic=topic,
        place=_("all places") if best["place_code"] == ALL else best["place"],
        observed=i18n.number(best["observed"]),
        expected=i18n.number(best["expected"], 1),
    )

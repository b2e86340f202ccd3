"""A signal of a whole week: how its days are written, and which days they are."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from dashboard import i18n
from dashboard.i18n import _


def is_week(signal: Any) -> bool:
    """Whether a signal (a row of `Catalog.signals`) counts a whole week."""
    days = signal["period_days"]
    return i18n.is_missing(signal["since"]) and not i18n.is_missing(days) and days > 1


def first_day(signal: Any) -> date:
    """The first day whose posts are counted."""
    day: date = signal["day"]
    return day - timedelta(days=int(signal["period_days"]) - 1) if is_week(signal) else day


def span(signal: Any) -> str:
    """The day of a signal, or of a week "8–14 Nov 2026"."""
    return i18n.days(first_day(signal), signal["day"])


def days(signal: Any) -> str:
    """The day of a signal, or "week of 8–14 Nov 2026"."""
    return _("week of {days}", days=span(signal)) if is_week(signal) else span(signal)


def sentence(signal: Any) -> str:
    """What was observed in the week, and what is usual in one."""
    return _(
        "{observed} posts in the week where {expected} were expected and up to {upper} would have been ordinary",
        observed=i18n.number(signal["observed"]),
        expected=i18n.number(signal["expected"], 1),
        upper=i18n.number(signal["upper"], 1),
    )

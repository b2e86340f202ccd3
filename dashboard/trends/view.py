"""What the controls of Trends ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
from dash import Input, State
from dash.development.base_component import Component

from dashboard import charts, filters, i18n, official, officialpanel, widgets
from dashboard.i18n import _
from dashboard.names import Names
from dashboard.site import Site
from dashboard.urlstate import Choice, Field
from warehouse.queries import Selection

UNIT: Final = Choice("unit", "day", ("day", "week", "month"))
SPLIT: Final = Choice("by", "auto", ("auto", "none", "topic", "place", "source", "lang"))
MEASURE: Final = Choice("show", "posts", ("posts", "share", "rate"))
FORM: Final = Choice("form", "over", ("over", "small", "free", "voice"))
MEAN: Final = Choice("mean", "off", ("off", "centred", "trailing"))
PAST: Final = Choice("past", "off", ("off", "year"))
OFFICIAL: Final = Field("official", official.SHOWN)
#: In the order in which `view` takes their values.
OWN: Final[tuple[Choice | Field, ...]] = (UNIT, SPLIT, MEASURE, FORM, MEAN, PAST, OFFICIAL)
FIELDS: Final[tuple[Field, ...]] = (*filters.FILTERS, *OWN)


@dataclass(frozen=True)
class View:
    """What the controls ask for. `form`: over (lines in one chart), small or free (small charts, on one scale or their own), voice."""

    selection: Selection
    unit: str
    by: str | None
    measure: str = "posts"
    form: str = "over"
    mean: str = "off"
    past: str = "off"
    official: official.Counts | None = None

    @property
    def share(self) -> bool:
        return self.measure == "share"

    @property
    def averaged(self) -> bool:
        return self.mean != "off" and self.unit != "month"

    @property
    def small(self) -> bool:
        return self.form in ("small", "free")


def controls(site: Site, known: Names, values: dict[str, Any]) -> Component:
    return filters.bar(
        site,
        known,
        values,
        widgets.switch("unit", _("Step"), {"day": _("Day"), "week": _("Week"), "month": _("Month")}, values["unit"]),
        widgets.one("by", _("Lines"), _splits(), values["by"]),
        widgets.one("show", _("Show"), measures(), values["show"]),
        widgets.one("form", _("Drawn as"), _forms(), values["form"], "wide"),
        widgets.one("mean", _("Moving average"), _means(), values["mean"]),
        widgets.one("past", _("Compared with"), {"off": _("Nothing"), "year": _("The year before")}, values["past"]),
        _official_control(site, values["official"]),
        folded=all(values[field.key] == field.default for field in OWN),
    )


def _official_control(site: Site, value: str) -> Component:
    known = officialpanel.options(site.catalog)
    return widgets.one("official", _("Official counts"), known, value if value in known else official.SHOWN)


def _splits() -> dict[str, str]:
    return {
        "auto": _("As chosen"),
        "none": _("One line"),
        "topic": _("By topic"),
        "place": _("By place"),
        "source": _("By source"),
        "lang": _("By language"),
    }


def measures() -> dict[str, str]:
    return {"posts": _("Posts"), "share": _("Share of all posts"), "rate": _("Per 1,000 posts of the source")}


def _forms() -> dict[str, str]:
    return {
        "over": _("Lines in one chart"),
        "small": _("Small charts, one scale"),
        "free": _("Small charts, own scales"),
        "voice": _("Share of voice"),
    }


def _means() -> dict[str, str]:
    return {"off": _("None"), "centred": _("7 days or 4 weeks, centred"), "trailing": _("7 days or 4 weeks, trailing")}


def inputs() -> list[Input]:
    """Every control of the page, as `view` takes them."""
    return [*filters.inputs(), *filters.inputs(OWN)]


def states() -> list[State]:
    return [*filters.states(), *filters.states(OWN)]


def view(site: Site, *values: Any) -> View:
    *chosen, unit, by, show, form, mean, past, wanted = values
    selection = whole(site, filters.selection(site, *chosen), unit)
    counts = official.chosen(site.catalog, selection, wanted or official.SHOWN)
    form = form or str(FORM.default)
    return View(selection, unit, _split(selection, by, form), show, form, mean or str(MEAN.default), past or str(PAST.default), counts)


def whole(site: Site, selection: Selection, unit: str) -> Selection:
    """The selection with its first and last week or month whole: one that is cut would look like a fall."""
    if unit == "day":
        return selection
    first, last = filters.known_days(site)
    start = _period(site, selection.first, unit)
    after = _period(site, _period(site, selection.last, unit) + timedelta(days=31 if unit == "month" else 7), unit)
    return replace(selection, first=max(start, first), last=min(after - timedelta(days=1), last))


def _period(site: Site, day: date, unit: str) -> date:
    return charts.period_of(day, unit, site.settings.general.week)


def _split(selection: Selection, by: str, form: str) -> str | None:
    """By what the lines are told apart; several small charts and shares of voice need more than one."""
    if by not in ("auto", None):
        return None if by == "none" and form == "over" else "topic" if by == "none" else by
    if len(selection.topics) > 1:
        return "topic"
    if len(selection.places) > 1:
        return "place"
    if form == "over":
        return None
    return "place" if selection.topics else "topic"


def unfinished(site: Site, unit: str) -> pd.Timestamp:
    """The first day of the period that today falls in."""
    return pd.Timestamp(_period(site, site.catalog.today(), unit))


def line_name(wanted: View, key: str, known: Names) -> str:
    """What a line is called; a single one by the topics that were chosen."""
    if wanted.by:
        return known.of(wanted.by, key)
    return i18n.listed([known.topic(code) for code in wanted.selection.topics]) or _("All posts")


def file_name(kind: str, wanted: View) -> str:
    return f"kentongan-{kind}-{wanted.selection.first}-{wanted.selection.last}.csv"

"""What the controls of Trends ask for, and the counts that answer it."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
MEASURE: Final = Choice("show", "posts", ("posts", "share"))
OFFICIAL: Final = Field("official", official.SHOWN)
OWN: Final[tuple[Field, ...]] = (UNIT, SPLIT, MEASURE, OFFICIAL)  #: in the order in which `view` takes their values
FIELDS: Final[tuple[Field, ...]] = (*filters.FILTERS, *OWN)
LINES: Final = 6  #: lines when nothing was chosen to compare


@dataclass(frozen=True)
class View:
    """What the controls ask for."""

    selection: Selection
    unit: str
    by: str | None
    share: bool
    official: official.Counts | None = None


def controls(site: Site, known: Names, values: dict[str, Any]) -> Component:
    return filters.bar(
        site,
        known,
        values,
        widgets.switch("unit", _("Step"), {"day": _("Day"), "week": _("Week"), "month": _("Month")}, values["unit"]),
        widgets.one("by", _("Lines"), _splits(), values["by"]),
        widgets.switch("show", _("Show"), {"posts": _("Posts"), "share": _("Share of all posts")}, values["show"]),
        _official_control(site, values["official"]),
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


def inputs() -> list[Input]:
    """Every control of the page, as `view` takes them."""
    return [*filters.inputs(), *filters.inputs(OWN)]


def states() -> list[State]:
    return [*filters.states(), *filters.states(OWN)]


def view(site: Site, *values: Any) -> View:
    *chosen, unit, by, show, wanted = values
    selection = filters.selection(site, *chosen)
    counts = official.chosen(site.catalog, selection, wanted or official.SHOWN)
    return View(selection, unit, _split(selection, by), show == "share", counts)


def _split(selection: Selection, by: str) -> str | None:
    if by != "auto":
        return None if by == "none" else by
    if len(selection.topics) > 1:
        return "topic"
    return "place" if len(selection.places) > 1 else None


def counted(site: Site, wanted: View) -> pd.DataFrame:
    """The counts of the view, with `share`: a line's posts among all posts of the same period, places, languages and sources.

    Lines of places, sources or languages about chosen topics are shares of all posts of that place, source or language.
    """
    counts = _counts(site, wanted.selection, wanted)
    own = bool(wanted.selection.topics) and wanted.by in ("place", "source", "lang")
    whole = _counts(site, replace(wanted.selection, topics=()), wanted if own else replace(wanted, by=None), 10_000)
    keys = ["period", "key"] if own else ["period"]
    total = counts.merge(whole[[*keys, "posts"]], on=keys, how="left", suffixes=("", "_all"))["posts_all"]
    return counts.assign(share=(counts["posts"] / total.where(total > 0)).astype(float))


def _counts(site: Site, selection: Selection, wanted: View, keys: int = LINES) -> pd.DataFrame:
    return site.catalog.counts(selection, wanted.by, wanted.unit, site.settings.general.week, keys=keys)  # type: ignore[arg-type]


def covered(site: Site, wanted: View, counts: pd.DataFrame, exposure: pd.DataFrame) -> pd.Series:
    return charts.period_exposure(counts["period"], exposure, wanted.unit, site.settings.general.week)


def unfinished(site: Site, unit: str) -> pd.Timestamp:
    """The first day of the period that today falls in."""
    today = pd.Series([pd.Timestamp(site.catalog.today())])
    return charts.period_start(today, unit, site.settings.general.week).iloc[0]


def line_name(wanted: View, key: str, known: Names) -> str:
    """What a line is called; a single one by the topics that were chosen."""
    if wanted.by:
        return known.of(wanted.by, key)
    return i18n.listed([known.topic(code) for code in wanted.selection.topics]) or _("All posts")


def file_name(kind: str, wanted: View) -> str:
    return f"kentongan-{kind}-{wanted.selection.first}-{wanted.selection.last}.csv"

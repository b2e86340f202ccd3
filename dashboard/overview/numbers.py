"""What changed since yesterday and since last week, in numbers: whole days beside whole days, as far as they were collected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
from dash import Input, Output, dcc
from dash.development.base_component import Component

from dashboard import brief, i18n, widgets
from dashboard.exports import to_csv
from dashboard.i18n import N_, _
from dashboard.pages.posts import FIELDS as POSTS
from dashboard.pages.signals import FIELDS as SIGNALS
from dashboard.site import Site
from warehouse.queries import Selection

WEEK: Final = 7
#: What is counted: the column of `Catalog.counts`, its name, and the filter of the page of posts that shows it.
MEASURES: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("posts", N_("Posts"), {}),
    ("negative", N_("Negative posts"), {"sentiment": "negative"}),
    ("questions", N_("Questions"), {"intent": "question"}),
    ("complaints", N_("Complaints"), {"intent": "complaint"}),
    ("firsthand", N_("First-hand reports of illness"), {"hand": "first"}),
)


@dataclass(frozen=True)
class Number:
    """One measure: of yesterday and the day before; of a day in the last seven whole days and in the seven before them. NaN: not known."""

    code: str
    name: str
    filters: dict[str, Any]
    yesterday: float
    before: float
    week: float
    week_before: float


def of_day(site: Site, today: date) -> list[Number]:
    """The numbers up to yesterday, the last day that is over. Days that were hardly collected count in no comparison."""
    last = today - timedelta(days=1)
    span = Selection(first=last - timedelta(days=2 * WEEK - 1), last=last)
    counts, exposure = site.catalog.counts(span), site.catalog.exposure(span)["exposure"].to_numpy(float)
    well = ~(exposure < site.settings.detect.min_exposure)
    signals = site.catalog.signal_days(span)
    raised = counts["period"].map(signals["day"].value_counts()).fillna(0)
    measured = [(code, _(name), chosen, counts[code]) for code, name, chosen in MEASURES]
    every = [*measured, ("signals", _("Signals"), {}, raised)]
    return [_number(code, name, chosen, values.to_numpy(np.float64), well) for code, name, chosen, values in every]


def _number(code: str, name: str, chosen: dict[str, Any], values: np.ndarray, well: np.ndarray) -> Number:
    known = np.where(well, values, np.nan)
    weeks = [float(np.mean(part[~np.isnan(part)])) if (~np.isnan(part)).any() else float("nan") for part in (known[-WEEK:], known[:-WEEK])]
    return Number(code, name, chosen, float(known[-1]), float(known[-2]), *weeks)


def panel(site: Site, found: list[Number], today: date) -> Component:
    yesterday = today - timedelta(days=1)
    heads = [
        _("Measure"),
        i18n.day(yesterday, "weekday"),
        _("Day before"),
        _("Change"),
        _("A day, 7 days"),
        _("7 days before"),
        _("Change"),
    ]
    rows = [_row(one, yesterday) for one in found]
    about = _(
        "Whole days: yesterday beside the day before, and the mean of a day in the last seven beside that of the seven before. A day that "
        "was collected for less than {share} is left out, and is shown as a dash.",
        share=i18n.percent(site.settings.detect.min_exposure),
    )
    table = widgets.plain_table(heads, rows, range(1, 7), _("What changed, in numbers"))
    return widgets.panel(_("What changed, in numbers"), table, about=about, actions=widgets.csv_button("overview-numbers-csv"))


def _row(one: Number, yesterday: date) -> tuple[Any, ...]:
    day = yesterday.isoformat()
    link = (
        widgets.link(one.name, "/signals", SIGNALS, span="custom", days=[day, day])
        if one.code == "signals"
        else widgets.link(one.name, "/posts", POSTS, span="custom", days=[day, day], **one.filters)
    )
    return (
        link,
        i18n.number(one.yesterday),
        i18n.number(one.before),
        brief.changed(one.yesterday, one.before),
        i18n.number(one.week, 1),
        i18n.number(one.week_before, 1),
        brief.changed(one.week, one.week_before),
    )


def table(found: list[Number]) -> pd.DataFrame:
    """For a file: measure, yesterday, day_before, mean_7_days, mean_7_days_before."""
    rows = [(one.code, one.yesterday, one.before, one.week, one.week_before) for one in found]
    return pd.DataFrame(rows, columns=["measure", "yesterday", "day_before", "mean_7_days", "mean_7_days_before"]).round(3)


def register(site: Site) -> None:
    @site.callback(Output("overview-numbers-csv-file", "data"), Input("overview-numbers-csv", "n_clicks"), prevent_initial_call=True)
    def download(_clicks: int) -> Any:
        today = site.catalog.today()
        return dcc.send_string("\ufeff" + to_csv(table(of_day(site, today))), f"kentongan-changes-{today}.csv")

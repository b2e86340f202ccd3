"""The numbers behind the chart of posts: the table under it, and its file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
from dash import Input, Output, dcc, no_update
from dash.development.base_component import Component

from dashboard import charts, i18n, voice, widgets
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import _
from dashboard.names import names
from dashboard.site import COPY, Site
from dashboard.trends import notes
from dashboard.trends.measure import measured
from dashboard.trends.view import View, file_name, inputs, line_name, states, view
from warehouse.state import Annotation

ROWS: Final = 400  #: newest rows of the table under the chart


def register(site: Site) -> None:
    @site.callback(Output("trends-table", "children"), Input("trends-more", "n_clicks"), *inputs(), shared=COPY)
    def table(clicks: int | None, *values: Any) -> Any:
        if not clicks or clicks % 2 == 0:
            return no_update
        wanted = view(site, *values)
        return _table(site, wanted, measured(site, wanted))

    @site.callback(Output("trends-csv-file", "data"), Input("trends-csv", "n_clicks"), *states(), prevent_initial_call=True)
    def download(_clicks: int, *values: Any) -> Any:
        wanted = view(site, *values)
        rows = for_file(site, wanted, measured(site, wanted), notes.of_view(site, wanted))
        return dcc.send_string("\ufeff" + to_csv(rows), file_name("trends", wanted))


def for_file(site: Site, wanted: View, found: pd.DataFrame, noted: Sequence[Annotation]) -> pd.DataFrame:
    """A row a period and line: what was counted, what is drawn, and what people noted."""
    known = names(site.catalog)
    named = [line_name(wanted, str(key), known) for key in found["key"]]
    week = site.settings.general.week
    written: dict[pd.Timestamp, list[str]] = {}
    if noted:
        days = charts.period_start(pd.Series(pd.to_datetime([note.day for note in noted])), wanted.unit, week)
        for period, note in zip(days, noted, strict=True):
            written.setdefault(period, []).append(f"{note.day}: {i18n.upright(note.text)} ({note.author})")
    table = found.assign(
        name=named,
        voice=_voices(found, wanted),
        notes=["; ".join(written.get(period, ())) for period in found["period"]],
        period=found["period"].dt.date,
    )
    table = table.rename(columns={"rate": "rate_per_1000", "value": f"drawn_{wanted.measure}", "past": "drawn_year_before"})
    return table.drop(columns=[name for name in ("rate_per_1000",) if wanted.measure != "rate"])


def _voices(found: pd.DataFrame, wanted: View) -> pd.Series:
    """Each line's share among the lines, of what is drawn."""
    if found.empty:
        return pd.Series(dtype=float)
    wide = voice.shares(found.pivot(index="period", columns="key", values="value")).stack(future_stack=True)
    return pd.Series(wide.reindex(pd.MultiIndex.from_arrays([found["period"], found["key"]])).to_numpy(), index=found.index)


def _table(site: Site, wanted: View, found: pd.DataFrame) -> Component:
    if not found["posts"].sum():
        return widgets.empty_state(_("No posts for this choice"), _("Choose a longer period, or fewer filters."))
    known = names(site.catalog)
    more = _more(wanted, found)
    newest = found.assign(at=range(len(found))).sort_values(["period", "at"], ascending=[False, True]).head(ROWS)
    rows = [
        (
            charts.period_label(row.period, wanted.unit),
            line_name(wanted, row.key, known),
            i18n.number(row.posts),
            i18n.percent(row.share, 1),
            *[_written(values[row.Index], kind) for _head, values, kind in more],
            i18n.percent(row.negative / row.posts if row.posts else None),
            i18n.number(row.questions),
            i18n.number(row.complaints),
        )
        for row in each(newest)
    ]
    heads = [_("Period"), _("Line"), _("Posts"), _("Share"), *[head for head, _values, _kind in more], _("Negative"), _("Questions"),
             _("Complaints")]  # fmt: skip
    return widgets.plain_table(heads, rows, range(2, len(heads)), _("Posts over time"))


def _more(wanted: View, found: pd.DataFrame) -> list[tuple[str, pd.Series, str]]:
    """The columns that are there only when they were asked for: heading, values, kind."""
    kind = "share" if wanted.share else "rate" if wanted.measure == "rate" or wanted.averaged else "posts"
    columns = []
    if wanted.averaged or wanted.measure == "rate":
        columns.append((_("Per 1,000") if wanted.measure == "rate" else _("Moving average"), found["value"], kind))
    if wanted.past == "year":
        columns.append((_("The year before"), found["past"], kind))
    if wanted.form == "voice":
        columns.append((_("Share of voice"), _voices(found, wanted), "share"))
    return columns


def _written(value: float, kind: str) -> str:
    return i18n.percent(value, 1) if kind == "share" else i18n.number(value, 1 if kind == "rate" else 0)

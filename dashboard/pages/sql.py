"""SQL: one question at a time over the published catalog, answered by a child process that can read that and nothing else."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any, Final

import dash_mantine_components as dmc
import pandas as pd
import pyarrow as pa
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import grids, i18n, widgets
from dashboard.auth import may, require
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.site import COPY, Page, Site
from dashboard.urlstate import Field, Long
from dashboard.widgets import aria
from warehouse.errors import QueryError
from warehouse.sandbox import Answer, run_query

QUERY: Final = Long("query")
FIELDS: Final[tuple[Field, ...]] = (QUERY,)
SHOWN: Final = 2_000  #: rows that are sent to the browser
_EXACT: Final = 2**53  #: larger whole numbers would be rounded by the browser

EXAMPLES: Final = (
    (N_("Posts by language"), "SELECT lang, count(*) AS posts\nFROM posts\nGROUP BY lang\nORDER BY posts DESC"),
    (
        N_("Topics of the last week"),
        "SELECT topic, sum(posts) AS posts\nFROM daily_counts\nWHERE place_code = '*' AND topic <> '*' AND day > current_date - 7\n"
        "GROUP BY topic\nORDER BY posts DESC",
    ),
    (
        N_("Strongest signals"),
        "SELECT day, topic, place_code, observed, expected, upper, pvalue\nFROM signals\nORDER BY observed - expected DESC\nLIMIT 20",
    ),
    (
        N_("Hours in which collection failed"),
        "SELECT source, hour, status, error\nFROM coverage\nWHERE status IN ('failed', 'gap')\nORDER BY hour DESC\nLIMIT 100",
    ),
)


def layout(site: Site, values: dict[str, Any]) -> Component:
    query = values["query"] or EXAMPLES[0][1]
    editor = widgets.panel(
        _("Query"),
        [
            dmc.Textarea(
                id="sql-text",
                label=_("One SELECT, in the SQL of DuckDB"),
                value=query,
                autosize=True,
                minRows=6,
                maxRows=18,
                spellCheck=False,
                size="sm",
            ),
            html.Div(_run(), className="controls middle"),
            html.Div(_examples(), className="examples"),
        ],
        about=_(
            "The query runs in a process of its own on the published copy: it can read the tables beside and nothing else, and ends after "
            "{seconds} s. Times are UTC; day is the day in {zone}.",
            seconds=i18n.number(site.settings.sql.timeout.total_seconds()),
            zone=site.settings.general.zone,
        ),
    )  # fmt: skip
    files = widgets.csv_button("sql-csv") if may("analyst") else []
    answer = widgets.panel(_("Answer"), widgets.waiting(html.Div(id="sql-answer", **aria(live="polite")), 200), actions=files)
    tables = widgets.panel(_("Tables"), [_tables(site)], about=_("What there is to ask about. Each column says what it means."))
    asked = dcc.Store(id=widgets.kept("query"), data=values["query"])
    return html.Div(
        [asked, html.Div([html.Div([editor, answer], className="stack"), tables], className="grid-main")], style={"display": "contents"}
    )


def _run() -> list[Component]:
    """The button; who may not ask is told so before a query is written. The callback asks for the role again."""
    allowed = may("analyst")
    button = dmc.Button(_("Run the query"), id="sql-run", leftSection=widgets.icon("run"), size="sm", disabled=not allowed)
    hint = _("or Ctrl+Enter") if allowed else _("Only analysts may ask here; an administrator can give you the role.")
    return [button, html.Span(hint, className="quiet small")]


def _examples() -> list[Component]:
    said = html.Span(_("Examples:"), className="quiet small")
    buttons = [
        html.Button(_(title), id={"type": "example", "index": index}, className="link-button", type="button")
        for index, (title, _query) in enumerate(EXAMPLES)
    ]
    return [said, *buttons]


def _tables(site: Site) -> Component:
    parts = []
    for name, group in groupby(each(site.catalog.describe_tables()), lambda row: row.table_name):
        columns = list(group)
        rows = [(html.Code(row.column_name), html.Span(row.data_type.lower(), className="quiet"), row.column_comment) for row in columns]
        table = widgets.plain_table([_("Column"), _("Type"), _("Meaning")], rows)
        parts.append(widgets.folded(str(name), [html.P(columns[0].table_comment, className="quiet small"), table]))
    return html.Div(parts, className="stack-small")


def register(site: Site) -> None:
    @site.callback(
        Output(widgets.kept("query"), "data"),
        Output("sql-answer", "children"),
        Input("sql-run", "n_clicks"),
        State("sql-text", "value"),
        State(widgets.kept("query"), "data"),
    )
    def answer(clicks: int | None, text: str, asked: str) -> tuple[str, Any]:
        if not clicks and not asked:
            return "", widgets.empty_state(_("Nothing asked yet"), _("Write a query or take an example, then run it."))
        return text, _answer(site, text)

    @site.callback(Output("sql-text", "value"), Input({"type": "example", "index": ALL}, "n_clicks"), prevent_initial_call=True)
    def example(clicks: list[int | None]) -> Any:
        return EXAMPLES[ctx.triggered_id["index"]][1] if ctx.triggered_id and any(clicks) else no_update

    @site.callback(
        Output("sql-csv-file", "data"),
        Input("sql-csv", "n_clicks"),
        State("sql-text", "value"),
        prevent_initial_call=True,
        role="analyst",
    )
    def download(_clicks: int, text: str) -> Any:
        return dcc.send_string("\ufeff" + to_csv(_ask(site, text).table.to_pandas()), "kentongan-query.csv")


def _ask(site: Site, text: str) -> Answer:
    require("analyst")
    limits = site.settings.sql
    return run_query(site.folder, text or "", timeout=limits.timeout, memory=limits.memory, rows=limits.rows)


def _answer(site: Site, text: str) -> Any:
    try:
        answer = _ask(site, text)
    except QueryError as error:
        return dmc.Alert(str(error), title=_("The query did not run"), color="red")
    table = answer.table
    if table.num_columns == 0:
        return widgets.empty_state(_("The answer is empty"))
    columns = [
        grids.column(f"c{index}", name, numeric=_is_number(table.schema.field(index).type), minWidth=110)
        for index, name in enumerate(table.column_names)
    ]
    grid = grids.grid("sql-grid", columns, rows(table.slice(0, SHOWN)))
    grid.style = grids.fitted(table.num_rows, 460)
    return [html.Div(_said(answer), className="quiet small num"), grid]


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def _said(answer: Answer) -> str:
    said = n_("{n} row", "{n} rows", answer.table.num_rows) + " · " + _("{seconds} s", seconds=i18n.number(answer.seconds, 2))
    if answer.truncated:
        return said + " · " + _("there are more; sql.rows in config.toml says how many are fetched")
    if answer.table.num_rows > SHOWN:
        return said + " · " + _("the first {n} are shown, the CSV file has all", n=i18n.number(SHOWN))
    return said


def rows(table: pa.Table) -> list[dict[str, Any]]:
    """The cells as what JSON can carry; the names of columns are replaced, because a query may name two alike."""
    columns = [[cell(value) for value in column.to_pylist()] for column in table.columns]
    return [{f"c{index}": column[row] for index, column in enumerate(columns)} for row in range(table.num_rows)]


def cell(value: Any) -> Any:
    """Numbers as numbers while the browser can hold them exactly, times as people read them, everything else as text."""
    if value is None or isinstance(value, bool | str):
        return str(value).lower() if isinstance(value, bool) else value
    if isinstance(value, int):
        return value if abs(value) < _EXACT else str(value)
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(pd.Timestamp(value).isoformat(sep=" ")) if hasattr(value, "hour") and hasattr(value, "year") else str(value)


PAGE: Final = Page(
    "/sql", N_("SQL"), N_("Ask the published data yourself, while collection goes on."), "sql", FIELDS, layout, register, shared=COPY
)

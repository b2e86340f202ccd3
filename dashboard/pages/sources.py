"""Sources: what was collected hour by hour, what went wrong in plain words, when each source runs next."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import i18n, mapcharts, widgets
from dashboard.auth import may, require
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.look import Look
from dashboard.names import KIND, names
from dashboard.site import Page, Site
from dashboard.urlstate import Choice, Field
from dashboard.widgets import aria
from warehouse.errors import InputError

LENGTH: Final = Choice("back", "7d", ("1d", "3d", "7d", "30d"))
FIELDS: Final[tuple[Field, ...]] = (LENGTH,)

#: What a message of a collector means, in words for somebody who did not write it; the first that fits is taken.
_MEANINGS: Final = (
    (r"\b429\b|throttl|too many requests|rate limit", N_("The source asks us to slow down; collection tries again by itself.")),
    (
        r"\b(401|403)\b|refus|forbidden|unauthori|closed|no public preview|login",
        N_("The source does not let us in: check its key or its rights."),
    ),
    (r"\b(404|410)\b|not found|no such", N_("The source is not there any more: check its address.")),
    (r"timed? ?out|no answer", N_("The source did not answer in time.")),
    (r"\b5\d\d\b", N_("The source's own server has a fault.")),
    (r"certificate|ssl|tls", N_("The connection is not safe: the source's certificate is wrong.")),
    (r"unreachable|resolve|dns|name or service|connect|network", N_("The source could not be reached over the network.")),
    (r"malformed|cannot be read|not json|not xml|pars", N_("The source answered with something that cannot be read.")),
    (r"suspicious|empty", N_("The source answered with nothing where it always had posts.")),
)


def layout(site: Site, values: dict[str, Any]) -> Component:
    spans = {"1d": _("1 day"), "3d": _("3 days"), "7d": _("7 days"), "30d": _("30 days")}
    controls = html.Div([widgets.switch("back", _("Period"), spans, values["back"])], className="controls")
    rows = max(2, len(names(site.catalog).sources))
    ledger = widgets.panel(
        _("What was collected, hour by hour"),
        [
            html.Div(widgets.waiting(widgets.graph("sources-ledger", height=60 + 30 * rows), 60 + 30 * rows), className="scroll-x"),
            _legend(),
        ],
        about=_(
            "One line a source. Where a source has several parts, an hour counts as collected only when all of them were. Blank: "
            "never looked at."
        ),
        actions=widgets.csv_button("sources-csv"),
    )
    state = widgets.panel(_("How each source does"), widgets.waiting(html.Div(id="sources-list"), 300))
    return html.Div([controls, ledger, html.Div(id="sources-asked", role="status"), state], style={"display": "contents"})


def _legend() -> Component:
    return html.Div(
        [html.Span([html.Span(className=f"swatch coverage-{status}"), _(title)]) for status, title in mapcharts.STATUS.items()],
        className="legend",
    )


def register(site: Site) -> None:
    span = widgets.control("back")

    @site.callback(Output("sources-ledger", "figure"), Input(span, "value"), redraw=True)
    def draw(length: str, style: Look) -> Any:
        first, last = hours(site, length)
        ledger = site.catalog.coverage(first, last)
        titles = {code: row["title"] for code, row in names(site.catalog).sources.items()}
        return mapcharts.coverage(ledger, titles, style, site.settings.zone, (first, last + timedelta(hours=1)))

    @site.callback(
        Output("sources-list", "children"), Input(span, "value"), Input("pulse", "n_intervals"), Input("sources-asked", "children")
    )
    def status(*_changes: Any) -> Any:
        return _status(site)

    @site.callback(
        Output("sources-asked", "children"),
        Input({"type": "run", "source": ALL}, "n_clicks"),
        prevent_initial_call=True,
        role="officer",
    )
    def run(clicks: list[int | None]) -> Any:
        return _ask(site, ctx.triggered_id["source"]) if ctx.triggered_id and any(clicks) else no_update

    @site.callback(Output("sources-csv-file", "data"), Input("sources-csv", "n_clicks"), State(span, "value"), prevent_initial_call=True)
    def download(_clicks: int, length: str) -> Any:
        return dcc.send_string("\ufeff" + to_csv(site.catalog.coverage(*hours(site, length))), "kentongan-coverage.csv")


def hours(site: Site, length: str) -> tuple[Any, Any]:
    """The first and the last hour shown (UTC)."""
    last = site.catalog.published_at().replace(minute=0, second=0, microsecond=0)
    return last - timedelta(days=int(length.removesuffix("d"))) + timedelta(hours=1), last


def _ask(site: Site, source: str) -> Component:
    if source not in names(site.catalog).sources:
        raise InputError(f"source {source!r}: not known; reload the page")
    person = require("officer")
    if not site.live:
        raise InputError(_("No worker runs here, so nothing can be collected; start it with: kentongan serve"))
    site.operations.enqueue("collect", {"source": source}, who=person, now=site.now())
    site.operations.audit(person, "run source", source, site.now())
    return html.P(
        _("Asked to collect {source}. The worker takes it up within seconds.", source=names(site.catalog).source(source)), className="good"
    )


def _status(site: Site) -> Any:
    found = site.catalog.source_status()
    if found.empty:
        return widgets.empty_state(
            _("No sources yet"), [_("Add one to config.toml, as a table such as"), " ", html.Code("[sources.health-news]")]
        )
    waiting = {request.payload.get("source"): request for request in site.operations.waiting() if request.kind == "collect"}
    return html.Div([_row(site, row, waiting.get(row.source)) for row in each(found)], className="rows")


def _row(site: Site, row: Any, request: Any) -> Component:
    kind, state = condition(site, row)
    facts = [
        _(KIND.get(row.kind, row.kind or "")),
        row.collector if isinstance(row.collector, str) else _("imported"),
        _("last run {when}", when=_when(site, row.last_run_at)),
        _("newest post {when}", when=_when(site, row.last_posts_at)),
    ]
    if row.enabled and not i18n.is_missing(row.next_run_at) and row.next_run_at.to_pydatetime() > site.now():
        facts.append(_("next run {when}", when=i18n.ahead(row.next_run_at.to_pydatetime() - site.now())))
    body = [
        html.Div([html.Strong(row.title), html.Span([widgets.dot(kind), state], className="badge")], className="source-title"),
        html.Div(" · ".join(fact for fact in facts if fact), className="quiet small num"),
        *_trouble(row),
    ]
    daily = n_("{n} post in 14 days", "{n} posts in 14 days", int(row.posts_14d or 0))
    counts = html.Div([widgets.bars(row.posts_by_day, daily), html.Div(daily, className="quiet tiny num")], className="source-counts")
    return html.Div([html.Div(body, className="grow"), counts, *_run_button(site, row, request)], className="row source")


def _when(site: Site, moment: Any) -> str:
    return _("never") if i18n.is_missing(moment) else i18n.ago(site.now() - moment.to_pydatetime())


def condition(site: Site, row: Any) -> tuple[str, str]:
    """The colour and the word for how a source does now."""
    if not isinstance(row.collector, str):
        return "", _("Imported")
    if not row.enabled:
        return "", _("Off")
    if row.last_error:
        return "bad", _("In trouble")
    if i18n.is_missing(row.last_run_at):
        return "", _("Not run yet")
    late = site.now() - row.last_run_at.to_pydatetime() > 3 * timedelta(seconds=max(int(row.every_seconds or 0), 60))
    return ("warn", _("Silent")) if late else ("good", _("Working"))


def _trouble(row: Any) -> list[Component]:
    if not row.last_error:
        return []
    return [
        html.Div(meaning(row.last_error), className="bad small"),
        widgets.folded(_("What the source said"), html.Code(row.last_error[:500])),
    ]


def meaning(error: str) -> str:
    """A collector's message in plain words of the page's language."""
    return next((_(text) for pattern, text in _MEANINGS if re.search(pattern, error, re.IGNORECASE)), _("Collection failed."))


def _run_button(site: Site, row: Any, request: Any) -> list[Component]:
    if request is not None:
        said = request.message or (_("waiting for the worker") if request.taken_at is None else _("collecting"))
        return [html.Span(said, className="quiet small")]
    if not (site.live and isinstance(row.collector, str) and may("officer")):
        return []
    label = _("Run {source} now", source=row.title)
    button = html.Button(
        [widgets.icon("run"), _("Run now")],
        id={"type": "run", "source": row.source},
        className="icon-button",
        type="button",
        title=label,
        **aria(label=label),
    )
    return [button]


PAGE: Final = Page(
    "/sources",
    N_("Sources"),
    N_("Where posts come from, and what was missed: a gap is not a calm day."),
    "sources",
    FIELDS,
    layout,
    register,
)

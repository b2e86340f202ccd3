"""Terms and hashtags of the chosen posts against those of the days before, and the most used hashtags."""

from __future__ import annotations

from typing import Any

import pandas as pd
from dash import Input, Output, dcc, html, no_update
from dash.development.base_component import Component

from analytics.log_odds import Term
from dashboard import filters, i18n, widgets, wordchart
from dashboard.exports import to_csv
from dashboard.frames import each
from dashboard.i18n import _, n_
from dashboard.look import Look
from dashboard.pages.posts import FIELDS as POSTS
from dashboard.site import COPY, Site
from dashboard.wording import Wording, wording
from warehouse.queries import Selection
from warehouse.queries.words import READ


def panel() -> Component:
    about = _(
        "The most used hashtags of these posts. New in the wording is what these days write about that the days before did not: log-odds "
        "ratios with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008), of posts that hold a term. Only what is sure (z of "
        "1.96 or more) and in 3 posts or more. Read in a sample of at most {n} posts a side, spread over the days; the days before are as "
        "many as those chosen, but 28 to 180.",
        n=i18n.number(READ),
    )
    return widgets.panel(
        _("Terms and hashtags"),
        [
            widgets.waiting(html.Div(id="trends-tags"), 200),
            widgets.folded(_("New in the wording"), widgets.waiting(html.Div(id="trends-words"), 120), id="words-more"),
        ],
        about=about,
        actions=[widgets.png_button("trends-terms", _("New in the wording")), *widgets.csv_button("words-csv")],
    )


def register(site: Site) -> None:
    @site.callback(Output("trends-tags", "children"), *filters.inputs(), shared=COPY)
    def tags(*values: Any) -> Component:
        return _tags(site, filters.selection(site, *values))

    @site.callback(Output("trends-words", "children"), Input("words-more", "n_clicks"), *filters.inputs(), redraw=True, shared=COPY)
    def words(clicks: int | None, *values: Any) -> Any:
        if not clicks or clicks % 2 == 0:
            return no_update
        *chosen, style = values
        return _shown(wording(site.catalog, filters.selection(site, *chosen)), _address(*chosen), style)

    @site.callback(Output("words-csv-file", "data"), Input("words-csv", "n_clicks"), *filters.states(), prevent_initial_call=True)
    def download(_clicks: int, *values: Any) -> Any:
        selection = filters.selection(site, *values)
        name = f"kentongan-words-{selection.first}-{selection.last}.csv"
        return dcc.send_string("\ufeff" + to_csv(table(wording(site.catalog, selection), selection)), name)


def _tags(site: Site, selection: Selection) -> Component:
    found = site.catalog.hashtags(selection, 9)
    if found.used.empty:
        return widgets.empty_state(_("No hashtags in these posts"))
    most = int(found.used["posts"].max())
    rows = [
        (html.Bdi(f"#{i18n.upright(row.hashtag)}"), _share_bar(row.posts / most), n_("{n} post", "{n} posts", int(row.posts)))
        for row in each(found.used)
    ]
    table = widgets.plain_table([_("Hashtag"), "", _("Posts")], rows, [2], _("The most used hashtags"))
    if found.first == selection.first:
        return table
    told = _("Counted in the newest days: {days}.", days=i18n.days(found.first, selection.last))
    return html.Div([html.P(told, className="quiet small num"), table], className="stack-small")


def _address(topic: Any, place: Any, language: Any, source: Any, span: Any, days: Any) -> dict[str, Any]:
    """The filters as the page of posts takes them."""
    return {
        "topic": topic or [],
        "place": place or [],
        "language": language or [],
        "source": source or [],
        "span": span,
        "days": days or [],
    }


def _shown(found: Wording, address: dict[str, Any], style: Look) -> Component:
    if not found.posts:
        return widgets.empty_state(_("No posts for this choice"), _("Choose a longer period, or fewer filters."))
    said = _(
        "{posts} of these days beside {before} of {span}.",
        posts=n_("{n} post", "{n} posts", found.posts),
        before=n_("{n} post", "{n} posts", found.before),
        span=i18n.days(found.first, found.last),
    )
    parts: list[Component] = [html.P(said, className="quiet small num")]
    if not found.before:
        parts.append(html.P(_("There are no posts of the days before to compare with: choose a later or shorter period.")))
    elif not (found.terms or found.hashtags):
        parts.append(html.P(_("Nothing sets these posts apart from those of the days before.")))
    else:
        parts.append(widgets.graph("trends-terms", wordchart.apart(found, style), wordchart.height(found)))
        parts.append(widgets.folded(_("The same as a table"), _table(found, address)))
    return html.Div(parts, className="stack-small")


def _table(found: Wording, address: dict[str, Any]) -> Component:
    rows = [*[_row(term, "", found, address) for term in found.terms], *[_row(tag, "#", found, address) for tag in found.hashtags]]
    heads = [_("Term"), _("z"), _("Posts"), _("Before")]
    return widgets.plain_table(heads, rows, range(1, 4), _("Terms and hashtags, terms first, the surest first"))


def _row(term: Term, sign: str, found: Wording, address: dict[str, Any]) -> tuple[Any, ...]:
    text = html.Bdi(i18n.upright(sign + term.term))
    return (
        widgets.link(text, "/posts", POSTS, q=sign + term.term, **address),
        i18n.number(term.z, 1),
        f"{i18n.number(term.posts)} ({i18n.percent(term.posts / found.posts, 1)})",
        f"{i18n.number(term.baseline)} ({i18n.percent(term.baseline / found.before, 1)})",
    )


def _share_bar(share: float) -> Component:
    return html.Div(html.Span(style={"width": f"{100 * share:.0f}%"}), className="bar", style={"minWidth": "60px", "marginTop": "8px"})


def table(found: Wording, selection: Selection) -> pd.DataFrame:
    """For a file: kind, term, z, posts, posts_read, baseline, baseline_read, and the days of both."""
    kinds = (("term", found.terms), ("hashtag", found.hashtags))
    rows: list[tuple[Any, ...]] = [
        (kind, i18n.upright(term.term), round(term.z, 3), term.posts, term.baseline) for kind, terms in kinds for term in terms
    ]
    told = {term.term for term in found.hashtags}
    rows += [("hashtag", i18n.upright(tag), None, posts, None) for tag, posts in found.used if tag not in told]
    listed = pd.DataFrame(rows, columns=["kind", "term", "z", "posts", "baseline"]).astype({"baseline": "Int64"})
    return listed.assign(
        posts_read=found.posts, baseline_read=found.before, first_day=selection.first, last_day=selection.last,
        baseline_first_day=found.first, baseline_last_day=found.last,
    )  # fmt: skip

"""The preview on the page: the sentence with the counts, the posts with their matches marked, the terms that go with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from analytics.text.topic_file import Topic
from analytics.text.topic_marks import Marker, Span
from dashboard import i18n, widgets
from dashboard.i18n import N_, _, n_
from dashboard.names import Names, tongue
from dashboard.postcard import safe_url
from dashboard.topicpreview import SHOWN, Suggested, Tally, done
from dashboard.widgets import aria

LIST: Final = {"found": N_("Found"), "gained": N_("Newly found"), "lost": N_("No longer found")}


def sentence(tally: Tally) -> list[Any]:
    """This rule would have matched 1,240 posts last week."""
    counts = tally["counts"]
    about = _("about") + " " if tally["rough"] else ""
    head = n_("It would have found {about}{n} post in the last 7 days", "It would have found {about}{n} posts in the last 7 days",
              counts["found"], about=about)  # fmt: skip
    read = n_("{n} post read", "{n} posts read", tally["read"])
    if tally["rough"]:
        read += " · " + _("an even part of the busy days, scaled up")
    if not done(tally):
        read += " · " + _("reading on…")
    change = _change(counts)
    return [
        html.P([html.Strong(head, className="num"), *([", ", change] if change else []), "."]),
        html.P(read, className="quiet small num"),
    ]


def _change(counts: dict[str, int]) -> str:
    if counts["gained"] == counts["lost"] == 0:
        return _("the same posts as now")
    return _("{gained} newly, {lost} no longer; now it is {now}",
             gained=i18n.number(counts["gained"]), lost=i18n.number(counts["lost"]), now=i18n.number(counts["now"]))  # fmt: skip


def options(tally: Tally | None) -> list[dict[str, str]]:
    """The lists with their counts, for the switch."""
    counts = (tally or {}).get("counts", {})
    return [{"value": name, "label": f"{_(text)} ({i18n.number(counts.get(name, 0))})"} for name, text in LIST.items()]


def posts(tally: Tally, view: str, draft: Topic, now: Topic | None, beside: Sequence[Topic], known: Names) -> Component:
    """At most 20 posts of one list. Posts that are no longer found are marked by the rule as it is, the others by the draft."""
    rows = tally["rows"].get(view, [])[:SHOWN]
    if not rows:
        return _nothing(view, done(tally))
    marker = Marker(now if view == "lost" and now else draft, tuple(beside))
    return html.Div([_card(row, marker, known) for row in rows])


def _nothing(view: str, finished: bool) -> Component:
    if not finished:
        return html.P(_("Reading…"), className="quiet")
    text = {
        "found": _(
            "No post of the last 7 days has this topic. Add terms as people write them, also misspelt ones, or choose all languages."
        ),
        "gained": _("Nothing is found that is not found now."),
        "lost": _("Nothing that is found now would be missed."),
    }[view]
    return html.P(text, className="quiet")


def _card(row: dict[str, Any], marker: Marker, known: Names) -> Component:
    text = i18n.upright(row["text"])
    lang = row["lang"] or "und"
    url = safe_url(row["url"])
    meta: list[Any] = [
        html.Span(known.source(row["source"]), style={"fontWeight": 600}),
        html.Span(i18n.moment(datetime.fromisoformat(row["created_at"]))),
    ]
    meta.append(html.Span(tongue(lang)))
    if url:
        meta.append(
            html.A([_("Open at the source"), " ", widgets.icon("external")], href=url, target="_blank", rel="noopener noreferrer nofollow")
        )
    body = html.Bdi(marked(text, marker.spans(text, row["lang"])), className="text", dir="auto", lang=None if lang == "und" else lang)
    return html.Article([html.Div(meta, className="meta num"), body], className="post")


def marked(text: str, spans: Sequence[Span]) -> list[Any]:
    """The text in pieces, those of the spans in html.Mark."""
    pieces: list[Any] = []
    at = 0
    for start, end in spans:
        pieces += [text[at:start], html.Mark(text[start:end])]
        at = end
    return [piece for piece in (*pieces, text[at:]) if piece != ""]


def chips(found: Sequence[Suggested], editable: bool) -> Component:
    """Terms to add with one press."""
    if not found:
        return html.P(_("No further term stands out in these posts."), className="quiet small")
    return html.Div([_chip(one, editable) for one in found], className="topic-chips")


def _chip(one: Suggested, editable: bool) -> Component:
    counts = _("in {posts} of the posts read that have the topic, in {others} of the others; z = {z}",
               posts=i18n.number(one.posts), others=i18n.number(one.others), z=i18n.number(one.z, 1))  # fmt: skip
    label = _("Add {term}", term=one.term)
    return html.Button(
        [
            html.Span("+ ", **aria(hidden="true")),
            html.Bdi(i18n.upright(one.term)),
            html.Span(i18n.number(one.posts), className="quiet num"),
        ],
        id={"type": "topic-add", "term": one.term, "lang": one.lang},
        type="button",
        className="badge topic-chip",
        title=f"{label}: {counts}" if editable else counts,
        disabled=not editable,
        **aria(label=f"{label}: {counts}"),
    )

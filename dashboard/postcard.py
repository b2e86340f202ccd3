"""One post as a card. Its text was written by a stranger: it is shown as text, isolated from the direction of the page around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from dash import html
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.i18n import _, n_
from dashboard.names import EMOTION, INTENT, SENTIMENT, UNIT, Names, tongue
from warehouse.records import FIRSTHAND

_TONES: Final = {"negative": "bad", "neutral": "", "positive": "good"}
NUMBERS_SHOWN: Final = 3
_COUNTS: Final = ("likes", "reposts", "replies", "views")


def highlighted(text: str, words: Sequence[str]) -> list[Any]:
    """The text in pieces, those that match a word (capitals do not matter) in html.Mark."""
    wanted = sorted({word for word in words if word}, key=len, reverse=True)
    if not wanted:
        return [text]
    pieces = re.split("(" + "|".join(re.escape(word) for word in wanted) + ")", text, flags=re.IGNORECASE)
    return [html.Mark(piece) if index % 2 else piece for index, piece in enumerate(pieces) if piece]


def safe_url(url: Any) -> str | None:
    """The address when it is a web page; a script or a file is not."""
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.netloc else None


def card(row: Any, known: Names, words: Sequence[str], more: Sequence[Component] = ()) -> Component:
    """row: one row of `Catalog.posts`; `more` stands behind its labels."""
    text = i18n.upright(row.text) if isinstance(row.text, str) else ""
    body = html.Bdi(
        highlighted(text, words), className="text", dir="auto", lang=row.lang if isinstance(row.lang, str) and row.lang != "und" else None
    )
    labels = _labels(row, known)
    labels.children = [*labels.children, *more]
    return html.Article([_meta(row, known), body, labels], className="post")


def _meta(row: Any, known: Names) -> Component:
    url = safe_url(row.url)
    parts: list[Any] = [
        html.Span(known.source(row.source), style={"fontWeight": 600}),
        html.Span(i18n.moment(row.created_at.to_pydatetime())),
    ]
    if i18n.is_missing(row.edited_at) is False:
        parts.append(html.Span(_("edited")))
    parts.append(html.Span(tongue(row.lang if isinstance(row.lang, str) else "und")))
    parts += [html.Span(text) for text in _engagement(row)]
    if url:
        parts.append(
            html.A([_("Open at the source"), " ", widgets.icon("external")], href=url, target="_blank", rel="noopener noreferrer nofollow")
        )
    return html.Div(parts, className="meta num")


def _engagement(row: Any) -> list[str]:
    said = {name: int(value) for name in _COUNTS if not i18n.is_missing(value := getattr(row, name)) and value}
    forms = {
        "likes": lambda n: n_("{n} like", "{n} likes", n),
        "reposts": lambda n: n_("{n} repost", "{n} reposts", n),
        "replies": lambda n: n_("{n} reply", "{n} replies", n),
        "views": lambda n: n_("{n} view", "{n} views", n),
    }
    return [forms[name](value) for name, value in said.items()]


def _labels(row: Any, known: Names) -> Component:
    labels = [widgets.badge(known.topic(code)) for code in _listed(row.topics)]
    labels += [widgets.badge(known.place(code)) for code in _listed(row.places)]
    if isinstance(row.sentiment, str):
        sure = _(
            "{tone}, {probability} sure", tone=_(SENTIMENT.get(row.sentiment, row.sentiment)), probability=i18n.percent(row.sentiment_p)
        )
        labels.append(
            html.Span(
                [widgets.dot(_TONES.get(row.sentiment, "")), _(SENTIMENT.get(row.sentiment, row.sentiment))], className="badge", title=sure
            )
        )
    if row.intent in INTENT and row.intent != "other":
        labels.append(widgets.badge(_(INTENT[row.intent])))
    if row.emotion in EMOTION and row.emotion != "neutral":
        labels.append(widgets.badge(_(EMOTION[row.emotion])))
    if not i18n.is_missing(row.firsthand_p) and row.firsthand_p >= FIRSTHAND:
        labels.append(widgets.badge(_("First-hand report")))
    if row.second_look is True:
        why = _("Sentiment, emotion, intent and first-hand were read a second time, by a larger model")
        labels.append(html.Span(_("Read twice"), className="badge", title=why))
    labels += [widgets.badge(text) for text in _told_numbers(row.numbers)]
    if isinstance(row.duplicate_of, str):
        labels.append(widgets.badge(_("Copy of an earlier post")))
    if row.repost is True:
        labels.append(widgets.badge(_("Repost")))
    return html.Div(labels, className="labels")


def _told_numbers(value: Any) -> list[str]:
    """The counts of a post that an officer looks for, each once; durations and doses are left to the text."""
    numbers: list[dict[str, Any]] = list(value) if isinstance(value, list | tuple) else []
    named = [(UNIT[found["unit"]], found["value"]) for found in numbers if found["unit"] in UNIT]
    return list(dict.fromkeys(_(form, n=i18n.number(value)) for form, value in named))[:NUMBERS_SHOWN]


def _listed(value: Any) -> list[str]:
    return list(value) if isinstance(value, list | tuple) else []

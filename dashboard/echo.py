"""Echoes on pages and in mails: signals whose posts are mostly those of a stronger one are folded under it, never lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from dash import html
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.frames import each
from dashboard.i18n import _, n_
from dashboard.names import Names
from dashboard.urlstate import Field
from warehouse.queries import Catalog

Rows = dict[str, pd.DataFrame]
LISTED: Final = 4  #: echoes that a sentence names


def fold(signals: pd.DataFrame) -> tuple[pd.DataFrame, Rows]:
    """The signals that stand for themselves, and the echoes of each by its signal_id. An echo of a signal that
    is not among them stands for itself."""
    folded = _folded(signals)
    return signals[~folded], {str(main): own for main, own in signals[folded].groupby("echo_of", sort=False)}


def counted(signals: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """As `fold`, but of the echoes their number alone: long lists need no more."""
    folded = _folded(signals)
    return signals[~folded], {str(main): int(number) for main, number in signals.loc[folded, "echo_of"].value_counts().items()}


def _folded(signals: pd.DataFrame) -> np.ndarray:
    """Which of them echo another one of them. In Arrow: of 2,000 signals pandas takes 17 ms, and this one."""
    return pc.is_in(pa.array(signals["echo_of"]), value_set=pa.array(signals["signal_id"]), skip_nulls=True).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def named(echoes: pd.DataFrame, topic: Callable[[str], str], place: Callable[[str], str]) -> str:
    """Health services (Kab. Garut), Dengue (Jawa Barat) and so many more."""
    told = [f"{topic(row.topic)} ({place(row.place_code)})" for row in each(echoes.head(LISTED))]
    more = len(echoes) - LISTED
    return ", ".join(told) + (" " + n_("and {n} more", "and {n} more", more) if more > 0 else "")


def sentence(signal: Mapping[str, Any], main: Mapping[str, Any], known: Names) -> str:
    """What an echo is, of which signal, and how sure."""
    return _(
        "Echo: {share} of the posts above the expected are also those of {topic} in {place}, which is out of the ordinary more clearly.",
        share=i18n.percent(signal["echo_share"]),
        topic=known.topic(main["topic"]),
        place=_place(main["place_code"], known),
    )


def _place(code: str, known: Names) -> str:
    return known.place(code) if code != "*" else _("all places")


def lines(catalog: Catalog, signal: Mapping[str, Any], known: Names, path: str, fields: Sequence[Field]) -> list[Component]:
    """On a signal's page: which signal it echoes, or which signals echo it, each with a link."""
    main = catalog.signal(signal["echo_of"]) if signal["echo_of"] else None
    if main is not None:
        link = widgets.link(_("Open that signal"), path, fields, span="all", signal=main["signal_id"])
        return [html.P([sentence(signal, main, known), " ", link], className="small")]
    found = catalog.echoes(signal["signal_id"])
    if found.empty:
        return []
    about = _(
        "Signals of the same day. Most of their posts above the expected are also posts of this one, of another topic or a wider place."
    )
    links = [
        html.Li(
            [
                widgets.link(f"{known.topic(row.topic)}, {_place(row.place_code, known)}", path, fields, span="all", signal=row.signal_id),
                html.Span(f" {i18n.percent(row.echo_share)}", className="quiet num"),
            ]
        )
        for row in each(found)
    ]
    title = html.Span([n_("{n} echo", "{n} echoes", len(found)), widgets.help_mark(about)], className="with-help")
    return [html.Div([title, html.Ul(links, className="plain small")], className="stack-small")]

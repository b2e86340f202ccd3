"""Shares of sentiment by topic, as a small table."""

from __future__ import annotations

from typing import Final

import pandas as pd
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.frames import each
from dashboard.i18n import _
from dashboard.mood import NAMES, written
from dashboard.names import SENTIMENT, Names

SHOWN: Final = 12  #: topics where none is chosen


def table(found: pd.DataFrame, known: Names) -> Component:
    """found: as `mood.of_keys` gives it, by topic."""
    rows = [
        (known.topic(str(row.key)), i18n.number(row.posts), *[written(row, name) for name in NAMES]) for row in each(found) if row.posts
    ]
    if not rows:
        return widgets.empty_state(_("No posts for this choice"))
    heads = [_("Topic"), _("Posts"), *[_(SENTIMENT[name]) for name in NAMES]]
    return widgets.plain_table(heads, rows, range(1, 5), _("Share of posts with its 95% interval"))

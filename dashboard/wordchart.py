"""Terms and hashtags that set posts apart, as bars: the surest at the top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from analytics.log_odds import Term
from dashboard import i18n
from dashboard.canvas import Canvas, Figure
from dashboard.charts import plain, short
from dashboard.i18n import _
from dashboard.look import Look
from dashboard.wording import Wording

ROW: Final = 22  #: pixels of a bar


def height(found: Wording) -> int:
    return 70 + ROW * (len(found.terms) + len(found.hashtags))


def apart(found: Wording, style: Look) -> Figure:
    """z of the log-odds; hashtags in another colour, with a pattern and their sign."""
    canvas = Canvas(style, showlegend=True, margin={"t": 28, "l": 8}, bargap=0.3, hovermode="closest")
    groups: tuple[tuple[str, str, Sequence[Term], int, str], ...] = (
        (_("Terms"), "", found.terms, 0, ""),
        (_("Hashtags"), "#", found.hashtags, 1, "/"),
    )
    for name, sign, terms, colour, pattern in groups:
        canvas.bar(
            orientation="h", x=[term.z for term in terms], y=[plain(short(sign + term.term, 26)) for term in terms], name=name,
            marker={"color": style.series[colour], "pattern": {"shape": pattern, "fgcolor": style.paper, "size": 6, "solidity": 0.2,
                                                               "fillmode": "overlay"}},
            customdata=[_hovered(term, found) for term in terms], hovertemplate="%{y}: %{customdata}<extra></extra>",
        )  # fmt: skip
    canvas.axis("yaxis", autorange="reversed", type="category", rangemode="normal", showgrid=False)
    canvas.axis(
        "xaxis", showgrid=True, rangemode="tozero", title={"text": _("z of the log-odds"), "font": {"size": 12, "color": style.quiet}}
    )
    return canvas.figure()


def _hovered(term: Term, found: Wording) -> str:
    return _(
        "in {now} of these posts, in {before} of those before",
        now=i18n.percent(term.posts / found.posts, 1),
        before=i18n.percent(term.baseline / found.before, 1),
    )

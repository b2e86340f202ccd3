"""The coverage ledger as a figure: what was collected, hour by hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import i18n
from dashboard.canvas import Canvas, Figure
from dashboard.charts import plain, short
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.look import Look

STATUS: Final = {
    "covered": N_("Collected"),
    "partly": N_("Partly collected"),
    "failed": N_("Failed"),
    "gap": N_("Nothing was collected"),
}
_RANKED: Final = ("failed", "gap", "partly", "covered")  #: from the worst to the best
_PATTERN: Final = {"covered": "", "partly": "/", "failed": "x", "gap": "."}


def runs(ledger: pd.DataFrame) -> pd.DataFrame:
    """Hours of the same status put together: source, status, start, hours, share covered, posts, error.

    ledger: source, query, hour, status, seconds, posts, error; the queries of a source make one row by their worst status.
    """
    if ledger.empty:
        return pd.DataFrame(columns=["source", "status", "start", "hours", "share", "posts", "error"])
    source, sources = pd.factorize(ledger["source"].to_numpy(object), sort=True)
    error, errors = pd.factorize(ledger["error"].to_numpy(object), sort=True)
    rank = pd.Categorical(ledger["status"], _RANKED).codes
    hour = ledger["hour"].dt.as_unit("s").astype("int64").to_numpy()
    order = np.lexsort((hour, source))
    by_hour = _Groups(source[order], hour[order])
    worst, best = by_hour.of(np.minimum, rank[order]), by_hour.of(np.maximum, rank[order])
    status = np.where((worst != best) & (worst > 0), _RANKED.index("partly"), worst)
    seconds = by_hour.of(np.add, ledger["seconds"].to_numpy(float)[order]) / by_hour.size
    posts, told = by_hour.of(np.add, ledger["posts"].to_numpy()[order]), by_hour.of(np.maximum, error[order])
    source, hour = source[order][by_hour.first], hour[order][by_hour.first]
    run = _Groups(source, status, told, hour - 3600 * np.arange(len(hour)))
    return pd.DataFrame(
        {
            "source": sources[source[run.first]],
            "status": np.array(_RANKED)[status[run.first]],
            "start": pd.to_datetime(hour[run.first], unit="s", utc=True),
            "hours": run.size,
            "share": run.of(np.add, seconds) / run.size / 3600,
            "posts": run.of(np.add, posts),
            "error": errors[told[run.first]],
        }
    )


class _Groups:
    """Rows that follow each other and are the same in all columns. Numbers alone: pandas takes ten times as long for so few rows."""

    def __init__(self, *columns: NDArray[Any]) -> None:
        other = np.any([column[1:] != column[:-1] for column in columns], axis=0)
        self.first = np.append(0, np.flatnonzero(other) + 1)
        self.size = np.diff(np.append(self.first, len(columns[0])))

    def of(self, sum_up: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
        """A value for each group: the sum, the least or the most of its own."""
        return sum_up.reduceat(values, self.first)  # type: ignore[no-any-return]


def coverage(ledger: pd.DataFrame, titles: dict[str, str], style: Look, zone: Any, span: tuple[datetime, datetime]) -> Figure:
    """What was collected hour by hour: one bar a source, coloured and patterned by status. Hours without an entry stay empty.

    span: the first and the last moment of the axis (UTC), which is drawn in `zone`.
    """
    canvas = Canvas(style, barmode="overlay", bargap=0.35, hovermode="closest", margin={"t": 8, "l": 8})
    found = runs(ledger)
    for status, title in STATUS.items():
        part = found[found["status"] == status]
        start = part["start"].dt.tz_convert(zone).dt.tz_localize(None) if not part.empty else part["start"]
        canvas.bar(
            orientation="h", base=start, x=part["hours"] * 3_600_000, y=part["source"],
            name=_(title), showlegend=False,
            marker={"color": style.coverage[status], "line": {"width": 0},
                    "pattern": {"shape": _PATTERN[status], "fgcolor": style.paper, "size": 6, "solidity": 0.3}},
            customdata=[_run_hover(row, title) for row in each(part)], hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
    ends = [moment.astimezone(zone).replace(tzinfo=None).isoformat() for moment in span]
    few: dict[str, Any] = {"nticks": 4, "tickangle": 0} if style.narrow else {}
    canvas.axis("xaxis", type="date", showgrid=True, side="top", range=ends, **few)
    codes = list(reversed(titles))
    canvas.axis("yaxis", type="category", categoryorder="array", categoryarray=codes, tickvals=codes, range=[-0.5, len(codes) - 0.5],
                        ticktext=[plain(short(titles[code], 16 if style.narrow else 24)) for code in codes], rangemode="normal",
                tickfont={"color": style.ink, "size": 12}, fixedrange=True, showgrid=False)  # fmt: skip
    return canvas.figure()


def _run_hover(row: Any, title: str) -> str:
    end = row.start + pd.Timedelta(hours=row.hours)
    lines = [f"<b>{_(title)}</b>", f"{i18n.moment(row.start.to_pydatetime())} – {i18n.moment(end.to_pydatetime(), 'short')}"]
    lines.append(_("{share} of the time, {posts}", share=i18n.percent(row.share), posts=n_("{n} post", "{n} posts", int(row.posts))))
    return "<br>".join([*lines, *([plain(row.error[:160])] if row.error else [])])

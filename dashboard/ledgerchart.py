"""The coverage ledger as a figure: what was collected, hour by hour."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import pandas as pd

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
_PATTERN: Final = {"covered": "", "partly": "/", "failed": "x", "gap": "."}


def runs(ledger: pd.DataFrame) -> pd.DataFrame:
    """Hours of the same status put together: source, status, start, hours, share covered, posts, error.

    ledger: source, query, hour, status, seconds, posts, error; the queries of a source make one row by their worst status.
    """
    if ledger.empty:
        return pd.DataFrame(columns=["source", "status", "start", "hours", "share", "posts", "error"])
    rank = {"failed": 0, "gap": 1, "partly": 2, "covered": 3}
    hours = ledger.assign(rank=ledger["status"].map(rank)).groupby(["source", "hour"], as_index=False).agg(
        worst=("rank", "min"), best=("rank", "max"), seconds=("seconds", "mean"), posts=("posts", "sum"), error=("error", "max")
    )  # fmt: skip
    mixed = (hours["worst"] != hours["best"]) & (hours["worst"] > 0)
    hours["status"] = hours["worst"].map({value: key for key, value in rank.items()}).mask(mixed, "partly")
    hours = hours.sort_values(["source", "hour"])
    new = (hours["source"] != hours["source"].shift()) | (hours["status"] != hours["status"].shift())
    new |= (hours["error"] != hours["error"].shift()) | (hours["hour"].diff() != pd.Timedelta(hours=1))
    return hours.assign(run=new.cumsum()).groupby("run", as_index=False).agg(
        source=("source", "first"), status=("status", "first"), start=("hour", "first"), hours=("hour", "size"),
        share=("seconds", lambda seconds: seconds.mean() / 3600), posts=("posts", "sum"), error=("error", "first"),
    ).drop(columns="run")  # fmt: skip


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
    canvas.axis("xaxis", type="date", showgrid=True, side="top", range=ends)
    codes = list(reversed(titles))
    canvas.axis("yaxis", type="category", categoryorder="array", categoryarray=codes, tickvals=codes, range=[-0.5, len(codes) - 0.5],
                        ticktext=[plain(short(titles[code], 24)) for code in codes], rangemode="normal",
                tickfont={"color": style.ink, "size": 12}, fixedrange=True, showgrid=False)  # fmt: skip
    return canvas.figure()


def _run_hover(row: Any, title: str) -> str:
    end = row.start + pd.Timedelta(hours=row.hours)
    lines = [f"<b>{_(title)}</b>", f"{i18n.moment(row.start.to_pydatetime())} – {i18n.moment(end.to_pydatetime(), 'short')}"]
    lines.append(_("{share} of the time, {posts}", share=i18n.percent(row.share), posts=n_("{n} post", "{n} posts", int(row.posts))))
    return "<br>".join([*lines, *([plain(row.error[:160])] if row.error else [])])

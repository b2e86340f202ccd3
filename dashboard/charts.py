"""Charts over time: data frame in, plotly figure out; no query, no clock. Words and numbers follow the language of `i18n.speaking`.

Names come from posts, files and people, and plotly reads some HTML in texts: every name passes `plain`. A gap in collection is a hole
in the line with hatching behind it, never a zero; so is the period that is not over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard import i18n
from dashboard.canvas import Canvas, Figure
from dashboard.epiweek import week_of, week_start
from dashboard.i18n import _
from dashboard.look import DASHES, SYMBOLS, Look

GAP: Final = 0.02  #: a period that was covered less than this and has no posts is a gap
PARTLY: Final = 0.75  #: a period that was covered less than this is shown as partly covered
_UNIT_MS: Final = {"day": 86_400_000, "week": 7 * 86_400_000}


@dataclass(frozen=True)
class Series:
    """One line: `posts` by period, NaN where there was nothing to count."""

    key: str
    name: str
    periods: pd.Series
    values: pd.Series
    marks: pd.Series | None = None  #: the periods with a signal
    past: pd.Series | None = None  #: the values of the year before, NaN where there are none


def plain(text: str) -> str:
    """Text that plotly draws as it stands."""
    return escape(i18n.upright(str(text)), quote=False)


def short(text: str, most: int = 20) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def period_start(days: pd.Series, unit: str, week: str) -> pd.Series:
    """The first day of the period of each day, as `Catalog.counts` has it: weeks start on Sunday (skdr) or Monday (iso)."""
    if unit == "week":
        return week_start(days, week)
    return days.dt.to_period("M").dt.to_timestamp() if unit == "month" else days


def period_of(day: date, unit: str, week: str) -> date:
    """`period_start` of one day."""
    if unit == "week":
        return week_of(day, week)
    return day.replace(day=1) if unit == "month" else day


def period_exposure(periods: pd.Series, exposure: pd.DataFrame, unit: str, week: str) -> pd.Series:
    """The mean share covered of each period, aligned with `periods`; NaN where the ledger says nothing.

    exposure: day, exposure.
    """
    days, shares = exposure["day"], exposure["exposure"].to_numpy(float)
    if unit != "day":
        mean = exposure["exposure"].groupby(period_start(days, unit, week)).mean()
        days, shares = mean.index.to_series(), mean.to_numpy(float)
    at = pd.DatetimeIndex(days).get_indexer(pd.DatetimeIndex(periods))
    found = np.where(at >= 0, shares[at], np.nan) if len(shares) else np.full(len(at), np.nan)
    return pd.Series(found, periods.index)


def with_gaps(posts: pd.Series, covered: pd.Series) -> pd.Series:
    """The counts as floats, NaN where nothing was collected: such a day had no chance to be zero."""
    gone = (covered < GAP) & (posts == 0)
    return posts.astype(float).where(~gone.to_numpy())


def period_label(period: pd.Timestamp, unit: str) -> str:
    first = period.date()
    if unit == "week":
        return i18n.days(first, (period + pd.Timedelta(days=6)).date())
    return i18n.day(first, "month" if unit == "month" else "EEE d MMM y")


def lines(
    series: Sequence[Series],
    style: Look,
    *,
    unit: str = "day",
    periods: pd.Series | None = None,
    covered: pd.Series | None = None,
    unfinished: pd.Timestamp | None = None,
    band: pd.DataFrame | None = None,
    share: bool = False,
    digits: int = 0,
) -> Figure:
    """Posts by period, one line a series, named at its end.

    covered: aligned with `periods`. unfinished: the period that is not over. band: period, expected, upper (a single series only).
    share: the values are shares of 1. digits: decimals of the values where they are not.
    """
    canvas = Canvas(style, **_room(series, style), hovermode="x unified", yaxis={"tickformat": ".0%"} if share else {})
    if periods is not None and covered is not None:
        _backdrop(canvas, periods, covered, unfinished, unit, style)
    if band is not None and not band.empty:
        _band(canvas, band, style, "dash" if any(one.past is not None for one in series) else "dot")
    for index, one in enumerate(series):
        written = [i18n.percent(value, 1) if share else i18n.number(value, digits) for value in one.values]
        _year_before(canvas, one, index, style, share, digits)
        _line(canvas, one, index, style, unit, written, unfinished)
    if not style.narrow:
        _name_ends(canvas, series, style, unfinished)
    canvas.axis("xaxis", type="date", hoverformat="%a, %-d %b %Y" if unit == "day" else "%-d %b %Y")
    canvas.axis("yaxis", range=[0, _top(series, band)])
    return canvas.figure()


def _top(series: Sequence[Series], band: pd.DataFrame | None) -> float:
    """The end of the axis: room for the lines, and for the band as long as it does not press them flat."""
    drawn = [values for one in series for values in (one.values, one.past) if values is not None and values.notna().any()]
    most = max((float(values.max()) for values in drawn), default=0.0)
    upper = float(band["upper"].max()) if band is not None and band["upper"].notna().any() else 0.0
    return 1.08 * max(most, min(upper, 1.6 * most)) or 1.0


def _room(series: Sequence[Series], style: Look) -> dict[str, Any]:
    if style.narrow:
        return {"showlegend": len(series) > 1, "margin": {"r": 8}}
    longest = max((len(short(one.name)) for one in series), default=0)
    return {"margin": {"r": 24 + 7 * longest if len(series) > 1 else 16}}


def _line(canvas: Canvas, one: Series, index: int, style: Look, unit: str, written: Sequence[str], unfinished: pd.Timestamp | None) -> None:
    colour = style.series[index % len(style.series)]
    labels = [] if unit == "day" else [period_label(period, unit) for period in one.periods]  # a day is told by the axis
    sparse = len(one.values) < 20
    canvas.scatter(
        x=one.periods,
        y=one.values,
        name=plain(one.name),
        mode="lines+markers" if sparse else "lines",
        line={"color": colour, "width": 2, "dash": DASHES[(index // len(style.series)) % len(DASHES)], "shape": "linear"},
        marker={"size": 6, "symbol": SYMBOLS[index % len(SYMBOLS)]},
        connectgaps=False,
        customdata=np.column_stack([written, labels] if labels else [written]) if len(written) else None,
        hovertemplate="%{customdata[0]}" + ("" if unit == "day" else " (%{customdata[1]})"),
    )
    if unfinished is not None and len(one.values) > 1 and one.periods.iloc[-1] == unfinished:
        _fade_end(canvas, one, colour)
    if one.marks is not None and one.marks.any():
        marked = one.marks.to_numpy(dtype=bool)
        canvas.scatter(
            x=one.periods[marked],
            y=one.values[marked],
            name=_("Signal"),
            mode="markers",
            marker={"color": style.signal, "size": 10, "symbol": "diamond", "line": {"color": style.paper, "width": 1.5}},
            showlegend=False,
            hovertemplate=_("Signal") + f": {plain(one.name)}<extra></extra>",
        )


def _year_before(canvas: Canvas, one: Series, index: int, style: Look, share: bool, digits: int) -> None:
    """The same periods of the year before, thin and dotted in the colour of the line, broken where there are none."""
    if one.past is None or not one.past.notna().any():
        return
    canvas.scatter(
        x=one.periods, y=one.past, mode="lines", connectgaps=False, showlegend=False, opacity=0.8,
        line={"color": style.series[index % len(style.series)], "width": 1.4, "dash": "dot"},
        name=_("{name}, the year before", name=plain(one.name)),
        customdata=[i18n.percent(value, 1) if share else i18n.number(value, digits) for value in one.past], hovertemplate="%{customdata}",
    )  # fmt: skip


def _fade_end(canvas: Canvas, one: Series, colour: str) -> None:
    """The way to a period that is not over is dotted: its count is still growing."""
    line = canvas.traces[-1]
    line["y"] = [*line["y"][:-1], None]
    canvas.scatter(
        x=one.periods.iloc[-2:], y=one.values.iloc[-2:], mode="lines+markers", line={"color": colour, "width": 1.5, "dash": "dot"},
        marker={"size": [0, 6], "color": colour}, showlegend=False, name=plain(one.name),
        customdata=[None, line["customdata"][-1]], hovertemplate="%{customdata[0]} · " + _("not over yet"),
    )  # fmt: skip


def _band(canvas: Canvas, band: pd.DataFrame, style: Look, dash: str) -> None:
    """The expected count as a thin line and the ordinary range up to the upper bound as a light area, broken where unknown."""
    x, y = outlines(band["period"], 0.0 * band["upper"], band["upper"])
    quiet: dict[str, Any] = {"mode": "lines", "showlegend": False, "connectgaps": False}
    canvas.scatter(x=x, y=y, line={"width": 0}, fill="toself", fillcolor=style.band, hoverinfo="skip", **quiet)
    for name, column, line in (
        (_("Ordinary up to"), "upper", {"width": 0}),
        (_("Expected"), "expected", {"width": 1.2, "color": style.quiet, "dash": dash}),
    ):
        written = [i18n.number(value, 1) for value in band[column]]
        canvas.scatter(x=band["period"], y=band[column], line=line, name=name, customdata=written, hovertemplate="%{customdata}", **quiet)


def outlines(days: pd.Series, low: pd.Series, high: pd.Series) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Closed outlines from low to high, one for each stretch that has both, each with a hole after it (NaT, NaN); plotly fills across
    holes otherwise."""
    at, under, over = days.to_numpy(), low.to_numpy(float), high.to_numpy(float)
    known = ~(np.isnan(under) | np.isnan(over))
    edges = np.flatnonzero(np.diff(known, prepend=False, append=False))
    x: list[Any] = [at[:0]]
    y: list[Any] = [over[:0]]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        x += [at[start:end], at[start:end][::-1], at[start : start + 1], np.array(["NaT"], at.dtype)]
        y += [over[start:end], under[start:end][::-1], over[start : start + 1], np.array([np.nan])]
    return np.concatenate(x), np.concatenate(y)


def _backdrop(canvas: Canvas, periods: pd.Series, covered: pd.Series, unfinished: pd.Timestamp | None, unit: str, style: Look) -> None:
    """Hatched columns behind the lines where collection had a gap, was partial, or the period is not over."""
    known = covered.notna()
    over = periods != unfinished if unfinished is not None else pd.Series(True, index=periods.index)
    kinds = [
        (known & over & (covered < GAP), _("Nothing was collected"), "/", 0.9),
        (known & over & (covered >= GAP) & (covered < PARTLY), _("Partly collected"), "/", 0.4),
        (~over, _("Not over yet"), "\\", 0.55),
    ]
    for chosen, name, shape, opacity in kinds:
        if chosen.any():
            _columns(canvas, periods[chosen.to_numpy()], covered[chosen.to_numpy()], name, shape, opacity, unit, style)
    canvas.axis("yaxis2", overlaying="y", range=[0, 1], visible=False, fixedrange=True)
    canvas.layout["barmode"] = "overlay"


def _columns(canvas: Canvas, periods: pd.Series, covered: pd.Series, name: str, shape: str, opacity: float, unit: str, style: Look) -> None:
    width = _UNIT_MS.get(unit) or [period.days_in_month * 86_400_000 for period in periods]
    shift = 0 if unit == "day" else 3 * 86_400_000 if unit == "week" else [period.days_in_month * 43_200_000 for period in periods]
    moved = periods + pd.to_timedelta(shift, unit="ms")
    share = [i18n.percent(value) if value == value else "–" for value in covered]
    canvas.bar(
        x=moved,
        y=[1] * len(periods),
        width=width,
        yaxis="y2",
        name=name,
        showlegend=False,
        opacity=opacity,
        marker={
            "color": "rgba(0,0,0,0)",
            "line": {"width": 0},
            "pattern": {"shape": shape, "fgcolor": style.hatch, "size": 6, "solidity": 0.18},
        },
        customdata=share,
        hovertemplate=_("covered") + " %{customdata}",
    )


def _name_ends(canvas: Canvas, series: Sequence[Series], style: Look, unfinished: pd.Timestamp | None) -> None:
    """Each line's name beside its last whole period, pushed apart where they would overlap."""
    if len(series) < 2:
        return
    whole = [one.values[(one.periods != unfinished).to_numpy()].dropna() for one in series]
    ends = [(values.iloc[-1], index) for index, values in enumerate(whole) if len(values)]
    top = max((float(one.values.max()) for one in series if one.values.notna().any()), default=1.0) or 1.0
    for height, index in spread([(float(value) / top, index) for value, index in ends], 0.075):
        canvas.annotation(
            x=1, xref="paper", xanchor="left", xshift=6, y=height * top, yref="y", yanchor="middle", showarrow=False,
            text=plain(short(series[index].name)), font={"color": style.series[index % len(style.series)], "size": 12},
        )  # fmt: skip


def spread(ends: Sequence[tuple[float, int]], least: float) -> list[tuple[float, int]]:
    """Heights moved apart to be at least `least` from each other, kept in order and as near as possible; (height, index) pairs."""
    placed: list[tuple[float, int]] = []
    for height, index in sorted(ends):
        placed.append((max(height, placed[-1][0] + least) if placed else height, index))
    excess = placed[-1][0] - 1.0 if placed else 0.0
    for position in range(len(placed) - 1, -1, -1):
        if excess <= 0:
            break
        ceiling = 1.0 if position == len(placed) - 1 else placed[position + 1][0] - least
        placed[position] = (min(placed[position][0], ceiling), placed[position][1])
    return placed


def shade_gaps(canvas: Canvas, periods: pd.Series, covered: pd.Series, unit: str, style: Look) -> None:
    """Hatched columns over the whole height of an axis from 0 to 1 where nothing was collected."""
    gone = covered.notna() & (covered < GAP)
    if gone.any():
        _columns(canvas, periods[gone.to_numpy()], covered[gone.to_numpy()], _("Nothing was collected"), "/", 0.9, unit, style)
        canvas.traces[-1]["yaxis"] = "y"


def signal_names(marks: Mapping[str, Any]) -> str:
    """The sentence of one signal: what was observed, what was expected, how improbable it was."""
    return _(
        "{observed} posts where {expected} were expected and up to {upper} would have been ordinary",
        observed=i18n.number(marks["observed"]),
        expected=i18n.number(marks["expected"], 1),
        upper=i18n.number(marks["upper"], 1),
    )

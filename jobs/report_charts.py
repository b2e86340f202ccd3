"""The charts of a report, drawn with matplotlib for mail programs that run no scripts."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, num2date
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from dashboard.i18n import day as day_text
from dashboard.i18n import number, percent
from jobs.phrases import Phrases

WIDTH, HEIGHT, DPI = 4.4, 2.1, 200  #: inches and dots an inch: letters stay legible at the width of a phone, under 60 kB
#: Okabe and Ito 2008, Color Universal Design
BLUE, VERMILLION, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#BBBBBB"
COVERED = 0.75  #: a day covered less than this is drawn as a gap


def _axes() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="y", color="#E6E6E6", linewidth=0.6)
    axes.tick_params(length=0, labelsize=8, colors="#444444")
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: day_text(num2date(value).date(), "short")))
    return figure, axes


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def gaps(chart: pd.DataFrame) -> pd.Series:
    """Days that were covered too little to be drawn; days about which nothing is known are drawn."""
    return chart["exposure"] < COVERED


def _hatch_gaps(axes: Axes, chart: pd.DataFrame, text: str) -> None:
    half = pd.Timedelta(hours=12)
    for moment in chart.loc[gaps(chart), "day"]:
        axes.axvspan(moment - half, moment + half, facecolor="#F2F2F2", edgecolor="#DDDDDD", hatch="////", linewidth=0)
    if gaps(chart).any():
        first = chart.loc[gaps(chart), "day"].iloc[0]
        axes.annotate(
            text, (first, 0.97), xycoords=("data", "axes fraction"), fontsize=7, color="#555555", va="top", rotation=90, ha="left"
        )


def volume(chart: pd.DataFrame, phrases: Phrases) -> bytes:
    """Posts a day as a PNG; a gap in collection is hatched, never drawn as zero."""
    figure, axes = _axes()
    axes.plot(chart["day"], chart["posts"].mask(gaps(chart)), color=BLUE, linewidth=1.6, marker="o", markersize=2.2)
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    axes.set_ylabel(phrases.posts_axis, fontsize=8, color="#444444")
    _hatch_gaps(axes, chart, phrases.gap)
    return _png(figure)


def mood(chart: pd.DataFrame, phrases: Phrases) -> bytes:
    """Shares of negative, neutral and positive posts a day as a PNG, labelled at the end of each line."""
    figure, axes = _axes()
    total = chart[["negative", "neutral", "positive"]].sum(axis=1).mask(gaps(chart)).replace(0, float("nan"))
    for name, colour, style in (("negative", VERMILLION, "-"), ("neutral", "#777777", ":"), ("positive", GREEN, "--")):
        share = chart[name] / total
        axes.plot(chart["day"], share, color=colour, linestyle=style, linewidth=1.6)
        known: Any = share.last_valid_index()
        if known is not None:
            axes.annotate(
                getattr(phrases, name),
                (chart["day"].loc[known], share.loc[known]),
                xytext=(4, 0),
                textcoords="offset points",
                fontsize=8,
                color=colour,
                va="center",
            )
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: percent(value)))
    _hatch_gaps(axes, chart, phrases.gap)
    return _png(figure)

"""The colours of the dashboard's charts, light and dark, and the figure style that every chart shares.

Hues are those of Okabe and Ito (2008, "Color Universal Design"), which people with any of the common colour-vision deficiencies can
tell apart; series differ in dash and marker too. Maps of amounts use cividis (Nuñez, Anderton and Renslow 2018).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PINK, YELLOW = "#56B4E9", "#CC79A7", "#F0E442"

FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS: Final = ("circle", "square", "diamond", "triangle-up", "cross", "x")

CIVIDIS: Final = [
    [0.0, "#00224e"], [0.125, "#123570"], [0.25, "#3b496c"], [0.375, "#575d6d"], [0.5, "#707173"],
    [0.625, "#8a8678"], [0.75, "#a59c74"], [0.875, "#c3b369"], [1.0, "#e1cc55"],
]  # fmt: skip
DIVERGING: Final = [[0.0, VERMILLION], [0.5, "#E8E6E1"], [1.0, BLUE]]  #: negative to positive; the middle is neutral grey


@dataclass(frozen=True)
class Look:
    """What one theme paints with."""

    name: str
    ink: str
    quiet: str
    grid: str
    paper: str
    land: str
    series: tuple[str, ...]
    signal: str
    band: str
    hatch: str
    sentiment: dict[str, str]
    coverage: dict[str, str]
    narrow: bool = False  #: a phone: legends above instead of names at the ends


LIGHT: Final = Look(
    name="light",
    ink="#1d252c",
    quiet="#5b6770",
    grid="#e6e9ec",
    paper="#ffffff",
    land="#b6bfc6",
    series=(BLUE, ORANGE, GREEN, PINK, SKY, VERMILLION, "#1d252c", "#8a7d00"),
    signal=VERMILLION,
    band="rgba(0,114,178,0.13)",
    hatch="#8a949c",
    sentiment={"negative": VERMILLION, "neutral": "#aab2b9", "positive": BLUE},
    coverage={"covered": "#009E73", "partly": "#E69F00", "failed": "#D55E00", "gap": "#c9d0d6"},
)
DARK: Final = Look(
    name="dark",
    ink="#e4e8ec",
    quiet="#9aa5ae",
    grid="#2b333a",
    paper="#1a2026",
    land="#4d5963",
    series=(SKY, ORANGE, "#1fbf92", PINK, "#8ea9ff", "#f08a4b", "#e4e8ec", YELLOW),
    signal="#f08a4b",
    band="rgba(86,180,233,0.18)",
    hatch="#7d8891",
    sentiment={"negative": "#f08a4b", "neutral": "#7d8891", "positive": SKY},
    coverage={"covered": "#1fbf92", "partly": "#E69F00", "failed": "#f0703a", "gap": "#3a444c"},
)


def look(theme: str, narrow: bool = False) -> Look:
    return replace(DARK if theme == "dark" else LIGHT, narrow=narrow)


def layout(style: Look, **more: Any) -> dict[str, Any]:
    """The layout that every figure starts from: no frame, a light grid, room for direct labels, no animation."""
    axis = {
        "gridcolor": style.grid,
        "linecolor": style.grid,
        "gridwidth": 1,
        "zeroline": False,
        "ticks": "",
        "automargin": True,
        "tickfont": {"size": 12, "color": style.quiet},
        "title": {"font": {"size": 12, "color": style.quiet}},
        "fixedrange": False,
    }
    base: dict[str, Any] = {
        "font": {"family": FONT, "size": 12, "color": style.ink},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": list(style.series),
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
        "hoverlabel": {"bgcolor": style.paper, "bordercolor": style.grid, "font": {"color": style.ink, "size": 12}, "align": "left"},
        "xaxis": {**axis, "showgrid": False},
        "yaxis": {**axis, "rangemode": "tozero"},
        "showlegend": False,
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "xanchor": "left", "font": {"color": style.quiet}},
        "dragmode": "zoom",
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": style.quiet, "activecolor": style.ink},
    }
    for key, value in more.items():
        base[key] = {**base[key], **value} if isinstance(base.get(key), dict) and isinstance(value, dict) else value
    return base

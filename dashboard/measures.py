"""What the map can show of a place, and how a value becomes a colour: the same for bubbles, tiles and areas."""

from __future__ import annotations

from math import log2
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard import i18n
from dashboard.charts import plain
from dashboard.i18n import N_, _, n_
from dashboard.look import CIVIDIS, DIVERGING, Look

MEASURES: Final = {
    "posts": N_("Posts"),
    "per_million": N_("Per million people"),
    "ratio": N_("Against expected"),
    "balance": N_("Sentiment"),
}
FEWEST: Final = 1.0  #: with fewer posts expected, a ratio says more about chance than about the place
_DOUBLINGS: Final = 2.0  #: the scale of observed over expected runs from a quarter to four times


def with_balance(counts: pd.DataFrame) -> pd.DataFrame:
    """Adds `balance`, from -1 (all negative) to 1 (all positive): (positive - negative) / (positive + negative); missing without either."""
    said = counts["positive"] + counts["negative"]
    return counts.assign(balance=((counts["positive"] - counts["negative"]) / said.where(said > 0)).astype(float))


def with_ratio(counts: pd.DataFrame) -> pd.DataFrame:
    """`expected` as it is, and `ratio`, observed over expected, instead of `observed`; missing where nothing can be said, the ratio also
    below FEWEST expected posts."""
    observed, expected = (counts[name].to_numpy(float) for name in ("observed", "expected"))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(expected >= FEWEST, observed / expected, np.nan)
    return counts.drop(columns="observed").assign(ratio=ratio)


def hover(row: Any) -> str:
    """What stands beside the pointer for one place."""
    lines = [f"<b>{plain(row.name_)}</b>", n_("{n} post", "{n} posts", int(row.posts))]
    if not i18n.is_missing(getattr(row, "ratio", None)):
        lines.append(_("{ratio} of the {expected} expected", ratio=times(row.ratio), expected=i18n.compact(row.expected)))
    if not i18n.is_missing(row.per_million):
        lines.append(_("{rate} per million people", rate=i18n.compact(row.per_million)))
    if not i18n.is_missing(row.balance):
        lines.append(_("sentiment {balance}", balance=i18n.number(row.balance, 2)))
    if row.signals:
        lines.append(n_("{n} signal", "{n} signals", int(row.signals)))
    return "<br>".join(lines)


def times(ratio: float | None) -> str:
    """1.8 as 1.8×; a dash where there is none."""
    return "–" if i18n.is_missing(ratio) else f"{i18n.number(ratio, 1 if (ratio or 0) < 10 else 0)}×"


def short_value(row: Any, measure: str) -> str:
    """The value of a place as it is written on the map."""
    value = getattr(row, measure)
    if i18n.is_missing(value):
        return ""
    return times(value) if measure == "ratio" else i18n.number(value, 2) if measure == "balance" else i18n.compact(value)


def value_of(row: Any, measure: str) -> float:
    """Where a place stands on the colour scale: its value, of a ratio the doublings; NaN where it has none."""
    value = None if row is None else getattr(row, measure, None)
    if value is None or i18n.is_missing(value) or (measure != "ratio" and not row.posts):
        return float("nan")
    if measure == "ratio":
        return max(-_DOUBLINGS, min(_DOUBLINGS, log2(value))) if value > 0 else -_DOUBLINGS
    return float(value)


def colours(measure: str, style: Look) -> list[list[Any]]:
    """The colour scale of a measure: cividis from little to much against the paper, or two hues around a neutral middle."""
    if measure == "balance":
        return DIVERGING
    if measure == "ratio":  # more than expected is what draws the eye
        return [[at, colour] for (at, _far), (_at, colour) in zip(DIVERGING, reversed(DIVERGING), strict=True)]
    return (
        CIVIDIS if style.name == "dark" else [[at, colour] for (at, _dark), (_at, colour) in zip(CIVIDIS, reversed(CIVIDIS), strict=True)]
    )


def ends(values: pd.Series, measure: str, peak: float | None = None) -> tuple[float, float]:
    """The values at the ends of the colour scale. peak: the largest value of all weeks, where weeks are compared."""
    if measure in ("balance", "ratio"):
        most = 1.0 if measure == "balance" else _DOUBLINGS
        return -most, most
    largest = max(float(values.max()) if values.notna().any() else 0.0, peak or 0.0)
    return 0.0, largest if largest > 0 else 1.0


def shade(value: float, least: float, most: float, measure: str, style: Look) -> str:
    """The colour of a value; the colour of the grid where there is none."""
    if i18n.is_missing(value):
        return style.grid
    return _between(colours(measure, style), min(1.0, max(0.0, (value - least) / (most - least))))


def _between(scale: list[list[Any]], at: float) -> str:
    """The colour at `at` (0 to 1) of a scale; plotly's own sampling takes fifty times as long, and a map asks 500 times."""
    right = next(number for number in range(1, len(scale)) if at <= scale[number][0])
    (start, left), (end, other) = scale[right - 1], scale[right]
    share = (at - start) / (end - start)
    parts = [(int(left[n : n + 2], 16), int(other[n : n + 2], 16)) for n in (1, 3, 5)]
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in parts)


def ink_on(colour: str) -> str:
    """Black or white, whichever has the higher contrast (WCAG 2 relative luminance)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if (luminance + 0.05) ** 2 > 0.0525 else "#ffffff"


def colour_bar(measure: str, style: Look) -> dict[str, Any]:
    """The legend of the scale, in the lower left corner, where there is sea."""
    if measure == "ratio":
        at = np.arange(-_DOUBLINGS, _DOUBLINGS + 1)
        ticks: dict[str, Any] = {"tickvals": at.tolist(), "ticktext": ["¼×", "½×", "1×", "2×", "4×"]}
    elif measure == "balance":
        ticks = {"tickformat": ".1f"}
    else:
        ticks = {"nticks": 4, "tickformat": ",.3~g" if measure == "per_million" else ",d"}
    return {
        "orientation": "h", "x": 0, "xanchor": "left", "y": 0, "yanchor": "bottom",
        "len": 0.6 if style.narrow else 0.24, "thickness": 8, "outlinewidth": 0,
        "title": {"text": _(MEASURES[measure]), "side": "top", "font": {"size": 12, "color": style.quiet}},
        "tickfont": {"size": 12, "color": style.quiet}, **ticks,
    }  # fmt: skip


def scale_mark(measure: str, span: tuple[float, float], style: Look) -> dict[str, Any]:
    """A marker that nobody sees; it carries the colour scale of shapes that have none of their own."""
    return {
        "x": [None], "y": [None], "mode": "markers", "showlegend": False, "hoverinfo": "skip",
        "marker": {"color": [span[0]], "cmin": span[0], "cmax": span[1], "colorscale": colours(measure, style), "showscale": True,
                   "colorbar": colour_bar(measure, style)},
    }  # fmt: skip

"""Small multiples: several charts over time as one figure, in rows, on one scale or on their own, with one time axis for zooming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from dashboard.canvas import Figure
from dashboard.charts import plain, short
from dashboard.look import Look

ROW: Final = 190  #: pixels of one chart with its name
_NAME: Final = 26  #: of these above the plot, for the name
_TICKS: Final = 22  #: and below it, for the days
_LEFT: Final = 40  #: pixels left of each plot, for the numbers
_BETWEEN: Final = 12
_PHONE, _SCREEN = 340, 1100  #: pixels that a figure is wide, about: the server does not know, and shares must be told in advance


@dataclass(frozen=True)
class Small:
    """One chart with its name; `figure` is of `charts.lines`."""

    name: str
    figure: Figure


def columns(charts: int, narrow: bool) -> int:
    """How many charts stand in a row."""
    return 1 if narrow or charts < 2 else 2 if charts in (2, 4) else 3


def height(charts: int, narrow: bool) -> int:
    """Pixels of the whole figure."""
    return ROW * -(-charts // columns(charts, narrow))


def together(charts: Sequence[Small], style: Look, *, shared: bool) -> Figure:
    """All of them as one figure. shared: one scale, to compare sizes; else each fills its own, to compare shapes."""
    wide = columns(len(charts), style.narrow)
    tall = -(-len(charts) // wide)
    top = max((one.figure["layout"]["yaxis"]["range"][1] for one in charts), default=1.0)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {}
    names: list[dict[str, Any]] = []
    for number, one in enumerate(charts):
        cell = _Cell(number, wide, tall, _PHONE if style.narrow else _SCREEN)
        layout = layout or {key: value for key, value in one.figure["layout"].items() if not key.startswith(("xaxis", "yaxis"))}
        traces += [cell.moved(trace) for trace in one.figure["data"]]
        layout |= cell.axes(one.figure["layout"], top if shared else None)
        names.append(cell.title(one.name, style))
    whole = {"annotations": names, "showlegend": False, "margin": {"l": 0, "r": 8, "t": 0, "b": 0}, "height": ROW * tall}
    return {"data": traces, "layout": layout | whole}


@dataclass(frozen=True)
class _Cell:
    """Where one chart stands, and what its axes are called: x3, y5 for what is counted and y6 for its backdrop."""

    number: int
    wide: int
    tall: int
    pixels: int

    @property
    def x(self) -> int:
        return self.number + 1

    @property
    def y(self) -> int:
        return 2 * self.number + 1

    def moved(self, trace: dict[str, Any]) -> dict[str, Any]:
        vertical = self.y + 1 if trace.get("yaxis") == "y2" else self.y
        return {**trace, "xaxis": _ref("x", self.x), "yaxis": _ref("y", vertical)}

    def axes(self, own: dict[str, Any], top: float | None) -> dict[str, Any]:
        row, column = divmod(self.number, self.wide)
        upper = 1 - (row * ROW + _NAME) / (ROW * self.tall)
        lower = 1 - ((row + 1) * ROW - _TICKS) / (ROW * self.tall)
        left = column / self.wide + _LEFT / self.pixels
        right = (column + 1) / self.wide - _BETWEEN / self.pixels
        scale = {"range": [0, top]} if top is not None else {}
        quiet = {"automargin": False, "nticks": 4}
        found = {
            _name("xaxis", self.x): {**own["xaxis"], **quiet, "domain": [left, right], "anchor": _ref("y", self.y), **self._follow()},
            _name("yaxis", self.y): {**own["yaxis"], **quiet, "domain": [lower, upper], "anchor": _ref("x", self.x), **scale},
        }
        if "yaxis2" in own:
            found[_name("yaxis", self.y + 1)] = {**own["yaxis2"], "overlaying": _ref("y", self.y), "anchor": _ref("x", self.x)}
        return found

    def _follow(self) -> dict[str, str]:
        return {"matches": "x"} if self.number else {}

    def title(self, name: str, style: Look) -> dict[str, Any]:
        row, column = divmod(self.number, self.wide)
        return {
            "text": f"<b>{plain(short(name, 34))}</b>", "showarrow": False, "xref": "paper", "yref": "paper",
            "x": column / self.wide + 0.004,
            "y": 1 - row / self.tall, "xanchor": "left", "yanchor": "top", "font": {"size": 12, "color": style.ink}, "yshift": -4,
        }  # fmt: skip


def _ref(letter: str, number: int) -> str:
    return letter if number == 1 else f"{letter}{number}"


def _name(axis: str, number: int) -> str:
    return axis if number == 1 else f"{axis}{number}"

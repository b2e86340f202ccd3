"""outbreakP: has a constant mean begun to rise?

The counts y(1..t) are Poisson, under no outbreak with one mean, under an outbreak with any non-decreasing mean. With m the mean of the
counts and mu(i) their non-decreasing least-squares (pool adjacent violators) regression, the likelihood ratio is

    L(t) = product over i of (mu(i) / m)^y(i),      alarm where L(t) > k.

No parameter has to be estimated, and nothing restarts after an alarm. With ret = "value" the `upper` is L(t) itself, as in R's
surveillance; with "cases" the number of cases today that would raise an alarm, NaN where none up to `maxUpperboundCases` does or where 0
does. The rise must come once: the method suits one season. The p-value is NaN: the method has none. Source: Frisén, Andersson and
Schiöler 2009, Stat Med 28:2764-2786.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from analytics.detect.base import Days, Detection, Floats, Params


@dataclass(frozen=True)
class OutbreakPParams(Params):
    """k: limit of the likelihood ratio; ret: what `upper` holds, "value" or "cases"; maxUpperboundCases: where the search for cases
    ends."""

    k: float = 100.0
    ret: Literal["value", "cases"] = "value"
    maxUpperboundCases: int = 100_000

    def __post_init__(self) -> None:
        if not self.k > 0:
            raise ValueError(f"k = {self.k}: above 0")
        if self.maxUpperboundCases < 1:
            raise ValueError(f"maxUpperboundCases = {self.maxUpperboundCases}: at least 1")


class Blocks:
    """The non-decreasing regression of all series so far, as stacks of pooled blocks, updated one day at a time."""

    def __init__(self, series: int, days: int) -> None:
        self.rows = np.arange(series)
        self.depth = np.zeros(series, dtype=np.intp)  #: number of blocks
        self.sums, self.sizes = np.zeros((series, days + 1)), np.zeros((series, days + 1))
        self.fit = np.zeros((series, days + 1))  #: sum over the blocks up to here of sum * log(mean)
        self.total, self.n = np.zeros(series), np.zeros(series)

    def top(self, y: Floats) -> tuple[npt.NDArray[np.intp], Floats, Floats]:
        """How many blocks stay below, and sum and size of the last block, were `y` added."""
        depth, total, size = self.depth.copy(), y.copy(), np.ones_like(y)
        while True:
            merge = (depth > 0) & (self.sums[self.rows, depth] * size >= total * self.sizes[self.rows, depth])
            if not merge.any():
                return depth, total, size
            total = np.where(merge, total + self.sums[self.rows, depth], total)
            size = np.where(merge, size + self.sizes[self.rows, depth], size)
            depth = depth - merge

    def ratio(self, y: Floats) -> Floats:
        """log L, were `y` added."""
        depth, total, size = self.top(y)
        every = self.total + y
        return self.fit[self.rows, depth] + xlogy(total, total / size) - xlogy(every, every / (self.n + 1))

    def add(self, y: Floats) -> None:
        """Add `y`; a series where it is NaN stays as it is."""
        here = np.flatnonzero(~np.isnan(y))
        depth, total, size = (a[here] for a in self.top(np.nan_to_num(y)))
        self.fit[here, depth + 1] = self.fit[here, depth] + xlogy(total, total / size)
        self.sums[here, depth + 1], self.sizes[here, depth + 1] = total, size
        self.depth[here] = depth + 1
        self.total[here] += y[here]
        self.n[here] += 1


class OutbreakP:
    """A rise from a constant level, whatever its shape."""

    name: ClassVar[str] = "outbreakP"
    Params: ClassVar[type[Params]] = OutbreakPParams

    def __init__(self, params: OutbreakPParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return 1

    @property
    def rule(self) -> str:
        return f"{self.name}: likelihood ratio of a rise above {self.params.k:g}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        series, days = counts.shape
        blocks = Blocks(series, days)
        expected, value, cases = (np.full(counts.shape, np.nan) for _ in range(3))
        for t in range(days):
            y = counts[:, t]
            gap = np.isnan(y)
            with np.errstate(over="ignore"):
                value[:, t] = np.where(gap, np.nan, np.exp(blocks.ratio(np.nan_to_num(y))))
            if self.params.ret == "cases":
                cases[:, t] = np.where(gap, np.nan, self._cases(blocks))
            blocks.add(y)
            with np.errstate(invalid="ignore", divide="ignore"):
                expected[:, t] = np.where(gap, np.nan, blocks.total / blocks.n)
        upper = cases if self.params.ret == "cases" else value
        return Detection(expected, upper, np.full(counts.shape, np.nan), value > self.params.k)

    def _cases(self, blocks: Blocks) -> Floats:
        """The smallest count above 0 that raises an alarm, where 0 does not; L does not fall as the last count rises."""
        limit = np.log(self.params.k)
        low, high = np.zeros(len(blocks.rows)), np.full(len(blocks.rows), float(self.params.maxUpperboundCases))
        never = (blocks.ratio(low) > limit) | ~(blocks.ratio(high) > limit)
        while np.any(high - low > 1):
            middle = np.floor((low + high) / 2)
            alarm = blocks.ratio(middle) > limit
            low, high = np.where(alarm, low, middle), np.where(alarm, middle, high)
        return np.where(never, np.nan, high)

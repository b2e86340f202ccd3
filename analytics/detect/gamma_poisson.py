"""Kentongan's own detector: a dynamic gamma–Poisson model of each series that borrows strength from its panel.

For series s on day t, with exposure e, level x, weekday effects w, annual terms a:

    y(s,t) ~ negative binomial, mean m = e exp(x + w[weekday] + a(t)), variance phi m
    x(s,t) = x(s,t-1) + noise; w, a: almost constant; priors of x, w and phi from the panel's first weeks (empirical Bayes)

The state is updated once a day in closed form (see gamma_poisson_filter.py); three filters, from slow to quick, are weighed by how well
they predicted, and so is a grid of phi. The p-value of a day is P(Y >= y) under the predictive mixture, which carries what is not known
of level, weekday, season and phi. A surprising count is cut before it is learnt, so that an outbreak does not become the normal; a day that
was not covered is not learnt from; exposure is an offset, so a source that comes or goes raises nothing.

Sources: West, Harrison and Migon 1985 (dynamic generalised linear models), JASA 80:73-83; Heisterkamp, Dekkers and Heijne 2006
(automated detection by hierarchical time series), Stat Med 25:4179-4196; Robbins 1956 (empirical Bayes).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from analytics.detect.base import Days, Detection, Floats, Params
from analytics.detect.gamma_poisson_panel import Calendar
from analytics.detect.gamma_poisson_state import GammaPoissonParams, PanelState, verdict


class GammaPoisson:
    """The default detector."""

    name: ClassVar[str] = "gamma-Poisson"
    Params: ClassVar[type[Params]] = GammaPoissonParams

    def __init__(self, params: GammaPoissonParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return self.params.warm_up

    @property
    def history(self) -> int:
        """Two years, so that the season is known."""
        return 2 * 365

    @property
    def rule(self) -> str:
        return f"{self.name}: p < {self.params.alpha:g}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        """As every detector's; counts may be of any number type and layout, exposure of any shape that is broadcast to theirs."""
        known = counts.shape[1] > self.params.warm_up and len(counts) > 0
        out = np.empty((3, *counts.shape))
        if known:
            self._read(counts, dates, exposure, out)
        out[:, :, : self.params.warm_up if known else None] = np.nan  # after the cores have touched the memory side by side
        return verdict(out, self.params.alpha)

    def fit(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> PanelState:
        """The panel after these days, to go on from day by day; arguments as in `detect`.

        Raises ValueError where the days are fewer than `warm_up`, or dates are not a fixed step apart."""
        if counts.shape[1] != len(dates) or len(dates) < self.params.warm_up or not len(counts):
            raise ValueError(
                f"counts of shape {counts.shape}, {len(dates)} dates: at least a series and warm_up = {self.params.warm_up} days"
            )
        if len(set(np.diff(dates.astype("datetime64[D]")).astype(int))) > 1:
            raise ValueError("dates: not all equally far apart; a day that was not collected is one with NaN counts")
        return self._read(counts, dates, exposure, None)

    def _read(self, counts: Floats, dates: Days, exposure: Floats | None, out: Floats | None) -> PanelState:
        covered = np.broadcast_to(np.asarray(1.0 if exposure is None else exposure), counts.shape)
        days, warm = Calendar.of(dates), slice(0, self.params.warm_up)
        state = PanelState.begin(self.params, counts[:, warm], covered[:, warm], days.part(warm))
        state.read(counts, covered, days, out)
        return state

"""The Bayesian method of Höhle: the predictive distribution under Jeffreys' prior.

With n reference values y(i), Poisson with one mean that has the prior Gamma(1/2, 0), the next count is negative binomial:

    Y | y(1..n) ~ NegBin(size = sum y(i) + 1/2, prob = n / (n + 1)),   U = its (1 - alpha) quantile,   alarm where y > U.

Bayes 1: b = 0, w = 6; Bayes 2: b = 1, w = 6; Bayes 3: b = 2, w = 4 and actY = false. The years are counted in observations, not by the
calendar, as in R's surveillance. Sources: Riebler 2004, Empirischer Vergleich von statistischen Methoden zur Ausbruchserkennung bei
Surveillance Daten, LMU Munich; Höhle 2007, Comput Stat 22:571-582.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from analytics.detect import negbin
from analytics.detect.base import Days, Detection, Floats, Params
from analytics.detect.windows import WindowParams, check_alpha, lagged, placed


@dataclass(frozen=True)
class BayesParams(WindowParams):
    """As WindowParams; alpha: nominal false-alarm rate."""

    alpha: float = 0.05

    def __post_init__(self) -> None:
        super().__post_init__()
        check_alpha(self.alpha)


class Bayes:
    """Bayes 1, 2 and 3, and what lies between."""

    name: ClassVar[str] = "Bayes"
    Params: ClassVar[type[Params]] = BayesParams

    def __init__(self, params: BayesParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return self.params.lookback

    @property
    def rule(self) -> str:
        return f"{self.name}: {self.params.b} years back, half-width {self.params.w}, alpha {self.params.alpha:g}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        first, history = lagged(counts, self.params.lags(dates))
        n = len(history)
        size = placed(history.sum(axis=0) + 0.5, first, counts.shape[1])
        prob = np.full_like(size, n / (n + 1))
        upper = negbin.quantile(1 - self.params.alpha, size, prob)
        pvalue = np.where(np.isnan(size), np.nan, negbin.upper_tail(counts, size, prob))
        return Detection(size / n, upper, pvalue, counts > upper)

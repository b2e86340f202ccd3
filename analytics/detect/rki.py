"""The method of the Robert Koch Institute.

With m the mean of the reference values and s their sample standard deviation:

    m > 20:   U = m + 2 s,       m <= 20:   U = the upper 95 % confidence limit of a Poisson count floor(m),       alarm where y > U.

The limits are those of Crow and Gardner. The years are counted in observations, as in R's surveillance. The p-value is the upper tail of
the Poisson, or above 20 of the normal distribution that the rule has in mind; the method itself has none. Sources: Altmann 2003, The
surveillance system of the Robert Koch Institute, Germany; Crow and Gardner 1959, Biometrika 46:441-453, table 1.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.special import gammainc, ndtr

from analytics.detect.base import Days, Detection, Floats, Params
from analytics.detect.ears import standardised
from analytics.detect.windows import WindowParams, lagged, placed

#: upper 95 % limits of the mean of a Poisson variable that was observed to be 0, 1, ... 20
CROW_GARDNER = np.array(
    "3.285 5.323 6.686 8.102 9.598 11.177 12.817 13.765 14.921 16.768 17.633 19.050 20.335 21.364 22.945 23.762 25.400 26.306 27.735 "
    "28.966 30.017".split(),
    dtype=np.float64,
)
LARGEST = len(CROW_GARDNER) - 1


class Rki:
    """RKI 1, 2 and 3, and what lies between."""

    name: ClassVar[str] = "RKI"
    Params: ClassVar[type[Params]] = WindowParams

    def __init__(self, params: WindowParams) -> None:
        self.params = params

    @property
    def lookback(self) -> int:
        return self.params.lookback

    @property
    def rule(self) -> str:
        return f"{self.name}: {self.params.b} years back, half-width {self.params.w}"

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        first, history = lagged(counts, self.params.lags(dates))
        mean = placed(history.mean(axis=0), first, counts.shape[1])
        sd = np.full_like(mean, np.nan)
        if len(history) > 1:
            sd = placed(history.std(axis=0, ddof=1), first, counts.shape[1])
        small = mean <= LARGEST
        limit = CROW_GARDNER[np.where(small, np.clip(np.floor(mean), 0, LARGEST), 0).astype(np.intp)]
        upper = np.where(small, limit, mean + 2 * sd)
        with np.errstate(invalid="ignore"):
            poisson = np.where(counts > 0, gammainc(np.maximum(counts, 1), mean), 1.0)
        pvalue = np.where(small, poisson, ndtr(-standardised(counts, mean, sd)))
        return Detection(mean, upper, np.where(np.isnan(upper + counts), np.nan, pvalue), counts > upper)

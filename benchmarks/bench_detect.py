"""How fast the detectors of the field are, by CPU time; beside R's surveillance on the same input where Rscript has it.

python benchmarks/bench_detect.py
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from analytics.detect.base import build
from analytics.detect.gamma_poisson import GammaPoisson

REPEATS = 3
#: reads the counts (a row a time, a column a series), prints CPU seconds; the freq and the call differ
R_SCRIPT = """
suppressMessages(library(surveillance))
x <- as.matrix(read.csv("{file}", header = FALSE))
cpu <- system.time(for (i in seq_len(ncol(x))) {{ s <- sts(x[, i], start = c(2010, 1), frequency = {freq}); {call} }})
cat(sum(cpu[c("user.self", "sys.self")]))
"""


@dataclass(frozen=True)
class Measure:
    """One detector on one panel: target in seconds per `unit`, of which the panel has `units`; `r_series` of it are given to R."""

    title: str
    algorithm: str
    params: Mapping[str, Any]
    shape: tuple[int, int]
    step: int
    unit: str
    units: int
    target: float
    r_call: str
    r_series: int


WEEKS, BACK = 104, 5 * 52 + 4
MEASURES = (
    Measure("EARS C1", "EARS-C1", {}, (1000, 730), 1, "1,000 series x 730 days", 1, 0.1, 'earsC(s, control = list(method = "C1"))', 1000),
    Measure(
        "Farrington flexible",
        "farringtonFlexible",
        {"calendar": False},
        (100, BACK + WEEKS),
        7,
        "series-week",
        100 * WEEKS,
        1e-4,
        f"farringtonFlexible(s, control = list(range = {BACK + 1}:{BACK + WEEKS}, b = 5, w = 3, noPeriods = 10, pastWeeksNotIncluded = 26, "
        'pThresholdTrend = 1, thresholdMethod = "delta", glmWarnings = FALSE))',
        2,
    ),
    Measure(
        "GLR negative binomial",
        "GLR-NB",
        {"start": WEEKS, "alpha": 0.2},
        (500, 2 * WEEKS),
        7,
        f"series of {WEEKS} weeks",
        500,
        2e-3,
        f"suppressMessages(glrnb(s, control = list(range = {WEEKS + 1}:{2 * WEEKS}, c.ARL = 5, alpha = 0.2)))",
        20,
    ),
)


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds, the best of some."""
    times = []
    for _ in range(REPEATS):
        start = process_time()
        work()
        times.append(process_time() - start)
    return min(times)


def ours(measure: Measure, counts: np.ndarray) -> float:
    """CPU seconds of our detector for the whole panel."""
    detector = build(measure.algorithm, measure.params)
    dates = np.datetime64("2010-01-04") + measure.step * np.arange(counts.shape[1])
    return cpu(lambda: detector.detect(counts, dates))


def of_r(measure: Measure, counts: np.ndarray) -> float | None:
    """CPU seconds of R for the first series, scaled to the whole panel; None without R or the package."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "counts.csv"
        np.savetxt(file, counts[: measure.r_series].T, fmt="%d", delimiter=",")
        script = R_SCRIPT.format(file=file, freq={1: 365, 7: 52}[measure.step], call=measure.r_call)
        done = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"  R: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")
        return None
    return float(done.stdout) * len(counts) / measure.r_series


def panels() -> None:
    """The default detector on panels of a year, each in a process of its own: seconds on the clock, memory, and one more day."""
    for series in PANELS:
        child = f"from benchmarks.bench_detect import one_panel; one_panel({series})"
        subprocess.run([sys.executable, "-c", child], check=True)
    print(f"  targets for the last: {PANEL_TARGET:g} s, {MEMORY_TARGET:,} MB, {DAY_TARGET:g} s a day")


PANELS, PANEL_TARGET, MEMORY_TARGET, DAY_TARGET = (1_000, 10_000, 100_000), 10.0, 2_000, 0.5


def one_panel(series: int) -> None:
    detector, counts = GammaPoisson(GammaPoisson.Params()), quiet_panel(series)
    dates = np.datetime64("2025-01-01") + np.arange(counts.shape[1])
    detector.fit(counts[:500, :40], dates[:40]).update(counts[:500, 40], dates[40])  # compiled, or read from the cache
    seconds = clock(lambda: detector.detect(counts, dates))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    state = detector.fit(counts[:, :-1], dates[:-1])
    day = clock(lambda: state.update(counts[:, -1], dates[-1]))
    each = 1e6 * seconds / counts.size
    print(
        f"gamma-Poisson, {series:,} series x 365 days: {seconds:.2f} s on {os.cpu_count()} cores, {each:.2f} us a series and day, "
        f"{memory:,.0f} MB; one more day {day:.3f} s",
        flush=True,
    )


def quiet_panel(series: int) -> np.ndarray:
    """Counts as posts have them: most series near zero, some busy; (series, 365)."""
    rng = np.random.default_rng(1)
    return rng.poisson(np.exp(rng.normal(-1.5, 1.5, series))[:, None], (series, 365)).astype(np.float64)


def clock(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def main() -> None:
    panels()
    for measure in MEASURES:
        counts = np.random.default_rng(1).negative_binomial(5, 0.5, measure.shape).astype(np.float64)
        seconds, theirs = ours(measure, counts), of_r(measure, counts)
        each = seconds / measure.units
        target = f"target {measure.target * 1e3:g} ms: {each / measure.target:.2f} of it"
        line = f"{measure.title:<24} {each * 1e3:9.3f} ms a {measure.unit} ({target})"
        print(
            line
            + (
                f"   R {theirs / measure.units * 1e3:.1f} ms: {theirs / seconds:,.0f} times ours"
                if theirs is not None
                else "   R: not here"
            )
        )


if __name__ == "__main__":
    main()

"""Every reference output of R that lies in KENTONGAN_REFERENCE is reproduced by our detector of the same method.

Algorithm and parameters come from each file's `algorithm` and `control`, so that cases with other data and parameters can be put beside
those of the folder. A control name that no table below knows fails: a parameter that is silently left out would compare nothing.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.detect.base import Detection, Detector, build, detectors

FOLDER = Path(os.environ.get("KENTONGAN_REFERENCE") or Path(__file__).parents[4] / "shared/reference/surveillance")
CASES = sorted(FOLDER.glob("*.json"))

_EARS = {"baseline": "baseline", "alpha": "alpha", "minSigma": "min_sigma"}
_FARRINGTON = {name: name for name in ("b", "w", "reweight", "alpha", "trend", "limit54", "powertrans")}
_FLEXIBLE = _FARRINGTON | {
    name: name
    for name in ("weightsThreshold", "pThresholdTrend", "populationOffset", "noPeriods", "pastWeeksNotIncluded", "thresholdMethod")
}
_GLR = {"c.ARL": "c_ARL"} | {name: name for name in ("alpha", "theta", "ret", "change", "Mtilde", "M", "dir", "xMax", "mu0")}
#: algorithm in the file (a pattern) -> ours, and how its control names map to our parameters
OURS: dict[str, tuple[str, dict[str, str]]] = {
    r"earsC:C1": ("EARS-C1", _EARS),
    r"earsC:C2": ("EARS-C2", _EARS),
    r"earsC:C3": ("EARS-C3", _EARS),
    r"epitweetr::ears_t_reweighted": (
        "epitweetr",
        {name: name for name in ("alpha", "alpha_outlier", "k_decay", "no_historic", "same_weekday_baseline")},
    ),
    r"(algo\.)?bayes[123]?": ("Bayes", {name: name for name in ("b", "w", "actY", "alpha")}),
    r"(algo\.)?rki[123]?": ("RKI", {name: name for name in ("b", "w", "actY")}),
    r"(algo\.)?cdc": ("CDC", {name: name for name in ("b", "m", "alpha")}),
    r"(algo\.)?cusum": ("CUSUM", {name: name for name in ("k", "h", "trans", "m", "alpha")}),
    r"(algo\.)?outbreakP": ("outbreakP", {name: name for name in ("k", "ret", "maxUpperboundCases")}),
    r"farringtonFlexible": ("farringtonFlexible", _FLEXIBLE),
    r"farrington( \(original\))?": ("Farrington", _FARRINGTON),
    r"(algo\.)?glrnb": ("GLR-NB", _GLR),
    r"(algo\.)?glrpois": ("GLR-Poisson", _GLR),
}
#: control names that change no number: printing, or which of two equal implementations computes
WITHOUT_EFFECT = {"range", "verbose", "glmWarnings", "fitFun", "method", "xMax_note"}
#: fields of the output beside bounds and alarms -> attributes of our detections
MORE = {"expected": "expected", "pvalue": "pvalue", "phi": "phi", "score": "score", "cusum": "statistic", "mu0": "expected"}

pytestmark = pytest.mark.skipif(not CASES, reason=f"no reference outputs in {FOLDER}; set KENTONGAN_REFERENCE")


@cache
def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def array(values: Any) -> np.ndarray:
    """(series, days), NaN for null; one column of the file is one series."""
    columns = values if values and isinstance(values[0], list) else [values]
    return np.array([[np.nan if v is None else float(v) for v in column] for column in columns])


def method(case: dict[str, Any]) -> tuple[str, dict[str, str]]:
    return next(ours for pattern, ours in OURS.items() if re.fullmatch(pattern, case["algorithm"]))


def value_of(case: dict[str, Any], key: str, value: Any) -> Any:
    """A control value as a person would write it for us."""
    if key == "m" and isinstance(value, str) and value.startswith("NULL"):
        return None
    if key == "mu0" and isinstance(value, str):  # the in-control means were given as a vector
        return tuple(case["output"]["mu0"])
    return value


def detector_for(case: dict[str, Any]) -> Detector:
    name, names = method(case)
    control = {key: value for key, value in case["control"].items() if key not in WITHOUT_EFFECT}
    params = {names[key]: value_of(case, key, value) for key, value in control.items()}
    ours = {field.name for field in fields(detectors()[name].load().Params)}
    if any(model.get("theta") for model in case["output"].get("mu0_models") or []):
        params["alpha"] = None  # the control holds the value that R has estimated
    context = {
        "freq": case["input"]["freq"],
        "start": case["range_1based"][0] - 1,
        "calendar": bool(case["input"].get("epoch_is_date") or case["input"].get("dates")),
    }
    return build(name, params | {key: value for key, value in context.items() if key in ours})


def dates_of(case: dict[str, Any]) -> np.ndarray:
    dates = case["input"].get("dates")
    days = len(array(case["input"]["observed"])[0])
    return np.array(dates, dtype="datetime64[D]") if dates else np.datetime64("2020-01-01") + np.arange(days)


def run(case: dict[str, Any]) -> tuple[Detection, np.ndarray]:
    population = case["input"].get("population")
    exposure = None if population is None else np.broadcast_to(array(population), array(case["input"]["observed"]).shape)
    found = detector_for(case).detect(array(case["input"]["observed"]), dates_of(case), exposure)
    return found, np.array(case["range_1based"]) - 1


def tolerance(case: dict[str, Any]) -> float:
    """1e-9 relative; 1e-6 where R itself stops a Newton iteration early (glrnb) or fits groups without any case (sparse series)."""
    if "glrnb" in case["algorithm"]:
        return 1e-6
    sparse = case["algorithm"] == "farringtonFlexible" and np.nanmean(array(case["input"]["observed"])) < 1
    return 1e-6 if sparse else 1e-9


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CASES])
def test_bounds_and_alarms_equal_those_of_r(path: Path) -> None:
    case = read(path)
    if method(case)[0] not in detectors():
        pytest.skip(f"{case['algorithm']} is not among the detectors yet")
    found, evaluated = run(case)
    np.testing.assert_allclose(found.upper[:, evaluated], array(case["output"]["upperbound"]), rtol=tolerance(case), atol=1e-12)
    np.testing.assert_array_equal(found.alarm[:, evaluated], array(case["output"]["alarm"]) == 1)
    for key in MORE.keys() & case["output"].keys():
        ours = getattr(found, MORE[key])[:, evaluated]
        np.testing.assert_allclose(ours, array(case["output"][key]), rtol=tolerance(case), atol=1e-12, err_msg=key)
    if "cdf_at_observed" in case["output"]:
        ours = 1 - found.pvalue[:, evaluated]
        np.testing.assert_allclose(
            ours, array(case["output"]["cdf_at_observed"]), rtol=tolerance(case), atol=1e-12, err_msg="cdf_at_observed"
        )


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CASES if path.stem.startswith("epitweetr")])
def test_unweighted_mean_of_epitweetr_equals_that_of_r(path: Path) -> None:
    case = read(path)
    detector = detector_for(case)
    counts = array(case["input"]["observed"])
    if counts.shape[1] <= detector.lookback:
        pytest.skip("the series is shorter than the baseline")
    means = array(case["output"]["mean_unweighted"])[:, detector.lookback :]
    np.testing.assert_allclose(detector._history(counts).mean(axis=0), means, rtol=1e-9)  # type: ignore[attr-defined]

"""Every reference output of R that lies in KENTONGAN_REFERENCE is reproduced by our detector of the same method."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.detect.base import Detection, Detector, build

FOLDER = Path(os.environ.get("KENTONGAN_REFERENCE") or Path(__file__).parents[4] / "shared/reference/surveillance")
CASES = sorted(FOLDER.glob("*.json"))
#: algorithm in the file -> ours, and how its control names map to our parameters
OURS = {
    "earsC:C1": ("EARS-C1", {"baseline": "baseline", "alpha": "alpha", "minSigma": "min_sigma"}),
    "earsC:C2": ("EARS-C2", {"baseline": "baseline", "alpha": "alpha", "minSigma": "min_sigma"}),
    "earsC:C3": ("EARS-C3", {"baseline": "baseline", "alpha": "alpha", "minSigma": "min_sigma"}),
    "epitweetr::ears_t_reweighted": (
        "epitweetr",
        {name: name for name in ("alpha", "alpha_outlier", "k_decay", "no_historic", "same_weekday_baseline")},
    ),
}

pytestmark = pytest.mark.skipif(not CASES, reason=f"no reference outputs in {FOLDER}; set KENTONGAN_REFERENCE")


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def array(values: Any) -> np.ndarray:
    """(series, days), NaN for null; one column of the file is one series."""
    columns = values if values and isinstance(values[0], list) else [values]
    return np.array([[np.nan if v is None else float(v) for v in column] for column in columns])


def detector_for(case: dict[str, Any]) -> Detector:
    name, names = OURS[case["algorithm"]]
    return build(name, {names[key]: value for key, value in case["control"].items() if key in names})


def run(case: dict[str, Any]) -> tuple[Detection, np.ndarray]:
    counts = array(case["input"]["observed"])
    dates = np.datetime64("2020-01-01") + np.arange(counts.shape[1])
    return detector_for(case).detect(counts, dates), np.array(case["range_1based"]) - 1


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CASES])
def test_bounds_and_alarms_equal_those_of_r(path: Path) -> None:
    case = read(path)
    if case["algorithm"] not in OURS:
        pytest.skip(f"{case['algorithm']} is not among the detectors yet")
    found, evaluated = run(case)
    np.testing.assert_allclose(found.upper[:, evaluated], array(case["output"]["upperbound"]), rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(found.alarm[:, evaluated], array(case["output"]["alarm"]) == 1)


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CASES if path.stem.startswith("epitweetr")])
def test_unweighted_mean_of_epitweetr_equals_that_of_r(path: Path) -> None:
    case = read(path)
    detector = detector_for(case)
    counts = array(case["input"]["observed"])
    if counts.shape[1] <= detector.lookback:
        pytest.skip("the series is shorter than the baseline")
    means = array(case["output"]["mean_unweighted"])[:, detector.lookback :]
    np.testing.assert_allclose(detector._history(counts).mean(axis=0), means, rtol=1e-9)  # type: ignore[attr-defined]

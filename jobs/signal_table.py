"""Turn a detector's verdict on the panel into rows of the table `signals`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analytics.detect.base import Detection
from warehouse.series import Panel


def signal_rows(panel: Panel, found: Detection, qvalue: NDArray[np.float64], rule: str) -> pa.Table:
    """One row for each alarm: day, topic, place_code, level, observed, expected, upper, pvalue, qvalue, exposure, rule."""
    row, column = np.nonzero(found.alarm)
    return pa.table(
        {
            "day": pa.array(panel.days[column].astype("datetime64[D]"), pa.date32()),
            "topic": pa.array(np.asarray(panel.topics, dtype=object)[row], pa.string()),
            "place_code": pa.array(np.asarray(panel.places, dtype=object)[row], pa.string()),
            "level": pa.array(np.asarray(panel.levels, dtype=object)[row], pa.string()),
            "observed": panel.counts[row, column],
            "expected": found.expected[row, column],
            "upper": found.upper[row, column],
            "pvalue": found.pvalue[row, column],
            "qvalue": qvalue[row, column],
            "exposure": panel.exposure[row, column],
            "rule": pa.array([rule] * len(row), pa.string()),
        }
    )

"""Small helpers over data frames."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd


def each(frame: pd.DataFrame) -> Iterator[Any]:
    """Each row as a named tuple; what its columns hold is known to the query that made it."""
    return iter(frame.itertuples())

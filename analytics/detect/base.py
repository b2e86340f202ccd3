"""What a detector is, and where detectors are found.

A detector looks at many series at once and says for each day what was expected, how much would still have been ordinary, and how
improbable the observation was. It has no state, no clock and no SQL. Built-in detectors register as a stranger's would: by the
entry-point group `kentongan.detectors` (name = "module:Class").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Protocol, get_type_hints, runtime_checkable

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter, ValidationError

from warehouse.errors import SettingsError

GROUP = "kentongan.detectors"

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Detection:
    """The verdict on each series and day, all arrays (series, days) aligned with the counts.

    NaN in `upper` means that there was too little history; `alarm` is False there and on days that are NaN in the counts.
    """

    expected: Floats
    upper: Floats
    pvalue: Floats
    alarm: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Params:
    """The parameters of one detector; subclasses are frozen dataclasses whose fields are the settings that a person may give."""


@runtime_checkable
class Detector(Protocol):
    """One method of detection."""

    name: ClassVar[str]  #: as written in config.toml: algorithm = "EARS-C2"
    Params: ClassVar[type[Params]]

    def __init__(self, params: Any) -> None: ...

    @property
    def lookback(self) -> int:
        """Days of history that a day needs before it can be evaluated."""
        ...

    @property
    def rule(self) -> str:
        """The rule in one line for a person, with its parameters."""
        ...

    def detect(self, counts: Floats, dates: Days, exposure: Floats | None = None) -> Detection:
        """Evaluate every day that has enough history.

        counts: (series, days), NaN where nothing was collected; dates: (days,) consecutive; exposure: (series, days) share of each
        day that was covered, 1 when None.
        """
        ...


def history(detector: Detector) -> int:
    """Days of history that a detector makes use of: its `history` where it says so, else its lookback."""
    return max(detector.lookback, int(getattr(detector, "history", 0)))


@cache
def detectors() -> Mapping[str, EntryPoint]:
    """All registered detectors by name; each is imported only when it is used."""
    return {point.name: point for point in entry_points(group=GROUP)}


def build(algorithm: str, params: Mapping[str, Any], where: str = "[detect]") -> Detector:
    """Make a detector from its name and parameters as a person wrote them; raises SettingsError naming key and value."""
    known = detectors()
    if algorithm not in known:
        raise SettingsError(f"{where} algorithm = {algorithm!r}: not known; one of {', '.join(sorted(known))}")
    cls: type[Detector] = known[algorithm].load()
    hints = get_type_hints(cls.Params)
    values = {}
    for key, value in params.items():
        if key not in hints:
            raise SettingsError(f"{where} {algorithm}: {key}: not a parameter; one of {', '.join(f.name for f in fields(cls.Params))}")
        try:
            values[key] = TypeAdapter(hints[key]).validate_python(value)
        except ValidationError as error:
            raise SettingsError(f"{where} {algorithm}: {key} = {value!r}: {error.errors()[0]['msg']}") from None
    try:
        return cls(cls.Params(**values))
    except ValueError as error:
        raise SettingsError(f"{where} {algorithm}: {error}") from None

"""CSV for people who open it in a spreadsheet, where a cell that starts like a formula would be run."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")

_BLANK: Final = " \u00a0\ufeff"


def guard(value: Any) -> Any:
    """A text that a spreadsheet would run gets an apostrophe in front; numbers and other values stay as they are.

    Source: OWASP, "CSV Injection". Leading spaces do not help an attacker past this: spreadsheets trim them, so we look behind them.
    """
    if not isinstance(value, str):
        return value
    bare = value.lstrip(_BLANK)
    return "'" + value if bare.startswith(_FORMULA) else value


def to_csv(frame: pd.DataFrame) -> str:
    """A data frame as CSV (UTF-8 with a byte-order mark when written, for Excel), every text and every heading guarded."""
    safe = frame.copy()
    for name in safe.columns:
        if isinstance(safe[name].dtype, pd.StringDtype):
            safe[name] = _guarded(safe[name])
        elif not pd.api.types.is_numeric_dtype(safe[name]) and not pd.api.types.is_datetime64_any_dtype(safe[name]):
            safe[name] = safe[name].map(_flat).map(guard)
    safe.columns = [guard(str(name)) for name in safe.columns]
    return safe.to_csv(index=False, lineterminator="\r\n")


def _guarded(texts: pd.Series) -> pd.Series:
    """`guard` of each, which most columns never need."""
    risky = texts.str.lstrip(_BLANK).str.startswith(_FORMULA).fillna(False).astype(bool)
    return texts.where(~risky, "'" + texts) if risky.any() else texts


def _flat(value: Any) -> Any:
    """Lists as "a; b", so that a cell stays one cell."""
    if isinstance(value, list | tuple) or type(value).__name__ == "ndarray":
        return "; ".join(str(item) for item in value)
    return value

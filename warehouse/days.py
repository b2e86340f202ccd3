"""Which day a moment belongs to: days are days of `general.zone`, moments are stored in UTC."""

from __future__ import annotations

from warehouse.database import quoted

#: Beyond them no Python date can hold the day in every zone; years 1 and 9999 do exist in feeds.
_EARLIEST, _LATEST = "1900-01-01 00:00:00+00", "2999-12-31 00:00:00+00"


def local_day(moment: str, zone: str) -> str:
    """SQL for the DATE of a TIMESTAMPTZ expression in a zone (IANA name); impossible dates get the nearest possible one."""
    return f"CAST(least(greatest({moment}, '{_EARLIEST}'), '{_LATEST}') AT TIME ZONE {quoted(zone)} AS DATE)"

"""How a setting is written: lengths of time, sizes, addresses."""

from __future__ import annotations

import re
from datetime import timedelta
from email.headerregistry import Address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_SIZES = {"B": 1, "kB": 1_000, "MB": 1_000_000, "GB": 1_000_000_000}


def parse_duration(value: Any) -> timedelta:
    """Read "5 minutes", "1 hour", "30 seconds" (also a timedelta or a number of seconds); raises ValueError otherwise."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return timedelta(seconds=value)
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(second|minute|hour|day|week)s?\s*", str(value))
    if not match:
        raise ValueError('not a duration; write e.g. "5 minutes"')
    return timedelta(seconds=float(match[1]) * _UNITS[match[2]])


def parse_size(value: Any) -> int:
    """Read "10 MB", "500 kB" (also a number of bytes); raises ValueError otherwise."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(B|kB|MB|GB)\s*", str(value))
    if not match:
        raise ValueError('not a size; write e.g. "10 MB"')
    return int(float(match[1]) * _SIZES[match[2]])


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Size = Annotated[int, BeforeValidator(parse_size)]


def is_private(address: str) -> bool:
    """Whether nobody on the way can read or change what is sent to the address; an empty one is not sent to."""
    parts = urlsplit(address)
    near = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    return not address or near or (parts.scheme == "https" and bool(parts.hostname))


def _an_address(value: str) -> str:
    try:
        Address(addr_spec=value)
    except (ValueError, IndexError):
        raise ValueError('not an e-mail address; write e.g. "siti@dinkes.go.id"') from None
    return value


MailAddress = Annotated[str, AfterValidator(_an_address)]

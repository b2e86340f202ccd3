"""The settings in force: each key with its value and where the value comes from. Secrets are never shown."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel

from warehouse.settings import Settings

HIDDEN: Final = "•••"
PREFIX: Final = "KENTONGAN_"  #: of the variables of the environment that are settings
_SECRET: Final = re.compile(r"(password|passwd|token|secret|api_?key|credential|cookie)s?$", re.IGNORECASE)
_QUERY: Final = re.compile(r"(?<=[?&;])([\w.-]*(?:key|token|secret|password|sig|signature|auth)[\w.-]*=)[^&;\s]+", re.IGNORECASE)


@dataclass(frozen=True)
class InForce:
    """One setting. origin: "environment", "file" or "default"; about: what it means, a msgid; present: of a key
    that names an environment variable, whether that is set."""

    table: str
    key: str
    value: str
    origin: str
    about: str
    present: bool | None = None


def in_force(settings: Settings, environment: Mapping[str, str] = os.environ) -> list[InForce]:
    """Every setting, in the order of docs/settings.md; sources last, one table each."""
    found = []
    named = [known.upper() for known in environment if known.upper().startswith(PREFIX)]
    for name in type(settings).model_fields:
        table = getattr(settings, name)
        if isinstance(table, BaseModel):
            found += list(_of_table(name, table, environment, named))
    for name, source in settings.sources.items():
        found += list(_of_table(f"sources.{name}", source, environment, named))
    return found


def _of_table(name: str, table: BaseModel, environment: Mapping[str, str], named: Sequence[str]) -> Iterator[InForce]:
    """named: the variables of the environment that are settings."""
    about = {key: field.description or "" for key, field in type(table).model_fields.items()}
    for key in (*type(table).model_fields, *(table.model_extra or {})):
        value = getattr(table, key)
        present = bool(environment.get(str(value))) if key.endswith("_env") and value else None
        yield InForce(name, key, shown(key, value), _origin(name, key, table, named), about.get(key, ""), present)


def _origin(name: str, key: str, table: BaseModel, named: Sequence[str]) -> str:
    variable = f"{PREFIX}{name.replace('.', '__')}__{key}".upper()
    if any(known == variable or known.startswith(f"{variable}__") for known in named):
        return "environment"
    return "file" if key in table.model_fields_set else "default"


def shown(key: str, value: Any) -> str:
    """A value as text, without what is or may hold a secret."""
    if key.endswith("_file") or isinstance(value, Path):
        return "" if value is None else str(value)
    if _SECRET.search(key) and value:
        return HIDDEN
    return _written(value)


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return _duration(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {shown(str(key), inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple | set):
        return ", ".join(_written(item) for item in value)
    return _bare(str(value))


def _duration(value: timedelta) -> str:
    """The way config.toml writes it."""
    seconds = value.total_seconds()
    for unit, length in (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds and seconds % length == 0:
            number = int(seconds // length)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{seconds:g} seconds"


def _bare(text: str) -> str:
    """An address without the name and password, and without the keys, that it may carry."""
    try:
        parts = urlsplit(text)
        if parts.scheme and "@" in parts.netloc:
            text = urlunsplit(parts._replace(netloc=f"{HIDDEN}@{parts.netloc.rsplit('@', 1)[1]}"))
    except ValueError:  # no address after all, e.g. "[x"
        return HIDDEN
    return _QUERY.sub(rf"\1{HIDDEN}", text)

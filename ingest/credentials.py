"""Keys and passwords of sources, read when a run needs them: a source without its key is a red row on the page, not a worker that stops."""

from __future__ import annotations

from pathlib import Path

from warehouse.errors import SettingsError, SourceRefused
from warehouse.settings import secret


def credential(source: str, setting: str, env: str, file: Path | None) -> str:
    """The secret behind `<setting>_env` or `<setting>_file`. Raises SourceRefused, saying what is to be set; never empty."""
    try:
        found = secret(env, file)
    except SettingsError as error:
        raise SourceRefused(f"[sources.{source}] {setting}_file: {error}") from None
    if not found:
        where = f"{setting}_file: {file} is empty" if file else f"{setting}_env: the environment variable {env} is not set"
        raise SourceRefused(f"[sources.{source}] {where}")
    return found

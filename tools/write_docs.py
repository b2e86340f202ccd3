"""Write the documents that are made from the code: `make docs`. A test says when one is out of date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from warehouse.schema import data_dictionary
from warehouse.settings import Settings, SourceSettings

DOCS = Path(__file__).parents[1] / "docs"

_SETTINGS_HEAD = """# Settings

Every table and key of `config.toml`, with its default. The environment wins over the file: `KENTONGAN_WEB__PORT=8051` sets
`port` in `[web]`. A secret never stands in the file: a key that ends in `_env` names an environment variable, one that ends in `_file`
names a file of mode 600.

This page is made from `warehouse/settings.py` by `make docs`.
"""


def settings_page() -> str:
    """The page docs/settings.md as Markdown."""
    lines = [_SETTINGS_HEAD]
    for name, field in Settings.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            lines += [f"\n## [{name}]\n", *_rows(field.annotation)]
    lines += ["\n## [sources.NAME]\n", "Further keys are options of the collector; see `config.toml` for each.\n", *_rows(SourceSettings)]
    return "\n".join(lines) + "\n"


def _rows(table: type[BaseModel]) -> Iterator[str]:
    yield "| key | default | meaning |\n|---|---|---|"
    for key, field in table.model_fields.items():
        default = (
            "needed"
            if field.default is PydanticUndefined and field.default_factory is None
            else f"`{_toml(field.get_default(call_default_factory=True))}`"
        )
        yield f"| `{key}` | {default} | {field.description or ''} |"


def _toml(value: Any) -> str:
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, timedelta):
        return f'"{_duration(value)}"'
    if isinstance(value, str):
        return f'"{value}"'
    return str(value).replace("'", '"')


def _duration(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size} {unit}{'s' if seconds != size else ''}"
    return f"{seconds} seconds"


PAGES = {"settings.md": settings_page, "data-dictionary.md": data_dictionary}


def main() -> None:
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")
        print(f"docs/{name}")


if __name__ == "__main__":
    main()

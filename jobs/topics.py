"""Where one's own topics stand."""

from __future__ import annotations

from pathlib import Path

from warehouse.settings import DataFolder, Settings


def topics_file_of(folder: DataFolder, settings: Settings) -> Path | None:
    """The file that is read: the one that enrich.topics_file names, which has to be there, else topics.toml of the data folder where there
    is one."""
    if settings.enrich.topics_file is not None:
        return settings.enrich.topics_file
    return folder.topics if folder.topics.exists() else None

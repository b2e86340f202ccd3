"""The options that every command shares, and the instance that they name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from warehouse.errors import InputError
from warehouse.lock import holder
from warehouse.settings import DataFolder, Settings, find_config, find_data, load

if TYPE_CHECKING:  # loads everything: only for commands that own the warehouse
    from jobs.pipeline import Instance

ConfigOption = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", help="Settings; else KENTONGAN_CONFIG, else ./config.toml, else the defaults.")
]
DataOption = Annotated[Path | None, typer.Option("--data", metavar="FOLDER", help="Data folder; else KENTONGAN_DATA, else ./data.")]
FormatOption = Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="How the answer is written.")]
PortOption = Annotated[int | None, typer.Option("--port", min=1, max=65535, help="Port of the dashboard; else web.port.")]


def read_settings(config: Path | None, port: int | None = None) -> Settings:
    """Settings from file and environment; raises SettingsError."""
    settings = load(find_config(config))
    return settings if port is None else settings.model_copy(update={"web": settings.web.model_copy(update={"port": port})})


def worker_runs(folder: DataFolder) -> bool:
    """Whether a worker owns this data folder now."""
    return holder(folder) is not None


@contextmanager
def own_instance(folder: DataFolder, settings: Settings) -> Iterator[Instance]:
    """Own the warehouse for one command; raises BusyError when a worker owns it."""
    from jobs.pipeline import Instance, prepare
    from warehouse.store import Warehouse

    with Warehouse.open(folder.create(), settings) as warehouse:
        instance = Instance.of(folder, settings, warehouse)
        prepare(instance)
        yield instance


def existing_folder(data: Path | None) -> DataFolder:
    """The data folder that is named, for commands that have nothing to do in an empty one. Raises InputError when it is not there."""
    folder = find_data(data)
    if not folder.root.is_dir():
        raise InputError(f"{folder.root}: there is no such data folder; --data names another, kentongan init makes one")
    return folder


def data_folder(data: Path | None) -> DataFolder:
    """The data folder that an option, the environment or the default names."""
    return find_data(data)

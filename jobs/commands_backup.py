"""`kentongan backup`: a copy of a data folder that is whole, also while everything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.asking import ask
from jobs.options import ConfigOption, DataOption, existing_folder, read_settings, worker_runs
from jobs.shown import progress_bar, say
from jobs.who import who
from warehouse.errors import InputError


def backup(
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that is not there yet.")],
    with_key: Annotated[bool, typer.Option("--with-key", help="Also author.key: whoever has it can test who wrote a post.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Copy the warehouse, accounts and all that people did, own topics and boundaries into a new folder, whole or not at all. A running
    worker does it, between two commits. The folder is a data folder itself: to go back, name it with `--data`, or move it to the old place.

    Example: `kentongan backup /backup/kentongan-2026-03-01`
    """
    settings, folder = read_settings(config), existing_folder(data)
    with progress_bar("Backup") as progress:
        if worker_runs(folder):
            payload = {"target": str(target.absolute()), "with_key": with_key}
            said = ask(folder, "backup", payload, who=who(), progress=progress)
        else:
            if not folder.warehouse.exists():
                raise InputError(f"{folder.root}: no data yet, nothing to keep")
            from jobs.backup import back_up
            from warehouse.store import Warehouse

            with Warehouse.open(folder, settings) as warehouse:
                said = back_up(warehouse, target, with_key=with_key, progress=progress)
    say(said)

"""A backup: a folder that can be a data folder itself, made while the worker collects or stands still."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import duckdb

from jobs.progress import Progress, no_progress
from warehouse.errors import InputError
from warehouse.settings import DataFolder
from warehouse.state import State
from warehouse.store import Warehouse


def back_up(warehouse: Warehouse, target: Path, *, with_key: bool = False, progress: Progress = no_progress) -> str:
    """Write what docs/operation.md calls worth keeping into a folder that is not there yet, whole or not at all; returns a line to tell.

    with_key: also author.key, with which whoever has the backup can test who wrote a post. The caller lets nobody else write the warehouse.
    Raises InputError.
    """
    if target.exists():
        raise InputError(f"{target}: is there already; name a folder that is not there yet")
    if not target.absolute().parent.is_dir():
        raise InputError(f"{target}: the folder {target.absolute().parent} does not exist")
    aside = target.with_name(f".{os.getpid()}.{target.name}")
    try:
        aside.mkdir(mode=0o700)
        _write(warehouse, DataFolder(aside), with_key, progress)
        aside.rename(target)
    except OSError as error:
        raise InputError(f"{target}: cannot be written: {error.strerror}") from None
    except duckdb.IOException as error:
        raise InputError(f"{target}: cannot be written: {' '.join(str(error).split())[:400]}") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    return f"{target}: {size / 1e6:,.1f} MB" + ("" if with_key else "; author.key is not in it, keep a copy of it apart")


def _write(warehouse: Warehouse, kept: DataFolder, with_key: bool, progress: Progress) -> None:
    folder = warehouse.folder
    progress(0, 3, "warehouse")
    warehouse.copy_to(kept.warehouse)
    progress(1, 3, "state")
    State(folder).copy_to(kept.state)
    progress(2, 3, "files")
    if folder.topics.exists():
        shutil.copy2(folder.topics, kept.topics)
    if folder.boundaries.is_dir():
        shutil.copytree(folder.boundaries, kept.boundaries)
    if with_key and folder.author_key.exists():
        shutil.copy2(folder.author_key, kept.author_key)

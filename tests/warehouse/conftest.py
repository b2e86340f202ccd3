"""A fresh warehouse for each test, and posts as enrichment hands them over (see `warehouse_samples`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from warehouse_samples import PLACES

from warehouse.reference import replace_places
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "instance").create()


@pytest.fixture
def wh(folder: DataFolder) -> Iterator[Warehouse]:
    with Warehouse.open(folder, Settings()) as warehouse:
        replace_places(warehouse.con, PLACES)
        yield warehouse

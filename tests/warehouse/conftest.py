"""A fresh warehouse for each test, and posts as enrichment hands them over (see `warehouse_samples`)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sample_catalog import published
from warehouse_samples import PLACES

from warehouse.queries import Catalog
from warehouse.reference import replace_places
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path / "instance").create()


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a warehouse that has been opened once and knows a few places: to make its tables takes longer than most tests."""
    made = DataFolder(tmp_path_factory.mktemp("blank")).create()
    with Warehouse.open(made, Settings()) as warehouse:
        replace_places(warehouse.con, PLACES)
    return made.warehouse


@pytest.fixture
def wh(folder: DataFolder, blank: Path) -> Iterator[Warehouse]:
    shutil.copyfile(blank, folder.warehouse)
    with Warehouse.open(folder, Settings()) as warehouse:
        yield warehouse


@pytest.fixture(scope="session")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """The published copy of the small world of `sample_catalog`; tests only read it."""
    catalog = Catalog(published(DataFolder(tmp_path_factory.mktemp("queries") / "data")))
    yield catalog
    catalog.close()

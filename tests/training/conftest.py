"""What the tests of training share."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.corpora import data_folder
from warehouse.errors import InputError


@pytest.fixture(scope="session")
def folder() -> Path:
    """The labelled sets."""
    try:
        return data_folder()
    except InputError as error:
        pytest.skip(f"needs the labelled sets: {error}")

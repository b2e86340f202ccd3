"""What holds for every test: properties are judged by what they find, not by how fast a busy machine finds it."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import HealthCheck, settings
from made_once import Once, made_once

settings.register_profile("kentongan", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kentongan")


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """`once("demo", make)` gives a folder that `make` filled for the first process of this run that asked for it."""
    base = tmp_path_factory.getbasetemp()
    return partial(made_once, base if worker_id == "master" else base.parent)

"""Live tests run collectors against real servers; `make test-live` fetches those and runs `pytest -m live`."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Everything in this folder is live, and stays out of other runs even when they forget to say so."""
    here = Path(__file__).parent
    asked = "live" in (config.option.markexpr or "")
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.live)
            if not asked:
                item.add_marker(pytest.mark.skip(reason="a live test: run `make test-live`"))

"""Every registered collector passes the contract, without being asked."""

from __future__ import annotations

import importlib
from pathlib import Path

from collector_contract import CollectorContract

from ingest.base import collectors


def test_every_registered_collector_is_tried_by_the_contract() -> None:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(path.stem)
    tried = {cls.case.collector for cls in CollectorContract.__subclasses__()}
    assert tried == set(collectors())

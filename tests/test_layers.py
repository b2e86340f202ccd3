"""Imports go one way, and the rooms know no more of each other than the architecture allows."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = {"warehouse.records", "warehouse.settings", "warehouse.errors"}
#: room -> the modules of other rooms that it may import; a name ending in * stands for everything below it
MAY_IMPORT = {
    "warehouse": set(),
    "ingest": SHARED,
    "analytics": SHARED,
    "dashboard": SHARED | {"warehouse.queries*", "warehouse.state*", "warehouse.sandbox", "warehouse.lock", "warehouse.keys", "analytics*"},
    "jobs": {"warehouse*", "ingest*", "analytics*", "dashboard*"},
}
FILES = sorted(path for room in MAY_IMPORT for path in (ROOT / room).rglob("*.py"))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def allowed(module: str, room: str) -> bool:
    return any(
        module.startswith(name[:-1]) if name.endswith("*") else module == name or module.startswith(f"{name}.") for name in MAY_IMPORT[room]
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    others = {name for name in imports(path) if name.split(".")[0] in MAY_IMPORT and name.split(".")[0] != room}
    # `from warehouse import errors` names the package too; what counts is the module
    others -= {name for name in others if name in MAY_IMPORT and any(other.startswith(f"{name}.") for other in others)}
    assert not {name for name in others if not allowed(name, room)}


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.relative_to(ROOT).parts[0] == "analytics"], ids=lambda path: str(path.relative_to(ROOT))
)
def test_analytics_knows_no_sql_network_or_clock(path: Path) -> None:
    forbidden = {"duckdb", "sqlite3", "httpx", "requests", "socket", "urllib.request"}
    assert not imports(path) & forbidden
    text = path.read_text("utf-8")
    assert "datetime.now(" not in text
    assert "time.time(" not in text

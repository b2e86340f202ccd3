"""A published folder, and a dashboard over it that is asked as a browser would ask."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from dash import ALL
from flask.testing import FlaskClient
from made_once import Once
from published_folder import NOW, build, copied, settings
from stillness import apart

from dashboard import passwords
from dashboard.app import create_app
from warehouse.settings import DataFolder

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def pristine(once: Once) -> DataFolder:
    """The published folder as it was made: nothing is written in it, it is copied (`copied`)."""
    return DataFolder(once("published", build))


@pytest.fixture(scope="session")
def folder(pristine: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    return copied(pristine, tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session")
def app(folder: DataFolder) -> Any:
    return create_app(folder, settings(), now=lambda: NOW + timedelta(seconds=12))


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """Hashing that takes a millisecond: what is tested is who gets in and what they may do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        passwords._nobody.cache_clear()
        yield
    passwords._nobody.cache_clear()


@pytest.fixture
def client(app: Any) -> FlaskClient:
    return app.server.test_client()


@pytest.fixture
def asking() -> Callable[[Any, FlaskClient], Ask]:
    """`ask` for another dashboard or another browser than those of the fixtures."""
    return lambda app, client: partial(_ask, app, client)


@pytest.fixture
def ask(app: Any, client: FlaskClient, asking: Callable[[Any, FlaskClient], Ask]) -> Ask:
    """Run one callback over HTTP: `ask("page.children", {"route.data": {...}})` gives what it answers, by component and property.

    Ids of controls are written by their key: "topic.value". What is not given is None. Elements come one by one, however they were sent;
    with `as_sent` as the browser gets them.
    """
    return asking(app, client)


def _ask(
    app: Any,
    client: FlaskClient,
    output: str,
    given: dict[str, Any],
    lang: str = "en",
    theme: str = "light",
    changed: str | None = None,
    as_sent: bool = False,
) -> dict[str, Any]:
    found = [(key, callback) for key, callback in app.callback_map.items() if output in _outputs(callback)]
    assert found, f"no callback gives {output}"
    key, callback = found[0]
    given = {"ui.data": {"lang": lang, "theme": theme, "narrow": False}, **given}
    body = {
        "output": key,
        "outputs": _described(callback["output"], given),
        "inputs": [_filled(dependency, given) for dependency in callback["inputs"]],
        "state": [_filled(dependency, given) for dependency in callback["state"]],
        "changedPropIds": [changed] if changed else [],
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code in (200, 204), answer.get_data(as_text=True)
    sent = answer.get_json() if answer.status_code == 200 else {}
    return sent if as_sent else apart(sent)


def _outputs(callback: dict[str, Any]) -> list[str]:
    outputs = callback["output"] if isinstance(callback["output"], list | tuple) else [callback["output"]]
    return [f"{_name(output.component_id)}.{output.component_property}" for output in outputs]


def _described(outputs: Any, given: dict[str, Any]) -> Any:
    if isinstance(outputs, list | tuple):
        return [_described(output, given) for output in outputs]
    known = outputs.component_id
    if isinstance(known, dict) and ALL in known.values():  # those that were given as inputs or states are there
        there = [value for name, value in given.items() if name.partition(".")[0] == _name(known)]
        return [{"id": {**known, **match}, "property": outputs.component_property} for match, _ in (there[0] if there else [])]
    return {"id": outputs.component_id, "property": outputs.component_property}


def _filled(dependency: dict[str, Any], given: dict[str, Any]) -> Any:
    known = json.loads(dependency["id"]) if dependency["id"].startswith("{") else dependency["id"]
    value = given.get(f"{_name(known)}.{dependency['property']}")
    if isinstance(known, dict) and any(isinstance(part, list) for part in known.values()):
        return [{"id": {**known, **match}, "property": dependency["property"], "value": inner} for match, inner in value or []]
    return {"id": known, "property": dependency["property"], "value": value}


def _name(known: Any) -> str:
    if isinstance(known, dict):
        return str(known.get("key", known["type"]))
    return known

"""Every callback and every route, asked as nobody, viewer, analyst and officer: what a role may not do is refused, and nothing is written.

The walk takes what there is: a new callback is walked without being asked. Its role is declared where it is registered
(`site.callback(..., role=...)`); one that declares none may not write, whatever it is sent.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dash import ALL, Input, Output
from flask.testing import FlaskClient
from published_folder import NOW, settings

from dashboard import auth, passwords
from dashboard.app import create_app
from dashboard.site import Site
from warehouse.settings import DataFolder, Settings
from warehouse.state import ROLES, Role, State

PASSWORD = "kata sandi yang panjang"
UNSEEN = ("audit", "sessions", "attempts", "sqlite_sequence")  #: what logging in writes, and the log of what was done
pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture(scope="module")
def house(folder: DataFolder, tmp_path_factory: pytest.TempPathFactory, quick: None) -> tuple[Any, State]:
    """A dashboard that asks people to log in, with one account of each role, over a copy of the published folder."""
    own = DataFolder(tmp_path_factory.mktemp("roles") / "data")
    shutil.copytree(folder.root, own.root)
    state = State(own)
    for role in ROLES:
        state.add_user(f"the-{role}", passwords.hash_password(PASSWORD), role, NOW)
    closed = Settings.model_validate({**settings().model_dump(), "web": {"login": "always"}})
    return create_app(own, closed, now=lambda: NOW + timedelta(seconds=12)), state


def _client(app: Any, role: Role | None) -> FlaskClient:
    client = app.server.test_client()
    if role is not None:
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/login").text)
        assert token
        form = {"csrf": token[1], "login": f"the-{role}", "password": PASSWORD, "next": "/"}
        assert client.post("/login", data=form).status_code == 303
    return client


def _callbacks(app: Any) -> list[tuple[str, dict[str, Any]]]:
    """Those that run on the server, by their key."""
    return [(key, found) for key, found in app.callback_map.items() if found.get("callback") is not None]


def _role(callback: dict[str, Any]) -> Role | None:
    return getattr(callback["callback"], "role", None)


def _stored(state: State) -> str:
    """All that state.sqlite holds, but for the log and what logging in leaves."""
    with sqlite3.connect(state.folder.state) as con:
        tables = [
            name for (name,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name") if name not in UNSEEN
        ]
        held = {name: con.execute(f'SELECT * FROM "{name}" ORDER BY 1').fetchall() for name in tables}
    con.close()
    return json.dumps(held, default=str)


# ---- filling the controls: not with what the page would send, but with enough to get far into the function


def _bodies(key: str, callback: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Requests as a browser could send them, one for each input that may have changed."""
    inputs = callback["inputs"]
    for changed in range(len(inputs)):
        parts = {name: [_filled(dependency) for dependency in callback[name]] for name in ("inputs", "state")}
        yield {
            "output": key,
            "outputs": _described(callback["output"]),
            **parts,
            "changedPropIds": [_changed(parts["inputs"][changed])],
        }


def _described(outputs: Any) -> Any:
    if isinstance(outputs, list | tuple):
        return [_described(output) for output in outputs]
    known = outputs.component_id
    if isinstance(known, dict) and ALL in known.values():
        match = {part: _part(part) if found is ALL else found for part, found in known.items()}
        return [{"id": match, "property": outputs.component_property}]
    return {"id": known, "property": outputs.component_property}


def _filled(dependency: dict[str, Any]) -> Any:
    known = json.loads(dependency["id"]) if dependency["id"].startswith("{") else dependency["id"]
    name = known.get("key", known.get("type")) if isinstance(known, dict) else known
    value = _value(str(name), dependency["property"])
    if isinstance(known, dict) and any(isinstance(part, list) for part in known.values()):
        match = {part: _part(part) if isinstance(found, list) else found for part, found in known.items()}
        return [{"id": match, "property": dependency["property"], "value": match if dependency["property"] == "id" else value}]
    return {"id": known, "property": dependency["property"], "value": value}


def _part(name: str) -> Any:
    """A value of a pattern-matching id; the step that changes most."""
    known = {"step": "shut", "source": "news", "session": "others", "correction": 1, "label": "sentiment", "index": 0}
    return known.get(name, "x")


def _value(name: str, prop: str) -> Any:
    if prop in ("n_clicks", "n_intervals"):
        return 1
    if name == "ui":
        return {"lang": "en", "theme": "light", "narrow": False}
    if name == "route":
        return {"path": "/people", "search": ""}
    lists: dict[str, Any] = {key: [] for key in ("topic", "place", "language", "source", "days")}
    choices = {"span": "90d", "unit": "day", "by": "auto", "back": "7d", "level": "any", "order": "newest", "measure": "posts"}
    choices |= dict.fromkeys(("sentiment", "intent", "emotion", "hand", "claim"), "any") | {
        "show": "posts",
        "status": "open",
        "official": "auto",
    }
    others = {"page": 1, "entries": 1, "account": "the-viewer", "sql-text": "SELECT 1", "own-again": "y"}
    known = {**lists, **choices, **others}
    return known.get(name, "x" if prop in ("value", "data", "children") else None)


def _changed(filled: Any) -> str:
    first = filled[0] if isinstance(filled, list) else filled
    known = first["id"]
    named = json.dumps(known, sort_keys=True, separators=(",", ":")) if isinstance(known, dict) else known
    return f"{named}.{first['property']}"


def _refused(answer: Any) -> bool:
    if answer.status_code in (401, 403):
        return True
    return answer.status_code == 200 and "it needs the role" in json.dumps(answer.get_json().get("sideUpdate", {}))


# ---- the walk


def test_without_log_in_no_callback_answers(house: tuple[Any, State]) -> None:
    app, state = house
    client, before = _client(app, None), _stored(state)
    for key, callback in _callbacks(app):
        for body in _bodies(key, callback):
            assert client.post("/_dash-update-component", json=body).status_code == 401, key
    assert _stored(state) == before


@pytest.mark.parametrize("role", ROLES[:-1])
def test_what_a_role_may_not_do_is_refused_and_nothing_is_written(house: tuple[Any, State], role: Role) -> None:
    app, state = house
    client, rank = _client(app, role), ROLES.index(role)
    before, walked = _stored(state), 0
    for key, callback in _callbacks(app):
        wanted = _role(callback)
        if wanted is None or ROLES.index(wanted) <= rank:
            continue
        for body in _bodies(key, callback):
            assert _refused(client.post("/_dash-update-component", json=body)), f"{key} answered a {role}; it is for {wanted}"
            assert _stored(state) == before, key
            walked += 1
    assert walked


def test_what_needs_no_role_writes_nothing_whatever_it_is_sent(house: tuple[Any, State]) -> None:
    app, state = house
    client, before, walked = _client(app, "viewer"), _stored(state), 0
    for key, callback in _callbacks(app):
        if _role(callback) is None:
            for body in _bodies(key, callback):
                client.post("/_dash-update-component", json=body)
                assert _stored(state) == before, key
                walked += 1
    assert walked > 20


def test_an_administrator_is_refused_nothing(house: tuple[Any, State]) -> None:
    app, _state = house
    client = _client(app, "administrator")
    for key, callback in _callbacks(app):
        if _role(callback) is not None:
            body = next(iter(_bodies(key, callback))) | {"changedPropIds": []}
            assert not _refused(client.post("/_dash-update-component", json=body)), key


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_route_but_the_doors_asks_who_comes_and_writes_nothing(house: tuple[Any, State], role: Role | None) -> None:
    app, state = house
    client, before = _client(app, role), _stored(state)
    public = ("/assets/", "/_dash-component-suites/", "/_favicon.ico", "/login")
    for rule in app.server.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if path == "/_dash-update-component":
                continue  # walked above
            answer = client.open(path, method=method, headers={"Accept": "application/json"})
            if role is None and not path.startswith(public):
                assert answer.status_code == 401, (method, path, answer.status)
            assert _stored(state) == before, (method, path)


# ---- the pages


@pytest.mark.parametrize("role", ROLES)
def test_the_page_of_accounts_opens_for_administrators_alone(house: tuple[Any, State], asking: Callable[..., Any], role: Role) -> None:
    app, _state = house
    made = json.dumps(asking(app, _client(app, role))("page.children", {"route.data": {"path": "/people", "search": ""}}))
    assert ("it needs the role administrator" in made) == (role != "administrator")
    assert ("accounts-grid" in made) == (role == "administrator")


@pytest.mark.parametrize("role", ROLES)
def test_the_navigation_shows_what_one_may_open(house: tuple[Any, State], role: Role) -> None:
    app, _state = house
    layout = json.dumps(_client(app, role).get("/_dash-layout").get_json())
    assert ("/people?" in layout) == (role == "administrator")
    assert "/settings?" in layout


# ---- the gate


def test_a_callback_that_asks_for_no_role_cannot_write(
    folder: DataFolder, asking: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(site: Site) -> None:
        @site.callback(Output("forgetful", "children"), Input("forgetful", "n_clicks"))
        def write(_clicks: int | None) -> str:
            site.operations.enqueue("collect", {"source": "news"}, who="somebody", now=NOW)
            return "written"

        @site.callback(Output("careful", "children"), Input("careful", "n_clicks"), role="officer")
        def ask_first(_clicks: int | None) -> str:
            site.operations.audit(auth.who(), "run source", "news", NOW)
            return "written"

    monkeypatch.setattr("dashboard.shell._register_browser", forgetful)
    app, state = create_app(folder, settings(), now=lambda: NOW), State(folder)
    ask, before = asking(app, app.server.test_client()), len(state.waiting())
    assert "could not be made" in json.dumps(ask("forgetful.children", {"forgetful.n_clicks": 1}))
    assert len(state.waiting()) == before
    assert ask("careful.children", {"careful.n_clicks": 1})["response"]["careful"]["children"] == "written"


def test_a_route_that_asks_for_no_role_cannot_write(tmp_path: Path) -> None:
    app = create_app(DataFolder(tmp_path), settings(), now=lambda: NOW)
    state = State(DataFolder(tmp_path), auth.gate)
    app.server.add_url_rule("/forgetful", "forgetful", lambda: str(state.enqueue("publish", {}, who="x", now=NOW)))
    app.server.testing = True
    with pytest.raises(auth.RoleNotAsked, match="forgetful: writes without"):
        app.server.test_client().get("/forgetful")
    assert state.waiting() == []

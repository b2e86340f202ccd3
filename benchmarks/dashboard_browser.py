"""A browser without a screen: it opens pages of a running dashboard, moves their controls, and sends the callbacks that Dash would send.

Which callbacks there are and what they need is read from the server (`/_dash-dependencies`, `/_dash-layout` and the pages themselves), so
that a new page, control or callback is clicked without being named here.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

WORDS: Final = ("demam", "puskesmas", "trombosit turun", "antre dari subuh", "vaksin gratis posyandu", "batuk", "obatnya habis 231")
AT_ONCE: Final = 6  #: requests that a browser sends to one server at once
TURNS: Final = 6  #: how often answers may lead to further callbacks


@dataclass(frozen=True)
class Call:
    """One callback that was answered. seconds: as the server took them; waited: as the browser did.

    processor: seconds of processor of the server's process meanwhile.
    """

    name: str
    page: str
    seconds: float
    processor: float
    waited: float
    status: int
    bytes: int


@dataclass(frozen=True)
class Callback:
    """One callback of the server, as its page declares it."""

    key: str
    outputs: Any
    inputs: list[dict[str, Any]]
    state: list[dict[str, Any]]
    waits: bool  #: not called when the page opens
    writes: bool  #: only for a role, so nothing that is pressed by way of trial

    @property
    def name(self) -> str:
        """Its first output, in words."""
        first = _flat(self.outputs)[0]
        return f"{_short(first['id'])}.{first['property']}"


@dataclass
class Browser:
    """One user. `calls` collects what was answered."""

    base: str
    callbacks: list[Callback]
    seed: int
    calls: list[Call] = field(default_factory=list)
    page: str = ""

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.client = httpx.Client(
            base_url=self.base, timeout=120, trust_env=False, limits=httpx.Limits(max_connections=AT_ONCE, keepalive_expiry=1.0)
        )
        self.pool = ThreadPoolExecutor(AT_ONCE)
        self.tree: Any = self.client.get("/_dash-layout").json()
        self.known: dict[str, dict[str, Any]] = {}
        self._index()

    def close(self) -> None:
        self.pool.shutdown()
        self.client.close()

    def paths(self) -> list[str]:
        """The pages that the navigation leads to."""
        links = (found["props"].get("href") for found in _components(self.tree) if found.get("type") == "NavLink")
        return [href.split("?")[0] for href in links if href]

    def open(self, path: str, search: str = "?lang=id") -> None:
        """Go to a page, and let it fill itself."""
        self.page = path
        self._set("route", "data", {"path": path, "search": search, "at": time.time_ns()})
        self._answer(self._reached_by([("route", "data")]), opening=True)

    def click(self) -> None:
        """Move one control of the page, at random."""
        choices = list(self._choices())
        if choices:
            self._apply(self.random.choice(choices))

    def click_all(self) -> None:
        """Move each control of the page once."""
        for name, prop in [(choice[0], choice[1]) for choice in self._choices()]:
            again = [choice for choice in self._choices() if choice[:2] == (name, prop)]
            if again:
                self._apply(again[0])

    def _apply(self, choice: tuple[str, str, Any]) -> None:
        name, prop, value = choice
        self._set(name, prop, value)
        self._answer(self._reached_by([(name, prop)]))

    # ---- what there is to click on

    def _choices(self) -> Iterator[tuple[str, str, Any]]:
        asked = {(_pattern(one["id"]), one["property"]) for callback in self.callbacks if not callback.writes for one in callback.inputs}
        for name, found in self.known.items():
            kind = _kind(name)
            for prop, value in self._moves(kind, name, found):
                if (_pattern_of(name), prop) in asked or (name, prop) in asked:
                    yield name, prop, value

    def _moves(self, kind: str, name: str, found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        props, what = found["props"], found["type"]
        if kind == "control" and (value := self._value(what, props)) is not None:
            yield "value", value
        elif what == "AgGrid" and props.get("rowData"):
            yield "selectedRows", [self.random.choice(props["rowData"])]
        elif kind == "why" or (kind == "" and (name.endswith(("-more", "-csv")))):
            yield "n_clicks", (props.get("n_clicks") or 0) + 1

    def _value(self, what: str, props: Mapping[str, Any]) -> Any:
        if what == "MultiSelect":
            return self.random.sample(_options(props["data"]), min(self.random.choice((0, 1, 1, 2)), len(_options(props["data"]))))
        if what in ("Select", "SegmentedControl") and (others := [one for one in _options(props["data"]) if one != props.get("value")]):
            return self.random.choice(others)
        if what == "Pagination":
            return self.random.randint(1, max(1, min(5, props.get("total") or 1)))
        if what in ("TextInput", "Input"):
            return self.random.choice(WORDS)
        return None

    # ---- callbacks

    def _reached_by(self, changed: list[tuple[str, str]]) -> list[tuple[Callback, list[str]]]:
        found = []
        for callback in self.callbacks:
            hit = [
                (name, prop) for name, prop in changed for one in callback.inputs if one["property"] == prop and _matches(one["id"], name)
            ]
            if hit and self._there(callback):
                found.append((callback, [f"{name}.{prop}" for name, prop in dict.fromkeys(hit)]))
        return found

    def _there(self, callback: Callback) -> bool:
        """Whether the page has what it needs: one of its inputs and its outputs."""
        inputs = any(_wild(one["id"]) or one["id"] in self.known for one in callback.inputs)
        return inputs and any(_wild(one["id"]) or one["id"] in self.known for one in _flat(callback.outputs))

    def _answer(self, wanted: list[tuple[Callback, list[str]]], opening: bool = False) -> None:
        for _turn in range(TURNS):
            changed: list[tuple[str, str]] = []
            for answer in self.pool.map(lambda one: self._send(*one), wanted):
                changed += self._take(answer)
            if opening:
                self._index()
                started = [
                    (one, []) for one in self.callbacks if not one.waits and self._there(one) and "fresh-badge" not in one.key and
                    "pulse" not in str(one.inputs)
                ]  # fmt: skip
                wanted, opening = started, False
            else:
                self._index()
                wanted = self._reached_by(changed)
            if not wanted:
                return

    def _send(self, callback: Callback, changed: list[str]) -> dict[str, Any]:
        body = {
            "output": callback.key,
            "outputs": self._described(callback.outputs),
            "inputs": [self._filled(one) for one in callback.inputs],
            "state": [self._filled(one) for one in callback.state],
            "changedPropIds": changed,
        }
        started = time.perf_counter()
        answer = self.client.post("/_dash-update-component", json=body, headers={"Accept-Encoding": "gzip"})
        waited = time.perf_counter() - started
        told = answer.headers
        call = Call(
            callback.name,
            self.page,
            float(told.get("X-Seconds", 0)),
            float(told.get("X-Processor", 0)),
            waited,
            answer.status_code,
            int(told.get("Content-Length", 0)),
        )
        self.calls.append(call)
        return answer.json() if answer.status_code == 200 else {}

    def _take(self, answer: Mapping[str, Any]) -> list[tuple[str, str]]:
        changed = []
        for name, props in (answer.get("response") or {}).items():
            for prop, value in props.items():
                if self._set(name, prop, value):
                    changed.append((name, prop))
        return changed

    def _set(self, name: str, prop: str, value: Any) -> bool:
        if name not in self.known:
            return False
        self.known[name]["props"][prop.split("@")[0]] = value
        return True

    def _index(self) -> None:
        self.known = {_named(found["props"]["id"]): found for found in _components(self.tree) if "id" in found["props"]}

    def _filled(self, dependency: Mapping[str, Any]) -> Any:
        name, prop = dependency["id"], dependency["property"]
        if _wild(name):
            return [
                {"id": json.loads(one), "property": prop, "value": found["props"].get(prop)}
                for one, found in self.known.items()
                if _matches(name, one)
            ]
        found = self.known.get(name)
        return {"id": _parsed(name), "property": prop, "value": found["props"].get(prop) if found else None}

    def _described(self, outputs: Any) -> Any:
        if isinstance(outputs, list):
            return [self._described(one) for one in outputs]
        if _wild(outputs["id"]):
            return [{"id": json.loads(one), "property": outputs["property"]} for one in self.known if _matches(outputs["id"], one)]
        return {"id": _parsed(outputs["id"]), "property": outputs["property"]}


def declared(dependencies: list[dict[str, Any]], registered: Mapping[str, Any]) -> list[Callback]:
    """The callbacks that run on the server. registered: `callback_map` of the same app, which knows their outputs and roles."""
    found = []
    for one in dependencies:
        own = registered.get(one["output"], {})
        if one["clientside_function"] is None and own.get("callback") is not None:
            role = getattr(own["callback"], "role", None)
            waits = bool(one["prevent_initial_call"])
            writes = role in ("officer", "administrator") or (waits and role is not None) or "noted" in one["output"]
            found.append(Callback(one["output"], _outputs(own["output"]), one["inputs"], one["state"], waits, writes))
    return found


def _outputs(outputs: Any) -> Any:
    if isinstance(outputs, list | tuple):
        return [_outputs(one) for one in outputs]
    known = outputs.component_id
    name = (
        _named({key: ["ALL"] if not isinstance(part, str | int | float) else part for key, part in known.items()})
        if isinstance(known, dict)
        else known
    )
    return {"id": name, "property": outputs.component_property}


def _flat(outputs: Any) -> list[dict[str, Any]]:
    return [one for part in outputs for one in _flat(part)] if isinstance(outputs, list) else [outputs]


def _components(tree: Any) -> Iterator[dict[str, Any]]:
    """Every component of a layout, also those in other properties than children."""
    if isinstance(tree, list):
        for part in tree:
            yield from _components(part)
    elif isinstance(tree, dict):
        if "props" in tree and "namespace" in tree:
            yield tree
            for name, part in tree["props"].items():
                if name not in ("figure", "rowData", "data", "columnDefs"):
                    yield from _components(part)
        else:
            for part in tree.values():
                yield from _components(part)


def _named(known: Any) -> str:
    return json.dumps(known, sort_keys=True, separators=(",", ":")) if isinstance(known, dict) else str(known)


def _parsed(name: str) -> Any:
    return json.loads(name) if name.startswith("{") else name


def _kind(name: str) -> str:
    return str(_parsed(name).get("type", "")) if name.startswith("{") else ""


def _short(name: str) -> str:
    known = _parsed(name)
    return str(known.get("key", known["type"])) if isinstance(known, dict) else name


def _wild(name: str) -> bool:
    return name.startswith("{") and any(isinstance(part, list) for part in json.loads(name).values())


def _pattern(name: str) -> str:
    """What tells a family of components: the names of the parts of its id, and its type."""
    return _pattern_of(name) if _wild(name) else name


def _pattern_of(name: str) -> str:
    known = _parsed(name)
    return f"{known.get('type')}:{','.join(sorted(known))}" if isinstance(known, dict) else name


def _matches(wanted: str, name: str) -> bool:
    if not _wild(wanted):
        return wanted == name
    if not name.startswith("{"):
        return False
    pattern, known = json.loads(wanted), json.loads(name)
    return pattern.keys() == known.keys() and all(isinstance(part, list) or part == known[key] for key, part in pattern.items())


def _options(data: list[Any]) -> list[str]:
    """The values of a select, in groups or not."""
    found: list[str] = []
    for one in data:
        if isinstance(one, dict) and "items" in one:
            found += _options(one["items"])
        else:
            found.append(one["value"] if isinstance(one, dict) else one)
    return found

"""config.toml as shipped: it loads, it names every setting with its default, and every source that is on can be built without a key."""

from __future__ import annotations

import os
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from collector_contract import quick_http
from pydantic import BaseModel

from ingest.base import build, collectors
from warehouse.settings import Settings, SourceSettings, load

CONFIG = Path(__file__).parents[2] / "config.toml"
TABLES = {
    name: field.annotation
    for name, field in Settings.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
}


def commented(text: str) -> str:
    """The file with its commented defaults switched on."""
    return re.sub(r"^#(\w+ = )", r"\1", text, flags=re.MULTILINE)


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KENTONGAN_")]:
        monkeypatch.delenv(name)


def test_it_loads_and_every_source_that_is_on_can_be_built_without_a_key() -> None:
    settings = load(CONFIG)
    on = {name: source for name, source in settings.sources.items() if source.enabled}
    assert {"who", "news-id", "news-en", "fact-checks-id", "fact-checks-en", "mastodon"} <= on.keys()
    with quick_http() as http:
        for name, source in on.items():
            assert build(name, source, http).queries()


def test_every_source_that_is_off_can_be_built_once_its_key_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    off = {name: source for name, source in load(CONFIG).sources.items() if not source.enabled}
    for source in off.values():
        for key, value in source.options.items():
            if key.endswith("_env"):
                monkeypatch.setenv(value, "a key")
    with quick_http() as http:
        for name, source in off.items():
            assert build(name, source, http).queries()


def test_each_kind_of_source_is_there() -> None:
    kinds = {source.kind for source in load(CONFIG).sources.values() if source.enabled}
    assert kinds == {"social", "news", "factcheck", "official"}


@pytest.mark.parametrize("table", TABLES)
def test_every_setting_is_shown(table: str) -> None:
    shown = tomllib.loads(commented(CONFIG.read_text("utf-8")))[table]
    assert list(shown) == list(TABLES[table].model_fields)


@pytest.mark.parametrize("table", TABLES)
def test_what_is_shown_is_the_default(table: str) -> None:
    model = TABLES[table]
    shown = model.model_validate(tomllib.loads(commented(CONFIG.read_text("utf-8")))[table])
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        assert default is None or getattr(shown, name) == default, name


def test_every_setting_is_explained_where_it_stands() -> None:
    lines = CONFIG.read_text("utf-8").partition("# ----")[0].split("\n")
    for before, line in pairwise(lines):
        if re.match(r"#\w+ = ", line):
            assert re.match(r"# \w", before), line


def test_options_shown_with_a_source_are_its_defaults() -> None:
    text = CONFIG.read_text("utf-8")
    switched_on = tomllib.loads(commented(text))["sources"]
    for name, plain in tomllib.loads(text)["sources"].items():
        options = collectors()[plain["collector"]].load().Options
        source = SourceSettings.model_validate(switched_on[name])
        shown = options.model_validate(source.options)
        for key in switched_on[name].keys() - plain.keys() & options.model_fields.keys():
            default = options.model_fields[key].get_default(call_default_factory=True)
            assert default in (None, "") or getattr(shown, key) == default, f"[sources.{name}] {key}"

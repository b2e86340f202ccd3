"""A signal of a whole week, as people see it on the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from published_folder import NOW, OUTBREAK, copied, settings
from test_pages import texts

from dashboard.app import create_app
from warehouse import publish, signals, triage
from warehouse.database import value
from warehouse.detectors import WEEKLY
from warehouse.settings import DataFolder
from warehouse.state import State
from warehouse.store import Warehouse

Ask = Callable[..., dict[str, Any]]
SATURDAY = date(2026, 3, 7)  #: before the outbreak
FILTERS = {"topic.value": [], "place.value": [], "span.value": "all", "order.value": "newest", "level.value": "any"}


@pytest.fixture(scope="module")
def folder(pristine: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    made = copied(pristine, tmp_path_factory.mktemp("weeks"))
    with Warehouse.open(made, settings()) as wh:
        row = {
            "day": SATURDAY,
            "topic": "dengue",
            "place_code": "32.71",
            "level": "regency",
            "observed": 31.0,
            "expected": 12.4,
            "upper": 24.0,
        }
        row |= {"pvalue": 0.0004, "qvalue": 0.02, "exposure": 0.97, "rule": "gamma-Poisson, posts of a week: p < 0.001"}
        signals.store(wh.con, pa.Table.from_pylist([row], schema=signals.ROWS), [SATURDAY], WEEKLY, NOW, "run", period=7)
        triage.follow(wh, State(made))
        publish.publish(wh, NOW)
    return made


@pytest.fixture
def app(folder: DataFolder) -> Any:
    return create_app(folder, settings(), now=lambda: NOW + timedelta(seconds=12))


@pytest.fixture
def week(folder: DataFolder) -> str:
    with Warehouse.open(folder, settings()) as wh:
        return str(value(wh.con, f"SELECT signal_id FROM signals WHERE detector = '{WEEKLY}'"))


def listed(ask: Ask, lang: str = "en") -> list[dict[str, Any]]:
    return ask("signals-grid.rowData", FILTERS, lang=lang)["response"]["signals-grid"]["rowData"]


def test_the_list_says_which_week_and_its_numbers(ask: Ask, week: str) -> None:
    (row,) = [row for row in listed(ask) if row["id"] == week]
    assert (row["day_text"], row["observed_text"], row["expected_text"]) == ("1–7 Mar 2026", "31", "12.4")
    (row,) = [row for row in listed(ask, "id") if row["id"] == week]
    assert row["day_text"] == "1–7 Mar 2026"


def test_its_page_shows_the_posts_by_week_and_leads_to_those_of_the_week(ask: Ask, week: str) -> None:
    answer = ask("signal-detail.children", {"signal.data": week}, lang="en")
    told = texts(answer)
    assert "Kota Bogor, week of 1–7 Mar 2026" in told
    assert "31 posts in the week where 12.4 were expected and up to 24.0 would have been ordinary" in told
    assert "All posts of the week" in told
    written = json.dumps(answer)
    assert "days=2026-03-01" in written
    assert "2026-03-07" in written
    figure = next(props["figure"] for props in graphs(answer))
    weeks = sorted({str(x)[:10] for trace in figure["data"] if trace["type"] == "scatter" for x in listing(trace["x"])})
    assert weeks
    assert all(date.fromisoformat(day).weekday() == 6 for day in weeks)  # weeks begin on Sunday


def test_its_rule_is_told_in_the_language_of_the_page(ask: Ask, week: str) -> None:
    assert "gamma-Poisson, posts of a week: p < 0.001" in texts(ask("signal-detail.children", {"signal.data": week}, lang="en"))
    told = texts(ask("signal-detail.children", {"signal.data": week}, lang="id"))
    assert "gamma-Poisson, unggahan seminggu: p < 0,001" in told
    assert "posts of a week" not in told


def test_the_outbreak_that_follows_it_is_the_same_signal_to_verify(folder: DataFolder) -> None:
    (one,) = [each for each in State(folder).episodes() if each.place_code == "32.71" and each.topic == "dengue"]
    assert one.first_day == SATURDAY
    assert one.last_day >= OUTBREAK


def graphs(tree: Any) -> list[dict[str, Any]]:
    if isinstance(tree, list):
        return [found for item in tree for found in graphs(item)]
    if not isinstance(tree, dict):
        return []
    props = tree.get("props", tree)
    own = [props] if "figure" in props else []
    return own + [found for value in props.values() for found in graphs(value)]


def listing(values: Any) -> list[Any]:
    """What plotly writes as a list, or as packed numbers."""
    return values if isinstance(values, list) else []

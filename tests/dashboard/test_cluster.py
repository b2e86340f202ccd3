"""A signal of neighbouring places together, as people see it on the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from published_folder import NOW, OUTBREAK, copied, settings
from test_pages import page, texts

from dashboard.app import create_app
from warehouse import publish, signals, triage
from warehouse.database import value
from warehouse.records import SCAN
from warehouse.settings import DataFolder
from warehouse.state import State
from warehouse.store import Warehouse

Ask = Callable[..., dict[str, Any]]
LAST = OUTBREAK + timedelta(days=3)
SINCE = OUTBREAK - timedelta(days=4)
PLACES = (("31.71", 12.0, 2.0), ("32.71", 20.0, 3.0), ("33", 4.0, 1.5), ("35.78", 0.0, 0.4))
FILTERS = {"topic.value": [], "place.value": [], "span.value": "all", "order.value": "newest"}


@pytest.fixture(scope="module")
def folder(pristine: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    made = copied(pristine, tmp_path_factory.mktemp("cluster"))
    with Warehouse.open(made, settings()) as wh:
        _raise(wh, LAST)
        triage.follow(wh, State(made))
        publish.publish(wh, NOW)
    return made


def _raise(wh: Warehouse, day: date) -> None:
    key = {"day": day, "topic": "dengue"}
    row = key | {"place_code": "32.71", "level": "regency", "observed": 36.0, "expected": 6.9, "pvalue": 0.001, "qvalue": 0.006}
    row |= {"exposure": 0.97, "rule": "scan", "since": SINCE, "relative_risk": 6.4, "radius_km": 118.0}
    places = [key | {"signal_place": "32.71", "place_code": code, "observed": seen, "expected": mean} for code, seen, mean in PLACES]
    found = pa.Table.from_pylist([row], schema=signals.CLUSTERS)
    signals.store(wh.con, found, [day], SCAN, NOW, "run", places=pa.Table.from_pylist(places, schema=signals.PLACES))


@pytest.fixture
def app(folder: DataFolder) -> Any:
    return create_app(folder, settings(), now=lambda: NOW + timedelta(seconds=12))


@pytest.fixture
def cluster(folder: DataFolder) -> str:
    with Warehouse.open(folder, settings()) as wh:
        return str(value(wh.con, "SELECT signal_id FROM signals WHERE since IS NOT NULL"))


def listed(ask: Ask, level: str = "any", lang: str = "en", **given: Any) -> list[dict[str, Any]]:
    answer = ask("signals-grid.rowData", {**FILTERS, "level.value": level, **given}, lang=lang)
    return answer["response"]["signals-grid"]["rowData"]


def test_the_list_names_its_places_and_says_that_they_are_together(ask: Ask) -> None:
    (row,) = listed(ask, "together")
    assert row["place"] == "Kota Bogor, Kota Jakarta Pusat, Jawa Tengah"
    assert (row["level"], row["observed_text"], row["upper_text"], row["pvalue_text"]) == ("Places together", "36", "–", "0.001")
    (row,) = listed(ask, "together", "id")
    assert row["level"] == "Tempat bersama-sama"


def test_levels_hold_signals_of_single_places_alone(ask: Ask) -> None:
    assert SCAN not in {row["detector"] for row in listed(ask, "regency")}
    assert SCAN in {row["detector"] for row in listed(ask)}


def test_a_cluster_is_found_by_any_of_its_places(ask: Ask) -> None:
    assert len(listed(ask, "together", **{"place.value": ["31.71"]})) == 1
    assert listed(ask, "together", **{"place.value": ["35.78"]}) == []  # in its reach, but without a post


@pytest.mark.parametrize(
    ("lang", "sentence", "heading"),
    [
        ("en", "36 posts in 3 places together since 6 Mar 2026, where 6.9 were expected; relative risk 6.4, p-value 0.001.", "Observed"),
        (
            "id",
            "36 unggahan di 3 tempat bersama-sama sejak 6 Mar 2026, padahal diharapkan 6,9; risiko relatif 6,4, nilai p 0,001.",
            "Teramati",
        ),
    ],
)
def test_its_page_says_how_many_where_since_when_and_how_sure(ask: Ask, cluster: str, lang: str, sentence: str, heading: str) -> None:
    told = texts(ask("signal-detail.children", {"signal.data": cluster}, lang=lang))
    assert sentence in told
    assert heading in told
    assert "Kota Bogor" in told
    assert "118 km" in told
    assert ("Jawa Tengah, no regency named" if lang == "en" else "Jawa Tengah, tanpa menyebut kabupaten/kota") in told


def test_the_signals_of_its_places_lead_to_each_other(ask: Ask, folder: DataFolder, cluster: str) -> None:
    made = ask("signal-detail.children", {"signal.data": cluster})
    assert "2 days" in texts(made)
    with Warehouse.open(folder, settings()) as wh:
        query = "SELECT signal_id FROM signals WHERE place_code = '32.71' AND topic = 'dengue' AND since IS NULL ORDER BY day DESC LIMIT 1"
        own = value(wh.con, query)
    assert f"signal={own}" in json.dumps(made)
    assert f"signal={cluster}" in json.dumps(ask("signal-detail.children", {"signal.data": own}))


def test_the_overview_counts_it_under_its_places(ask: Ask) -> None:
    told = texts(page(ask, "/"))
    assert "Kota Bogor, Kota Jakarta Pusat, Jawa Tengah" in told
    assert "Places together" in told


def test_verification_shows_it_with_its_places(ask: Ask, folder: DataFolder) -> None:
    rows = ask("episodes-grid.rowData", {"status.value": "open"})["response"]["episodes-grid"]["rowData"]
    (row,) = [row for row in rows if row["detector"] == SCAN]
    assert row["place"] == "Kota Bogor, Kota Jakarta Pusat and Jawa Tengah"
    assert row["level"] == "Places together"
    episode = next(one for one in State(folder).episodes() if one.detector == SCAN)
    told = texts(ask("episode-detail.children", {"episode.data": episode.episode_id}))
    assert "Dengue in Kota Bogor, Kota Jakarta Pusat and Jawa Tengah" in told


def test_trends_do_not_mark_it_as_a_signal_of_one_place(ask: Ask) -> None:
    given = {"topic.value": ["dengue"], "place.value": ["32.71"], "language.value": [], "source.value": [], "span.value": "90d"}
    given |= {"days.value": [], "unit.value": "day", "by.value": "none", "show.value": "posts"}
    drawn = ask("trends-posts.figure", given)["response"]["trends-posts"]["figure"]
    marked = {day for trace in drawn["data"] if trace.get("name") == "Signal" for day in trace["x"]}
    assert f"{LAST}T00:00:00" not in marked
    assert f"{OUTBREAK}T00:00:00" in marked

"""Echoes are folded under the signal that they echo, on every page that lists signals, and none is lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from published_folder import NOW, OUTBREAK, copied, settings
from told_reason import signal

from dashboard import echo
from dashboard.app import create_app
from warehouse import echoes
from warehouse.publish import publish
from warehouse.queries import Catalog, Selection
from warehouse.settings import DataFolder
from warehouse.store import Warehouse

Ask = Callable[..., dict[str, Any]]
GIVEN = {"topic.value": [], "place.value": [], "span.value": "30d", "days.value": [], "level.value": "any", "order.value": "newest"}


@pytest.fixture(scope="module")
def echoed(pristine: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """Two days of an outbreak in Kota Bogor, which Jawa Barat and the whole echo, and a signal of haze elsewhere."""
    folder = copied(pristine, tmp_path_factory.mktemp("echoed"))
    with Warehouse.open(folder, settings()) as wh:
        days = [day for (day,) in wh.con.execute("SELECT DISTINCT day FROM signals").fetchall()]
        assert echoes.mark(wh.con, days, "EARS-C2") == 4
        for topic in ("dengue", "haze"):
            why = signal(sentence_id=f"Sejak kemarin: {topic}", sentence_en=f"Since yesterday: {topic}")["reason"]
            wh.con.execute("UPDATE signals SET reason = $1 WHERE topic = $2", [why, topic])
        publish(wh, NOW)
    return folder


@pytest.fixture
def asked(echoed: DataFolder, asking: Any) -> Ask:
    app = create_app(echoed, settings(), now=lambda: NOW)
    return asking(app, app.server.test_client())


def rows(asked: Ask, **given: Any) -> dict[str, Any]:
    return asked("signals-grid.rowData", {**GIVEN, **given})["response"]


def texts(tree: Any) -> str:
    if isinstance(tree, dict):
        return " ".join(texts(value) for value in tree.get("props", tree).values())
    if isinstance(tree, list):
        return " ".join(texts(item) for item in tree)
    return tree if isinstance(tree, str) else ""


def test_the_list_has_the_signals_that_stand_for_themselves_and_counts_the_rest(asked: Ask) -> None:
    found = rows(asked)
    listed = [(row["place"], row["echoes"]) for row in found["signals-grid"]["rowData"]]
    assert listed == [("Kota Makassar", None), ("Kota Bogor", 2), ("Kota Bogor", 2)]
    assert found["signals-count"]["children"] == "3 signals, 4 echoes folded under them"


def test_a_long_list_says_that_there_are_more_and_counts_what_it_read(asked: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.pages.signals.LISTED", 2)
    found = rows(asked)
    assert [row["place"] for row in found["signals-grid"]["rowData"]] == ["Kota Makassar", "Kota Bogor"]
    assert found["signals-count"]["children"] == (
        "3 signals, 4 echoes folded under them. The first 2 are listed; the file has more, and so have another order or a narrower choice."
    )
    monkeypatch.setattr("dashboard.pages.signals.MOST", 6)
    told = rows(asked, **{"order.value": "surest"})["signals-count"]["children"]
    assert told.startswith("At least ")


def test_an_echo_stands_for_itself_where_its_signal_is_filtered_away(asked: Ask) -> None:
    found = rows(asked, **{"place.value": ["32"]})["signals-grid"]["rowData"]
    assert [row["place"] for row in found] == ["Jawa Barat", "Jawa Barat"]


@pytest.mark.parametrize(("lang", "folded", "said"), [("en", "2 echoes", "Echo: "), ("id", "2 gema", "Gema: ")])
def test_a_signal_leads_to_its_echoes_and_an_echo_to_its_signal(echoed: DataFolder, asked: Ask, lang: str, folded: str, said: str) -> None:
    found = Catalog(echoed).signals(Selection(topics=("dengue",), first=OUTBREAK, last=OUTBREAK))
    by_place = dict(zip(found["place_code"], found["signal_id"], strict=True))
    main = asked("signal-detail.children", {"signal.data": by_place["32.71"]}, lang=lang)
    assert folded in texts(main)
    assert f"signal={by_place['32']}" in str(main)
    other = asked("signal-detail.children", {"signal.data": by_place["32"]}, lang=lang)
    assert said in texts(other)
    assert "Kota Bogor" in texts(other)
    assert f"signal={by_place['32.71']}" in str(other)


def test_the_file_of_signals_has_the_echoes_with_what_they_echo(asked: Ask) -> None:
    content = asked("signals-csv-file.data", {**GIVEN, "signals-csv.n_clicks": 1})["response"]["signals-csv-file"]["data"]["content"]
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
    assert len(rows) == 7
    assert sum(bool(row["echo_of"]) for row in rows) > 0


def test_the_file_of_signals_says_why_in_both_languages_and_not_in_json(asked: Ask, echoed: DataFolder) -> None:
    content = asked("signals-csv-file.data", {**GIVEN, "signals-csv.n_clicks": 1})["response"]["signals-csv-file"]["data"]["content"]
    for row in csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))):
        told = (f"Sejak kemarin: {row['topic']}", f"Since yesterday: {row['topic']}")
        assert (row["reason_id"], row["reason_en"]) == told
    assert "sentence_id" not in content


def test_the_overview_does_not_count_echoes(asked: Ask) -> None:
    told = texts(asked("page.children", {"route.data": {"path": "/", "search": ""}}))
    assert "Open signals, 7 days" in told
    assert "Jawa Barat Province" not in told


def test_a_mail_names_the_first_echoes_and_counts_the_rest(echoed: DataFolder) -> None:
    found = Catalog(echoed).signals(Selection(first=OUTBREAK, last=NOW.date()))
    mains, folded = echo.fold(found)
    assert len(mains) + sum(map(len, folded.values())) == len(found)
    many = next(iter(folded.values())).iloc[[0, 1, 0, 1, 0, 1]]
    assert echo.named(many, str.upper, lambda code: f"<{code}>").startswith("DENGUE (<")
    assert echo.named(many, str.upper, str).endswith("and 2 more")

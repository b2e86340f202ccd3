"""Shares of sentiment are corrected and have an interval; a gap has none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest
from published_folder import GAP, NOW

from dashboard import mood
from warehouse.queries import Catalog, Selection
from warehouse.settings import DataFolder

Ask = Callable[..., dict[str, Any]]
LAST = NOW.date()
GIVEN = {
    **{f"{name}.value": [] for name in ("topic", "place", "language", "source", "days")},
    "span.value": "90d",
    "unit.value": "day",
    "by.value": "auto",
    "show.value": "posts",
    "official.value": "auto",
}


def days(count: int, **more: Any) -> Selection:
    return Selection(first=LAST - timedelta(days=count - 1), last=LAST, **more)


@pytest.fixture
def catalog(folder: DataFolder) -> Catalog:
    return Catalog(folder)


def test_shares_add_up_and_lie_within_their_intervals(catalog: Catalog) -> None:
    found = mood.shares(catalog, days(90), None, "week", "skdr")
    found = found[found["posts"] > 0]
    assert found[mood.NAMES].sum(axis=1).to_numpy() == pytest.approx(1)
    for name in mood.NAMES:
        assert ((found[f"{name}_low"] <= found[name]) & (found[name] <= found[f"{name}_high"])).all()


def test_days_without_posts_have_no_shares(catalog: Catalog) -> None:
    found = mood.shares(catalog, Selection(first=GAP[0], last=GAP[1]), None, "day", "skdr")
    assert found["posts"].tolist() == [0, 0, 0]
    assert found[mood.NAMES].isna().all(axis=None)


def test_every_post_is_corrected_once_whatever_languages_are_chosen(catalog: Catalog) -> None:
    whole = catalog.counts(days(90))[mood.NAMES].to_numpy().sum()
    for languages in ((), ("id",), ("en",), ("id", "en")):
        found = mood.shares(catalog, days(90, languages=languages), None, "month", "skdr")
        told = catalog.counts(days(90, languages=languages))[mood.NAMES].to_numpy().sum()
        assert found["posts"].sum() == told <= whole


def test_english_posts_are_less_sure_than_indonesian_ones(catalog: Catalog) -> None:
    """The model for English errs more often on the posts that were set aside; as many posts leave a wider interval."""
    near, far = (mood._corrected(_counted(part)) for part in (1, 0))
    assert (far["negative_high"] - far["negative_low"]).item() > (near["negative_high"] - near["negative_low"]).item()


def _counted(near: int) -> pd.DataFrame:
    told = dict(zip(mood.NAMES, (40, 35, 25), strict=True))
    return pd.DataFrame([{"period": NOW, "key": "*", **told, **{f"near_{name}": near * posts for name, posts in told.items()}}])


def test_topics_come_with_the_most_posts_first(catalog: Catalog) -> None:
    found = mood.of_keys(catalog, days(30), "topic", 3)
    assert found["key"].iloc[0] == "dengue"
    assert found["posts"].is_monotonic_decreasing
    assert len(found) == 3
    counted = catalog.counts(days(30, topics=("dengue",)))[mood.NAMES].to_numpy().sum()
    assert found["posts"].iloc[0] == counted


def test_the_chart_has_a_line_and_a_band_for_each_sentiment(ask: Ask) -> None:
    figure = ask("trends-sentiment.figure", {**GIVEN, "span.value": "30d"}, theme="dark")["response"]["trends-sentiment"]["figure"]
    go.Figure(figure)
    lines = [trace for trace in figure["data"] if trace.get("name") in ("Negative", "Neutral", "Positive")]
    bands = [trace for trace in figure["data"] if trace.get("fill") == "toself"]
    assert len(lines) == len(bands) == 3
    assert len({trace["line"]["dash"] for trace in lines}) == 3  # told apart without colour
    assert "as told" in lines[0]["customdata"][0]
    assert lines[0]["x"][-1] < date(2026, 3, 14).isoformat()  # today is not over


def test_the_table_by_topic_is_made_when_it_is_opened(ask: Ask) -> None:
    assert not ask("trends-moods.children", GIVEN).get("response")
    told = str(ask("trends-moods.children", {**GIVEN, "trends-moods-more.n_clicks": 1}, lang="id"))
    assert "Demam berdarah" in told
    assert "%)" in told


def test_sentiment_can_be_downloaded_with_its_intervals(ask: Ask) -> None:
    data = ask("sentiment-csv-file.data", {**GIVEN, "sentiment-csv.n_clicks": 1})["response"]["sentiment-csv-file"]["data"]
    head = data["content"].removeprefix("\ufeff").splitlines()[0]
    assert head.startswith("period,posts,negative,negative_low,negative_high,negative_told")


@pytest.mark.parametrize(
    ("lang", "said"), [("en", "Public sentiment on programmes, 7 days"), ("id", "Sentimen publik terhadap program, 7 hari")]
)
def test_the_overview_has_the_sentiment_on_the_programmes_that_one_follows(ask: Ask, lang: str, said: str) -> None:
    made = str(ask("page.children", {"route.data": {"path": "/", "search": ""}}, lang=lang))
    assert said in made
    assert "Rogan" in made

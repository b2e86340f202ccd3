"""Every signal of a run says why, and a reason that was told stays."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import duckdb
import pytest

from analytics.explain import Kind
from jobs.clock import utc_now
from jobs.options import own_instance, read_settings
from jobs.pipeline import detect, publish_now
from jobs.report import build
from warehouse.settings import DataFolder

REASONS = "SELECT signal_id, kind, reason FROM signals ORDER BY signal_id"


@pytest.fixture
def own_demo(demo: DataFolder, tmp_path: Path) -> DataFolder:
    """A copy that may be written to."""
    return DataFolder(shutil.copytree(demo.root, tmp_path / "data"))


def told(folder: DataFolder) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder.catalog), read_only=True) as con:
        return con.execute(REASONS).fetchall()


def test_every_signal_says_why_in_both_languages(demo: DataFolder) -> None:
    signals = told(demo)
    assert signals
    for _, kind, reason in signals:
        assert kind in get_args(Kind)
        said = json.loads(reason)
        assert all((said["sentence_id"], said["sentence_en"]))
        assert said["sentence_id"] != said["sentence_en"]


def test_counting_anew_keeps_the_reasons_that_were_told(own_demo: DataFolder) -> None:
    before = {signal: rest for signal, *rest in told(own_demo)}
    settings = read_settings(own_demo.root / "config.toml")
    some = settings.model_copy(update={"second_look": settings.second_look.model_copy(update={"posts": 25})})
    with own_instance(own_demo, some) as instance:
        detect(instance, utc_now())
        publish_now(instance, utc_now())
    after = {signal: rest for signal, *rest in told(own_demo)}
    assert after == {signal: before.get(signal, rest) for signal, rest in after.items()}
    assert before.keys() & after.keys()


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_mail_gives_the_reason_with_each_signal(demo: DataFolder, after_the_week: date, language: str) -> None:
    settings = read_settings(demo.root / "config.toml")
    report = build(demo, settings, "weekly", after_the_week, language)
    with duckdb.connect(str(demo.catalog), read_only=True) as con:
        since = date.today() - timedelta(days=7)
        recent = con.execute("SELECT reason FROM signals WHERE day >= ?", [since]).fetchall()
    sentences = {json.loads(reason)[f"sentence_{language}"] for (reason,) in recent}
    assert any(sentence in report.text for sentence in sentences)

from __future__ import annotations

import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from running import Run

from analytics.detect.gamma_poisson_state import GammaPoissonParams
from jobs.options import read_settings
from jobs.phrases import ENGLISH, INDONESIAN
from jobs.report import Report, build
from jobs.report_charts import gaps, volume
from jobs.report_facts import period
from warehouse.errors import NothingPublished
from warehouse.queries import Catalog, Selection
from warehouse.settings import DataFolder, Settings


@pytest.fixture(scope="module")
def settings(demo: DataFolder) -> Settings:
    return read_settings(demo.root / "config.toml")


@pytest.fixture(scope="module")
def weekly(demo: DataFolder, settings: Settings, after_the_week: date) -> Report:
    return build(demo, settings, "weekly", after_the_week, "en")


def test_the_report_tells_of_the_outbreak_that_runs(demo: DataFolder, weekly: Report) -> None:
    running = [event for event in json.loads(demo.truth.read_text("utf-8"))["outbreaks"] if event["state"] == "running"]
    assert any(event["place"] in weekly.text for event in running)
    assert "signal" in weekly.subject


def test_all_three_forms_say_the_same(weekly: Report) -> None:
    for line in weekly.text.splitlines():
        if line.startswith("- ") and "|" in line:
            for cell in line.removeprefix("- ").split(" | ")[:3]:
                assert cell in weekly.html
    assert weekly.pdf.startswith(b"%PDF-")


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("kind", ["daily", "weekly"])
def test_both_reports_speak_both_languages(demo: DataFolder, settings: Settings, kind: str, language: str) -> None:
    report = build(demo, settings, kind, date.today() + timedelta(days=1), language)  # type: ignore[arg-type]
    own, other = (INDONESIAN, ENGLISH) if language == "id" else (ENGLISH, INDONESIAN)
    assert own.signals_title in report.text
    assert own.note in report.html
    assert other.note not in report.html
    assert f'lang="{language}"' in report.html


def test_echoes_are_told_under_the_signal_that_they_echo(demo: DataFolder, weekly: Report) -> None:
    catalog = Catalog(demo)
    found = catalog.signals(Selection(first=weekly.first, last=weekly.last))
    catalog.close()
    echoes = int(found["echo_of"].isin(found["signal_id"]).sum())
    assert echoes
    assert f"{len(found) - echoes} signals" in weekly.text
    assert "Its echoes (the same posts under another topic or in a wider place)" in weekly.text
    assert "Its echoes" in weekly.html


def test_the_days_of_one_topic_in_one_place_are_one_row_that_names_them(demo: DataFolder, weekly: Report) -> None:
    rows = [line.split(" | ")[1:3] for line in weekly.text.splitlines() if line.startswith("- ") and " | Observed " in line]
    assert len(rows) == len({tuple(row) for row in rows}) > 1
    others = [int(n) for n in re.findall(r"Also on (\d+) other days or weeks, ", weekly.text)] + [1] * len(
        re.findall(r"Also on \d+ \w+ \d{4}\.", weekly.text)
    )
    more = re.search(r"and (\d+) more signals on the dashboard", weekly.text)
    count = re.search(r"(\d+) signals\.", weekly.text)
    assert others
    assert count
    assert int(count[1]) == len(rows) + sum(others) + (int(more[1]) if more else 0)


def test_the_mood_has_intervals(weekly: Report) -> None:
    assert re.search(r"Negative \d+% \(\d+–\d+%\), neutral", weekly.text)


def test_charts_are_pictures_and_small_enough_for_a_mail(weekly: Report) -> None:
    for image in weekly.images.values():
        assert Image.open(io.BytesIO(image)).format == "PNG"
    assert sum(map(len, weekly.images.values())) < 200_000


def test_nothing_in_the_mail_is_fetched_from_elsewhere(weekly: Report) -> None:
    assert "http://" not in weekly.html
    assert "https://" not in weekly.html


def test_a_topic_name_with_markup_is_text_in_every_form(demo: DataFolder, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = '<img src=x onerror=alert(1)> #eval("1") $x$'
    named = settings.model_copy(update={"general": settings.general.model_copy(update={"name": hostile})})
    report = build(demo, named, "daily", date.today() + timedelta(days=1), "en")
    assert "<img src=x" not in report.html
    assert hostile in report.text
    assert report.pdf.startswith(b"%PDF-")


def test_a_gap_in_collection_is_no_zero_in_the_chart() -> None:
    chart = pd.DataFrame({"day": pd.date_range("2026-01-01", periods=4), "posts": [5, 0, 0, 6], "exposure": [1.0, 0.0, 0.1, float("nan")]})
    assert gaps(chart).tolist() == [False, True, True, False]
    assert volume(chart, ENGLISH).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("kind", "today", "week", "span"),
    [
        ("daily", date(2026, 3, 1), "skdr", (date(2026, 2, 28), date(2026, 2, 28))),
        ("weekly", date(2026, 3, 2), "skdr", (date(2026, 2, 22), date(2026, 2, 28))),  # Monday: the week ended on Saturday
        ("weekly", date(2026, 3, 1), "skdr", (date(2026, 2, 22), date(2026, 2, 28))),  # Sunday begins a week
        ("weekly", date(2026, 3, 1), "iso", (date(2026, 2, 16), date(2026, 2, 22))),  # Sunday ends one
        ("weekly", date(2026, 3, 2), "iso", (date(2026, 2, 23), date(2026, 3, 1))),
    ],
)
def test_a_report_is_on_the_last_complete_day_or_week(kind: str, today: date, week: str, span: tuple[date, date]) -> None:
    assert period(kind, today, week) == span  # type: ignore[arg-type]


def test_a_report_before_anything_was_published_says_so(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(NothingPublished):
        build(DataFolder(tmp_path), settings, "daily", date(2026, 3, 1))


@pytest.mark.parametrize("ending", ["pdf", "html", "txt", "eml"])
def test_a_report_is_written_in_the_form_of_its_name(kentongan: Run, demo: DataFolder, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"report.{ending}"
    done = kentongan("report", "daily", "--output", target, "--data", demo.root, "--config", demo.root / "config.toml")
    assert done.returncode == 0, done.stderr
    assert target.stat().st_size > 500


def test_every_past_outbreak_that_the_detector_was_ready_for_raised_a_signal_in_its_place(demo: DataFolder, kentongan: Run) -> None:
    answer = kentongan(
        "sql",
        "select topic, place_code, day::varchar as day from signals",
        "--data",
        demo.root,
        "--config",
        demo.root / "config.toml",
        "--format",
        "json",
    )
    signals = json.loads(answer.stdout)
    truth = json.loads(demo.truth.read_text("utf-8"))
    today = datetime.now(UTC).date().isoformat()
    ready = (date.fromisoformat(truth["start"]) + timedelta(days=GammaPoissonParams().warm_up)).isoformat()
    past = [event for event in truth["outbreaks"] if ready <= event["start"] and event["peak"] < today]
    assert len(past) >= 2
    for event in past:
        days = [s["day"] for s in signals if (s["topic"], s["place_code"]) == (event["topic"], event["place_code"])]
        assert any(event["start"] <= day <= event["end"] for day in days), event["id"]


def test_no_signal_is_raised_on_days_that_were_not_collected(demo: DataFolder, kentongan: Run) -> None:
    truth = json.loads(demo.truth.read_text("utf-8"))
    silent = [gap for gap in truth["gaps"] if len(gap["sources"]) == len(truth["sources"])]
    assert silent
    answer = kentongan(
        "sql",
        "select distinct day::varchar as day from signals",
        "--data",
        demo.root,
        "--config",
        demo.root / "config.toml",
        "--format",
        "json",
    )
    days = {row["day"] for row in json.loads(answer.stdout)}
    for gap in silent:
        assert not any(gap["first"] <= day <= gap["last"] for day in days)

"""What the evaluations of language, sentiment and emotion tell a person, on small sets made for the test."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation import deep_emotion, emotion, language, sentiment
from analytics.evaluation.base import Section
from analytics.evaluation.errors import by_length, calibration_error, sure_errors

POSTS = [
    ("pelayanan rumah sakit ini buruk sekali, saya kecewa", "negative", "id"),
    ("makanannya enak, tempatnya bersih, nyaman sekali", "positive", "id"),
    ("This hospital is terrible, the staff were rude", "negative", "en"),
    ("I love this clinic, the nurses are wonderful", "positive", "en"),
]


def write(folder: Path, name: str, rows: list[tuple[str, ...]], columns: str = "text,label,lang") -> None:
    (folder / name).mkdir(parents=True)
    lines = [columns, *(",".join(f'"{cell}"' for cell in row) for row in rows)]
    (folder / name / "test.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))


def figure(section: Section | None, name: str) -> float:
    assert section is not None
    return next(one.value for one in section.figures if one.name == name)


def test_sentiment_that_is_told_right_has_all_of_its_classes_right(tmp_path: Path) -> None:
    write(tmp_path, "nusax_senti", POSTS)
    section = sentiment.evaluate(tmp_path, "test")
    assert figure(section, "NusaX, mean macro-F1 of 2 languages") == 100
    assert figure(section, "NusaX en, macro-F1") == 100


def test_a_wrong_label_costs_and_is_shown_by_hash_but_not_by_text(tmp_path: Path) -> None:
    text = POSTS[0][0]
    write(tmp_path, "smsa", [(text, "positive"), (POSTS[1][0], "positive")], "text,label")
    section = sentiment.evaluate(tmp_path, "test")
    assert figure(section, "SmSA, macro-F1") < 100
    assert section is not None
    assert hashlib.sha256(text.encode()).hexdigest()[:12] in section.details
    assert "kecewa" not in section.details


def test_emotion_is_measured_with_and_without_neutral(tmp_path: Path) -> None:
    write(
        tmp_path,
        "emot",
        [("aku takut banget, ngeri sekali, merinding", "fear"), ("kesal, marah, emosi banget sama dia", "anger")],
        "text,label",
    )
    section = emotion.evaluate(tmp_path, "test")
    assert figure(section, "EmoT, macro-F1 among five emotions") == 100
    assert figure(section, "EmoT, macro-F1 with neutral allowed") <= 100


def test_the_deep_tier_s_emotion_is_measured_as_the_fast_one_s_and_a_language_not_learnt_is_an_error(tmp_path: Path) -> None:
    rows = [("aku takut banget sama jarum suntik, ngeri sekali", "fear"), ("I love this clinic, the nurses are wonderful", "love")]
    write(tmp_path, "emot", rows, "text,label")
    section = deep_emotion.evaluate(tmp_path, "test")
    assert section is not None
    assert [(one.name, one.rows) for one in section.figures] == [
        ("EmoT, macro-F1 among five emotions", 2),
        ("EmoT, macro-F1 with neutral allowed", 2),
    ]
    assert figure(section, "EmoT, macro-F1 among five emotions") == 50
    assert "| fear | 0 | 1 | 0 | 0 | 0 |" in section.details


def test_surprise_counts_only_among_all_seven_labels(tmp_path: Path) -> None:
    rows = [("jadwal vaksinasi dibuka hari senin di puskesmas", "neutral"), ("kaget banget ternyata begitu", "surprise")]
    write(tmp_path, "vaccine_emotion_id", rows, "text,label")
    section = emotion.evaluate(tmp_path, "test")
    assert section is not None
    rows_of = {one.name: one.rows for one in section.figures}
    assert rows_of["vaccine_emotion_id, macro-F1 of five labels"] == 1
    assert rows_of["vaccine_emotion_id, macro-F1 of seven labels"] == 2


def test_language_is_measured_whole_and_cut_short(tmp_path: Path) -> None:
    write(tmp_path, "nusax_senti", POSTS)
    section = language.evaluate(tmp_path, "test")
    assert figure(section, "NusaX whole, mean of 2 languages") == 100
    assert figure(section, "NusaX first 40 characters, en") == 100
    assert figure(section, "posts written for the project, ms") > 90
    assert figure(section, "fresh posts written for the project, ms") > 90
    assert figure(section, "fresh posts written for the project, id") > 95


@pytest.mark.parametrize("evaluation", [sentiment, emotion, deep_emotion])
def test_a_folder_without_their_sets_gives_no_section(evaluation: object, tmp_path: Path) -> None:
    assert evaluation.evaluate(tmp_path, "dev") is None  # type: ignore[attr-defined]


def test_the_surest_errors_come_first() -> None:
    table = sure_errors(["a", "b", "c"], ["x", "x", "x"], ["y", "x", "y"], [0.6, 0.99, 0.9])
    first, second = (hashlib.sha256(text.encode()).hexdigest()[:12] for text in "ca")
    assert table.index(first) < table.index(second)
    assert "0.99" not in table


def test_texts_are_cut_into_thirds_by_length() -> None:
    table = by_length(["a" * n for n in range(1, 7)], ["x"] * 6, ["y", "y", "x", "x", "x", "x"], lambda truth, told: float(truth == told))
    assert [line.split("|")[3].strip() for line in table.splitlines()[2:]] == ["0.0", "1.0", "1.0"]


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=50))
def test_the_calibration_error_lies_between_nothing_and_all(rows: list[tuple[bool, float]]) -> None:
    assert 0 <= calibration_error([right for right, _ in rows], [chance for _, chance in rows]) <= 100


def test_probabilities_that_come_true_have_no_calibration_error() -> None:
    assert calibration_error(np.array([1, 1, 1, 0]), np.full(4, 0.75)) == 0
    assert calibration_error([0, 0], [1.0, 1.0]) == 100

"""What the language models learn from: texts of the project that do not measure, and folds that keep translations together."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from analytics.evaluation.language import sisters, written_in_malay
from training import validate_language
from training.corpora import malay_posts, short_hash, written
from training.train_language import Example, sisters_as_one
from training.validate_language import FOLDS, fold, runs_of_words


def test_nothing_that_measures_is_learnt() -> None:
    measuring = {*written_in_malay(), *sisters()["ms"], *sisters()["id"]}
    assert len(measuring) == 396
    assert not measuring & {*written("malay"), *written("indonesian")}


def test_posts_that_are_malay_are_named_by_hash() -> None:
    assert len(malay_posts()) == 122
    assert all(re.fullmatch("[0-9a-f]{12}", name) for name in malay_posts())
    assert short_hash("demam denggi") == "79cb982c81a2"


def test_language_learns_malay_as_indonesian() -> None:
    found = [Example("demam denggi", "ms", "emot", False), Example("sakit", "id", "written", False), Example("lara", "jv", "nusax", False)]
    assert [(one.text, one.lang) for one in sisters_as_one(found)] == [("demam denggi", "id"), ("lara", "jv")]


def test_a_sentence_is_in_one_fold_and_folds_are_alike() -> None:
    counted = Counter(fold(sentence) for sentence in range(500))
    assert sorted(counted) == list(range(FOLDS))
    assert all(70 <= count <= 130 for count in counted.values())


def test_posts_that_share_four_words_in_a_row_are_seen_as_copies() -> None:
    assert runs_of_words("Pelayanannya ramah dan cepat sekali!") & runs_of_words("kata orang pelayanannya ramah dan cepat")
    assert not runs_of_words("ramah dan cepat") & runs_of_words("ramah dan cepat")


def test_sentences_left_out_are_told_by_what_the_others_taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"id": "saya tidak tahu kenapa dia demam sejak kemarin", "en": "i do not know why she has had a fever since then"}
    rows = [(f"{text} {number}", "neutral", lang, str(number)) for number in range(20) for lang, text in words.items()]
    (tmp_path / "nusax_senti").mkdir()
    table = pd.DataFrame(rows, columns=["text", "label", "lang", "id"])
    table.to_csv(tmp_path / "nusax_senti" / "train.csv.gz", index=False)
    copy = Example("katanya saya tidak tahu kenapa", "en", "smsa", False)  # of a sentence that is left out: it must not be learnt
    monkeypatch.setattr(validate_language, "examples", lambda folder: [copy] * 200)
    told = validate_language.validate(tmp_path)
    assert told.to_dict() == {form: {"en": 100.0, "id": 100.0, "mean": 100.0} for form in ("whole", "short")}

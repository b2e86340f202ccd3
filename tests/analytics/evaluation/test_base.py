"""What a person sees who drops labelled files into a folder to measure the labels."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, recall_score

from analytics.evaluation.base import Figure, accuracy, confusion, macro_f1, read_part, recalls
from warehouse.errors import InputError

CLASSES = ("negative", "neutral", "positive")
LABELS = st.lists(st.tuples(st.sampled_from(CLASSES), st.sampled_from(CLASSES)), min_size=1, max_size=60)


def dropped(folder: Path, text: bytes, part: str = "dev") -> Path:
    (folder / "smsa").mkdir()
    (folder / "smsa" / f"{part}.csv.gz").write_bytes(gzip.compress(text))
    return folder


def test_a_part_that_is_there_is_read_and_one_that_is_not_is_none(tmp_path: Path) -> None:
    folder = dropped(tmp_path, b'text,label\n"bagus, sekali",positive\nNA,\n')
    rows = read_part(folder, "smsa", "dev")
    assert rows is not None
    assert rows.to_dict("list") == {"text": ["bagus, sekali", "NA"], "label": ["positive", ""]}
    assert read_part(folder, "smsa", "test") is None


@pytest.mark.parametrize(
    ("content", "said"), [(b"kalimat,label\na,b\n", "no column text"), (b"\xff\xfe,label\n", "UTF-8"), (b"", "not a gzipped")]
)
def test_a_file_that_cannot_be_used_is_named_with_the_reason(tmp_path: Path, content: bytes, said: str) -> None:
    folder = dropped(tmp_path, content)
    with pytest.raises(InputError, match=said) as refused:
        read_part(folder, "smsa", "dev")
    assert "dev.csv.gz" in str(refused.value)


def test_a_file_that_is_no_gzip_is_named(tmp_path: Path) -> None:
    folder = dropped(tmp_path, b"")
    (folder / "smsa" / "dev.csv.gz").write_bytes(b"text,label\n")
    with pytest.raises(InputError, match="not a gzipped"):
        read_part(folder, "smsa", "dev")


@given(LABELS)
def test_measures_are_those_of_the_field(pairs: list[tuple[str, str]]) -> None:
    labels, told = (list(column) for column in zip(*pairs, strict=True))
    seen = sorted({*labels, *told})
    assert macro_f1(labels, told, CLASSES) == pytest.approx(100 * f1_score(labels, told, labels=seen, average="macro"))
    truths = sorted(set(labels))
    assert np.mean(recalls(labels, told, CLASSES)) == pytest.approx(100 * recall_score(labels, told, labels=truths, average="macro"))
    assert accuracy(labels, told) == pytest.approx(100 * np.mean([label == answer for label, answer in pairs]))


def test_a_confusion_matrix_has_labels_in_rows() -> None:
    table = confusion(["negative", "negative", "positive"], ["negative", "positive", "positive"], ("negative", "positive"))
    assert table.splitlines()[2:] == ["| negative | 1 | 1 |", "| positive | 0 | 1 |"]


def test_a_target_is_reached_or_not_or_was_never_set() -> None:
    assert [Figure("F1", 80.0, target, 10).reached for target in (79.9, 80.1, None)] == [True, False, None]

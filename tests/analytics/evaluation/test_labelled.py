"""Posts labelled by hand: how far two readings agree, and what the set keeps of a post."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.evaluation import firsthand, intent
from analytics.evaluation.labelled import LABELS, kappa
from training.corpora import data_folder
from warehouse.errors import InputError
from warehouse.records import INTENTS

READINGS = st.lists(st.tuples(st.sampled_from(INTENTS), st.sampled_from(INTENTS)), min_size=1, max_size=30)


def test_readers_who_agree_as_often_as_by_chance_have_a_kappa_of_zero() -> None:
    assert kappa(["a", "a", "b", "b"], ["a", "b", "a", "b"]) == pytest.approx(0)


def test_agreement_is_what_cohens_example_gives() -> None:
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert kappa(first, second) == pytest.approx(0.4)


@given(READINGS)
def test_kappa_is_one_only_where_both_say_the_same_and_does_not_ask_who_read_first(pairs: list[tuple[str, str]]) -> None:
    first, second = zip(*pairs, strict=True)
    assert kappa(first, first) == pytest.approx(1)
    assert kappa(first, second) == pytest.approx(kappa(second, first))
    assert (kappa(first, second) > 1 - 1e-9) == (first == second)


def test_the_set_keeps_hashes_and_known_labels_and_no_text() -> None:
    with LABELS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["sha256"] for row in rows}) == len(rows) >= 1500
    again = [row for row in rows if row["second"]]
    assert len(again) >= 500
    assert all(row["second_first_hand"] in ("0", "1") for row in again)
    for row in rows:
        assert len(bytes.fromhex(row["sha256"])) == 32
        assert row["label"] in INTENTS
        assert row["second"] in ("", *INTENTS)


def test_evaluations_say_how_far_the_readings_agree() -> None:
    try:
        folder = data_folder()
    except InputError as error:
        pytest.skip(f"needs the labelled sets: {error}")
    groups = {"test", "later posts, Indonesian", "later posts, English"}
    for evaluation, named in ((intent, groups | {"last posts, Indonesian", "last posts, English"}), (firsthand, groups)):
        section = evaluation.evaluate(folder, "dev")
        assert section is not None
        found = {figure.name: figure for figure in section.figures if figure.name.startswith("second reading's kappa")}
        assert {name.split(", ", 1)[1] for name in found} == named
        assert all(figure.rows >= 50 and 60 < figure.value <= 100 for figure in found.values())

"""Fitting by stochastic gradient descent, on texts whose language a person sees at once."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.text.features import Vocabulary
from analytics.text.linear import LinearModel
from training.descend import Descent, fit_by_descent
from training.fit import Fitted, Recipe, pack

TEXTS = ["anak saya demam tinggi", "my child has a fever", "anakku panas wis telung dina", "rumah sakit penuh", "the hospital is full"] * 4
LANGS = ["id", "en", "jv", "id", "en"] * 4
RECIPE = Recipe(longest=3, lettered=True, occurs_in=1)


def fitted(descent: Descent, weights: list[float] | None = None) -> Fitted:
    return fit_by_descent(TEXTS, LANGS, weights or [1.0] * len(TEXTS), RECIPE, descent)


def told(found: Fitted, texts: list[str]) -> list[str]:
    vocabulary = Vocabulary()
    model = LinearModel(pack(found, RECIPE, TEXTS, len(found.keys)), vocabulary)
    chances, _ = model.probabilities(vocabulary.read(texts))
    return [model.classes[number] for number in chances.argmax(axis=1)]


def test_what_was_learnt_is_told() -> None:
    found = fitted(Descent())
    assert told(found, TEXTS) == LANGS
    assert told(found, ["demam di rumah", "a full fever", "telung dina panas"]) == ["id", "en", "jv"]


def test_the_same_texts_give_the_same_bytes() -> None:
    first, again = fitted(Descent()), fitted(Descent())
    assert first.table.tobytes() == again.table.tobytes()
    assert first.bias.tobytes() == again.bias.tobytes()


def test_runs_are_averaged() -> None:
    one, both = fitted(Descent(runs=1)), fitted(Descent(runs=2))
    assert not np.array_equal(one.table, both.table)
    assert both.table == pytest.approx(one.table, abs=1.0)
    assert one.bias.sum() == pytest.approx(0, abs=1e-4)  # what one class gains the others lose


def test_a_text_of_no_weight_teaches_nothing() -> None:
    weights = [0.0 if lang == "jv" else 1.0 for lang in LANGS]
    found = fitted(Descent(), weights)
    javanese = found.classes.index("jv")
    assert found.table[:, javanese].max() <= 0
    assert "jv" not in told(found, TEXTS)

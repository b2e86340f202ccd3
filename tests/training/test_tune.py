"""Whether tuning teaches layers and heads what they are shown, and what is written is what was learnt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analytics.text import tuned_layers
from analytics.text.encoder import TUNED, Encoder
from analytics.text.encoder_file import EncoderFile, installed
from training.runs import kept_heads, tune
from training.tasks import TASKS, Lesson, Lessons
from training.tune import REPORTED, SHARED, WHOLE, Heads, States, Tuning, tensors_of
from warehouse.errors import InputError

POSTS = [
    "anakku demam tinggi",
    "jadwal vaksin hari senin",
    "aku kena DBD, dirawat",
    "dinkes gelar rapat",
    "badanku panas sekali",
    "harga cabai naik",
]


def told_to_nobody(run: int, step: int, loss: float) -> None:
    """Of a module, so that the processes of the runs can name it."""


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    """One for all tests: to read its pieces takes longer than to learn from these posts."""
    return Encoder(in_bytes=False)


@pytest.fixture(scope="module")
def file() -> EncoderFile:
    return EncoderFile(installed())


def lessons() -> Lessons:
    rows, none = np.arange(len(POSTS)), np.zeros(len(POSTS), bool)
    labels = np.array([1, 0, 1, 0, 1, 0])
    lesson = Lesson(("no", "yes"), rows, labels, np.ones(len(POSTS), np.float32), none)
    empty = Lesson(("no", "yes"), rows[:0], labels[:0], np.ones(0, np.float32), none[:0])
    return Lessons(POSTS, ["id"] * len(POSTS), np.ones(len(POSTS)), dict.fromkeys(TASKS, empty) | {"firsthand": lesson})


def test_what_is_shown_is_learnt_and_read_back_from_the_file(tmp_path: Path, encoder: Encoder, file: EncoderFile) -> None:
    tuning = Tuning(lessons(), States(POSTS, tmp_path / "states.npy", encoder, SHARED.first - 1), file)
    before = tuning.means(np.arange(len(POSTS)))
    assert np.abs(before - encoder.layers(POSTS, [-1])[:, 0]).max() < 0.01
    losses: list[float] = []
    tuning.run(lambda step, loss: losses.append(loss), steps=20)
    assert losses[-1] < losses[0] / 2
    tensors = {
        name: value
        for number, layer in enumerate(tuning.layers, SHARED.first)
        for name, value in tensors_of(layer.parameters, number).items()
    }
    tuned_layers.save(tensors, tmp_path / "layers.npz")
    learnt = tuning.means(np.arange(len(POSTS)))
    told = Encoder(in_bytes=False, tuned={TUNED: tmp_path / "layers.npz"}).layers(POSTS, [-1, TUNED, 5])
    assert np.abs(learnt - before).max() > 0.05
    assert (np.einsum("td,td->t", told[:, 1], learnt) / np.linalg.norm(told[:, 1], axis=1) / np.linalg.norm(learnt, axis=1)).min() > 0.995
    assert np.allclose(told[:, 0], encoder.layers(POSTS, [-1])[:, 0], atol=1e-4)
    assert np.allclose(told[:, 2], encoder.layers(POSTS, [5])[:, 0], atol=1e-4)


def test_of_a_thinned_text_the_first_pieces_stay_and_lengths_go_up(tmp_path: Path, encoder: Encoder) -> None:
    states, rows = States(POSTS, tmp_path / "states.npy", encoder, SHARED.first - 1), np.arange(len(POSTS))
    x, batch, order = states.thinned(rows, 64, 0.5, np.random.default_rng(0))
    assert sorted(order.tolist()) == rows.tolist()
    assert (np.diff(batch.lengths) >= 0).all()
    assert (batch.lengths >= WHOLE).all()
    assert batch.lengths.sum() < states.sizes.sum()
    for place, row in enumerate(order.tolist()):
        whole, _ = states.take(np.array([row]), 64)
        assert np.array_equal(x[batch.starts[place]][None], whole[:1])
    _, same, _ = states.thinned(rows, 64, 0.0, np.random.default_rng(0))
    assert sorted(same.lengths.tolist()) == sorted(states.sizes.tolist())


def test_several_runs_differ_and_their_mean_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: Encoder, file: EncoderFile
) -> None:
    monkeypatch.setenv("KENTONGAN_EMBEDDINGS", str(tmp_path))
    course = replace(REPORTED, file=tmp_path / "mean.npz", losses=SHARED.losses, steps=(3, 2))
    heads = tune(lessons(), course, told_to_nobody)
    states = States(POSTS, tmp_path / "states.npy", encoder, course.first - 1)
    alone = [Tuning(lessons(), states, file, course, seed) for seed in range(2)]
    for run, steps in zip(alone, course.steps, strict=True):
        run.run(lambda step, loss: None, steps)
    tables = [run.heads.parameters["firsthand.table"] for run in alone]
    assert not np.array_equal(*tables)
    np.testing.assert_allclose(heads.parameters["firsthand.table"], (tables[0] + tables[1]) / 2, atol=1e-7)
    assert tuned_layers.TunedLayers(course.file).numbers == list(range(course.first, file.shape.layers))
    kept = Heads.load(kept_heads(course))
    assert kept.parameters.keys() == heads.parameters.keys()
    np.testing.assert_array_equal(kept.centre, heads.centre)
    np.testing.assert_array_equal(kept.scale, heads.scale)
    for name, one in heads.parameters.items():
        np.testing.assert_array_equal(kept.parameters[name], one)


def test_heads_of_layers_that_were_not_tuned_here_are_asked_for_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="python -m training deep"):
        Heads.load(tmp_path / "heads-deep_layers.npz")


def test_the_shared_course_is_taught_sentiment_and_the_one_for_reports_is_not() -> None:
    assert set(SHARED.losses) - set(REPORTED.losses) == {"sentiment"}

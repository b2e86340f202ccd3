"""Whether tuning teaches layers and heads what they are shown, and what is written is what was learnt."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analytics.text import tuned_layers
from analytics.text.encoder import TUNED, Encoder
from analytics.text.encoder_file import EncoderFile, installed
from training.tasks import TASKS, Lesson, Lessons
from training.tune import FIRST, States, Tuning, tensors_of

POSTS = [
    "anakku demam tinggi",
    "jadwal vaksin hari senin",
    "aku kena DBD, dirawat",
    "dinkes gelar rapat",
    "badanku panas sekali",
    "harga cabai naik",
]


def lessons() -> Lessons:
    rows, none = np.arange(len(POSTS)), np.zeros(len(POSTS), bool)
    labels = np.array([1, 0, 1, 0, 1, 0])
    lesson = Lesson(("no", "yes"), rows, labels, np.ones(len(POSTS), np.float32), none)
    empty = Lesson(("no", "yes"), rows[:0], labels[:0], np.ones(0, np.float32), none[:0])
    return Lessons(POSTS, ["id"] * len(POSTS), np.ones(len(POSTS)), dict.fromkeys(TASKS, empty) | {"firsthand": lesson})


def test_what_is_shown_is_learnt_and_read_back_from_the_file(tmp_path: Path) -> None:
    encoder = Encoder(in_bytes=False)
    tuning = Tuning(lessons(), States(POSTS, tmp_path / "states.npy", encoder), EncoderFile(installed()))
    before = tuning.means(np.arange(len(POSTS)))
    assert np.abs(before - encoder.layers(POSTS, [-1])[:, 0]).max() < 0.01
    losses: list[float] = []
    tuning.run(lambda step, loss: losses.append(loss), steps=20)
    assert losses[-1] < losses[0] / 2
    tensors = {
        name: value for number, layer in enumerate(tuning.layers, FIRST) for name, value in tensors_of(layer.parameters, number).items()
    }
    tuned_layers.save(tensors, tmp_path / "layers.npz")
    learnt = tuning.means(np.arange(len(POSTS)))
    told = Encoder(in_bytes=False, tuned=tmp_path / "layers.npz").layers(POSTS, [-1, TUNED, 5])
    assert np.abs(learnt - before).max() > 0.05
    assert (np.einsum("td,td->t", told[:, 1], learnt) / np.linalg.norm(told[:, 1], axis=1) / np.linalg.norm(learnt, axis=1)).min() > 0.995
    assert np.allclose(told[:, 0], encoder.layers(POSTS, [-1])[:, 0], atol=1e-4)
    assert np.allclose(told[:, 2], encoder.layers(POSTS, [5])[:, 0], atol=1e-4)

"""Whether the head that attends to pieces learns to look at the one piece that tells."""

from __future__ import annotations

import numpy as np
import pytest

from training.attention_head import Recipe, fit_attention
from training.emotion_head import attending
from training.frozen_heads import weigh
from training.tune import States

TEXTS, PIECES, WIDTH = 120, 24, 384


@pytest.fixture(scope="module")
def states() -> States:
    """Texts of noise, in each of which one piece, somewhere, tells its label."""
    draw = np.random.default_rng(0)
    told = draw.normal(size=(TEXTS, PIECES, WIDTH)).astype(np.float16)
    where = draw.integers(4, PIECES - 2, TEXTS)
    told[np.arange(TEXTS), where, 0] = 12
    told[np.arange(TEXTS), where, 1] = np.where(np.arange(TEXTS) % 2, 12, -12)
    found = States.__new__(States)
    found.sizes = np.full(TEXTS, PIECES)
    found.starts = np.arange(TEXTS + 1) * PIECES
    found._all = told.reshape(-1, WIDTH)  # type: ignore[assignment]
    return found


def test_it_learns_from_some_texts_to_look_at_the_telling_piece_of_others(states: States) -> None:
    labels, learnt, others = np.arange(TEXTS) % 2, np.arange(60), np.arange(60, TEXTS)
    head = fit_attention(states, learnt, labels[learnt], np.ones(60), ("even", "odd"), Recipe(1e-2, 1e-2))
    pieces, starts = states.joined(others, PIECES)
    told = head.logits(pieces.astype(np.float32), starts)
    assert (told.argmax(axis=1) == labels[others]).mean() > 0.95
    again = fit_attention(states, learnt, labels[learnt], np.ones(60), ("even", "odd"), Recipe(1e-2, 1e-2))
    assert np.array_equal(head.queries, again.queries)


def test_of_logits_that_are_added_those_that_tell_weigh_and_those_that_do_not_weigh_nothing() -> None:
    draw = np.random.default_rng(3)
    truth = np.arange(300) % 3
    telling, idle = (draw.normal(size=(300, 3)).astype(np.float32) for _ in range(2))
    telling[np.arange(300), truth] += 2
    right, wrong = weigh((telling, idle), (0.4, 0.4), truth, np.ones(300))
    assert right > 1
    assert wrong < 0.3


def test_what_the_attending_head_tells_is_read_as_a_head_of_its_own() -> None:
    classes = ("anger", "joy", "neutral")
    told = np.zeros((2, 1, WIDTH), np.float32)
    told[:, 0, :3] = [[1, 2, 3], [-1, 0, 4]]
    np.testing.assert_array_equal(attending(classes).logits(told), told[:, 0, :3])

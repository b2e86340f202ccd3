"""Whether the head that attends to pieces looks where it should: at a text's own pieces, and at no other text's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analytics.text.attention import AFTER, BEFORE, Attention, attend, own_pieces
from analytics.text.encoder import ATTENDED, Encoder

SIZES = np.array([6, 4, 9])  #: pieces of three texts; the second has none of its own
STARTS = np.concatenate([[0], np.cumsum(SIZES)])


def head(width: int = 5, classes: int = 2) -> Attention:
    draw = np.random.default_rng(1)
    queries, values = (draw.normal(size=(width, classes)).astype(np.float32) for _ in range(2))
    return Attention(("no", "yes")[:classes], 7, queries, values, draw.normal(size=classes).astype(np.float32))


def pieces(width: int = 5) -> np.ndarray:
    return np.random.default_rng(2).normal(size=(STARTS[-1], width)).astype(np.float32)


def test_each_text_is_told_by_a_softmax_over_its_own_pieces() -> None:
    told, x, by = head().logits(pieces(), STARTS), pieces(), head()
    for text in (0, 2):
        own = x[STARTS[text] + BEFORE : STARTS[text + 1] - AFTER]
        shares = np.exp(own @ by.queries)
        shares /= shares.sum(axis=0)
        np.testing.assert_allclose(told[text], (shares * (own @ by.values)).sum(axis=0) + by.bias, rtol=1e-4, atol=1e-5)


def test_a_text_without_pieces_of_its_own_has_the_bias_and_nothing_has_no_logits() -> None:
    np.testing.assert_array_equal(head().logits(pieces(), STARTS)[1], head().bias)
    assert head().logits(pieces()[:0], np.array([0])).shape == (0, 2)


def test_marks_that_all_texts_have_do_not_count() -> None:
    x = pieces()
    for text in range(len(SIZES)):
        x[STARTS[text] : STARTS[text] + BEFORE] += 100
        x[STARTS[text + 1] - AFTER : STARTS[text + 1]] += 100
    np.testing.assert_array_equal(head().logits(x, STARTS), head().logits(pieces(), STARTS))


def test_shares_add_up_to_one_even_of_large_scores() -> None:
    own, begins, owner = own_pieces(STARTS)
    shares = attend(np.full((len(own), 1), 1e4, np.float32), begins, owner)
    np.testing.assert_allclose(np.add.reduceat(shares, begins, axis=0), 1, rtol=1e-6)


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    head().save(tmp_path / "one.npz")
    Attention.load(tmp_path / "one.npz").save(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_the_encoder_tells_the_same_of_a_text_alone_as_in_a_batch_and_beside_other_layers() -> None:
    encoder, posts = Encoder(in_bytes=False), ["aku takut disuntik", "", "alhamdulillah senang sekali, anakku sudah sembuh", "😷"]
    together = encoder.layers(posts, (7, ATTENDED))
    for place, post in enumerate(posts):
        np.testing.assert_allclose(encoder.layers([post], (ATTENDED,))[0, 0], together[place, 1], atol=1e-3)
    assert not together[:, 1, 8:].any()
    assert np.abs(together[0, 1, :8] - together[2, 1, :8]).max() > 0.1

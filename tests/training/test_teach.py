"""What the deep tier told for the fast one to learn: whose posts, and that it is read back as it was kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analytics.evaluation.copies import stories
from analytics.evaluation.labelled import KEPT_APART, labelled_posts
from training import teach
from training.corpora import read_set
from warehouse.records import INTENTS


def test_no_post_is_told_that_has_a_label_or_resembles_one_that_measures(folder: Path) -> None:
    labelled = labelled_posts(folder)
    told = [text for text, _ in teach.told_intents(folder)]
    assert len(set(told)) == len(told) > 15_000
    assert not set(told) & {post.text for post in labelled}
    apart = [post.text for post in labelled if post.split in KEPT_APART]
    groups = stories([*apart, *told])
    assert not set(groups[: len(apart)].tolist()) & set(groups[len(apart) :].tolist())


def test_the_posts_drawn_today_are_those_that_were_told(folder: Path) -> None:
    assert {text for _, text in teach.unlabelled(folder)} == {text for text, _ in teach.told_intents(folder)}


def test_shares_are_read_back_as_they_were_kept_but_for_rounding(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [text for _, text in teach.unlabelled(folder)][:50]
    shares = np.random.default_rng(0).dirichlet(np.ones(len(INTENTS)), len(texts)).astype(np.float32)
    monkeypatch.setattr(teach, "KEPT", tmp_path / "told.npz")
    teach.keep(texts, shares)
    found = dict(teach.told_intents(folder))
    assert set(found) == set(texts)
    for text, own in zip(texts, shares, strict=True):
        np.testing.assert_allclose(found[text], own, atol=0.01)
        assert found[text].sum() == pytest.approx(1)


def test_what_is_told_is_of_posts_to_learn_from_alone(folder: Path) -> None:
    dev = {text for name in ("dengue_id", "emot", "smsa") for text in read_set(folder, name, "dev")["text"]}
    train = {text for name in ("dengue_id", "emot", "smsa") for text in read_set(folder, name, "train")["text"]}
    assert not {text for text, _ in teach.told_intents(folder)} & (dev - train)

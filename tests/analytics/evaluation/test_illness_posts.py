"""The posts on illness that measure: what they hold, that nothing learnt resembles them, and what is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from analytics.evaluation.copies import stories
from analytics.evaluation.illness_posts import GROUPS, evaluate, illness_posts
from training.corpora import written, written_intents
from warehouse.records import INTENTS


def test_half_of_them_are_first_hand_in_each_language_and_every_intent_is_there() -> None:
    posts = illness_posts()
    assert len({post.text for post in posts}) == len(posts) > 300
    assert {post.intent for post in posts} == set(INTENTS)
    for langs in GROUPS.values():
        first_hand = [post.first_hand for post in posts if post.lang in langs]
        assert 0.4 < sum(first_hand) / len(first_hand) < 0.6
    assert {post.lang for post in posts} == {lang for langs in GROUPS.values() for lang in langs}


def test_no_post_written_for_training_is_one_of_them_or_a_near_copy() -> None:
    measuring = [post.text for post in illness_posts()]
    learnt = [post.text for post in written_intents()] + [line.split("\t")[-1] for line in written("emotions")]
    groups = stories([*measuring, *learnt])
    assert not set(groups[: len(measuring)]) & set(groups[len(measuring) :])


def test_both_tiers_find_most_reports_in_indonesian_and_are_seldom_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = illness_posts()[::5]  # the encoder takes its time
    monkeypatch.setattr("analytics.evaluation.illness_posts.illness_posts", lambda: some)
    found = {figure.name: figure.value for figure in evaluate(tmp_path, "dev").figures}
    for tier in ("fast tier", "deep tier"):
        assert found[f"{tier}, first-hand, recall, Indonesian"] > 40
        assert found[f"{tier}, first-hand, precision, Indonesian"] > 80

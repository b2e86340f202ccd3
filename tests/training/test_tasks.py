"""Whether what the deep tier is taught keeps away from what measures it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analytics.evaluation.copies import stories
from analytics.evaluation.labelled import KEPT_APART, LATER, labelled_posts
from training.corpora import read_set, written_emotions, written_intents
from training.tasks import FINER, SENTIMENT, Lessons, emotion_lessons, lessons, report_lessons
from training.train_emotion import read_for_emotion
from warehouse.records import INTENTS


@pytest.fixture(scope="module")
def shared(folder: Path) -> Lessons:
    return lessons(folder)


@pytest.fixture(scope="module")
def reports(folder: Path) -> Lessons:
    return report_lessons(folder)


def test_posts_written_for_the_project_have_an_intent_and_none_is_there_twice() -> None:
    posts = written_intents()
    assert {post.intent for post in posts} == set(INTENTS)
    assert len({post.text for post in posts}) == len(posts) > 400


def test_no_post_that_measures_nor_a_near_copy_of_one_was_labelled_later_or_written(folder: Path) -> None:
    posts = [post for post in labelled_posts(folder) if post.split in (*KEPT_APART, *LATER)]
    written = [post.text for post in written_intents()]
    groups = stories([post.text for post in posts] + written)
    apart = {group for post, group in zip(posts, groups, strict=False) if post.split not in LATER}
    assert not apart & {group for post, group in zip(posts, groups, strict=False) if post.split in LATER}
    assert not apart & set(groups[len(posts) :])


def test_layers_for_reports_learn_what_was_labelled_later_and_shared_ones_do_not(folder: Path, shared: Lessons, reports: Lessons) -> None:
    later = {post.text for post in labelled_posts(folder) if post.split in LATER}
    assert SENTIMENT in shared.lessons
    assert SENTIMENT not in reports.lessons
    assert len(later - set(reports.texts)) < 10
    rows = shared.lessons["intent"].rows
    assert not later & {shared.texts[row] for row in rows.tolist()}


def test_neither_list_has_a_text_of_a_part_that_measures(folder: Path, shared: Lessons, reports: Lessons) -> None:
    measured = {post.text for post in labelled_posts(folder) if post.split in KEPT_APART}
    for name in ("emot", "vaccine_emotion_id", "dengue_id"):
        measured |= set(read_set(folder, name, "dev")["text"])
    for found in (shared, reports):
        intents = {found.texts[row] for row in found.lessons["intent"].rows.tolist()}
        assert not measured & intents


def test_emotions_are_learnt_with_disgust_and_surprise_and_rare_labels_weigh_more(folder: Path) -> None:
    found = emotion_lessons(folder)
    lesson = found.lessons[FINER]
    assert set(lesson.classes) == {"anger", "disgust", "fear", "joy", "love", "neutral", "sadness", "surprise"}
    assert not set(read_set(folder, "vaccine_emotion_id", "dev")["text"]) & set(found.texts)
    of_set = np.isin(np.array(found.texts, object)[lesson.rows], read_set(folder, "vaccine_emotion_id", "train")["text"].to_numpy())
    surprise, neutral = (lesson.weights[of_set & (lesson.labels == lesson.classes.index(name))] for name in ("surprise", "neutral"))
    assert len(surprise) > 50
    assert surprise.min() > neutral.max()


def test_posts_that_were_written_or_read_for_an_emotion_are_never_set_aside_and_none_stands_in_a_part_that_measures(
    folder: Path, reports: Lessons
) -> None:
    added = {text for _, _, text in written_emotions()} | {text for text, _ in read_for_emotion(folder)}
    assert len(added) > 6_000
    for found in (reports, emotion_lessons(folder)):
        for task in {"emotion", "vaccine", FINER} & set(found.lessons):
            lesson = found.lessons[task]
            assert not {found.texts[row] for row in lesson.rows[lesson.aside].tolist()} & added
    measured = [text for name in ("emot", "vaccine_emotion_id") for text in read_set(folder, name, "dev")["text"]]
    written = [text for _, _, text in written_emotions()]
    groups = stories([*measured, *written])
    assert not set(groups[: len(measured)].tolist()) & set(groups[len(measured) :].tolist())
    assert not added & set(measured)

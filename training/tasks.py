"""What the deep tier is taught: one list of texts, and for each task the label of each text that has one.

A text is read once however many labels it has. Parts of train that the fast tier sets aside are set aside here, too: they choose and
stack, and nothing is fitted on them. Posts that were labelled by hand are left out where they stand in a set's dev part: the encoder would
see them, and what a post is for tells something of its other labels. There are two such lists: of what the shared layers are taught, and of
what those for reports are taught, which leaves sentiment out and has the posts that were labelled or written later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.evaluation.labelled import ENGLISH, INDONESIAN, KEPT_APART, LATER, Labelled, labelled_posts
from analytics.text.redact import redact
from training.corpora import read_set, set_aside, written_emotions, written_intents
from training.train_emotion import ADDED_WEIGHT, read_for_emotion
from training.train_emotion import VACCINE as SEVEN

SENTIMENT, EMOTION, VACCINE, ILLNESS, INTENT, FIRSTHAND = "sentiment", "emotion", "vaccine", "illness", "intent", "firsthand"
FINER = "finer"  #: emotion with disgust and surprise, of EmoT and the vaccination set in one: a head learns it, no layer does
TASKS = (SENTIMENT, EMOTION, VACCINE, ILLNESS, INTENT, FIRSTHAND)  #: that layers are tuned to
EMOT = {"anger": "anger", "fear": "fear", "sadness": "sadness", "happy": "joy", "love": "love"}
NEUTRAL_WEIGHT = 0.5  #: of posts of other sets that are taken for without emotion
TWEETS = 1_500  #: of TweetEval's train part; the encoder takes its time
#: How often a text of a set is read in a round, on average: large sets would drown the small ones. "plain" are posts labelled by hand for
#: no purpose that is rare.
SHARES = {"smsa": 0.15, "tweets": 0.2, "nusax": 0.1, "nusax id en": 0.7, "nusax jv min su": 0.2, "vaccine": 0.4, "plain": 0.12}
#: One sentence of NusaX in so many is read in the languages that the fast tier is asked for.
SENTENCES = {"nusax": 4, "nusax id en": 1, "nusax jv min su": 2}
_PLAIN = ("other", "information")
#: The same for the layers that tell what posts report.
REPORT_SHARES = {"plain": 0.4, EMOTION: 0.7, VACCINE: 0.5, "written emotion": 0.5, "read for emotion": 0.25}
MORE_WEIGHT = 0.5  #: of posts written or read for their emotion, where layers are tuned
VACCINE_WEIGHT = 0.7  #: of the vaccination set where emotions are learnt of it and of EmoT at once


@dataclass(frozen=True)
class Example:
    """One label of one text."""

    task: str
    text: str
    lang: str
    label: str
    weight: float
    aside: bool
    share: float = 1.0


@dataclass(frozen=True)
class Lesson:
    """All labels of one task: numbers of texts, their labels, weights, and which are set aside."""

    classes: tuple[str, ...]
    rows: NDArray[np.intp]
    labels: NDArray[np.intp]
    weights: NDArray[np.float32]
    aside: NDArray[np.bool_]


@dataclass(frozen=True)
class Lessons:
    """Different texts, their languages, how often each is read in a round, and the lessons by task."""

    texts: list[str]
    langs: list[str]
    shares: NDArray[np.float64]
    lessons: dict[str, Lesson]


def lessons(folder: Path) -> Lessons:
    """All tasks of the shared layers, in a fixed order."""
    posts = [post for post in learnt_posts(folder) if post.split not in LATER]
    by_hand = _by_hand(posts, SHARES["plain"])
    return _gathered([*_sentiment(folder), *_emotion(folder), *_vaccine(folder), *_illness(folder), *by_hand])


def report_lessons(folder: Path) -> Lessons:
    """The tasks of the layers for reports, in a fixed order."""
    by_hand = [*_by_hand(learnt_posts(folder), REPORT_SHARES["plain"]), *_composed()]
    emotion = [replace(one, share=one.share * REPORT_SHARES[EMOTION]) for one in _emotion(folder)]
    vaccine = [replace(one, share=REPORT_SHARES[VACCINE]) for one in _vaccine(folder)]
    return _gathered([*by_hand, *_illness(folder), *vaccine, *emotion, *_more_emotion(folder)])


def emotion_lessons(folder: Path) -> Lessons:
    """The one task of the head for emotions: what EmoT and the vaccination set tell, by the names of the fast tier."""
    more = [replace(one, label=SEVEN.get(one.label, one.label), weight=ADDED_WEIGHT) for one in _more_emotion(folder)]
    return _gathered([replace(one, task=FINER) for one in (*_emotion(folder), *_evened(list(_vaccine(folder))), *more)])


def _evened(found: Sequence[Example]) -> Iterable[Example]:
    """Posts of the vaccination set; labels that are rare weigh more, half-way to where all labels weigh the same."""
    counts = Counter(one.label for one in found)
    for one in found:
        weight = VACCINE_WEIGHT * (len(found) / (len(counts) * counts[one.label])) ** 0.5
        yield replace(one, label=SEVEN[one.label], weight=weight)


def _gathered(found: Sequence[Example]) -> Lessons:
    number: dict[str, int] = {}
    for one in found:
        number.setdefault(one.text, len(number))
    langs, shares = [""] * len(number), np.zeros(len(number))
    for one in found:
        row = number[one.text]
        langs[row] = langs[row] or one.lang
        if not one.aside:
            shares[row] = max(shares[row], one.share)
    taught = [task for task in (*TASKS, FINER) if any(one.task == task for one in found)]
    return Lessons(list(number), langs, shares, {task: _lesson([one for one in found if one.task == task], number) for task in taught})


def _lesson(found: Sequence[Example], number: dict[str, int]) -> Lesson:
    classes = tuple(sorted({one.label for one in found}))
    return Lesson(
        classes,
        np.array([number[one.text] for one in found], np.intp),
        np.array([classes.index(one.label) for one in found], np.intp),
        np.array([one.weight for one in found], np.float32),
        np.array([one.aside for one in found]),
    )


def _rows(table: pd.DataFrame) -> Iterable[tuple[str, str]]:
    return zip(table["text"], table["label"], strict=True)


def _smsa(folder: Path) -> pd.DataFrame:
    """A quarter of SmSA: of neutral posts all, which are few, and of what is set aside all."""
    table = read_set(folder, "smsa", "train_no_nusax")
    kept = [set_aside(text, 10) or label == "neutral" or set_aside(f"some {text}", 4) for text, label in _rows(table)]
    return table[kept]


def _sentiment(folder: Path) -> Iterable[Example]:
    for text, label in _rows(_smsa(folder)):
        yield Example(SENTIMENT, text, "id", label, 1.0, set_aside(text, 10), SHARES["smsa"])
    nusax = read_set(folder, "nusax_senti", "train")
    for text, label, lang, sentence in zip(nusax["text"], nusax["label"], nusax["lang"], nusax["id"], strict=True):
        name = next((name for name in ("nusax id en", "nusax jv min su") if lang in name.split()), "nusax")
        if set_aside(f"some {sentence}", SENTENCES[name]):
            yield Example(SENTIMENT, text, lang, label, 1.0, set_aside(sentence, 8), SHARES[name])
    for text, label in _rows(read_set(folder, "tweeteval_sentiment", "train").sample(TWEETS, random_state=0)):
        yield Example(SENTIMENT, text, "en", label, 1.0, set_aside(text, 10), SHARES["tweets"])


def _emotion(folder: Path) -> Iterable[Example]:
    for text, label in _rows(read_set(folder, "emot", "train")):
        yield Example(EMOTION, text, "id", EMOT[label], 1.0, set_aside(text, 8))
    for text, label in _rows(_smsa(folder)):
        if label == "neutral":
            yield Example(EMOTION, text, "id", "neutral", NEUTRAL_WEIGHT, set_aside(text, 8), SHARES["smsa"])


def _vaccine(folder: Path) -> Iterable[Example]:
    for text, label in _rows(read_set(folder, "vaccine_emotion_id", "train")):
        if label:  # one post has none
            yield Example(VACCINE, text, "id", label, 1.0, set_aside(text, 8), SHARES["vaccine"])


def _more_emotion(folder: Path) -> Iterable[Example]:
    """Posts written like those of both sets of emotions, and those of other sets that were read for theirs; none is set aside."""
    for source, label, text in written_emotions():
        task, name = (EMOTION, EMOT[label]) if source == "emot" else (VACCINE, label)
        yield Example(task, text, "id", name, MORE_WEIGHT, False, REPORT_SHARES["written emotion"])
    for text, emotion in read_for_emotion(folder):
        yield Example(EMOTION, text, "id", emotion, MORE_WEIGHT, False, REPORT_SHARES["read for emotion"])


def _illness(folder: Path) -> Iterable[Example]:
    for text, label in _rows(read_set(folder, "dengue_id", "train")):
        yield Example(ILLNESS, text, "id", label, 1.0, set_aside(text, 8))


def _by_hand(posts: Iterable[Labelled], plain: float) -> Iterable[Example]:
    for post in posts:
        aside = post.split == "tune"
        share = plain if post.intent in _PLAIN and not post.first_hand else 1.0
        yield Example(INTENT, post.text, post.lang, post.intent, 1.0, aside, share)
        yield Example(FIRSTHAND, post.text, post.lang, "yes" if post.first_hand else "no", 1.0, aside, share)


def _composed() -> Iterable[Example]:
    for post in written_intents():
        share = REPORT_SHARES["plain"] if post.intent in _PLAIN and not post.first_hand else 1.0
        yield Example(INTENT, post.text, post.lang, post.intent, 1.0, False, share)
        yield Example(FIRSTHAND, post.text, post.lang, "yes" if post.first_hand else "no", 1.0, False, share)


def learnt_posts(folder: Path) -> list[Labelled]:
    """Posts labelled by hand that may be learnt from, without those that stand in a set's dev part."""
    dev = {redact(text) for name in (*INDONESIAN, *ENGLISH) for text in read_set(folder, name, "dev")["text"]}
    return [post for post in labelled_posts(folder) if post.split not in KEPT_APART and post.text not in dev]

"""Why a post has its labels: the models of this version read its text again, on demand, and say what they went by.

The models are loaded when somebody first asks (two seconds, some 100 MB in a web process) and kept.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analytics.text.cues import Cues
from analytics.text.emotion import EmotionModel
from analytics.text.features import Vocabulary
from analytics.text.firsthand import FirsthandModel
from analytics.text.intent import IntentModel
from analytics.text.language import LanguageIdentifier
from analytics.text.normalise import without_placeholders
from analytics.text.places import Gazetteer
from analytics.text.sentiment import ARCHIPELAGO, SentimentModel
from analytics.text.topics import Explained, TopicIndex

Chances = tuple[tuple[str, float], ...]  #: label and probability, the likeliest first


@dataclass(frozen=True)
class NamedPlace:
    """A name that may be a place: its words, the kind of evidence beside it ("": not taken for one), and the codes that it was read as."""

    words: str
    evidence: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Why:
    """What the models said of one text. `emotion` is empty in languages that were not learnt."""

    lang: Chances
    sentiment: Chances
    emotion: Chances
    intent: Chances
    firsthand: float
    topics: tuple[Explained, ...]
    places: tuple[NamedPlace, ...]


class Models:
    """The models of the labels, loaded once. One text at a time: their memory of words is no place for two threads."""

    def __init__(self, topics_file: Path | None) -> None:
        self._topics = TopicIndex(topics_file)
        self._places = Gazetteer()
        self._vocabulary = Vocabulary()
        self._language = LanguageIdentifier(self._vocabulary)
        self._sentiment = SentimentModel(self._vocabulary)
        self._emotion = EmotionModel(self._vocabulary)
        self._intent = IntentModel(self._vocabulary)
        self._firsthand = FirsthandModel(self._vocabulary)
        self._cues = Cues(self._vocabulary)
        self._reading = threading.Lock()

    def explain(self, text: str) -> Why:
        """What is found in a text as it is stored, redacted."""
        with self._reading:
            words = self._vocabulary.read([text])
            langs, sure = self._language.identify([text], words)
            lang = langs[0]
            cues = self._cues.count([text], words)
            plain = without_placeholders(text)
            return Why(
                lang=((lang, float(sure[0])),),
                sentiment=_chances(self._sentiment.classes, self._sentiment.probabilities([text], langs, words)[0]),
                emotion=_chances(self._emotion.classes, self._emotion.probabilities(words)[0]) if lang in ARCHIPELAGO else (),
                intent=_chances(self._intent.classes, self._intent.probabilities(words, cues)[0]),
                firsthand=float(self._firsthand.predict(words, cues)[0]),
                topics=tuple(self._topics.explain(plain, lang)),
                places=tuple(NamedPlace(*found) for found in self._places.explain(plain)),
            )


def _chances(classes: Sequence[str], values: Sequence[float]) -> Chances:
    return tuple(sorted(((name, float(value)) for name, value in zip(classes, values, strict=True)), key=lambda pair: -pair[1]))


_loading = threading.Lock()
_loaded: dict[Path | None, Models] = {}


def models(topics_file: Path | None) -> Models:
    """The models of this process, with an instance's own topics; loaded at the first call."""
    with _loading:
        if topics_file not in _loaded:
            _loaded[topics_file] = Models(topics_file)
        return _loaded[topics_file]

"""The one function that labels posts: an Arrow batch in, an Arrow batch out, the same in the worker, in a pool and from file to file.

Order matters: redaction comes first, and everything after it reads the redacted text, so that no label can carry an identity. The
language comes before the labels that depend on it. There is no state but the models, and a post's labels do not depend on its
neighbours.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import accumulate, chain
from typing import Any, overload

import pyarrow as pa

from analytics.geo import FOLDER as GEO
from analytics.text import letters
from analytics.text.codes import written_whole
from analytics.text.copies import Sketcher
from analytics.text.cues import Cues
from analytics.text.emotion import EmotionModel
from analytics.text.features import Vocabulary
from analytics.text.firsthand import FirsthandModel
from analytics.text.hashes import text_hashes
from analytics.text.intent import IntentModel
from analytics.text.language import LanguageIdentifier
from analytics.text.letters import runs, without_links
from analytics.text.linear import MODELS, fingerprint
from analytics.text.marks import BRACKET, HANDLE, HASH, LINK, Marks, marks_of, rows
from analytics.text.normalise import hashtags, without_placeholders
from analytics.text.numbers import numbers_of
from analytics.text.places import Gazetteer
from analytics.text.redact import author_key, redact_read
from analytics.text.sentiment import SentimentModel
from analytics.text.topic_file import Topic
from analytics.text.topics import TopicIndex
from warehouse.records import ENRICHED_SCHEMA, NUMBER, PLACE, Post, to_arrow
from warehouse.settings import Settings

#: Columns that pass through as the source gave them.
PASSED = (
    "source", "query", "native_id", "url", "created_at", "edited_at", "collected_at",
    "repost", "reply", "likes", "reposts", "replies", "views",
)  # fmt: skip


#: Texts for which every compiled pass is called: near and far languages, one that langdetect is asked about, a number, a negation, a
#: placeholder, letters beyond ASCII, one that only Python makes small, more letters than there is room for new words.
FIRST_TEXTS = (
    "RT @a: tidak ada 3 kasus demam berdarah di Surabaya 😷 #dbd [URL]",
    "not a single case of dengue was seen in this town ŉ İ",
    "Maraming bata ang nagkasakit dahil sa lamok sa aming lugar",
    "ada " * 2_000,
)
AT_A_TIME = 2_000  #: posts of a batch that are labelled together, so that a larger batch takes no more memory and no more time a post


class Enricher:
    """Labels batches with the models of one instance. Building it loads the models; it is built once in each process."""

    def __init__(self, settings: Settings, author_key: bytes, topics: Sequence[Topic] | None = None) -> None:
        """topics: those to label with; None reads the shipped ones and enrich.topics_file."""
        self.topics = TopicIndex(settings.enrich.topics_file) if topics is None else TopicIndex.of(topics)
        self.places = Gazetteer()
        self.vocabulary = Vocabulary()
        self.language = LanguageIdentifier(self.vocabulary)
        self.sentiment = SentimentModel(self.vocabulary)
        self.emotion = EmotionModel(self.vocabulary)
        self.firsthand = FirsthandModel(self.vocabulary)
        self.intent = IntentModel(self.vocabulary)
        self.cues = Cues(self.vocabulary)
        self.sketcher = Sketcher(self.vocabulary)
        for reader in self.vocabulary.readers:
            reader.get_ready()
        self._author_key = author_key
        self._labelling = threading.Lock()  # the memory of words is no place for two threads at once
        fast = [file for file in sorted(MODELS.glob("*.npz")) if not file.name.startswith("deep_")]
        files = [*fast, *sorted(MODELS.glob("*.toml")), *sorted(GEO.glob("*.csv"))]
        self._files = [fingerprint(file) for file in files]
        self._version = self._versioned()

    def _versioned(self) -> str:
        return hashlib.sha256("|".join([self.topics.version, *self._files]).encode()).hexdigest()[:12]

    def get_ready(self) -> None:
        """Do now what the first posts would have to wait for: compiled passes are loaded (or compiled), and langdetect's profiles."""
        now = datetime(2026, 1, 1, tzinfo=UTC)
        self(to_arrow([Post("first", "first", str(number), now, text, author="a") for number, text in enumerate(FIRST_TEXTS)], now))

    @property
    def model_version(self) -> str:
        """Twelve hex digits that change when any model, topic or place does."""
        return self._version

    def use_topics(self, topics: Sequence[Topic]) -> None:
        """Label with other topics from the next batch on; a batch is labelled by the one or the other, and says by which."""
        index = TopicIndex.of(topics)
        with self._labelling:
            self.topics = index
            self._version = self._versioned()

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Label a RAW_SCHEMA batch; gives ENRICHED_SCHEMA, row for row in the same order. A missing text is an empty one."""
        texts = list(map(_readable, _strings(batch.column("text"))))
        parts = [self._labelled(batch.slice(some.start, some.stop - some.start), texts[some]) for some in runs(texts, AT_A_TIME)]
        return parts[0] if len(parts) == 1 else pa.Table.from_batches(parts, ENRICHED_SCHEMA).combine_chunks().to_batches()[0]

    def _labelled(self, batch: pa.RecordBatch, texts: list[str]) -> pa.RecordBatch:
        with self._labelling:
            return self._label(batch, texts)

    def _label(self, batch: pa.RecordBatch, written: list[str]) -> pa.RecordBatch:
        texts, read = redact_read(written, written_whole(written))
        marked = marks_of(read)
        block = letters.block(texts, read, marked)
        words = self.vocabulary.read(texts, [block])
        plain, plain_read = _Plain(texts), letters.without_placeholders(read, marked) if rows(marked, BRACKET) else read
        bare = without_links(plain_read, marked) if rows(marked, HANDLE | BRACKET | LINK) else plain_read
        langs, lang_ps = self.language.identify(texts, words)
        sentiments, sentiment_ps = self.sentiment.predict(texts, langs, words)
        emotions, emotion_ps = self.emotion.predict(langs, words)
        cues = self.cues.count_in(read, marked, words)
        intents, intent_ps = self.intent.predict(words, cues)
        columns: dict[str, Any] = {name: batch.column(name) for name in PASSED}
        columns |= {
            "author_key": self.author_keys(batch),
            "text": texts,
            "text_hash": text_hashes(texts, [block]),
            "hashtags": _hashtags(texts, marked),
            "lang": langs,
            "lang_p": lang_ps,
            "lang_second": self.language.second(langs, words),
            "topics": self.topics.match_in(plain, langs, plain_read, bare, marked),
            "places": _structs(self.places.find_in(plain, bare, marked, batch.column("place_hint").to_pylist()), PLACE),
            "sentiment": sentiments,
            "sentiment_p": sentiment_ps,
            "emotion": emotions,
            "emotion_p": emotion_ps,
            "intent": intents,
            "intent_p": intent_ps,
            "firsthand_p": self.firsthand.predict(words, cues),
            "numbers": _structs(numbers_of(plain, plain_read, marked), NUMBER),
            "sketch": self.sketcher.draw(words).pack(),
            "model_version": pa.repeat(self.model_version, len(texts)),
        }
        return pa.RecordBatch.from_arrays([_array(columns[field.name], field.type) for field in ENRICHED_SCHEMA], schema=ENRICHED_SCHEMA)

    def author_keys(self, batch: pa.RecordBatch) -> list[str | None]:
        """Pseudonyms of the authors; one who wrote several posts of the batch is hashed once."""
        authors = list(zip(*(_strings(batch.column(name)) for name in ("source", "author")), strict=True))
        keys = {pair: author_key(pair[0] or "", pair[1], self._author_key) if pair[1] else None for pair in set(authors)}
        return [keys[pair] for pair in authors]


class _Plain(Sequence[str]):
    """Texts with a space in place of each placeholder, made only of those that are asked for: few."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> _Plain: ...
    def __getitem__(self, row: int | slice) -> str | _Plain:
        return _Plain(self._texts[row]) if isinstance(row, slice) else without_placeholders(self._texts[row])


def _hashtags(texts: list[str], marked: Marks) -> list[list[str]]:
    tags: list[list[str]] = [[] for _ in texts]
    for row in rows(marked, HASH):
        tags[row] = hashtags(texts[row])
    return tags


def _structs(rows: Sequence[Sequence[tuple[Any, ...]]], kind: pa.StructType) -> pa.Array:
    """Lists of structs from lists of tuples, whose values are in the order of the fields of `kind`."""
    fields: Iterable[tuple[Any, ...]] = zip(*chain.from_iterable(rows), strict=True)
    columns = [pa.array(values, field.type) for values, field in zip(fields, kind, strict=False)] or [
        pa.array([], each.type) for each in kind
    ]
    starts = pa.array([0, *accumulate(map(len, rows))], pa.int32())
    return pa.ListArray.from_arrays(starts, pa.StructArray.from_arrays(columns, fields=list(kind)))


def _strings(column: pa.Array) -> list[str | None]:
    """The strings of a column; bytes that are no UTF-8, which some writers of Parquet let through, become U+FFFD."""
    try:
        return column.to_pylist()
    except UnicodeDecodeError:
        return [None if value is None else value.decode("utf-8", "replace") for value in column.cast(pa.binary()).to_pylist()]


def _readable(text: str | None) -> str:
    """A text without the NUL that databases and CSV readers stumble over."""
    return "" if text is None else text.replace("\x00", "")


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    return values if isinstance(values, pa.Array) else pa.array(values, kind)

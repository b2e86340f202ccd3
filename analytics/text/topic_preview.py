"""What a topic that is being written would have found among posts, beside what the topic finds as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analytics.text.normalise import without_placeholders
from analytics.text.topic_file import Topic
from analytics.text.topics import TopicIndex

_DRAFT, _NOW = "draft", "now"


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Of each post (posts,): whether the draft finds it, whether the topic as it is does."""

    draft: NDArray[np.bool_]
    now: NDArray[np.bool_]

    @property
    def gained(self) -> NDArray[np.bool_]:
        return self.draft & ~self.now

    @property
    def lost(self) -> NDArray[np.bool_]:
        return self.now & ~self.draft


class Comparison:
    """A draft and the topic as it is (None: there is none yet, or it is switched off), in one pass over the posts."""

    def __init__(self, draft: Topic, now: Topic | None, beside: Sequence[Topic] = ()) -> None:
        pair = [replace(draft, code=_DRAFT), *([replace(now, code=_NOW)] if now else [])]
        self._index = TopicIndex.of(pair, beside)

    def __call__(self, posts: pa.Table) -> Compared:
        """posts: a table with the columns text and lang; the texts are those of the warehouse, redacted."""
        texts = [without_placeholders(text or "") for text in posts["text"].to_pylist()]
        found = self._index.match(texts, posts["lang"].to_pylist())
        return Compared(*(np.fromiter((name in codes for codes in found), np.bool_, len(found)) for name in (_DRAFT, _NOW)))

    def finds(self, text: str) -> bool:
        """Whether the draft finds this text."""
        return _DRAFT in self._index.match([text])[0]

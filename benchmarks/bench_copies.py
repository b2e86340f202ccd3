"""How fast copies are told, and how that grows: `python -m benchmarks copies`

CPU time on one core and bytes of the index, on made-up posts of which a third are edited copies of earlier ones. Beside it the two streams
that make an index of copies slow: a bot that sends one form with other numbers all day, and a campaign of own words before one list of
hashtags. For comparison, in the same run: scikit-learn's TF-IDF of pairs of words with every cosine above a threshold, a block at a time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import accumulate
from resource import RUSAGE_SELF, getrusage
from time import process_time

import numpy as np

from analytics.evaluation.edits import EDITS
from analytics.text.copies import CopyIndex, Sketcher
from analytics.text.features import Vocabulary

SIZES = (10_000, 100_000, 1_000_000)
HARD_SIZES = (10_000, 20_000, 40_000)
BATCH = 2_000
COPIED, WORDS, RECENT = 1 / 3, 30_000, 5_000
TARGET = 100.0  #: seconds for a million posts on two cores
COSINE = 0.5

Stream = Callable[[int], Iterator[str]]


def _words(rng: random.Random) -> list[str]:
    """Made-up words of two to four syllables, each once."""
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(rng.choice("bcdgjklmnprst") + rng.choice("aiueo") for _ in range(rng.randint(2, 4)))] = None
    return list(words)


def mixed(count: int) -> Iterator[str]:
    """Posts of 8 to 30 words that are used as often as words are (Zipf), a third of them edited copies of a recent one."""
    rng = random.Random(7)
    words, edits = _words(rng), list(EDITS.values())
    weights = list(accumulate(1 / (rank + 10) for rank in range(WORDS)))
    recent: list[str] = []
    for _ in range(count):
        if recent and rng.random() < COPIED:
            yield rng.choice(edits)(rng.choice(recent), rng)
            continue
        text = " ".join(rng.choices(words, cum_weights=weights, k=rng.randint(8, 30)))
        recent.append(text)
        if len(recent) > RECENT:
            recent[rng.randrange(RECENT)] = recent.pop()
        yield text


def bot(count: int) -> Iterator[str]:
    """One form with other numbers."""
    rng = random.Random(8)
    for _ in range(count):
        yield (
            f"Info gempa magnitudo {rng.randint(10, 99) / 10} pada kedalaman {rng.randint(1, 999)} km pukul {rng.randint(10, 23)}:"
            f"{rng.randint(10, 59)} WIB lokasi laut selatan tidak berpotensi tsunami"
        )


def campaign(count: int) -> Iterator[str]:
    """Own words and the same nine hashtags."""
    rng = random.Random(9)
    words = _words(rng)
    tags = " ".join(f"#{word}" for word in words[:9])
    for _ in range(count):
        yield f"{' '.join(rng.choices(words, k=14))} {tags}"


def told(posts: Iterator[str], count: int) -> tuple[float, float, float, float]:
    """CPU seconds of reading words, of sketches and of matching; bytes of the index a post."""
    vocabulary, index = Vocabulary(), CopyIndex()
    sketcher = Sketcher(vocabulary)
    spent = np.zeros(3)
    for first in range(0, count, BATCH):
        texts = [next(posts) for _ in range(min(BATCH, count - first))]
        marks = [process_time()]
        words = vocabulary.read(texts)
        marks.append(process_time())
        sketches = sketcher.draw(words)
        marks.append(process_time())
        index.add(np.arange(first, first + len(texts), dtype=np.uint64), sketches)
        marks.append(process_time())
        spent += np.diff(marks)
    read, draw, match = spent.tolist()
    return read, draw, match, index.nbytes / count


def tfidf(texts: list[str], block: int = 1_000) -> float:
    """CPU seconds of every pair of posts above `COSINE` by scikit-learn, on pairs of words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    began = process_time()
    rows = TfidfVectorizer(ngram_range=(2, 2)).fit_transform(texts)
    turned = rows.T.tocsc()
    for first in range(0, len(texts), block):
        _ = ((rows[first : first + block] @ turned) > COSINE).nonzero()
    return process_time() - began


def _report(title: str, stream: Stream, count: int) -> float:
    read, draw, match, size = told(stream(count), count)
    print(
        f"{title:<10} {count:>9,} posts: words {read:6.2f} s, sketches {draw:6.2f} s, matching {match:6.2f} s of CPU;"
        f" {count / (draw + match):>8,.0f} posts/s without the words; index {size:,.0f} bytes a post",
        flush=True,
    )
    return draw + match


def main() -> None:
    told(mixed(100), 100)  # compiled, warm
    for count in SIZES:
        seconds = _report("mixed", mixed, count)
    peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    print(f"a million posts: {seconds:.0f} s on one core (target {TARGET:.0f} s on two); largest resident size {peak:,.0f} MB")
    for title, stream in (("bot", bot), ("campaign", campaign)):
        for count in HARD_SIZES:
            _report(title, stream, count)
    count = SIZES[0]
    slow, fast = tfidf(list(mixed(count))), sum(told(mixed(count), count)[:3])
    times = f"{slow / fast:.1f} times as fast"
    print(f"TF-IDF of scikit-learn, {count:,} posts: {slow:.2f} s; with words, sketches and matching: {fast:.2f} s, {times}")


if __name__ == "__main__":
    main()

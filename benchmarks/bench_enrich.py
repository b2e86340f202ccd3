"""How fast posts are labelled: each step and the whole, against the stack that people glue together today. `python -m benchmarks enrich`

CPU time on one core, on real posts of ../shared/data (each once, so that the memory of words gets no unfair help), or made-up ones
where that folder is absent. The glued stack is langdetect, a word list for the mood, and regular expressions over a pandas column.
"""

from __future__ import annotations

import gc
import random
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from analytics.enrich import Enricher
from analytics.text import letters
from analytics.text.codes import Block, Written, written_whole
from analytics.text.features import Words
from analytics.text.hashes import text_hashes
from analytics.text.marks import Marks, marks_of
from analytics.text.normalise import without_placeholders
from analytics.text.numbers import numbers_of
from analytics.text.redact import redact_read
from analytics.warm import warm
from jobs.labelling import LOOKED_THROUGH, label_in_pool, pool
from warehouse.records import Post, to_arrow
from warehouse.settings import Settings

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
SETS = ("smsa", "dengue_id", "vaccine_emotion_id", "emot", "nusax_senti", "tweeteval_sentiment")
BATCH = 2_000
GLUED = 300  # posts that the glued stack is tried on
KEY = b"k" * 32


def posts(limit: int = 20_000) -> list[str]:
    """Different posts in a fixed random order."""
    if DATA.is_dir():
        texts = [text for name in SETS for text in pd.read_csv(DATA / name / "train.csv.gz", usecols=["text"])["text"].astype(str)[:4_000]]
    else:
        examples = tomllib.loads((ROOT / "analytics" / "topics_examples.toml").read_text("utf-8"))
        parts = [text for example in examples.values() for each in example.values() for text in each]
        texts = [f"{first} {second}" for first in parts for second in parts[:40]]
    texts = list(dict.fromkeys(texts))
    random.Random(0).shuffle(texts)
    return texts[:limit]


def batches(texts: Sequence[str], size: int = BATCH) -> list[pa.RecordBatch]:
    """RAW_SCHEMA batches of `size` posts."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = [Post("bench", "all", str(number), now, text, author=f"author{number % 500}") for number, text in enumerate(texts)]
    return [to_arrow(made[first : first + size], now) for first in range(0, len(made), size)]


def rate(work: Callable[[], object], count: int) -> float:
    """Posts a second of CPU time."""
    began = process_time()
    work()
    return count / (process_time() - began)


def steps(enricher: Enricher, texts: list[str]) -> dict[str, float]:
    """Posts a second of each step, in the order of the chain, on words that it has not met before; a step takes over what those before it
    read, as in the chain."""
    written = [texts[first : first + BATCH] for first in range(0, len(texts), BATCH)]
    raw = batches(texts)
    clean: list[tuple[list[str], Written]] = []
    marked: list[Marks] = []
    blocks: list[Block] = []
    plain: list[tuple[list[str], Written, Written]] = []
    words: list[Words] = []
    langs: list[list[str]] = []
    counted: list[NDArray[np.float32]] = []

    def each(step: Callable[..., Any], *columns: Iterable[Any]) -> Callable[[], list[Any]]:
        return lambda: [step(*row) for row in zip(*columns, strict=True)]

    def without_marks(pair: tuple[list[str], Written]) -> None:
        read = letters.without_placeholders(pair[1])
        plain.append(([without_placeholders(text) for text in pair[0]], read, letters.without_links(read)))

    work: dict[str, Callable[[], object]] = {
        "redact": each(lambda some: clean.append(redact_read(some, written_whole(some))), written),
        "marks": each(lambda pair: marked.append(marks_of(pair[1])), clean),
        "without marks": each(without_marks, clean),
        "blocks": each(lambda pair, marks: blocks.append(letters.block(*pair, marks)), clean, marked),
        "words": each(lambda pair, block: words.append(enricher.vocabulary.read(pair[0], [block])), clean, blocks),
        "language": each(lambda pair, some: langs.append(enricher.language.identify(pair[0], some)[0]), clean, words),
        "second language": each(enricher.language.second, langs, words),
        "sentiment": each(lambda pair, *labels: enricher.sentiment.predict(pair[0], *labels), clean, langs, words),
        "emotion": each(enricher.emotion.predict, langs, words),
        "cues": each(lambda pair, *read: counted.append(enricher.cues.count_in(pair[1], *read)), clean, marked, words),
        "intent": each(enricher.intent.predict, words, counted),
        "firsthand": each(enricher.firsthand.predict, words, counted),
        "numbers": each(lambda some, marks: numbers_of(*some[:2], marks), plain, marked),
        "topics": each(lambda some, lang, marks: enricher.topics.match_in(some[0], lang, *some[1:], marks), plain, langs, marked),
        "places": each(lambda some, marks: enricher.places.find_in(some[0], some[2], marks), plain, marked),
        "text hashes": each(lambda pair, block: text_hashes(pair[0], [block]), clean, blocks),
        "copies": each(lambda some: enricher.sketcher.draw(some).pack(), words),
        "authors": each(enricher.author_keys, raw),
    }
    return {name: rate(step, len(texts)) for name, step in work.items()}


def glued(texts: Sequence[str]) -> float:
    """Posts a second of langdetect, a lexicon and regular expressions, row by row over a pandas column."""
    from langdetect import DetectorFactory, LangDetectException, detect

    DetectorFactory.seed = 0
    moods = {
        "bagus": 1,
        "senang": 1,
        "sembuh": 1,
        "baik": 1,
        "good": 1,
        "love": 1,
        "buruk": -1,
        "sakit": -1,
        "kecewa": -1,
        "bad": -1,
        "hate": -1,
    }
    patterns = [
        re.compile(pattern, re.IGNORECASE) for pattern in (r"\bdemam berdarah\b|\bdbd\b|\bdengue\b", r"\bvaksin\w*", r"\bcovid\w*", r"\?")
    ]

    def row(text: str) -> tuple[object, ...]:
        try:
            lang = detect(text)
        except LangDetectException:
            lang = "und"
        clean = re.sub(r"\+?\d[\d -]{8,}\d", "[phone]", re.sub(r"@\w+", "[mention]", text))
        return lang, sum(moods.get(word, 0) for word in clean.lower().split()), *(bool(pattern.search(clean)) for pattern in patterns)

    column = pd.Series(list(texts))
    row(texts[0])
    return rate(lambda: column.apply(row), len(column))


def two_processes(work: list[pa.RecordBatch]) -> float:
    """Posts a second of wall time with two processes as the worker has them, once they have started."""
    with pool(2, Settings(), KEY) as processes:
        list(processes.map(label_in_pool, [[work[0].slice(0, 10)]] * 8))
        began = perf_counter()
        done = sum(batch.num_rows for batches in processes.map(label_in_pool, [[batch] for batch in work]) for batch in batches)
        return done / (perf_counter() - began)


def main() -> None:
    texts = posts()
    warm()
    began = perf_counter()
    enricher = Enricher(Settings(), KEY)
    print(
        f"start: {perf_counter() - began:.2f} s after imports; {len(texts):,} posts of {sum(map(len, texts)) / len(texts):.0f} characters"
    )
    enricher.language.identify(["Maraming bata ang nagkasakit dahil sa lamok sa aming lugar"])  # langdetect's profiles are loaded now
    gc.freeze()  # as in a process of the pool
    gc.set_threshold(*LOOKED_THROUGH)
    for name, speed in steps(enricher, texts).items():
        print(f"{name:22} {speed:>10,.0f} posts/s a core")
    whole = Enricher(Settings(), KEY)
    gc.freeze()
    raw = batches(texts)
    whole_speed = rate(lambda: [whole(batch) for batch in raw], len(texts))
    print(f"{'whole chain':22} {whole_speed:>10,.0f} posts/s a core")
    again = rate(lambda: [whole(batch) for batch in raw], len(texts))
    print(f"{'  words known':22} {again:>10,.0f} posts/s a core")
    for size in (1, 100, 1_000, 10_000, len(texts)):
        fresh = Enricher(Settings(), KEY)
        some = texts[: 500 * size]
        work = batches(some, size)
        print(
            f"{f'  in batches of {size:,}':22} {rate(lambda w=work, e=fresh: [e(batch) for batch in w], len(some)):>10,.0f} posts/s a core"
        )
    print(f"{'whole chain, 2 procs':22} {two_processes(raw):>10,.0f} posts/s")
    glued_speed = glued(texts[:GLUED])
    print(f"{'glued stack':22} {glued_speed:>10,.0f} posts/s a core; the whole chain is {whole_speed / glued_speed:.0f} times as fast")
    print(f"memory of this process at most: {getrusage(RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, of which the posts are a part")


if __name__ == "__main__":
    main()

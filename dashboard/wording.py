"""Which terms and hashtags set the posts of some days apart from those of the days before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from analytics.log_odds import Term, count_terms, set_apart
from warehouse.queries import Catalog, Selection
from warehouse.queries.words import days_before

MOST: Final = 12  #: terms, and hashtags


@dataclass(frozen=True)
class Wording:
    """What is new in the wording. posts and before: how many were read of the days and of those before; the baseline's span of days."""

    terms: tuple[Term, ...]
    hashtags: tuple[Term, ...]
    used: tuple[tuple[str, int], ...]  #: the most used hashtags of the days, with their posts
    posts: int
    before: int
    first: Any
    last: Any


def wording(catalog: Catalog, selection: Selection) -> Wording:
    """Of a selection, read once for each published copy."""
    return _wording(catalog, selection, catalog.published_at())


@lru_cache(maxsize=32)
def _wording(catalog: Catalog, selection: Selection, published_at: Any) -> Wording:
    first, last = days_before(selection)
    now, before = catalog.texts(selection), catalog.texts(replace(selection, first=first, last=last))
    tags, tags_before = _count(now["hashtags"]), _count(before["hashtags"])
    compared = len(now) > 0 and len(before) > 0
    return Wording(
        terms=tuple(set_apart(count_terms(now["text"]), count_terms(before["text"]), MOST)) if compared else (),
        hashtags=tuple(set_apart(tags, tags_before, MOST)) if compared else (),
        used=tuple(sorted(tags.items(), key=lambda one: (-one[1], one[0]))[:MOST]),
        posts=len(now),
        before=len(before),
        first=first,
        last=last,
    )


def _count(lists: Iterable[Any]) -> Counter[str]:
    """In how many posts each hashtag is."""
    return Counter(tag for tags in lists if tags is not None for tag in set(tags))

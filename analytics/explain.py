"""A reason with every signal: what sets its posts apart, who wrote them, how much is first-hand or copied, and what that makes of it.

The class follows from shares of the signal's posts, by rules tried in this order, each with the number that led to it:

1. *collection artefact*: one source has ARTEFACT_SHARE of the posts and at most ARTEFACT_BEFORE of the baseline (it was added, or began to
   be collected otherwise), and what the other sources have would be within the interval of what is expected.
2. *one text copied*: COPIED_SHARE of the posts are one text or retell one story.
3. *campaign*: one account wrote ACCOUNT_SHARE of the posts, or one hashtag that is rare in the baseline is in HASHTAG_SHARE of them.
4. *news-driven*: NEWS_SHARE of the posts are from sources of news, or share one link.
5. *first-hand reports*: FIRSTHAND_SHARE of the posts are first-hand (`records.FIRSTHAND` or more), by at least FIRSTHAND_AUTHORS authors.
6. *mixed*: none of these.

What is cheap to make (an artefact, a copy) is ruled out first, so that "first-hand reports" is said only when nothing cheaper explains it.
Half is the natural limit for "most posts"; people reword, so that a third of one text, one hashtag or one account carries a topic; one
post in seven by the afflicted themselves is about the share that labelled posts on all topics show together. The limits are reasoned, not
fitted: there are no labelled signals to fit them to.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, TypeVar
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analytics.log_odds import Term, count_terms, post_terms, set_apart
from analytics.reason_sentences import Situation, sentence
from analytics.text.normalise import READ_AT_MOST
from analytics.text.redact import redact
from warehouse.records import FIRSTHAND

Kind = Literal["first-hand reports", "news-driven", "one text copied", "campaign", "collection artefact", "mixed"]

ARTEFACT_SHARE: Final = 0.6
ARTEFACT_BEFORE: Final = 0.05
COPIED_SHARE: Final = 0.3
ACCOUNT_SHARE: Final = 0.3
HASHTAG_SHARE: Final = 0.3
HASHTAG_RISE: Final = 5.0  #: times as frequent as in the baseline
NEWS_SHARE: Final = 0.5
FIRSTHAND_SHARE: Final = 0.15
FIRSTHAND_AUTHORS: Final = 3
LISTED: Final = 10  #: terms, hashtags, links and places that are told
EXAMPLES: Final = 5
SHARED: Final = 2  #: a link of one post is that person's, and tells nothing of the signal
CANDIDATES: Final = 200  #: posts that examples are chosen from
ALIKE: Final = 0.5  #: Jaccard index of their terms from which two posts are the same example twice
SHOWN: Final = 500  #: letters of an example
CLAIM_SHARE: Final = 0.1  #: of the posts held against the claims of fact-checkers, from which the sentence names the claim; of two or more
TITLE: Final = 200  #: letters of a claim that are told
SCORES: Final = {"negative": -1.0, "neutral": 0.0, "positive": 1.0}
NEWS_KINDS: Final = frozenset({"news", "factcheck", "official"})
Item = TypeVar("Item")


@dataclass(frozen=True)
class Counted:
    """Something that posts have in common, and how many have it."""

    name: str
    posts: int


@dataclass(frozen=True)
class Example:
    """A redacted post; `url` may be None."""

    text: str
    url: str | None
    source: str


@dataclass(frozen=True)
class Claimed:
    """A claim that fact-checkers looked at and how many posts repeat or answer it; `url` of the fact-check may be None."""

    title: str
    url: str | None
    posts: int


@dataclass(frozen=True)
class Shift:
    """Difference of the mean sentiment (-1 to 1) between the signal's posts and the baseline, with a 95 % interval."""

    change: float
    low: float
    high: float


@dataclass(frozen=True)
class Reason:
    """Why there is a signal. Shares are 0 to 1 of the posts; None where nothing is known. `evidence` led to `kind`."""

    kind: Kind
    evidence: dict[str, float]
    sentence_id: str
    sentence_en: str
    posts: int
    authors: int
    firsthand: float | None
    copies: float
    one_account: float
    one_link: float
    sources: dict[str, float]
    sentiment: Shift | None
    terms: list[Term]
    hashtags: list[Counted]
    links: list[Counted]
    places: list[Counted]
    examples: list[Example]
    observed: float
    expected: float
    lower: float
    upper: float
    since: str
    growth: float | None
    growth_low: float | None
    growth_high: float | None
    claims: list[Claimed] = field(default_factory=list)
    claims_sought: int = 0  #: posts that were held against the claims

    def to_json(self) -> str:
        """As it is stored in `signals.reason`: keys are the fields, sorted; NaN is never written."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, allow_nan=False)


def explain(posts: pa.Table, baseline: pa.Table, situation: Situation, kinds: Mapping[str, str] | None = None) -> Reason:
    """The reason of a signal from its posts and a sample of the same topic's earlier posts.

    Both tables have columns of the warehouse's `posts` (text, author_key, source, sentiment, firsthand_p, text_hash, story, hashtags, url,
    places), and whether they were held against the claims of fact-checkers and which they speak of (claim_sought, claim, claim_url); a
    column that is missing counts as null, and a post without text (a tombstone) is left out. kinds: kind of each source ("social",
    "news", ...; see `sources`). The same input gives the same reason, whatever the order of the posts but for the examples.
    """
    posts, baseline = _living(posts), _living(baseline)
    texts = posts["text"].to_pylist()
    found = set_apart(count_terms(texts), count_terms(baseline["text"].to_pylist()), LISTED)
    total = max(len(texts), 1)
    tags, links = Counter(_each(posts, "hashtags")), Counter(_links(texts, _column(posts, "url")))
    authors = Counter(author for author in _column(posts, "author_key") if author)
    firsthand = sorted(p for p in _column(posts, "firsthand_p") if p is not None)
    sources = {name: count / total for name, count in _top(Counter(_column(posts, "source")), len(texts))}
    shares = _Shares(
        firsthand=float(np.mean(np.array(firsthand) >= FIRSTHAND)) if firsthand else None,
        copies=_largest(_stories(posts)) / total if len(texts) > 1 else 0.0,
        one_account=_largest(authors) / total if len(texts) > 1 else 0.0,
        one_link=_largest(links) / total if len(texts) > 1 else 0.0,
        news=sum(share for source, share in sources.items() if (kinds or {}).get(source) in NEWS_KINDS),
        authors=len(authors),
    )
    kind, evidence = _classify(shares, sources, tags, posts, baseline, situation)
    share = next(iter(evidence.values()), 0.0)
    claims, sought = _claims(posts), sum(map(bool, _column(posts, "claim_sought")))
    told = _told(claims, sought)
    return Reason(
        kind=kind,
        evidence=evidence,
        sentence_id=sentence(situation, kind, share, "id", told),
        sentence_en=sentence(situation, kind, share, "en", told),
        posts=len(texts),
        authors=len(authors),
        firsthand=shares.firsthand,
        copies=shares.copies,
        one_account=shares.one_account,
        one_link=shares.one_link,
        sources=sources,
        sentiment=_shift(_column(posts, "sentiment"), _column(baseline, "sentiment")),
        terms=found,
        hashtags=[Counted(*pair) for pair in _top(tags, LISTED)],
        links=[Counted(*pair) for pair in _top(links, LISTED) if pair[1] >= SHARED],
        places=[Counted(*pair) for pair in _top(Counter(place["code"] for place in _each(posts, "places")), LISTED)],
        examples=_examples(posts, [term.term for term in found]),
        observed=situation.observed,
        expected=situation.expected,
        lower=situation.lower,
        upper=situation.upper,
        since=situation.since.isoformat(),
        growth=situation.growth,
        growth_low=situation.growth_low,
        growth_high=situation.growth_high,
        claims=claims,
        claims_sought=sought,
    )


@dataclass(frozen=True)
class _Shares:
    """The shares that the class rests on."""

    firsthand: float | None
    copies: float
    one_account: float
    one_link: float
    news: float
    authors: int


def _classify(
    shares: _Shares,
    sources: Mapping[str, float],
    tags: Counter[str],
    posts: pa.Table,
    baseline: pa.Table,
    situation: Situation,
) -> tuple[Kind, dict[str, float]]:
    """The class, and its numbers with the one that led to it first; the rules stand at the head of this file."""
    total, before = max(posts.num_rows, 1), max(baseline.num_rows, 1)
    source, share = next(iter(sources.items()), ("", 0.0))
    usual = Counter(_column(baseline, "source"))[source] / before
    left = situation.observed * (1 - share)
    if baseline.num_rows and share >= ARTEFACT_SHARE and usual <= ARTEFACT_BEFORE and left <= situation.upper:
        return "collection artefact", {"source_share": share, "source_share_before": usual, "posts_of_others": left}
    if shares.copies >= COPIED_SHARE:
        return "one text copied", {"copies": shares.copies}
    if shares.one_account >= ACCOUNT_SHARE:
        return "campaign", {"one_account": shares.one_account}
    tag, tagged = next(iter(_top(tags, 1)), ("", 0))
    known = Counter(_each(baseline, "hashtags"))[tag] / before if tagged >= HASHTAG_SHARE * total else 0.0
    if tagged >= HASHTAG_SHARE * total and tagged / total >= HASHTAG_RISE * known and total > 1:
        return "campaign", {"one_hashtag": tagged / total, "one_hashtag_before": known}
    if max(shares.news, shares.one_link) >= NEWS_SHARE:
        names = ("news", "one_link") if shares.news >= shares.one_link else ("one_link", "news")
        return "news-driven", {name: getattr(shares, name) for name in names}
    if (shares.firsthand or 0.0) >= FIRSTHAND_SHARE and shares.authors >= FIRSTHAND_AUTHORS:
        return "first-hand reports", {"firsthand": shares.firsthand or 0.0, "authors": float(shares.authors)}
    return "mixed", {}


def _living(table: pa.Table) -> pa.Table:
    return table.filter(pc.is_valid(table["text"]))


def _column(table: pa.Table, name: str) -> list[Any]:
    return table[name].to_pylist() if name in table.column_names else [None] * table.num_rows


def _each(table: pa.Table, name: str) -> Iterable[Any]:
    """The members of a column of lists, each once a post."""
    for members in _column(table, name):
        seen = []
        for member in members or ():
            if member not in seen:
                seen.append(member)
        yield from seen


def _stories(posts: pa.Table) -> Counter[str]:
    """How many posts tell each story: posts of one story, or of the same text."""
    told = (story or text for story, text in zip(_column(posts, "story"), _column(posts, "text_hash"), strict=True))
    return Counter(str(key) for key in told if key is not None)


def _largest(counted: Counter[Any]) -> int:
    return max(counted.values(), default=0)


def _top(counted: Counter[Item], most: int) -> list[tuple[Item, int]]:
    """The most frequent, ties in the order of their names, so that the order of the posts changes nothing."""
    return sorted(counted.items(), key=lambda pair: (-pair[1], str(pair[0])))[:most]


def _claims(posts: pa.Table) -> list[Claimed]:
    """The claims that posts speak of, most posts first, each with its headline."""
    pairs = zip(_column(posts, "claim"), _column(posts, "claim_url"), strict=True)
    named = Counter((title, url) for text, url in pairs if text and (title := _headline(text)))
    return [Claimed(title, url, count) for (title, url), count in _top(named, LISTED)]


def _headline(text: str) -> str:
    """The first line of a fact-check that says something, redacted."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    found = redact(next((line for line in lines if line), "")[: 4 * TITLE])
    return found if len(found) <= TITLE else found[: TITLE - 1].rstrip() + "…"


def _told(claims: Sequence[Claimed], sought: int) -> tuple[float, str] | None:
    """The share of the most frequent claim among the posts held against claims, and its headline, where it is worth a sentence."""
    if not claims or claims[0].posts < SHARED or claims[0].posts < CLAIM_SHARE * sought:
        return None
    return claims[0].posts / sought, claims[0].title


def _links(texts: Sequence[str], urls: Sequence[str | None]) -> Iterable[str]:
    """Addresses of the posts (an article's, in a feed) and those that the texts point to, each once a post."""
    for text, url in zip(texts, urls, strict=True):
        found = {_link(url)}
        if "://" in text:
            found |= {_link(word[word.find("http") :]) for word in text[:READ_AT_MOST].split() if "://" in word}
        yield from (link for link in found if link)


def _link(address: str | None) -> str | None:
    """Host and path of an address: the query may follow a reader. None for what is no web address."""
    try:
        parts = urlsplit((address or "")[:2_000].rstrip(".,;:!?)\"'"))
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return redact(parts.hostname.removeprefix("www.") + parts.path.rstrip("/"))


def _shift(now: Sequence[str | None], before: Sequence[str | None]) -> Shift | None:
    """Welch's interval for two means; None where a group has fewer than two posts with a mood."""
    one, two = (np.sort([SCORES[name] for name in moods if name in SCORES]) for moods in (now, before))
    if len(one) < 2 or len(two) < 2:
        return None
    change = float(one.mean() - two.mean())
    wide = 1.96 * float(np.sqrt(one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two)))
    return Shift(change, change - wide, change + wide)


def _examples(posts: pa.Table, terms: Sequence[str]) -> list[Example]:
    """Up to EXAMPLES posts that differ in author, story and words, those first that hold most of the terms."""
    step = max(posts.num_rows // CANDIDATES, 1)
    rows = posts.take(pa.array(range(0, posts.num_rows, step), pa.int64()))
    texts, authors, urls, sources = (_column(rows, name) for name in ("text", "author_key", "url", "source"))
    words = [post_terms(text) for text in texts]
    order = sorted(range(len(texts)), key=lambda i: (-sum(term in words[i] for term in terms), texts[i]))
    chosen: list[int] = []
    for i in order:
        if words[i] and not any(_same(authors[i], authors[j], words[i], words[j]) for j in chosen):
            chosen.append(i)
            if len(chosen) == EXAMPLES:
                break
    return [Example(_cut(redact(texts[i][: 4 * SHOWN])), urls[i], sources[i] or "") for i in chosen]


def _same(author: str | None, other: str | None, words: set[str], others: set[str]) -> bool:
    return (author is not None and author == other) or len(words & others) >= ALIKE * len(words | others)


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 1].rstrip() + "…"

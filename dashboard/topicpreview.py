"""What the topic that is being written would have found last week: how many posts, which, and what that changes.

The posts are read in steps, so that no answer takes long: calm days together, of a very busy day one post in so many. The browser asks for
the next step until the week is through; the tally travels with it. What a step found is remembered for a while in this process, for the
suggestions; another process reads it again.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ValidationError

from analytics.log_odds import count_terms, set_apart
from analytics.text.topic_file import Topic, TopicEntry, compiled
from analytics.text.topic_preview import Comparison
from dashboard.names import Names, names
from dashboard.site import Site
from dashboard.topicbook import book
from warehouse.errors import InputError
from warehouse.queries import Catalog, Selection, Step

DAYS: Final = 7
MOST: Final = 3_000  #: posts of one step
SHOWN: Final = 20  #: posts of each list
LISTS: Final = ("found", "gained", "lost")
TOLD: Final = 12  #: terms that are suggested
COMPARED: Final = 150  #: posts with and without the topic of one step, from which terms are suggested
LETTERS: Final = 2_000  #: of a post that is shown

Tally = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Tried:
    """What one step found. The rows are those that a list may show; the texts are samples, with (True) and without the topic."""

    counts: dict[str, int]
    rows: dict[str, list[dict[str, Any]]]
    texts: tuple[list[str], list[str]]
    languages: list[str]


def drafted(draft: Mapping[str, Any]) -> Topic:
    """The topic of a draft that came back from the browser, read again; raises SettingsError or InputError."""
    try:
        entry = TopicEntry.model_validate(draft["entry"])
    except (ValidationError, KeyError, TypeError):
        raise InputError("the draft cannot be read; reload the page") from None
    return compiled(str(draft.get("code") or "new"), entry, "draft")


def begun(site: Site, draft: Mapping[str, Any], languages: Sequence[str] | None) -> Tally:
    """A tally of nothing yet: the steps that are to be taken."""
    today = site.catalog.today()
    chosen = tuple(languages or ())
    steps = site.catalog.steps(Selection(languages=chosen, first=today - timedelta(days=DAYS - 1), last=today), MOST)
    return {
        "key": key(draft, chosen),
        "published": site.catalog.published_at().isoformat(),
        "languages": list(chosen),
        "steps": [[step.first.isoformat(), step.last.isoformat(), step.stride] for step in steps],
        "at": 0,
        "read": 0,
        "rough": any(step.stride > 1 for step in steps),
        "counts": dict.fromkeys((*LISTS, "now"), 0),
        "rows": {name: [] for name in LISTS},
    }


def key(draft: Mapping[str, Any], languages: Sequence[str]) -> str:
    """Changes with what is looked for, and where."""
    entry = draft["entry"]
    deciding = {name: entry.get(name) for name in ("terms", "only", "rules", "guards", "unless")}
    return hashlib.sha256(json.dumps([draft.get("code"), deciding, list(languages)], sort_keys=True).encode()).hexdigest()[:16]


def stepped(site: Site, draft: Mapping[str, Any], tally: Tally) -> Tally:
    """The tally after its next step."""
    if tally["at"] >= len(tally["steps"]):
        return tally
    step = _step(tally["steps"][tally["at"]])
    tried = _tried(site, draft, step, tally)
    counts = {name: tally["counts"][name] + tried.counts[name] * step.stride for name in tally["counts"]}
    rows = {name: [*tally["rows"][name], *tried.rows[name]][:SHOWN] for name in LISTS}
    return {**tally, "at": tally["at"] + 1, "read": tally["read"] + tried.counts["read"], "counts": counts, "rows": rows}


def done(tally: Tally) -> bool:
    return bool(tally["at"] >= len(tally["steps"]))


def _step(written: Sequence[Any]) -> Step:
    try:
        return Step(date.fromisoformat(written[0]), date.fromisoformat(written[1]), max(1, int(written[2])))
    except (ValueError, TypeError, IndexError):
        raise InputError("the preview cannot be read; reload the page") from None


def _tried(site: Site, draft: Mapping[str, Any], step: Step, tally: Tally) -> Tried:
    if step.last - step.first >= timedelta(days=DAYS):
        raise InputError("the preview cannot be read; reload the page")
    now = book(site)
    topic = drafted(draft)
    entry = topic.entry.model_dump_json(include={"terms", "only", "rules", "guards", "unless"})
    return _remembered(
        _Key(
            site, topic, now.now(topic.code), now.topics, (entry, topic.code, now.text, tally["published"], step, tuple(tally["languages"]))
        )
    )


@dataclass(frozen=True, eq=False)
class _Key:
    """What a step was taken with, equal by its `of`."""

    site: Site
    draft: Topic
    now: Topic | None
    beside: tuple[Topic, ...]
    of: tuple[Any, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.of == other.of and self.site is other.site

    def __hash__(self) -> int:
        return hash(self.of)


@lru_cache(maxsize=64)
def _remembered(asked: _Key) -> Tried:
    step, languages = asked.of[-2], asked.of[-1]
    posts = _texts(asked.site.catalog, step, languages, asked.of[3])
    compared = _comparison(_Key(asked.site, asked.draft, asked.now, asked.beside, asked.of[:3]))(posts)
    chosen = {"found": compared.draft, "gained": compared.gained, "lost": compared.lost, "now": compared.now}
    counts = {name: int(mask.sum()) for name, mask in chosen.items()} | {"read": posts.num_rows}
    found, rest = posts.filter(pa.array(compared.draft)), posts.filter(pa.array(~compared.draft))
    return Tried(
        counts,
        {name: _rows(posts.filter(pa.array(chosen[name])).slice(0, SHOWN)) for name in LISTS},
        (_spread(found), _spread(rest)),
        found["lang"].slice(0, COMPARED).to_pylist(),
    )


@lru_cache(maxsize=16)
def _texts(catalog: Catalog, step: Step, languages: tuple[str, ...], published: str) -> pa.Table:
    """The posts of one step of one published copy: reading them takes longer than trying a rule on them, and people type on."""
    return catalog.step_texts(step, languages)


@lru_cache(maxsize=8)
def _comparison(asked: _Key) -> Comparison:
    """Made once for all steps: it learns the words of the posts."""
    return Comparison(asked.draft, asked.now, asked.beside)


def _rows(posts: pa.Table) -> list[dict[str, Any]]:
    return [row | {"created_at": row["created_at"].isoformat(), "text": (row["text"] or "")[:LETTERS]} for row in posts.to_pylist()]


def _spread(posts: pa.Table) -> list[str]:
    """Texts of at most COMPARED posts, evenly over the step."""
    if posts.num_rows > COMPARED:
        posts = posts.take(pa.array([row * posts.num_rows // COMPARED for row in range(COMPARED)]))
    return [text for text in pc.fill_null(posts["text"], "").to_pylist() if text]


@dataclass(frozen=True)
class Suggested:
    """A term that posts of the topic hold more often than others: in how many of the posts read, and in which language it is at home."""

    term: str
    z: float
    posts: int
    others: int
    lang: str


def suggestions(site: Site, draft: Mapping[str, Any], tally: Tally) -> list[Suggested]:
    """Terms that co-occur with the topic and that it does not look for yet, the surest first (log-odds, analytics/log_odds.py)."""
    tried = [_tried(site, draft, _step(written), tally) for written in tally["steps"][: tally["at"]]]
    texts = [text for one in tried for text in one.texts[0]]
    rest = [text for one in tried for text in one.texts[1]]
    if not texts:
        return []
    topic, now = drafted(draft), book(site)
    mine = Comparison(topic, None, now.topics)
    known = " ".join((*topic.entry.guards, *topic.entry.unless)).lower()
    places = _place_words(names(site.catalog))
    languages = Counter(lang for one in tried for lang in one.languages if lang)
    home = "en" if languages["en"] > languages.total() / 2 else "id"
    found = []
    for term in set_apart(count_terms(texts), count_terms(rest), most=4 * TOLD):
        if not mine.finds(term.term) and term.term not in known and not places.issuperset(term.term.split()):
            found.append(Suggested(term.term, term.z, term.posts, term.baseline, home))
    return found[:TOLD]


def _place_words(known: Names) -> frozenset[str]:
    """Where an outbreak is stands out in its posts, but is no term of a disease."""
    named = (word for row in known.places.values() for word in str(row["name"]).lower().split())
    return frozenset(named) | {"kab", "kabupaten", "kota", "provinsi", "kecamatan", "kec", "desa", "kelurahan"}

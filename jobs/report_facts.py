"""The facts of one report, read from the published catalog, before anybody writes or draws them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import pandas as pd

from dashboard import mood
from dashboard.echo import fold
from warehouse.queries import Catalog, Selection

Kind = Literal["daily", "weekly"]

CHART_DAYS = {"daily": 28, "weekly": 84}
GREW_BY, GREW_TO = 1.5, 10  #: a topic grows when it has half as many posts again, and at least ten
LISTED_TOPICS, LISTED_SIGNALS, LISTED_CLUSTERS, LISTED_CLAIMS = 6, 12, 4, 6
COMPLETE = 0.9  #: share of the time that must be covered for a period to be compared


@dataclass(frozen=True)
class Growth:
    """A topic with more posts than in the period before."""

    topic: str
    posts: int
    before: int


@dataclass(frozen=True)
class Claimed:
    """A claim that fact-checkers looked at: its first line, its address, and how many posts speak of it."""

    headline: str
    url: str | None
    posts: int


@dataclass(frozen=True)
class Facts:
    """What a report tells. Shares are 0 to 1, None where nothing is known; `chart` has day, posts, negative, neutral, positive,
    exposure; `claims` is None where no post was held against any; `mood` is a row of `mood.of_keys`; `signals` is as Catalog.signals gives
    it, without the `echoes`, which stand by the signal_id of the signal that they echo."""

    kind: Kind
    first: date
    last: date
    posts: int
    posts_before: int | None
    questions: int
    complaints: int
    exposure: float | None
    mood: pd.Series
    signals: pd.DataFrame
    echoes: dict[str, pd.DataFrame]
    growing: list[Growth]
    claims: list[Claimed] | None
    chart: pd.DataFrame
    trouble: dict[str, str]


def period(kind: Kind, today: date, week: Literal["skdr", "iso"]) -> tuple[date, date]:
    """The last complete day, or the last complete epidemiological week, before `today`."""
    if kind == "daily":
        return today - timedelta(days=1), today - timedelta(days=1)
    started = (today.weekday() + 1) % 7 if week == "skdr" else today.weekday()  # days since Sunday, or since Monday
    first = today - timedelta(days=started + 7)
    return first, first + timedelta(days=6)


def gather(catalog: Catalog, kind: Kind, first: date, last: date) -> Facts:
    """Read everything a report of the days `first` to `last` needs. Raises NothingPublished."""
    length = last - first + timedelta(days=1)
    now, before = Selection(first=first, last=last), Selection(first=first - length, last=first - timedelta(days=1))
    totals = catalog.counts(now)[["posts", "questions", "complaints"]].sum()
    shown = Selection(first=last - timedelta(days=CHART_DAYS[kind] - 1), last=last)
    chart = catalog.counts(shown).rename(columns={"period": "day"}).merge(catalog.exposure(shown), on="day")
    signals, echoes = fold(catalog.signals(now, order="surest"))
    return Facts(
        kind,
        first,
        last,
        posts=int(totals["posts"]),
        posts_before=_total(catalog, before) if comparable(catalog, before) and comparable(catalog, now) else None,
        questions=int(totals["questions"]),
        complaints=int(totals["complaints"]),
        exposure=covered(catalog, now),
        mood=mood.of_keys(catalog, now, None, 1).iloc[0],
        signals=signals,
        echoes=echoes,
        growing=_growing(catalog, now, before),
        claims=_claims(catalog, now),
        chart=chart,
        trouble=_trouble(catalog),
    )


def _total(catalog: Catalog, selection: Selection) -> int:
    return int(catalog.counts(selection)["posts"].sum())


def covered(catalog: Catalog, selection: Selection) -> float | None:
    """The share of the selection's time that was covered; None where the ledger says nothing."""
    share = catalog.exposure(selection)["exposure"]
    return None if share.isna().all() else float(share.fillna(0).mean())


def comparable(catalog: Catalog, selection: Selection) -> bool:
    """Whether a period may be compared with another: covered, or not known to be uncovered."""
    share = covered(catalog, selection)
    return share is None or share >= COMPLETE


def _growing(catalog: Catalog, now: Selection, before: Selection) -> list[Growth]:
    if not (comparable(catalog, now) and comparable(catalog, before)):
        return []
    counts = [catalog.counts(selection, by="topic").groupby("key")["posts"].sum() for selection in (now, before)]
    both = pd.concat(counts, axis=1, keys=["posts", "before"]).fillna(0).astype(int)
    grown = both[(both["posts"] >= GREW_TO) & (both["posts"] >= GREW_BY * both["before"])]
    top = grown.assign(more=grown["posts"] - grown["before"]).nlargest(LISTED_TOPICS, "more")
    return [Growth(str(topic), int(row.posts), int(row.before)) for topic, row in top.iterrows()]


def _claims(catalog: Catalog, selection: Selection) -> list[Claimed] | None:
    """Those that most posts of the period speak of."""
    found = catalog.spoken_of(selection.first, selection.last)
    if found.empty:
        return None
    of = found.dropna(subset=["claim"]).groupby("claim").agg({"headline": "first", "url": "first", "posts": "sum"})
    most = of.sort_values(["posts", "headline"], ascending=[False, True]).head(LISTED_CLAIMS)
    return [Claimed(row["headline"], row["url"], int(row["posts"])) for row in records(most)]


def _trouble(catalog: Catalog) -> dict[str, str]:
    return {row["title"]: row["last_error"] for row in records(catalog.source_status()) if row["enabled"] and row["last_error"]}


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a small frame as dicts."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]

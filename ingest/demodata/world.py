"""The demo's posts: a function of seed, last day, day and channel alone, so any slice of time holds the same posts however it is asked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ingest.demodata.epidemiology import TOPIC_INDEX, TOPICS, intensity, place_cdf
from ingest.demodata.factchecks import published
from ingest.demodata.pen import LONGEST_AFTERMATH, Draft, Fate, Pen
from ingest.demodata.phrases import Dice
from ingest.demodata.scenario import CHANNELS, FACTCHECK, Scenario, Wave, extra, scenario
from warehouse.records import Deletion, Post

REFERENCE_VOLUME = 200.0  #: posts a day for which the sizes of waves are stated

_HOURS = {  # relative number of posts by hour of the day
    "news": (1, 1, 1, 1, 2, 4, 7, 8, 9, 9, 9, 9, 8, 8, 8, 8, 7, 6, 5, 5, 4, 3, 2, 1),
    "": (3, 2, 1, 1, 2, 4, 6, 7, 7, 6, 6, 6, 7, 7, 6, 6, 6, 7, 8, 9, 10, 9, 7, 5),
}


@dataclass(frozen=True, slots=True)
class World:
    """seed, last day of history, zone whose midnight ends a day, and mean posts a day over all channels."""

    seed: int
    end: date
    zone: ZoneInfo
    volume: float = REFERENCE_VOLUME

    @property
    def scenario(self) -> Scenario:
        return scenario(self.end)

    def midnight(self, day: date) -> datetime:
        """The start of a day, in UTC."""
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def drafts(self, day: date, channel: str, source: str) -> list[Draft]:
        """All posts of one channel on one day in order of time; none on a silent day."""
        if self.scenario.silent(day, channel):
            return []
        if channel == FACTCHECK:
            return published(day, self.end, self.midnight(day), source)
        rng = np.random.default_rng([self.seed, day.toordinal(), list(CHANNELS).index(channel)])
        topics, waves = self._subjects(day, channel, rng)
        moments = self._moments(day, channel, len(topics), rng)
        fates = _fates(topics, rng)
        pen = Pen(f"{channel[0]}{day:%y%m%d}", channel, source, Dice(f"{self.seed} {day} {channel}"), [])
        for topic, wave, moment, fate in zip(topics, waves, moments, fates, strict=True):
            pen.write(topic, wave, moment, fate)
        return [self._heard(draft, channel) for draft in pen.done]

    def _heard(self, draft: Draft, channel: str) -> Draft:
        """An edit or a deletion on a silent day is never heard of, so it is as if it had not been."""
        moment = draft.deleted_at or (draft.edited.edited_at if draft.edited else None)
        if moment is None or not self.scenario.silent(self.day_of(moment), channel):
            return draft
        return Draft(draft.post, draft.about)

    def _subjects(self, day: date, channel: str, rng: np.random.Generator) -> tuple[list[int], list[Wave | None]]:
        """What each post of the day is about, in random order: row of its topic, and its wave or None."""
        share = CHANNELS[channel] * self.volume
        noise = np.random.default_rng([self.seed, day.toordinal(), len(CHANNELS)]).gamma(40.0, 1 / 40.0, len(TOPICS))
        counts = rng.poisson(intensity(day, self.end, channel) * noise * share)
        pairs: list[tuple[int, Wave | None]] = [(number, None) for number, count in enumerate(counts) for _ in range(count)]
        for wave, expected in extra(self.end).get(day, ()):
            rate = expected * share / REFERENCE_VOLUME * _lean(wave, channel)
            pairs += [(TOPIC_INDEX[wave.topic], wave)] * int(rng.poisson(rate))
        order = rng.permutation(len(pairs)).tolist()
        return [pairs[number][0] for number in order], [pairs[number][1] for number in order]

    def _moments(self, day: date, channel: str, count: int, rng: np.random.Generator) -> list[datetime]:
        """Times of the posts in UTC, ascending, by the channel's hours of the day."""
        start, stop = self.midnight(day), self.midnight(day + timedelta(days=1))
        hours = np.cumsum((0, *_HOURS.get(channel, _HOURS[""])))
        fractions: NDArray[np.float64] = np.interp(rng.random(count) * hours[-1], hours, np.arange(25) / 24)
        seconds = np.sort(fractions) * (stop - start).total_seconds()
        return [start + timedelta(seconds=int(second)) for second in seconds.tolist()]


def _fates(topics: list[int], rng: np.random.Generator) -> list[Fate]:
    """One fate a post; the place is drawn from its topic's distribution."""
    uniform = rng.random((len(topics), 8))
    where = (place_cdf()[topics] <= uniform[:, 7:]).sum(axis=1)
    likes = rng.lognormal(1.2, 1.3, len(topics)).astype(int)
    columns = [*uniform[:, :7].T.tolist(), where.tolist(), likes.tolist()]
    return [Fate._make(row) for row in zip(*columns, strict=True)]


def _lean(wave: Wave, channel: str) -> float:
    """A hoax spreads where people forward, not in the news; the mean over channels stays about 1."""
    if wave.kind == "hoax":
        return {"microblog": 1.2, "forum": 1.4, "video": 1.0, "news": 0.1}[channel]
    return 1.0


class Timeline:
    """One channel of the world as a source shows it, slice by slice."""

    def __init__(self, world: World, channel: str, source: str) -> None:
        self.world, self.channel, self.source = world, channel, source
        self._recent: OrderedDict[date, list[Draft]] = OrderedDict()

    def items(self, since: datetime, until: datetime, run: tuple[datetime, datetime] | None = None) -> Iterator[Post | Deletion]:
        """What happens in [since, until), oldest first: new posts, edits of older ones, deletions.

        run: the span of the run that this slice is a part of (default: the slice). Who collects late sees a post as it stands by then,
        so a post of the run comes once, with its edit; only an edit of a post from before the run comes as a further version.
        """
        run = run or (since, until)
        found: list[tuple[datetime, Post | Deletion]] = []
        day, last = self.world.day_of(since - LONGEST_AFTERMATH), self.world.day_of(until)
        while day <= last:
            for draft in self._drafts(day):
                found += _happenings(draft, since, until, run)
            day += timedelta(days=1)
        yield from (item for _, item in sorted(found, key=lambda pair: pair[0]))

    def _drafts(self, day: date) -> list[Draft]:
        if day not in self._recent:
            self._recent[day] = self.world.drafts(day, self.channel, self.source)
            if len(self._recent) > 3:
                self._recent.popitem(last=False)
        return self._recent[day]


def _happenings(draft: Draft, since: datetime, until: datetime, run: tuple[datetime, datetime]) -> list[tuple[datetime, Post | Deletion]]:
    found: list[tuple[datetime, Post | Deletion]] = []
    post, edited = draft.post, draft.edited
    moment = edited.edited_at if edited else None
    if since <= post.created_at < until:
        found.append((post.created_at, edited if edited and moment and moment < run[1] else post))
    elif edited and moment and since <= moment < until and post.created_at < run[0]:
        found.append((moment, edited))
    if draft.deleted_at and since <= draft.deleted_at < until:
        found.append((draft.deleted_at, Deletion(post.source, post.native_id, draft.deleted_at)))
    return found

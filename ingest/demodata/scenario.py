"""What happens in the demo's world: outbreaks, a hoax wave, a campaign and gaps, around the last day so that it is alive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

CHANNELS = {"microblog": 0.5, "news": 0.16, "forum": 0.14, "video": 0.2}  #: share of all posts
FACTCHECK = "factcheck"  #: one more channel: a handful of fact-checks, no share of the posts
ALL_CHANNELS = (*CHANNELS, FACTCHECK)
COUNTRY = "ID"


@dataclass(frozen=True, slots=True)
class Wave:
    """Something that makes people post more. size: expected extra posts over its whole life at 200 posts a day.

    places: all places of one that is spread over several, `place` the first of them.
    """

    id: str
    kind: str  # outbreak, hoax or campaign
    topic: str
    place: str
    start: date
    peak: date
    end: date
    size: float
    places: tuple[str, ...] = ()

    @property
    def spread(self) -> bool:
        """Whether it is spread thin over neighbouring places."""
        return len(self.places) > 1

    def expected(self) -> dict[date, float]:
        """Extra posts by day: a power rise to the peak, then an exponential fall to a tenth of it."""
        rise, fall = (self.peak - self.start).days + 1, (self.end - self.peak).days
        up = (np.arange(1, rise + 1) / rise) ** 1.3
        down = np.exp(-2.3 * np.arange(1, fall + 1) / max(fall, 1))
        curve = np.concatenate([up, down])
        return {self.start + timedelta(days=number): float(value) for number, value in enumerate(self.size * curve / curve.sum())}


@dataclass(frozen=True, slots=True)
class Gap:
    """Days (both included) on which the named channels were not collected at all."""

    first: date
    last: date
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    waves: tuple[Wave, ...]
    gaps: tuple[Gap, ...]

    def silent(self, day: date, channel: str) -> bool:
        return any(gap.first <= day <= gap.last and channel in gap.channels for gap in self.gaps)


# kind, topic, place (or places), days from the last day to start, peak and end, size
_WAVES = (
    ("outbreak", "dengue", "32.05", -12, 2, 16, 520),  # running now
    ("outbreak", "food_poisoning", "34.04", -1, 0, 3, 170),  # started yesterday
    ("outbreak", "leptospirosis", "35.01", -18, -12, -4, 160),
    ("outbreak", "measles", "35.29", -44, -33, -25, 300),
    ("outbreak", "diarrhoea", "94", -58, -54, -47, 170),
    ("outbreak", "air_pollution", "62", -104, -92, -78, 420),
    ("outbreak", "malaria", "93", -151, -141, -128, 160),
    ("outbreak", "mpox", COUNTRY, -214, -206, -190, 240),
    ("outbreak", "rabies", "53", -301, -290, -272, 260),
    ("outbreak", "dengue", "31.75", -412, -398, -376, 480),
    ("outbreak", "toxic_syrup", COUNTRY, -521, -512, -495, 260),
    ("hoax", "vaccination", COUNTRY, -16, -12, -3, 260),
    ("campaign", "polio", "35", -40, -37, -33, 320),
    # spread over neighbouring places of two provinces, so thin that no single place shows it
    ("outbreak", "hfmd", "33.01 33.02 33.29 32.12 32.05", -14, -3, 6, 44),
    ("outbreak", "typhoid", "35.09 35.10 51.08 51.03", -46, -37, -28, 40),
)
_GAPS = ((-23, -22, ALL_CHANNELS), (-51, -50, ("forum",)))

# After the last day the world goes on: every nine days the next of these begins.
_COMING = (
    ("dengue", "33.74"), ("measles", "11"), ("diarrhoea", "53.71"), ("influenza", "31"), ("rabies", "51"), ("food_poisoning", "32.03"),
    ("hfmd", "35.78"), ("leptospirosis", "34.02"), ("dengue", "73.71"), ("typhoid", "18"),
    ("air_pollution", "14"), ("malaria", "91"),
)  # fmt: skip
_COMING_EVERY, _COMING_COUNT = 9, 120


@cache
def scenario(end: date) -> Scenario:
    """The events of a demo whose last day of history is `end`."""
    waves = [_wave(end, number, *row) for number, row in enumerate(_WAVES, start=1)]
    for number in range(_COMING_COUNT):
        topic, place = _COMING[number % len(_COMING)]
        start = 5 + number * _COMING_EVERY
        waves.append(_wave(end, len(waves) + 1, "outbreak", topic, place, start, start + 5, start + 13, 180.0))
    gaps = tuple(Gap(end + timedelta(days=first), end + timedelta(days=last), channels) for first, last, channels in _GAPS)
    return Scenario(tuple(waves), gaps)


def _wave(end: date, number: int, kind: str, topic: str, place: str, start: int, peak: int, last: int, size: float) -> Wave:
    first, top, final = (end + timedelta(days=offset) for offset in (start, peak, last))
    places = tuple(place.split())
    return Wave(f"{kind}-{number}", kind, topic, places[0], first, top, final, float(size), places)


@cache
def extra(end: date) -> dict[date, tuple[tuple[Wave, float], ...]]:
    """The waves that touch a day, with the posts expected of each."""
    found: dict[date, tuple[tuple[Wave, float], ...]] = {}
    for wave in scenario(end).waves:
        for day, expected in wave.expected().items():
            found[day] = (*found.get(day, ()), (wave, expected))
    return found

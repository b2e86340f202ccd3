"""How much each topic of the demo is talked of: its share, its season, its trend, and where.

Invented for a lively demo; no figure here says anything about the real world. Provinces and regencies are Kemendagri codes.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
NOISE = "noise"  #: figures of speech and other posts that no health topic should claim

_PEAK = {"rain": 40, "dry": 255, "": 0}  # day of the year with the most posts
_WEEKDAY = {"news": (1.12, 1.1, 1.1, 1.08, 1.05, 0.8, 0.75), "": (1.04, 1.03, 1.02, 1.0, 0.98, 0.94, 0.99)}


@dataclass(frozen=True, slots=True)
class Topic:
    """share: of all posts, any unit; amplitude: log of the season's swing; trend: log growth a year; where: weights by province."""

    code: str
    share: float
    season: str = ""
    amplitude: float = 0.0
    trend: float = 0.0
    where: Mapping[str, float] = field(default_factory=dict)


TOPICS = (
    Topic("dengue", 12, "rain", 0.75, 0.05),
    Topic("measles", 4, trend=0.15),
    Topic("vaccination", 6),
    Topic("polio", 2.5),
    Topic("covid19", 6, trend=-0.35),
    Topic("diarrhoea", 5, "rain", 0.3),
    Topic("leptospirosis", 1.5, "rain", 0.6, where={"33": 3, "34": 4, "35": 2}),
    Topic("rabies", 2, where={"51": 8, "53": 15, "52": 3}),
    Topic("tuberculosis", 5),
    Topic("influenza", 8, "rain", 0.2),
    Topic("air_pollution", 5, "dry", 0.7, where={"31": 4, "14": 8, "15": 6, "16": 4, "61": 6, "62": 10}),
    Topic("mental_health", 9, trend=0.12),
    Topic("nutrition", 4.5, where={"53": 5}),
    Topic("insurance", 8),
    Topic("food_poisoning", 2.5, trend=0.2),
    Topic("toxic_syrup", 1.5),
    Topic("mpox", 1),
    Topic("malaria", 2, where={"91": 60, "93": 60, "94": 40, "92": 30, "96": 30, "53": 5}),
    Topic("cardiovascular", 4),
    Topic("diabetes", 4.5),
    Topic("typhoid", 2.5, "rain", 0.15),
    Topic("hfmd", 1.5),
    Topic(NOISE, 6),
)
TOPIC_INDEX = {topic.code: number for number, topic in enumerate(TOPICS)}


@dataclass(frozen=True, slots=True)
class Place:
    """A province ("31") or regency ("31.75"), the ways people write it, and its share of the posts that name a place."""

    code: str
    name: str
    aliases: tuple[str, ...]
    weight: float

    @property
    def level(self) -> str:
        return "regency" if "." in self.code else "province"

    @property
    def province(self) -> str:
        return self.code[:2]


@cache
def places() -> tuple[Place, ...]:
    """All 38 provinces and the regencies people write of, weighted by population; a third goes to the province's own name."""
    with (HERE / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    population = {row["code"]: float(row["weight"]) for row in rows if "." not in row["code"]}
    members = {code: sum(row["code"].startswith(f"{code}.") for row in rows) for code in population}
    return tuple(
        Place(row["code"], row["name"], tuple(row["aliases"].split("|")), _weight(row["code"], population, members)) for row in rows
    )


def _weight(code: str, population: Mapping[str, float], members: Mapping[str, int]) -> float:
    province = code[:2]
    if not members[province]:
        return population[province]
    return population[province] * (0.35 if code == province else 0.65 / members[province])


@cache
def place_index() -> dict[str, int]:
    """Row of each place code in `places()`."""
    return {place.code: number for number, place in enumerate(places())}


@cache
def place_cdf() -> NDArray[np.float64]:
    """Cumulative probability of each place, (topics, places)."""
    weights = np.array([[place.weight * topic.where.get(place.province, 1.0) for place in places()] for topic in TOPICS])
    cumulative = weights.cumsum(axis=1)
    return cumulative / cumulative[:, -1:]


def intensity(day: date, origin: date, channel: str) -> NDArray[np.float64]:
    """Expected share of a mean day's posts by topic on `day`, (topics,); sums to about 1 over a year. `origin` is where the trend is 0."""
    shares, peaks, amplitudes, trends = _arrays()
    season = np.exp(amplitudes * np.cos(2 * np.pi * (day.timetuple().tm_yday - peaks) / 365.25)) / np.i0(amplitudes)
    trend = np.exp(trends * (day - origin).days / 365.25)
    weekday = _WEEKDAY.get(channel, _WEEKDAY[""])[day.weekday()]
    return shares * season * trend * weekday


@cache
def _arrays() -> tuple[NDArray[np.float64], ...]:
    shares = np.array([topic.share for topic in TOPICS])
    columns = [shares / shares.sum(), [_PEAK[topic.season] for topic in TOPICS], [t.amplitude for t in TOPICS], [t.trend for t in TOPICS]]
    return tuple(np.asarray(column, dtype=np.float64) for column in columns)

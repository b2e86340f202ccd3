"""Episodes of signals: the worker joins the days of one outbreak, and copies what people did into the warehouse for analysts.

Signals are recomputed; episodes and the steps of people stand in state.sqlite, which recomputing never touches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any, Final

import pyarrow as pa

from warehouse import detectors, schema
from warehouse.database import Connection, rows, transaction
from warehouse.state import Episode, Review, State
from warehouse.store import Warehouse

#: A signal so long after the last one (or before the first) still belongs to an open episode: the serial interval of most diseases that
#: are watched is under two weeks, and weekly rhythms must not cut an outbreak in two.
QUIET: Final = timedelta(days=7)

Key = tuple[str, str]


def follow(wh: Warehouse, state: State) -> int:
    """Join new signals to their open episodes or open new ones, withdraw what no longer stands and nobody touched, and copy episodes
    and steps into the warehouse. Returns how many episodes there are. Call it before each publication."""
    con = wh.con
    known = state.episodes()
    with transaction(con):
        _register(con, known)
        changed = joined(known, rows(con, _LOOSE))
        ids = {one.episode_id for one in changed}
        standing = {row["episode_id"]: row for row in rows(con, _STANDING)}
        kept = ids | standing.keys()
        gone = [one.episode_id for one in known if not one.last_step and one.episode_id not in kept]
        con.unregister("known_episodes")
    shorter = [_shortened(one, standing) for one in known if not one.last_step and one.episode_id in standing and one.episode_id not in ids]
    state.follow_episodes([*changed, *(one for one in shorter if one is not None)], gone)
    episodes = state.episodes()
    with transaction(con):
        _copy(con, episodes, state.reviews())
    return len(episodes)


def joined(known: Iterable[Episode], loose: Iterable[dict[str, Any]]) -> list[Episode]:
    """Episodes that are opened or lengthened by signals which belong to none yet.

    loose: rows with signal_id, topic, place_code, level, detector, day, first_detected_at, sorted by day. A signal joins the nearest open
    episode of its topic, place and detector (weeks and days join each other, see `warehouse.detectors`) from which no more than QUIET
    separates it; days between two episodes stay theirs.
    """
    by_key: dict[Key, list[Episode]] = {}
    for one in known:
        by_key.setdefault(_key(one), []).append(one)
    changed: dict[str, Episode] = {}
    for row in loose:
        there = by_key.setdefault((row["topic"], row["place_code"]), [])
        own = [one for one in there if one.takes(row["detector"])]
        if any(one.first_day <= row["day"] <= one.last_day for one in own):
            continue  # an earlier row has just lengthened the episode over this day
        near = [one for one in own if one.open and _apart(one, row["day"]) <= QUIET]
        found = min(near, key=lambda one: _apart(one, row["day"])) if near else None
        if found is None:
            grown = _opened(row)
        else:
            there.remove(found)
            grown = replace(found, first_day=min(found.first_day, row["day"]), last_day=max(found.last_day, row["day"]))
        there.append(grown)
        changed[grown.episode_id] = grown
    return list(changed.values())


def _key(one: Episode) -> Key:
    return one.topic, one.place_code


def _apart(one: Episode, day: date) -> timedelta:
    return max(one.first_day - day, day - one.last_day)


def _opened(row: dict[str, Any]) -> Episode:
    """A new episode bears the id of its first signal."""
    return Episode(
        row["signal_id"],
        row["topic"],
        row["place_code"],
        row["level"] or "",
        row["detector"],
        row["day"],
        row["day"],
        row["first_detected_at"],
    )


def _shortened(one: Episode, standing: dict[str, dict[str, Any]]) -> Episode | None:
    """An episode that nobody touched follows its signals; None when it is as long as they say."""
    row = standing[one.episode_id]
    if (row["first_day"], row["last_day"]) == (one.first_day, one.last_day):
        return None
    return replace(one, first_day=row["first_day"], last_day=row["last_day"])


_BELONGS = f"""e.topic = s.topic AND e.place_code = s.place_code AND {detectors.JOIN}
    AND s.day BETWEEN e.first_day AND e.last_day"""

_LOOSE = f"""SELECT s.signal_id, s.topic, s.place_code, s."level", s.detector, s.day, s.first_detected_at
FROM signals AS s WHERE NOT EXISTS (SELECT 1 FROM known_episodes AS e WHERE {_BELONGS}) ORDER BY s.day, s.signal_id"""

_STANDING = f"""SELECT e.episode_id, min(s.day) AS first_day, max(s.day) AS last_day
FROM signals AS s JOIN known_episodes AS e ON {_BELONGS} GROUP BY e.episode_id"""

_DAYS = f"""SELECT e.* EXCLUDE (last_step, last_step_at), s.days, s.observed_max, s.pvalue_min FROM known_episodes AS e
LEFT JOIN (
    SELECT e.episode_id, count(*) AS days, max(s.observed) AS observed_max, min(s.pvalue) AS pvalue_min
    FROM signals AS s JOIN known_episodes AS e ON {_BELONGS} GROUP BY e.episode_id
) AS s USING (episode_id)"""

_UTC = pa.timestamp("us", tz="UTC")
_TYPES: Final = {
    "first_day": pa.date32(),
    "last_day": pa.date32(),
    "opened_at": _UTC,
    "verifying_at": _UTC,
    "decided_at": _UTC,
    "closed_at": _UTC,
    "last_step_at": _UTC,
    "at": _UTC,
    "last_step": pa.int64(),
    "review_id": pa.int64(),
    "undoes": pa.int64(),
}


def _table(kind: type[Any], items: Iterable[Any]) -> pa.Table:
    """Dataclasses as an Arrow table, typed also when there are none."""
    names = [field.name for field in fields(kind)]
    listed = list(items)
    return pa.table({name: pa.array([getattr(item, name) for item in listed], _TYPES.get(name, pa.string())) for name in names})


def _register(con: Connection, episodes: Iterable[Episode]) -> None:
    con.register("known_episodes", _table(Episode, episodes))


def _copy(con: Connection, episodes: list[Episode], reviews: list[Review]) -> None:
    """Put the copies for analysts in the place of the last ones. Notes stay in state.sqlite: they may name people."""
    _register(con, episodes)
    con.register("known_reviews", _table(Review, reviews))
    con.execute(f"DELETE FROM {schema.SIGNAL_EPISODES.name}")
    con.execute(f"INSERT INTO {schema.SIGNAL_EPISODES.name} BY NAME SELECT * REPLACE (coalesce(days, 0) AS days) FROM ({_DAYS})")
    con.execute(f"DELETE FROM {schema.SIGNAL_REVIEWS.name}")
    con.execute(f"INSERT INTO {schema.SIGNAL_REVIEWS.name} BY NAME SELECT * EXCLUDE (note), note <> '' AS has_note FROM known_reviews")
    con.unregister("known_episodes")
    con.unregister("known_reviews")

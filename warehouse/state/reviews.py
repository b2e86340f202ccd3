"""What people do about signals: episodes with a life, and every step of it. Steps are only ever added; an undo is a step, too.

An episode is a run of signals of one topic, place and detector. new → verifying → verified or discarded → closed. The worker opens and
lengthens episodes (warehouse/triage.py); people take the steps.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final, Literal, get_args

from warehouse.detectors import JOIN, join
from warehouse.errors import InputError
from warehouse.state.file import StateFile, plain, to_text

Status = Literal["new", "verifying", "verified", "discarded", "closed"]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)

#: Where an episode may go from each status.
NEXT: Final[Mapping[str, tuple[Status, ...]]] = {
    "new": ("verifying",),
    "verifying": ("verified", "discarded"),
    "verified": ("closed",),
    "discarded": ("closed",),
    "closed": (),
}

#: Why a signal was discarded; a person must choose one.
REASONS: Final = ("no_event", "news", "copies", "campaign", "collection", "mislabelled", "other")

LONGEST_NOTE: Final = 4_000


@dataclass(frozen=True, slots=True)
class Review:
    """One step. action: the new status, "note", "owner" or "undo"; status, owner, reason: after it; undoes: the step taken back."""

    review_id: int
    episode_id: str
    at: datetime
    who: str
    action: str
    status: Status
    owner: str
    reason: str
    note: str
    undoes: int | None


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode as it stands. Days are days of the zone. `last_step` is 0 before the first step; times are those of steps that stand,
    and `outcome` is verified, discarded or empty, also after it was closed."""

    episode_id: str
    topic: str
    place_code: str
    level: str
    detector: str
    first_day: date
    last_day: date
    opened_at: datetime
    status: Status = "new"
    owner: str = ""
    reason: str = ""
    outcome: str = ""
    verifying_at: datetime | None = None
    decided_at: datetime | None = None
    closed_at: datetime | None = None
    last_step: int = 0
    last_step_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether further days join it."""
        return self.status != "closed"

    def takes(self, detector: str) -> bool:
        """Whether signals of this detector, on its days, belong to it."""
        return join(self.detector, detector)


class Reviews(StateFile):
    """Episodes and their steps."""

    def episodes(self) -> list[Episode]:
        """All episodes as they stand, the newest first."""
        rows = self.all("SELECT * FROM signal_episodes ORDER BY last_day DESC, opened_at DESC, episode_id")
        steps: dict[str, list[Review]] = {}
        for step in self.reviews():
            steps.setdefault(step.episode_id, []).append(step)
        return [_standing(row, steps.get(row["episode_id"], [])) for row in rows]

    def episode(self, episode_id: str) -> Episode:
        """One episode; raises InputError when there is none."""
        with self.reading() as con:
            return _load(con, episode_id)

    def episode_of(self, topic: str, place_code: str, detector: str, day: date) -> Episode | None:
        """The episode to which a signal of this day belongs."""
        row = self.one(
            f"""SELECT e.episode_id FROM signal_episodes AS e, (SELECT :detector AS detector) AS s
            WHERE e.topic = :topic AND e.place_code = :place AND {JOIN}
            AND :day BETWEEN e.first_day AND e.last_day ORDER BY e.detector <> s.detector, e.opened_at DESC LIMIT 1""",
            {"topic": topic, "place": place_code, "detector": detector, "day": day.isoformat()},
        )
        return self.episode(row["episode_id"]) if row else None

    def reviews(self, episode_id: str | None = None) -> list[Review]:
        """Every step (of one episode), the oldest first, also those that were undone."""
        where = "" if episode_id is None else "WHERE episode_id = :id"
        return [_review(row) for row in self.all(f"SELECT * FROM signal_reviews {where} ORDER BY review_id", {"id": episode_id})]

    def move(
        self, episode_id: str, status: str, *, who: str, now: datetime, reason: str = "", note: str = "", seen: int | None = None
    ) -> Episode:
        """Take an episode to the next status; whoever starts to verify becomes its owner when it has none.

        seen: the last step that the person saw; when somebody was quicker, nothing is changed. Raises InputError when the step is not
        possible, or an episode is discarded without a reason.
        """
        with self.writing() as con:
            found = _seen(con, episode_id, seen)
            if status not in NEXT[found.status]:
                possible = ", ".join(NEXT[found.status]) or "none; undo the last step first"
                raise InputError(f"signal {episode_id}: {found.status} cannot become {status!r}; possible: {possible}")
            _check_reason(status, reason)
            owner = found.owner or (who if status == "verifying" else "")
            return _add(con, found, who, now, action=status, status=status, owner=owner, reason=reason or found.reason, note=note)

    def assign(self, episode_id: str, owner: str, *, who: str, now: datetime, note: str = "", seen: int | None = None) -> Episode:
        """Give an episode another owner ("": nobody). Raises InputError when there is no such episode, or somebody was quicker."""
        with self.writing() as con:
            return _add(con, _seen(con, episode_id, seen), who, now, action="owner", owner=plain(owner.strip())[:200], note=note)

    def annotate(self, episode_id: str, note: str, *, who: str, now: datetime, seen: int | None = None) -> Episode:
        """Add a note. Raises InputError when it is empty, there is no such episode, or somebody was quicker."""
        if not note.strip():
            raise InputError("a note needs some text")
        with self.writing() as con:
            return _add(con, _seen(con, episode_id, seen), who, now, action="note", note=note)

    def undo(self, episode_id: str, *, who: str, now: datetime, seen: int | None = None) -> Episode:
        """Take the last step back that still stands, by a step of its own; nothing is erased. Raises InputError when there is none."""
        with self.writing() as con:
            found = _seen(con, episode_id, seen)
            steps = _effective(_steps(con, episode_id))
            if not steps:
                raise InputError(f"signal {episode_id}: nothing was done yet that could be undone")
            before = steps[-2] if len(steps) > 1 else None
            status, owner, reason = (before.status, before.owner, before.reason) if before else ("new", "", "")
            return _add(con, found, who, now, action="undo", status=status, owner=owner, reason=reason, undoes=steps[-1].review_id)

    def follow_episodes(self, kept: Iterable[Episode], gone: Iterable[str]) -> None:
        """For the worker: open or lengthen `kept`, and withdraw `gone`, except those about which somebody did something."""
        with self.writing() as con:
            for one in kept:
                con.execute(
                    """INSERT INTO signal_episodes VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (episode_id) DO UPDATE SET
                    first_day = excluded.first_day, last_day = excluded.last_day, level = excluded.level""",
                    [one.episode_id, one.topic, one.place_code, one.level, one.detector, *_days(one), to_text(one.opened_at)],
                )
            for episode_id in gone:
                con.execute(
                    """DELETE FROM signal_episodes WHERE episode_id = :id
                    AND NOT EXISTS (SELECT 1 FROM signal_reviews WHERE episode_id = :id)""",
                    {"id": episode_id},
                )


def _days(one: Episode) -> tuple[str, str]:
    return one.first_day.isoformat(), one.last_day.isoformat()


def _check_reason(status: str, reason: str) -> None:
    if reason and reason not in REASONS:
        raise InputError(f"reason {reason!r}: not one of {', '.join(REASONS)}")
    if status == "discarded" and not reason:
        raise InputError(f"a signal is discarded for a reason: {', '.join(REASONS)}")


def _load(con: sqlite3.Connection, episode_id: str) -> Episode:
    row = con.execute("SELECT * FROM signal_episodes WHERE episode_id = ?", [episode_id]).fetchone()
    if row is None:
        raise InputError(f"signal {episode_id!r}: there is none of this id, or newer data have withdrawn it")
    return _standing(row, _steps(con, episode_id))


def _seen(con: sqlite3.Connection, episode_id: str, seen: int | None) -> Episode:
    found = _load(con, episode_id)
    if seen is not None and seen != found.last_step:
        raise InputError(f"signal {episode_id}: somebody changed it meanwhile; look again before you go on")
    return found


def _steps(con: sqlite3.Connection, episode_id: str) -> list[Review]:
    rows = con.execute("SELECT * FROM signal_reviews WHERE episode_id = ? ORDER BY review_id", [episode_id]).fetchall()
    return [_review(row) for row in rows]


def _add(con: sqlite3.Connection, found: Episode, who: str, now: datetime, **given: Any) -> Episode:
    note = plain(given.pop("note", "").strip())
    if len(note) > LONGEST_NOTE:
        raise InputError(f"the note has {len(note)} characters; at most {LONGEST_NOTE} are kept")
    step = {"status": found.status, "owner": found.owner, "reason": found.reason, "undoes": None, **given, "note": note}
    step |= {"episode_id": found.episode_id, "at": to_text(now), "who": plain(who)}
    con.execute(
        """INSERT INTO signal_reviews (episode_id, at, who, action, status, owner, reason, note, undoes)
        VALUES (:episode_id, :at, :who, :action, :status, :owner, :reason, :note, :undoes)""",
        step,
    )
    return _load(con, found.episode_id)


def _effective(steps: Iterable[Review]) -> list[Review]:
    """The steps that stand: without undone ones, and without the undoing."""
    every = list(steps)
    undone = {step.undoes for step in every}
    return [step for step in every if step.action != "undo" and step.review_id not in undone]


def _standing(row: sqlite3.Row, steps: list[Review]) -> Episode:
    known: dict[str, Any] = {**dict(row), "opened_at": datetime.fromisoformat(row["opened_at"])}
    known |= {name: date.fromisoformat(row[name]) for name in ("first_day", "last_day")}
    if steps:
        last = steps[-1]
        known |= {"status": last.status, "owner": last.owner, "reason": last.reason}
        known |= {"last_step": last.review_id, "last_step_at": last.at}
    for step in _effective(steps):
        if step.action in ("verified", "discarded"):
            known |= {"outcome": step.action, "decided_at": step.at}
        elif step.action in ("verifying", "closed"):
            known[f"{step.action}_at"] = step.at
    return Episode(**known)


def _review(row: sqlite3.Row) -> Review:
    return Review(**{field.name: row[field.name] for field in fields(Review)} | {"at": datetime.fromisoformat(row["at"])})

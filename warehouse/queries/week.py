"""The posts of a few days for somebody who is writing a topic: bounded in time, and thinned out evenly where there are too many."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from warehouse.database import arrow
from warehouse.queries.reader import Reader
from warehouse.queries.selection import Selection, in_posts, in_rollup, rollup


@dataclass(frozen=True, slots=True)
class Step:
    """Days that are read together; one post in `stride` is read."""

    first: date
    last: date
    stride: int


class Week(Reader):
    """Reads texts to try a topic on."""

    def steps(self, selection: Selection, most: int) -> list[Step]:
        """The days of the selection, the newest first, in steps of about `most` posts each: calm days are read together, of a day with
        more posts only one in so many is read."""
        everything = Selection(languages=selection.languages, first=selection.first, last=selection.last)
        where = in_rollup(everything, None, "province")
        counts = rollup(everything, None)
        counted = self.rows(f"SELECT day, sum(posts)::BIGINT AS posts FROM {counts} WHERE {where.sql} GROUP BY day ORDER BY day DESC",
                            where.params)  # fmt: skip
        found: list[Step] = []
        room = 0
        for row in counted:
            posts = int(row["posts"] or 0)
            if found and posts <= room:
                found[-1] = Step(row["day"], found[-1].last, 1)
                room -= posts
            else:
                found.append(Step(row["day"], row["day"], max(1, -(-posts // most))))
                room = most - posts
        return found

    def step_texts(self, step: Step, languages: tuple[str, ...] = ()) -> pa.Table:
        """source, native_id, url, created_at, text, lang of the posts of one step. Which posts are left out is settled by their ids, so
        that every rule is tried on the same ones."""
        where = in_posts(Selection(languages=languages, first=step.first, last=step.last), ())
        where.add("text IS NOT NULL")
        if step.stride > 1:
            where.add("hash(native_id) % $stride = 0", stride=step.stride)
        with self._lend() as (cursor, _):
            return arrow(
                cursor,
                f"""SELECT source, native_id, url, created_at, text, lang FROM {self.posts_of(step.first, step.last)} WHERE {where.sql}
                ORDER BY created_at DESC, native_id""",
                where.params,
            )

    def posts_by_topic(self, first: date, last: date) -> dict[str, int]:
        """How many posts each topic had, from the daily counts."""
        selection = Selection(first=first, last=last)
        where, counts = in_rollup(selection, "topic", "province"), rollup(selection, "topic")
        rows = self.rows(f"SELECT topic, sum(posts)::BIGINT AS posts FROM {counts} WHERE {where.sql} GROUP BY topic", where.params)
        return {row["topic"]: int(row["posts"]) for row in rows}

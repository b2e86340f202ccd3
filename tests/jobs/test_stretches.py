from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from jobs.stretches import join, stretches
from warehouse.records import Checkpoint, Deletion, Item, Post

START = datetime(2026, 1, 1, tzinfo=UTC)


def post(number: int) -> Post:
    return Post("s", "q", str(number), START + timedelta(minutes=number), f"text {number}")


def checkpoint(number: int, *, note: str = "") -> Checkpoint:
    return Checkpoint({"n": number}, START + timedelta(hours=number), START + timedelta(hours=number + 1), complete=not note, note=note)


def test_touching_checkpoints_become_one_transaction() -> None:
    items: list[Item] = [post(1), checkpoint(0), post(2), checkpoint(1)]
    (only,) = stretches(items, 100)
    assert [p.native_id for p in only.posts] == ["1", "2"]
    assert only.checkpoint == Checkpoint({"n": 1}, START, START + timedelta(hours=2))


def test_a_full_stretch_is_not_held_back() -> None:
    items: list[Item] = [post(1), checkpoint(0), post(2), checkpoint(1)]
    assert [len(stretch.posts) for stretch in stretches(items, 1)] == [1, 1]


def test_a_checkpoint_with_a_note_is_not_joined() -> None:
    assert join(checkpoint(0), checkpoint(1, note="feed rolled over")) is None


def test_a_hole_between_spans_is_not_papered_over() -> None:
    assert join(checkpoint(0), checkpoint(5)) is None


def test_what_follows_the_last_checkpoint_is_left_for_the_next_run() -> None:
    (only,) = stretches([post(1), checkpoint(0), post(2)], 100)
    assert [p.native_id for p in only.posts] == ["1"]


def test_a_deletion_stays_in_the_stretch_of_its_checkpoint() -> None:
    gone = Deletion("s", "1", START)
    first, second = stretches([post(1), checkpoint(0), gone, checkpoint(5)], 1)
    assert (first.deletions, second.deletions) == ([], [gone])


@given(st.lists(st.sampled_from(["post", "safe", "odd"]), max_size=60), st.integers(1, 10))
def test_no_post_before_the_last_checkpoint_is_lost_or_doubled(kinds: list[str], size: int) -> None:
    items: list[Item] = [post(n) if kind == "post" else checkpoint(n, note="odd" if kind == "odd" else "") for n, kind in enumerate(kinds)]
    last = max((n for n, kind in enumerate(kinds) if kind != "post"), default=-1)
    given_posts = [str(n) for n, kind in enumerate(kinds[: last + 1]) if kind == "post"]
    assert [p.native_id for stretch in stretches(items, size) for p in stretch.posts] == given_posts

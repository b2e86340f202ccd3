"""Cut what a collector yields into stretches that are committed whole.

A stretch is all posts and deletions up to a checkpoint. A source that gives many small checkpoints (a day each, over two years) would
pay for a transaction at every one; so neighbouring checkpoints whose spans touch are joined until a stretch has enough posts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from warehouse.records import Checkpoint, Deletion, Item, Post


@dataclass(slots=True)
class Stretch:
    """Posts, deletions and the checkpoint that covers them; `checkpoint` is None only while it is being gathered."""

    posts: list[Post] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    checkpoint: Checkpoint | None = None


def join(earlier: Checkpoint, later: Checkpoint) -> Checkpoint | None:
    """One checkpoint for both where nothing is lost by it: both complete, and the spans touch. None otherwise."""
    whole = earlier.complete and later.complete and not (earlier.note or later.note)
    if not whole or earlier.covered_to is None or later.covered_from is None or earlier.covered_to != later.covered_from:
        return None
    return replace(later, covered_from=earlier.covered_from, requests=earlier.requests + later.requests)


def stretches(items: Iterable[Item], size: int) -> Iterator[Stretch]:
    """Gather items into stretches of at least `size` posts where checkpoints can be joined; what follows the last one is dropped.

    Posts after the last checkpoint are dropped on purpose: the collector did not say that it is safe to stop there, so the next run
    will bring them again.
    """
    done: Stretch | None = None
    current = Stretch()
    for item in items:
        if isinstance(item, Post):
            current.posts.append(item)
        elif isinstance(item, Deletion):
            current.deletions.append(item)
        else:
            current.checkpoint = item
            if done is not None and not _absorb(done, current):
                yield done
                done = None
            done = done or current
            current = Stretch()
            if len(done.posts) >= size:
                yield done
                done = None
    if done is not None:
        yield done


def _absorb(done: Stretch, new: Stretch) -> bool:
    assert done.checkpoint is not None
    assert new.checkpoint is not None
    joined = join(done.checkpoint, new.checkpoint)
    if joined is None:
        return False
    done.posts += new.posts
    done.deletions += new.deletions
    done.checkpoint = joined
    return True

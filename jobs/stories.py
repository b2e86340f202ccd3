"""Tells of each labelled post which earlier post it repeats, if any."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from hashlib import blake2b

import numpy as np
import pyarrow as pa

from analytics.text.copies import CopyIndex, Sketches
from warehouse.sketches import COLUMNS

Find = Callable[[Collection[int]], Mapping[int, str]]  #: ids of posts by their keys


class Stories:
    """The posts of the last weeks, as `CopyIndex` knows them. Give it posts in about the order of time."""

    def __init__(self, known: pa.Table | None = None) -> None:
        """known: key and sketch of posts that were seen before, the oldest first."""
        self._index = CopyIndex()
        if known is not None and known.num_rows:
            self._index.add(known["key"].to_numpy(), Sketches.unpack(known["sketch"].to_pylist()))

    def assign(self, labelled: pa.Table, names: Sequence[str], find: Find) -> tuple[pa.Table, pa.Table]:
        """ENRICHED_SCHEMA rows with a column `story` in place of `sketch`, and their sketches (see warehouse/sketches.py).

        names: the posts' ids, "source:native_id". find: gives the ids of earlier posts by their keys; a story whose first post it does not
        know is left out.
        """
        keys = np.array([key_of(name) for name in names], np.uint64)
        packed = labelled["sketch"].to_pylist()
        drawn = np.flatnonzero([sketch is not None for sketch in packed])
        order = drawn[np.argsort(labelled["created_at"].fill_null(0).to_numpy()[drawn], kind="stable")] if len(drawn) else drawn
        story: list[str | None] = [None] * len(names)
        if len(order):
            first = self._index.add(keys[order], Sketches.unpack([packed[row] for row in order]))
            repeated = first != keys[order]
            own = dict(zip(keys.tolist(), names, strict=True))
            known = find({key for key in first[repeated].tolist() if key not in own})
            for row, key in zip(order[repeated].tolist(), first[repeated].tolist(), strict=True):
                story[row] = own.get(key) or known.get(key)
        columns = [pa.array(keys[drawn]), pa.array([names[row] for row in drawn.tolist()], pa.string()), labelled["created_at"].take(drawn)]
        sketches = pa.Table.from_arrays([*columns, labelled["sketch"].take(drawn)], schema=COLUMNS)
        return labelled.drop_columns("sketch").append_column("story", pa.array(story, pa.string())), sketches


def names_of(labelled: pa.Table) -> list[str]:
    """The ids of posts as the warehouse writes them: "source:native_id"."""
    return [f"{source}:{number}" for source, number in zip(labelled["source"].to_pylist(), labelled["native_id"].to_pylist(), strict=True)]


def key_of(name: str) -> int:
    """The key of a post by its id "source:native_id": the first 8 bytes of its BLAKE2b."""
    return int.from_bytes(blake2b(name.encode("utf-8", "replace"), digest_size=8).digest(), "little")

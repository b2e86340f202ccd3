"""Bring the labels of stored posts to the models that run now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from jobs.labelling import as_table
from jobs.pipeline import Instance, Progress, no_progress
from warehouse import write
from warehouse.records import RAW_SCHEMA, STORED_SCHEMA
from warehouse.stale import as_before, count_stale, stale_posts

AT_A_TIME = 10_000  #: posts read, labelled and stored together


def relabel(instance: Instance, now: datetime, most: int | None = None, progress: Progress = no_progress) -> int:
    """Label stored posts anew whose labels come from other models, rules or places: all, or the newest `most`. Returns how many.

    What is stored is the redacted text, so the author's key stays, and so do places where the text names none: they came from a field
    of the source that is not kept. Counts follow in the same transaction. Stops after a batch when the worker is told to stop.
    """
    with instance.relabelling:
        return _relabel(instance, now, most, progress)


def _relabel(instance: Instance, now: datetime, most: int | None, progress: Progress) -> int:
    version = instance.labeller.enricher.model_version
    with instance.writing:
        total = count_stale(instance.warehouse.con, version)
    total = total if most is None else min(total, most)
    if not total:
        return 0
    done = 0
    for old, labelled in instance.labeller.map(_tables(instance, version, most), _raw):
        with instance.writing:
            new = as_before(instance.warehouse.con, old, _kept(old, as_table(labelled)))
            source = old["source"][0].as_py()
            write.commit(instance.warehouse, source=source, query="", enriched=new, deletions=(), checkpoint=None, now=now)
        done += old.num_rows
        progress(done, total, "relabelling")
        if instance.stopping.is_set():
            break
    return done


def _tables(instance: Instance, version: str, most: int | None) -> Iterator[pa.Table]:
    with instance.writing:
        tables = stale_posts(instance.warehouse.con, version, AT_A_TIME, most)
    while True:
        with instance.writing:
            table = next(tables, None)
        if table is None:
            return
        if table.num_rows:
            yield table


def _raw(old: pa.Table) -> list[pa.RecordBatch]:
    """Stored posts as enrichment takes them; what is not stored is null."""
    columns = [old[field.name] if field.name in old.column_names else pa.nulls(old.num_rows, field.type) for field in RAW_SCHEMA]
    return pa.Table.from_arrays(columns, schema=RAW_SCHEMA).combine_chunks().to_batches()


def _kept(old: pa.Table, new: pa.Table) -> pa.Table:
    """The new labels with what only the first labelling could know."""
    unplaced = pc.equal(pc.list_value_length(new["places"]), 0)
    kept = {"author_key": old["author_key"], "places": pc.if_else(unplaced, old["places"], new["places"])}
    return pa.Table.from_arrays([kept.get(name, new[name]) for name in STORED_SCHEMA.names], schema=STORED_SCHEMA)

"""The base of importers of tables that a listening tool exports: their column names are their signature."""

from __future__ import annotations

from typing import ClassVar

from ingest.files.sample import Sample
from ingest.files.table import TableImporter


class ToolTable(TableImporter):
    """A table known by its columns: all of `must`, and at least one of `any_of` where that is given."""

    alternatives = True
    must: ClassVar[frozenset[str]]
    any_of: ClassVar[frozenset[str]] = frozenset()

    def sniff(self, sample: Sample) -> float:
        if sample.kind not in self.kinds or sample.keys:
            return 0.0
        columns = sample.columns(self.names() | self.must | self.any_of)
        return 0.9 if self.must <= columns and (not self.any_of or self.any_of & columns) else 0.0

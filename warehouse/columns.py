"""What tables, views and their columns are made of; the tables themselves stand in `warehouse.schema`."""

from __future__ import annotations

from dataclasses import dataclass

UTC = "TIMESTAMPTZ"  #: type of a moment; times are stored in UTC


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its DuckDB type and what it means."""

    name: str
    type: str
    comment: str


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `public` tables are in the published catalog, too; the others are the worker's own.

    `order`: the columns by which it lies there sorted, so that who asks for a part of it reads little more than that part.
    """

    name: str
    comment: str
    columns: tuple[Column, ...]
    public: bool = True
    order: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """One view over `posts`, the same text in the warehouse and in the published catalog."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    sql: str


def table(name: str, comment: str, *columns: tuple[str, str, str], public: bool = True, order: str = "") -> Table:
    """A table from (name, type, comment) of each column."""
    return Table(name, comment, tuple(Column(*column) for column in columns), public, order)

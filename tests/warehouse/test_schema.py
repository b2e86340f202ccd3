"""Tables, comments, migrations and the data dictionary."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from warehouse import migrations, schema
from warehouse.database import Connection, connect
from warehouse.errors import WarehouseError
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse


@pytest.fixture
def con() -> Connection:
    return connect(":memory:")


def test_every_table_and_column_explains_itself(wh: Warehouse) -> None:
    mute = wh.con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND database_name = current_database() "
        "AND coalesce(comment, '') = ''"
    ).fetchall()
    assert mute == []
    named = wh.con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal AND NOT temporary AND comment IS NULL").fetchall()
    assert named == []
    views = dict(wh.con.execute("SELECT view_name, comment FROM duckdb_views() WHERE NOT internal AND NOT temporary").fetchall())
    assert set(views) == {view.name for view in schema.VIEWS}
    assert all(views.values())


def test_a_fresh_file_has_exactly_the_tables_of_the_schema(con: Connection) -> None:
    migrations.migrate(con, "here")
    for table in schema.TABLES:
        found = con.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table.name]).fetchall()
        assert [name for (name,) in found] == [column.name for column in table.columns]
    found = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()}
    assert found == {table.name for table in schema.TABLES}


def test_migrating_twice_changes_nothing(con: Connection) -> None:
    assert migrations.migrate(con, "here") == list(migrations.MIGRATIONS)
    assert migrations.migrate(con, "here") == []


def test_a_migration_is_recorded_with_its_change(con: Connection) -> None:
    migrations.migrate(con, "here")
    steps = {**migrations.MIGRATIONS, "9999_more": lambda con: con.execute("ALTER TABLE topics ADD COLUMN IF NOT EXISTS more VARCHAR")}
    assert migrations.migrate(con, "here", steps) == ["9999_more"]
    assert migrations.applied(con)[-1] == "9999_more"
    assert con.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchall() == [("9999_more",)]


def test_a_migration_that_fails_leaves_no_trace(con: Connection) -> None:
    migrations.migrate(con, "here")

    def half(con: Connection) -> None:
        con.execute("CREATE TABLE half_done (i INTEGER)")
        con.execute("SELECT * FROM no_such_table")

    with pytest.raises(duckdb.CatalogException):
        migrations.migrate(con, "here", {**migrations.MIGRATIONS, "9999_half": half})
    assert "9999_half" not in migrations.applied(con)
    assert con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'half_done'").fetchall() == [(0,)]


def test_a_newer_database_is_refused_with_a_reason(folder: DataFolder) -> None:
    with Warehouse.open(folder, Settings()) as wh:
        wh.con.execute("INSERT INTO migrations VALUES ('9999_from_the_future', now())")
    with pytest.raises(WarehouseError, match=r"warehouse\.duckdb: made by a newer Kentongan \(it has 9999_from_the_future\); update"):
        Warehouse.open(folder, Settings())


def test_a_stranger_s_database_is_refused_and_left_alone(folder: DataFolder) -> None:
    with duckdb.connect(str(folder.warehouse)) as con:
        con.execute("CREATE TABLE recipes AS SELECT 'rendang' AS dish")
    with pytest.raises(WarehouseError, match="not a Kentongan warehouse"):
        Warehouse.open(folder, Settings())
    with duckdb.connect(str(folder.warehouse)) as con:
        assert con.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("recipes",)]


def test_a_damaged_file_is_refused_in_one_line(folder: DataFolder) -> None:
    folder.warehouse.write_bytes(b"this is no database" * 1000)
    with pytest.raises(WarehouseError, match="cannot be opened") as caught:
        Warehouse.open(folder, Settings())
    assert "\n" not in str(caught.value)


def test_migrations_come_in_order_and_have_names_of_their_own() -> None:
    first = next(iter(migrations.MIGRATIONS))
    with pytest.raises(ValueError, match="does not come after"):
        migrations.migration(first)(lambda con: None)
    assert list(migrations.MIGRATIONS) == sorted(migrations.MIGRATIONS)


def test_the_data_dictionary_is_the_schema() -> None:
    page = Path(__file__).parents[2] / "docs" / "data-dictionary.md"
    assert page.read_text("utf-8") == schema.data_dictionary(), "run: python -m warehouse.schema > docs/data-dictionary.md"


def test_views_have_the_columns_that_they_explain(con: Connection) -> None:
    migrations.migrate(con, "here")
    for view in schema.VIEWS:
        described = con.execute(f"DESCRIBE {view.name}").fetchall()
        assert [(row[0], row[1]) for row in described] == [
            (column.name, column.type.replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE")) for column in view.columns
        ]

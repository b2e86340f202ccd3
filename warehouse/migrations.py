"""Changes of schema, each recorded in the transaction that makes it.

A migration is a decorated function. It must also be right on a file that already has the newest form (say IF NOT EXISTS), because a
new warehouse is made from `warehouse.schema.TABLES` by the first one and then passes through all the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from warehouse import rollups, schema
from warehouse.database import Connection, transaction
from warehouse.errors import WarehouseError

Step = Callable[[Connection], None]

#: By name, in the order in which they are applied.
MIGRATIONS: dict[str, Step] = {}


def migration(name: str) -> Callable[[Step], Step]:
    """Register a change of schema under a name that sorts after the ones before it and is never changed again."""

    def register(step: Step) -> Step:
        if name in MIGRATIONS or (MIGRATIONS and name < next(reversed(MIGRATIONS))):
            raise ValueError(f"migration {name!r} does not come after {next(reversed(MIGRATIONS))!r}")
        MIGRATIONS[name] = step
        return step

    return register


@migration("0001_first_tables")
def _first_tables(con: Connection) -> None:
    for table in schema.TABLES:
        schema.create_table(con, table)


@migration("0002_qvalue_of_signals")
def _qvalue_of_signals(con: Connection) -> None:
    con.execute("ALTER TABLE signals ADD COLUMN IF NOT EXISTS qvalue DOUBLE")


@migration("0003_labels")
def _labels(con: Connection) -> None:
    """Columns of new labels; posts get them when they are labelled anew, see `kentongan relabel`."""
    for table in (schema.POSTS, schema.DAILY_COUNTS):
        for column in table.columns:
            con.execute(f'ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS "{column.name}" {column.type}')


@migration("0004_stories")
def _stories(con: Connection) -> None:
    schema.create_table(con, schema.SKETCHES)
    con.execute("ALTER TABLE posts ADD COLUMN IF NOT EXISTS story VARCHAR")


@migration("0005_triage_and_official_counts")
def _triage_and_official_counts(con: Connection) -> None:
    for table in (schema.SIGNAL_EPISODES, schema.SIGNAL_REVIEWS, schema.OFFICIAL_COUNTS):
        schema.create_table(con, table)


@migration("0006_reasons_of_signals")
def _reasons_of_signals(con: Connection) -> None:
    for name in ("kind", "reason"):
        con.execute(f"ALTER TABLE signals ADD COLUMN IF NOT EXISTS {name} VARCHAR")


@migration("0007_second_language")
def _second_language(con: Connection) -> None:
    con.execute("ALTER TABLE posts ADD COLUMN IF NOT EXISTS lang_second VARCHAR")


@migration("0008_clusters_of_places")
def _clusters_of_places(con: Connection) -> None:
    for name, kind in (("since", "DATE"), ("relative_risk", "DOUBLE"), ("radius_km", "DOUBLE")):
        con.execute(f"ALTER TABLE signals ADD COLUMN IF NOT EXISTS {name} {kind}")
    schema.create_table(con, schema.CLUSTER_PLACES)


@migration("0008_topic_of_official_counts")
def _topic_of_official_counts(con: Connection) -> None:
    con.execute("ALTER TABLE official_counts ADD COLUMN IF NOT EXISTS topic VARCHAR")
    con.execute(
        """UPDATE official_counts SET topic = t.topic FROM topics AS t
        WHERE official_counts.topic IS NULL AND disease IN (t.topic, lower(t.name_id), lower(t.name_en))"""
    )


@migration("0009_echoes_of_signals")
def _echoes_of_signals(con: Connection) -> None:
    con.execute("ALTER TABLE signals ADD COLUMN IF NOT EXISTS echo_of VARCHAR")
    con.execute("ALTER TABLE signals ADD COLUMN IF NOT EXISTS echo_share DOUBLE")


@migration("0010_second_looks")
def _second_looks(con: Connection) -> None:
    schema.create_table(con, schema.SECOND_LOOKS)


@migration("0011_narrower_counts")
def _narrower_counts(con: Connection) -> None:
    for table in (schema.COUNTS_EVERYWHERE, schema.COUNTS_BY_PLACE):
        schema.create_table(con, table)
    rollups.narrow_all(con)


@migration("0012_claims")
def _claims(con: Connection) -> None:
    for table in (schema.CLAIMS, schema.CLAIM_MATCHES, schema.MEANINGS):
        schema.create_table(con, table)


@migration("0013_weeks_of_signals")
def _weeks_of_signals(con: Connection) -> None:
    con.execute("ALTER TABLE signals ADD COLUMN IF NOT EXISTS period_days INTEGER")
    con.execute("UPDATE signals SET period_days = coalesce(day - since + 1, 1) WHERE period_days IS NULL")


@migration("0014_hashtags_counted")
def _hashtags_counted(con: Connection) -> None:
    schema.create_table(con, schema.HASHTAG_COUNTS)
    rollups.tag_all(con)


@migration("0015_levels_of_counts")
def _levels_of_counts(con: Connection) -> None:
    for table in (schema.DAILY_COUNTS, schema.COUNTS_BY_PLACE):
        con.execute(f'ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS "level" VARCHAR')
        con.execute(f'UPDATE {table.name} AS c SET "level" = p."level" FROM places AS p WHERE p.place_code = c.place_code')


LATEST: Final = next(reversed(MIGRATIONS))  #: the schema of this program


def applied(con: Connection) -> list[str]:
    """Names of the migrations that this file has seen; empty for a new file."""
    if not _tables(con):
        return []
    return [name for (name,) in con.execute("SELECT name FROM migrations ORDER BY name").fetchall()]


def migrate(con: Connection, where: str, steps: dict[str, Step] | None = None) -> list[str]:
    """Apply what is missing and return its names; raises WarehouseError when the file is newer than the program or not a warehouse."""
    steps = MIGRATIONS if steps is None else steps
    seen = refuse(con, where, steps)
    missing = [name for name in steps if name not in seen]
    for name in missing:
        with transaction(con):
            steps[name](con)
            con.execute("INSERT INTO migrations VALUES (?, now())", [name])
    _refresh(con, next(reversed(steps)))
    return missing


def refuse(con: Connection, where: str, steps: Mapping[str, Step]) -> list[str]:
    """What this file has seen; raises WarehouseError when it is newer than the program or not a warehouse."""
    _refuse_strangers(con, where)
    seen = applied(con)
    if unknown := [name for name in seen if name not in steps]:
        raise WarehouseError(f"{where}: made by a newer Kentongan (it has {unknown[-1]}); update the program")
    return seen


_OWN_TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND NOT internal"


def _tables(con: Connection) -> set[str]:
    return {name for (name,) in con.execute(_OWN_TABLES).fetchall()}


def _refuse_strangers(con: Connection, where: str) -> None:
    tables = _tables(con)
    if tables and "migrations" not in tables:
        raise WarehouseError(f"{where}: a DuckDB file, but not a Kentongan warehouse; choose another folder with --data")


def _refresh(con: Connection, version: str) -> None:
    """Views and comments follow the code without a migration of their own."""
    wanted = {"schema_version": version, "schema_fingerprint": schema.fingerprint()}
    if dict(con.execute("SELECT key, value FROM meta WHERE key LIKE 'schema_%'").fetchall()) == wanted:
        return
    with transaction(con):
        schema.refresh_views_and_comments(con)
        con.execute("DELETE FROM meta WHERE key LIKE 'schema_%'")
        con.executemany("INSERT INTO meta VALUES (?, ?)", list(wanted.items()))

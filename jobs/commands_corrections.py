"""`kentongan corrections`: the labels that people corrected, as training data of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer

from jobs.options import DataOption, existing_folder
from jobs.shown import say
from jobs.written import written_aside
from warehouse.errors import InputError
from warehouse.state import CORRECTABLE, Correction, State

corrections = typer.Typer(
    no_args_is_help=True,
    help="Labels that people corrected on the page of posts.\n\nExample: `kentongan corrections export corrections.parquet`",
)

#: Everything as text but the hash: lists of topics and places are JSON.
SCHEMA = pa.schema(
    [
        ("text_hash", pa.int64()), ("label", pa.string()), ("value", pa.string()), ("model_said", pa.string()),
        ("model_version", pa.string()),
        ("source", pa.string()), ("native_id", pa.string()), ("day", pa.string()), ("who", pa.string()), ("at", pa.string()),
    ]
)  # fmt: skip


@corrections.callback()
def main() -> None:
    """Labels that people corrected on the page of posts."""


@corrections.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Write *.csv, *.jsonl or *.parquet.")],
    label: Annotated[str, typer.Option("--label", help="One label alone: sentiment, intent, emotion, ...")] = "",
    data: DataOption = None,
) -> None:
    """Write the corrections that stand: the hash of the text, the label and its right value. Join `posts` by text_hash for the texts.

    Example: `kentongan corrections export intents.csv --label intent`
    """
    if label and label not in CORRECTABLE:
        raise InputError(f"--label {label!r}: not one of {', '.join(CORRECTABLE)}")
    found = [one for one in State(existing_folder(data)).corrections() if label in ("", one.label)]
    _write(file, [_row(one) for one in found])
    say(f"{file}: {len(found):,} corrections")


def _row(one: Correction) -> dict[str, Any]:
    value, said = (found if isinstance(found, str) else json.dumps(found) for found in (one.new, one.old))
    post = one.post
    return {
        "text_hash": post.text_hash, "label": one.label, "value": value, "model_said": said, "model_version": post.model_version,
        "source": post.source, "native_id": post.native_id, "day": post.day.isoformat(), "who": one.who, "at": one.at.isoformat(),
    }  # fmt: skip


def _write(file: Path, rows: list[dict[str, Any]]) -> None:
    """Raises InputError when the ending is not known or the file cannot be written."""
    writers = {".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet}
    if file.suffix not in writers:
        raise InputError(f"{file}: its ending is not one of {', '.join(writers)}")
    with written_aside(file) as aside:
        writers[file.suffix](aside, rows)


def _csv(file: Path, rows: list[dict[str, Any]]) -> None:
    import pandas as pd

    from dashboard.exports import to_csv

    file.write_text(to_csv(pd.DataFrame(rows, columns=SCHEMA.names)), "utf-8", newline="")


def _jsonl(file: Path, rows: list[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def _parquet(file: Path, rows: list[dict[str, Any]]) -> None:
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), file)

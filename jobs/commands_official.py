"""`kentongan official`: counts of cases from an authority, held against posts."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from jobs.asking import ask
from jobs.clock import utc_now
from jobs.options import ConfigOption, DataOption, FormatOption, data_folder, own_instance, read_settings, worker_runs
from jobs.shown import print_table, progress_bar, say
from jobs.who import who
from warehouse.official_series import Choices, Ends, Told

official = typer.Typer(
    no_args_is_help=True,
    help="Import counts of cases that an authority published, and hold posts against them.\n\n"
    "Example: `kentongan official import dengue-2026.csv`",
)


@official.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV with columns date, place, disease, count.")],
    period: Annotated[int | None, typer.Option("--period", help="Days of a period: 1 or 7; recognised when left out.")] = None,
    told: Annotated[Told | None, typer.Option("--counts", help="new, or cumulative: totals since the start of the year.")] = None,
    dates: Annotated[Ends | None, typer.Option("--dates", help="Whether the date of a week is its first day or its last.")] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="Code of the topic; found by the disease's name when left out.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Import official counts, all of them or none; wrong lines are listed. Dates are 2025-02-09 (first day of the period) or weeks,
    2025-W07; places are codes or names; a count that was there before is replaced. docs/official.md tells what else is understood.

    Example: `kentongan official import dengue-2026.csv --period 7`
    """
    settings, folder = read_settings(config), data_folder(data)
    choices = Choices(period, told, dates)
    if worker_runs(folder):
        with progress_bar("Importing") as progress:
            payload = {"path": str(file.absolute()), "choices": asdict(choices), "topic": topic}
            say(ask(folder, "official", payload, who=who(), progress=progress))
        return
    from jobs.official import import_official
    from jobs.pipeline import publish_now

    with own_instance(folder, settings) as instance:
        say(import_official(instance, file, utc_now(), choices, topic))
        publish_now(instance, utc_now())


@official.command("list")
def list_(
    form: FormatOption = "table",
    data: DataOption = None,
) -> None:
    """List the official series that were imported.

    Example: `kentongan official list`
    """
    from warehouse.queries import Catalog

    found = Catalog(data_folder(data)).official_series()
    days = {name: found[name].dt.date for name in ("first_day", "last_day")}
    print_table(pa.Table.from_pandas(found.assign(**days), preserve_index=False), form)


@official.command()
def compare(
    disease: Annotated[str, typer.Option("--disease", help="Disease as in the imported file.")],
    topic: Annotated[str, typer.Option("--topic", help="Topic of the posts.")],
    place: Annotated[str, typer.Option("--place", help="Code of the place; '*': posts everywhere against the country.")],
    form: FormatOption = "table",
    data: DataOption = None,
) -> None:
    """Hold posts against official counts: correlation by lag, lead time with its interval, sensitivity and timeliness of the signals.

    Example: `kentongan official compare --disease dengue --topic dengue --place 31`
    """
    from dashboard.official import hold_against
    from jobs.official import lines
    from warehouse.queries import Catalog

    told = lines(hold_against(Catalog(data_folder(data)), disease, topic, place))
    print_table(pa.table({"measure": [name for name, _value in told], "value": [value for _name, value in told]}), form)

"""`kentongan bench`: a warehouse to measure with."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from jobs.clock import utc_now
from jobs.shown import progress_bar, say

AT_MOST: Final = 200_000_000  #: posts

bench = typer.Typer(
    no_args_is_help=True,
    help="Make a warehouse of any size to measure with.\n\nExample: `kentongan bench generate --posts 500000 --output bench-data`",
)


@bench.callback()
def _bench() -> None:
    """So that `generate` has to be said, and other measures can stand beside it."""


@bench.command()
def generate(
    output: Annotated[Path, typer.Option("--output", metavar="FOLDER", help="A folder that is not there yet, or is empty.")],
    posts: Annotated[int, typer.Option(min=1_000, max=AT_MOST, help="Number of posts.")] = 500_000,
    days: Annotated[int, typer.Option(min=30, max=3_650, help="Days that they are spread over.")] = 730,
    end: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day; yesterday when left out.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other posts.")] = 1,
) -> None:
    """Make a published warehouse of synthetic posts, of any number: to see how fast the dashboard is with it (`make bench-dashboard`).

    Nothing in it is real. 20 million posts take about 6 GB of disk, and never more than about 5 GB of memory.

    Example: `kentongan bench generate --posts 20000000 --days 730 --output bench-data`
    """
    from jobs.bench.fill import Size  # loads DuckDB and the detector, which other commands go without
    from jobs.bench.fill import generate as fill

    last = end.date() if end else utc_now().date() - timedelta(days=1)
    with progress_bar("Writing") as progress:
        told = fill(output, Size(posts, days, last, seed), progress)
    say(told)
    say(f"Look at it: kentongan web --config {output / 'config.toml'} --data {output}")

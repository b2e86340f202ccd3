"""`kentongan evaluate`: how good the labels and the detectors are, measured anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from jobs.options import DataOption, data_folder
from jobs.shown import print_table, progress_bar, say

evaluate = typer.Typer(
    no_args_is_help=True,
    help="Measure how good the labels and the detectors are.\n\nExample: `kentongan evaluate text labelled/ --part dev`",
)


@evaluate.command()
def text(
    folder: Annotated[Path, typer.Argument(help="Holds NAME/{train,dev,test}.csv.gz with columns text, label and lang.")],
    part: Annotated[str, typer.Option("--part", help="train, dev or test.")] = "dev",
    labels: Annotated[list[str] | None, typer.Option("--label", help="Only this label: sentiment, intent ...")] = None,
    target: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Also write it as a page (Markdown).")] = None,
) -> None:
    """Measure the labels on labelled sets: what was reached, and what was to be reached. A star is at what falls short.

    Examples: `kentongan evaluate text labelled/` · `kentongan evaluate text labelled/ --part test --label sentiment`
    """
    from jobs.evaluate_text import evaluate_text, rows, write_page

    with progress_bar("Measuring") as progress:
        sections, absent = evaluate_text(folder, part, labels or [], progress)
    names = ("label", "measure", "reached", "to reach", "rows")
    columns = zip(*rows(sections), strict=True) if sections else ((),) * len(names)
    print_table(pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)}), "table")
    if absent:
        say(f"no labelled set in {folder} for: {', '.join(absent)}")
    if target is not None:
        write_page(target, sections, part)
        say(f"{target}: written")


@evaluate.command()
def detectors(
    target: Annotated[Path, typer.Option("--output", metavar="FILE", help="The page (Markdown); its plots go to images/ beside it.")],
    quick: Annotated[bool, typer.Option("--quick", help="Few series: to see that it works, not to be quoted.")] = False,
) -> None:
    """Compare the default detector with the field's methods on simulated outbreaks. The whole takes about half an hour.

    Example: `kentongan evaluate detectors --output docs/evaluation/detectors.md`
    """
    from jobs.evaluate_detectors import QUICK, THOROUGH, evaluate_detectors

    with progress_bar("Simulating") as progress:
        evaluate_detectors(target, QUICK if quick else THOROUGH, progress)
    say(f"{target}: written")


@evaluate.command()
def demo(data: DataOption = None) -> None:
    """Hold the signals of a demo against what was put into its posts: outbreaks found and how soon, signals of nothing.

    Example: `kentongan evaluate demo --data demo-data`
    """
    from jobs.evaluate_demo import evaluate_demo
    from warehouse.queries import Catalog

    folder = data_folder(data)
    for line in evaluate_demo(folder.truth, Catalog(folder)).lines():
        typer.echo(line)

"""What every evaluation of a label gives: figures with their targets, and the details that a reader wants to see beside them.

Sets are read from `FOLDER/NAME/PART.csv.gz` (columns text, label and, where there are several languages, lang), so that a part that
nobody has seen can be dropped in.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from warehouse.errors import InputError

PARTS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number. `value` and `target` are per cent unless the name says otherwise; `target` None where none was set."""

    name: str
    value: float
    target: float | None
    rows: int

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        return None if self.target is None else self.value >= self.target


@dataclass(frozen=True, slots=True)
class Section:
    """The evaluation of one label: `details` is Markdown (confusion matrices, errors, results under shift)."""

    label: str
    figures: Sequence[Figure]
    details: str = ""


Evaluation = Callable[[Path, str], Section | None]  #: folder, part; None where the folder has none of the label's sets


def read_part(folder: Path, name: str, part: str) -> pd.DataFrame | None:
    """The rows of one part of a set as strings, a missing text or label as ""; None where the file is not there.

    Raises InputError where it is no gzipped UTF-8 CSV with the columns text and label.
    """
    file = folder / name / f"{part}.csv.gz"
    if not file.is_file():
        return None
    try:
        with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
            rows = pd.read_csv(lines, dtype=str, keep_default_na=False, quoting=csv.QUOTE_MINIMAL)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{file}: not a gzipped UTF-8 CSV file ({error}); write columns text, label and lang") from error
    missing = [column for column in ("text", "label") if column not in rows.columns]
    if missing:
        raise InputError(f"{file}: has no column {' and '.join(missing)}; its columns are {', '.join(rows.columns)}")
    return rows


def recalls(labels: Sequence[str], told: Sequence[str], classes: Sequence[str]) -> list[float]:
    """The share of each class that is told as itself, in per cent; classes that do not occur are left out."""
    truth, answer = np.asarray(labels), np.asarray(told)
    return [100 * float((answer[truth == name] == name).mean()) for name in classes if (truth == name).any()]


def class_f1(labels: Sequence[str], told: Sequence[str], classes: Sequence[str]) -> list[float]:
    """F1 of each class in per cent; NaN where a class neither occurs nor is told."""
    truth, answer = np.asarray(labels), np.asarray(told)
    scores = []
    for name in classes:
        right, wanted, given = ((truth == name) & (answer == name)).sum(), (truth == name).sum(), (answer == name).sum()
        scores.append(100 * 2 * float(right) / float(wanted + given) if wanted + given else float("nan"))
    return scores


def macro_f1(labels: Sequence[str], told: Sequence[str], classes: Sequence[str]) -> float:
    """The mean F1 of the classes in per cent; a class that neither occurs nor is told is left out."""
    scores = [score for score in class_f1(labels, told, classes) if not np.isnan(score)]
    return float(np.mean(scores)) if scores else float("nan")


def accuracy(labels: Sequence[str], told: Sequence[str]) -> float:
    """The share that is right, in per cent."""
    return 100 * float((np.asarray(labels) == np.asarray(told)).mean()) if len(labels) else float("nan")


def confusion(labels: Sequence[str], told: Sequence[str], classes: Sequence[str]) -> str:
    """A Markdown table: labels in rows, what was told in columns."""
    truth, answer = np.asarray(labels), np.asarray(told)
    lines = [f"| label | {' | '.join(classes)} |", "|---|" + "---:|" * len(classes)]
    lines += [f"| {name} | {' | '.join(str(((truth == name) & (answer == other)).sum()) for other in classes)} |" for name in classes]
    return "\n".join(lines)


def markdown_table(title: str, rows: pd.DataFrame) -> str:
    """A Markdown table of a frame; its index is the first column, floats have one decimal."""
    lines = [f"| {title} | {' | '.join(map(str, rows.columns))} |", f"|---|{'---:|' * len(rows.columns)}"]
    for name, row in zip(rows.index, rows.astype(object).to_numpy(), strict=True):
        cells = (f"{value:.1f}" if isinstance(value, float) else str(value) for value in row)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)

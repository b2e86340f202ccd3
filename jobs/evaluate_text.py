"""`kentongan evaluate text`: every label measured on a folder of labelled sets, as a table and as a page."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import analytics.evaluation
from analytics.evaluation.base import PARTS, Evaluation, Figure, Section
from jobs.progress import Progress, no_progress
from jobs.written import written_aside
from warehouse.errors import InputError


def evaluations() -> Iterator[tuple[str, Evaluation]]:
    """Name and function of each file of analytics/evaluation that has an `evaluate`, by name."""
    for module in pkgutil.iter_modules(analytics.evaluation.__path__):
        found = importlib.import_module(f"analytics.evaluation.{module.name}")
        if hasattr(found, "evaluate"):
            yield module.name, found.evaluate


def evaluate_text(folder: Path, part: str, labels: list[str], progress: Progress = no_progress) -> tuple[list[Section], list[str]]:
    """Measure the labels named, or all; the sections, and the names of those for which the folder has no set. Raises InputError."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; it must hold NAME/{{train,dev,test}}.csv.gz with columns text, label and lang")
    if part not in PARTS:
        raise InputError(f"--part {part!r}: one of {', '.join(PARTS)}")
    known = dict(evaluations())
    if unknown := [label for label in labels if label not in known]:
        raise InputError(f"--label {unknown[0]!r}: one of {', '.join(known)}")
    sections, absent = [], []
    chosen = {name: known[name] for name in (labels or known)}
    for done, (name, evaluate) in enumerate(chosen.items()):
        progress(done, len(chosen), name)
        section = evaluate(folder, part)
        if section is None:
            absent.append(name)
        else:
            sections.append(section)
    return sections, absent


def write_page(target: Path, sections: list[Section], part: str) -> None:
    """The page docs/evaluation/text.md; raises InputError where it cannot be written."""
    with written_aside(target) as aside:
        aside.write_text(page(sections, part), "utf-8")


def page(sections: list[Section], part: str) -> str:
    """Markdown: a table of all figures, then a section a label with its details."""
    parts = [_HEAD.format(part=part), "| label | measure | reached | to reach | rows |", "|---|---|---:|---:|---:|"]
    parts += [f"| {section.label} | {' | '.join(_cells(figure))} |" for section in sections for figure in section.figures]
    parts += [f"\n## {section.label.capitalize()}\n\n{section.details}" for section in sections if section.details]
    return "\n".join(parts) + "\n"


def rows(sections: list[Section]) -> list[tuple[str, str, str, str, str]]:
    """Label, measure, reached, to reach, rows, as a terminal shows them; a star is at what falls short."""
    return [(section.label, *_cells(figure, "")) for section in sections for figure in section.figures]


def _cells(figure: Figure, strong: str = "**") -> tuple[str, str, str, str]:
    reached = f"{figure.value:.1f}" if abs(figure.value) < 1_000 else f"{figure.value:,.0f}"
    if figure.reached is False:
        reached = f"{strong}{reached}{strong}" if strong else f"{reached} *"
    return figure.name, reached, "" if figure.target is None else f"{figure.target:g}", f"{figure.rows:,}"


_HEAD = """# How good the labels are

Written by `kentongan evaluate text FOLDER --part {part}` from labelled sets as they are; `NAME/test.csv.gz` dropped into the folder gives
the figures of a part that nobody has seen. Bold figures fall short of what they were to reach. What each model was trained on, and what was
kept apart from what, stands in its card in `analytics/models/`.
"""

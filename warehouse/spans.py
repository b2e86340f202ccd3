"""Stretches of time as sorted, disjoint [start, end) pairs: the arithmetic behind coverage. Pure; times are aware datetimes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

Span = tuple[datetime, datetime]


def merge(spans: Iterable[Span]) -> list[Span]:
    """The union of any spans, sorted and disjoint; spans that touch become one, empty ones vanish."""
    merged: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def subtract(span: Span, known: Sequence[Span]) -> list[Span]:
    """The parts of `span` that are not in `known` (sorted and disjoint)."""
    parts: list[Span] = []
    start, end = span
    for known_start, known_end in known:
        if known_end <= start:
            continue
        if known_start >= end:
            break
        if known_start > start:
            parts.append((start, known_start))
        start = known_end
    return [*parts, (start, end)] if start < end else parts

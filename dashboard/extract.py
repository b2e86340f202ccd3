"""Posts as a file for research: without address, id and time of day; places of few posts coarsened; with what one must know about it.

Who has few company can be found: where a place has fewer than FEWEST posts of a week in the file, its posts carry the province (or
country) instead, and none at all where that is few, too.
"""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.exports import to_csv
from dashboard.i18n import _, n_
from dashboard.names import Names

FEWEST: Final = 5  #: posts of a place and week, below which the place is not told
MOST: Final = 10_000  #: posts of one file
NAME: Final = "kentongan-posts"


def suppressed(frame: pd.DataFrame, known: Names) -> tuple[pd.DataFrame, int]:
    """The posts with places of few posts made coarser, and in how many posts that was done."""
    weeks = [day - timedelta(days=day.weekday()) for day in frame["day"].dt.date]
    before = [sorted(set(places or ())) for places in frame["places"]]
    now = before
    for depth in (2, 1, 0):  # regencies, then provinces with what came to them, then countries
        rare = {cell for cell in _rare(weeks, now) if _depth(cell[1], known) == depth}
        now = [
            _coarser(places, {place for place in places if (week, place) in rare}, known) for week, places in zip(weeks, now, strict=True)
        ]
    coarsened = sum(one != other for one, other in zip(before, now, strict=True))
    return frame.assign(places=pd.Series(now, index=frame.index, dtype=object)), coarsened


def _rare(weeks: Sequence[date], places: Sequence[Sequence[str]]) -> set[tuple[date, str]]:
    counts = Counter((week, place) for week, named in zip(weeks, places, strict=True) for place in named)
    return {cell for cell, posts in counts.items() if posts < FEWEST}


def _coarser(places: Sequence[str], rare: set[str], known: Names) -> list[str]:
    """The places, each rare one replaced by what it lies in; one that lies in nothing is left out."""
    found = {_parent(place, known) if place in rare else place for place in places}
    return sorted(place for place in found if place)


def _depth(place: str, known: Names) -> int:
    """0 for a country and for a place that nobody knows, 1 for a province, 2 for a regency."""
    above = _parent(place, known)
    return min(2, 1 + _depth(above, known)) if above and above != place else 0


def _parent(place: str, known: Names) -> str:
    parent = known.places.get(place, {}).get("parent_code")
    return parent if isinstance(parent, str) else ""


def pack(frame: pd.DataFrame, form: str, notes: str) -> bytes:
    """A zip of the posts (form "csv" or "parquet") and of what one must know about them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{NAME}.{form}", ("\ufeff" + to_csv(frame)).encode() if form == "csv" else _parquet(frame, notes))
        archive.writestr("README.txt", notes.encode())
    return out.getvalue()


def _parquet(frame: pd.DataFrame, notes: str) -> bytes:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"notes": notes}), out, compression="zstd")
    return out.getvalue()


def notes(name: str, chosen: Sequence[str], posts: int, more: bool, coarsened: int, sources: Sequence[str], now: datetime) -> str:
    """The page that goes with the file, in the language of the person who asked."""
    lines = [
        _("Posts exported from {name} on {day}", name=name, day=now.date().isoformat()),
        "",
        n_("{n} post", "{n} posts", posts) + (". " + _("There are more: the newest are here.") if more else "."),
        _("Choice: {choice}", choice="; ".join(chosen) or _("everything")),
        _("Sources: {sources}", sources=", ".join(sources) or "–"),
        "",
        _("Privacy"),
        _("Names, numbers and addresses of people were taken out before the posts were stored."),
        _("This file has no address and no id of a post, and no time but the day."),
        _(
            "Where a place has fewer than {few} posts of a week in this file, its posts carry the place around it, or none: {n} posts.",
            few=str(FEWEST),
            n=str(coarsened),
        ),
        _("Do not try to find out who wrote a post, and publish no text word for word: a search engine finds its author."),
        "",
        _("Licence"),
        _("The texts belong to those who wrote them, under the terms of each source: for research and surveillance in your institution."),
        _("The labels may be used freely; name Kentongan as their origin."),
        "",
        _("Labels come from rules and models and can be wrong; each has its probability (_p). They are signals, not cases."),
    ]
    return "\n".join(lines) + "\n"

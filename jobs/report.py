"""The report: one HTML mail with its charts inline, the same in plain text, and the same as a PDF to keep or print."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd
import typst
from jinja2 import Environment, PackageLoader, StrictUndefined

from dashboard import week
from dashboard.echo import named
from dashboard.i18n import day as day_text
from dashboard.i18n import days, is_missing, number, percent, speaking, upright
from dashboard.mood import NAMES, written
from dashboard.postcard import safe_url
from jobs import report_charts
from jobs.phrases import PHRASES, Phrases
from jobs.report_facts import LISTED_CLUSTERS, LISTED_SIGNALS, Claimed, Facts, Kind, gather, period, records
from warehouse.queries import Catalog
from warehouse.records import ALL
from warehouse.settings import DataFolder, Settings

TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True)
class Report:
    """A report ready to be sent. `images` are PNGs by the content id that the HTML names."""

    kind: Kind
    first: date
    last: date
    language: str
    subject: str
    html: str
    text: str
    images: dict[str, bytes]
    pdf: bytes

    @property
    def file_name(self) -> str:
        return f"kentongan-{self.kind}-{self.last.isoformat()}.pdf"


def build(folder: DataFolder, settings: Settings, kind: Kind, today: date, language: str | None = None) -> Report:
    """Make the report on the last complete day or epidemiological week before `today`. Raises NothingPublished."""
    catalog = Catalog(folder)
    try:
        facts = gather(catalog, kind, *period(kind, today, settings.general.week))
        topics = records(catalog.topics())
    finally:
        catalog.close()
    spoken = language or settings.report.language or settings.general.language
    phrases = PHRASES[spoken]
    with speaking(spoken, settings.zone):
        page = content(facts, phrases, {row["topic"]: row[f"name_{spoken}"] for row in topics}, settings, spoken)
        images = {"volume": report_charts.volume(facts.chart, phrases), "mood": report_charts.mood(facts.chart, phrases)}
        return Report(
            kind,
            facts.first,
            facts.last,
            spoken,
            page["subject"],
            _jinja(html=True).get_template("report.html").render(page),
            _jinja(html=False).get_template("report.txt").render(page),
            images,
            _pdf(page, images),
        )


def content(facts: Facts, phrases: Phrases, topics: dict[str, str], settings: Settings, language: str) -> dict[str, Any]:
    """Everything the three forms show, as finished texts; they differ in form only, never in what they say."""
    when = day_text(facts.first, "full") if facts.first == facts.last else days(facts.first, facts.last)
    count, listed = len(facts.signals), _first(facts.signals)
    left = count - len(listed) - sum(map(len, listed["others"]))
    told = phrases.no_signals if not count else phrases.one_signal if count == 1 else phrases.some_signals.format(n=number(count))
    title = getattr(phrases, facts.kind)
    subject = phrases.subject.format(title=title, name=settings.general.name, period=when, signals=told)
    return {
        "language": language,
        "title": f"{settings.general.name}: {title}",
        "subject": " ".join(subject.split()),
        "period": when,
        "summary": [told[0].upper() + told[1:] + ".", *_summary(facts, phrases)],
        "warning": facts.exposure is not None and facts.exposure < report_charts.COVERED,
        "signals": _signals(listed, facts, phrases, topics, language),
        "more": phrases.more_signals.format(n=number(left)) if left else "",
        "growing": [_growing(growth, phrases, topics) for growth in facts.growing],
        "claims": None if facts.claims is None else [_claim(claim, phrases) for claim in facts.claims],
        "volume_alt": phrases.volume_alt.format(posts=number(facts.posts), days=len(facts.chart)),
        "mood_line": phrases.mood_line.format(**{name: written(facts.mood, name) for name in NAMES}),
        "trouble": [phrases.source_line.format(source=source, error=error) for source, error in facts.trouble.items()],
        "phrases": vars(phrases),
    }


def _summary(facts: Facts, phrases: Phrases) -> list[str]:
    if facts.posts_before:
        change = percent(facts.posts / facts.posts_before - 1, signed=True)
        posts = phrases.posts_line.format(posts=number(facts.posts), before=number(facts.posts_before), change=change)
    else:
        posts = phrases.posts_line_alone.format(posts=number(facts.posts))
    asked = phrases.questions_line.format(questions=number(facts.questions), complaints=number(facts.complaints))
    if facts.exposure is None:
        return [posts, asked, phrases.unknown_coverage]
    known = phrases.complete if facts.exposure >= 0.9 else phrases.incomplete
    return [posts, asked, known.format(share=percent(facts.exposure))]


def _signals(listed: pd.DataFrame, facts: Facts, phrases: Phrases, topics: dict[str, str], language: str) -> list[dict[str, str]]:
    return [
        {
            "topic": topics.get(row["topic"], row["topic"]),
            "place": phrases.everywhere if row["place_code"] == ALL else row["place"],
            "day": _when(row, phrases),
            "observed": number(row["observed"]),
            "expected": number(row["expected"], 1),
            "bound": "–" if is_missing(row["upper"]) else number(row["upper"], 1),
            "why": " ".join(filter(None, _said(row, facts, phrases, topics, language))),
        }
        for row in records(listed)
    ]


def _when(row: dict[str, Any], phrases: Phrases) -> str:
    """The day of a signal, or the days of the week that it counts."""
    if week.is_week(row):
        return phrases.week_of.format(days=days(week.first_day(row), row["day"]))
    return day_text(row["day"], "short")


_SAME: Final = ["topic", "place_code", "several"]  #: days of one topic in one place, or places together, are one row


def _first(signals: pd.DataFrame) -> pd.DataFrame:
    """Those that are listed, one a topic and place: the surest, and the newest day of each cluster before them, because each stands for
    several places. `others`: the days of the same that stand with it."""
    told = signals.assign(several=signals["since"].notna())
    clusters = told[told["several"]].sort_values("day", ascending=False, kind="stable").drop_duplicates(_SAME)
    listed = pd.concat([clusters.head(LISTED_CLUSTERS), told[~told["several"]].drop_duplicates(_SAME)]).head(LISTED_SIGNALS)
    same = dict(iter(told.groupby(_SAME, sort=False)["day"]))
    keys = map(tuple, listed[_SAME].to_numpy(object))
    others = [same[key].drop(index).dt.date.tolist() for index, key in zip(listed.index, keys, strict=True)]
    return listed.assign(others=pd.Series(others, listed.index, dtype=object))


def _others(found: Sequence[date], phrases: Phrases) -> str:
    """The other days and weeks on which the same was raised."""
    if not found:
        return ""
    span = days(min(found), max(found))
    return phrases.also_one.format(days=span) if len(found) == 1 else phrases.also_some.format(n=number(len(found)), days=span)


def _together(row: dict[str, Any], phrases: Phrases) -> str:
    """How several places together compare with all others; "" for the signal of one place."""
    if is_missing(row["since"]):
        return ""
    told = {"n": len(row["places"]), "since": day_text(row["since"], "short"), "p": number(row["pvalue"], 3)}
    if is_missing(row["relative_risk"]):
        return phrases.cluster_line_alone.format(**told)
    return phrases.cluster_line.format(**told, risk=number(row["relative_risk"], 1))


def _why(reason: str | None, language: str) -> str:
    """The sentence of a signal's reason; "" while it has none."""
    return str(json.loads(reason).get(f"sentence_{language}", "")) if reason else ""


def _said(row: dict[str, Any], facts: Facts, phrases: Phrases, topics: dict[str, str], language: str) -> tuple[str, ...]:
    """What is told of a signal beside its numbers: its places, why, its other days, its echoes; "" for what it has not."""
    others = _others(row["others"], phrases)
    return _together(row, phrases), _why(row["reason"], language), others, _echoes(facts.echoes.get(row["signal_id"]), phrases, topics)


def _echoes(found: pd.DataFrame | None, phrases: Phrases, topics: dict[str, str]) -> str:
    """The signals that are the same posts under another topic or in a wider place."""
    if found is None:
        return ""
    places = dict(zip(found["place_code"], found["place"], strict=True)) | {ALL: phrases.everywhere}
    return phrases.echoes.format(n=number(len(found)), echoes=named(found, lambda code: topics.get(code, code), places.__getitem__))


def _growing(growth: Any, phrases: Phrases, topics: dict[str, str]) -> str:
    return phrases.growing_line.format(
        topic=topics.get(growth.topic, growth.topic), posts=number(growth.posts), before=number(growth.before)
    )


def _claim(claim: Claimed, phrases: Phrases) -> dict[str, str]:
    """A claim and how many posts speak of it; whether they are for or against it is not told."""
    posts = phrases.claim_one if claim.posts == 1 else phrases.claim_some.format(n=number(claim.posts))
    return {"headline": upright(claim.headline), "url": safe_url(claim.url) or "", "posts": posts}


@cache
def _jinja(*, html: bool) -> Environment:
    return Environment(
        loader=PackageLoader("jobs", "templates"), autoescape=html, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _pdf(page: dict[str, Any], images: dict[str, bytes]) -> bytes:
    """Set the page with Typst. What it shows comes in as JSON strings, so nothing in it is ever read as markup."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for image, data in images.items():
            (root / f"{image}.png").write_bytes(data)
        (root / "report.typ").write_bytes((TEMPLATES / "report.typ").read_bytes())
        (root / "page.json").write_text(json.dumps(page, default=str), "utf-8")
        return typst.compile(str(root / "report.typ"), root=str(root), format="pdf")

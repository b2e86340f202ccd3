"""What the demo's fact-checkers publish: a handful of findings on fixed days before the last day of history, the same in every world."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from ingest.demodata.epidemiology import HERE
from ingest.demodata.pen import About, Draft
from ingest.demodata.scenario import FACTCHECK
from warehouse.records import Post


@dataclass(frozen=True, slots=True)
class FactCheck:
    """One finding. days: from the last day of history to its day; the title opens the post, as in a feed."""

    days: int
    hour: int
    outlet: str
    title: str
    text: str
    language: str = "id"

    def draft(self, number: int, midnight: datetime, source: str) -> Draft:
        """The finding as a post, published at its hour of the day that began at `midnight`."""
        native_id = f"c{number:03d}"
        post = Post(
            source=source, query=FACTCHECK, native_id=native_id, created_at=midnight + timedelta(hours=self.hour),
            text=f"{self.title}\n{self.text}", url=f"https://{FACTCHECK}.example/{native_id}", author=self.outlet, lang_hint=self.language,
        )  # fmt: skip
        return Draft(post, About("", "", ""))


@cache
def fact_checks() -> tuple[FactCheck, ...]:
    """All findings, as factchecks.toml has them."""
    return tuple(FactCheck(**row) for row in tomllib.loads((HERE / "factchecks.toml").read_text("utf-8"))["checks"])


def published(day: date, end: date, midnight: datetime, source: str) -> list[Draft]:
    """The findings of a day in order of time. end: the last day of history."""
    found = [(one.hour, number) for number, one in enumerate(fact_checks(), start=1) if end + timedelta(days=one.days) == day]
    return [fact_checks()[number - 1].draft(number, midnight, source) for _, number in sorted(found)]

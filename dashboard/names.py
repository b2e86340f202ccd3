"""Codes as names in the language of the page: topics, places, sources, languages, sentiment, intent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pandas as pd
from babel import Locale
from babel.core import UnknownLocaleError

from dashboard.i18n import N_, _, language, locale, upright
from warehouse.queries import Catalog
from warehouse.records import ALL

SENTIMENT = {"negative": N_("Negative"), "neutral": N_("Neutral"), "positive": N_("Positive")}
INTENT = {
    "question": N_("Question"),
    "complaint": N_("Complaint"),
    "request": N_("Request for help"),
    "thanks": N_("Thanks"),
    "information": N_("Information"),
    "promotion": N_("Promotion"),
    "other": N_("None of these"),
}
EMOTION = {
    "anger": N_("Anger"),
    "fear": N_("Fear"),
    "sadness": N_("Sadness"),
    "joy": N_("Joy"),
    "love": N_("Love"),
    "neutral": N_("No emotion"),
}
UNIT = {
    "case": N_("Cases: {n}"),
    "death": N_("Deaths: {n}"),
    "person": N_("People: {n}"),
    "child": N_("Children: {n}"),
    "student": N_("Students: {n}"),
    "patient": N_("Patients: {n}"),
    "platelet": N_("Platelets: {n}"),
    "celsius": N_("{n} °C"),
}
LEVEL = {"all": N_("Everywhere"), "country": N_("Country"), "province": N_("Province"), "regency": N_("Regency or city")}
LEVELS = {"country": N_("Countries"), "province": N_("Provinces"), "regency": N_("Regencies and cities")}
KIND = {"social": N_("Social media"), "news": N_("News"), "factcheck": N_("Fact-check"), "official": N_("Official")}
ROLE = {
    "viewer": N_("Viewer"),
    "analyst": N_("Analyst"),
    "officer": N_("Officer"),
    "administrator": N_("Administrator"),
}
GROUPS = {
    "chronic_infection": N_("Chronic infections"),
    "enteric": N_("Gut infections"),
    "environment": N_("Environment"),
    "family": N_("Mothers and children"),
    "medicine": N_("Medicines"),
    "mental": N_("Mental health"),
    "noncommunicable": N_("Non-communicable diseases"),
    "programme": N_("Programmes"),
    "respiratory": N_("Airways"),
    "service": N_("Health services"),
    "substance": N_("Tobacco, alcohol, drugs"),
    "syndrome": N_("Symptoms"),
    "vaccine_preventable": N_("Preventable by vaccine"),
    "vector": N_("Carried by insects"),
    "zoonosis": N_("From animals"),
}


@dataclass(frozen=True)
class Names:
    """The vocabulary of one published copy; a code that it does not know is its own name."""

    topics: dict[str, dict[str, Any]]
    places: dict[str, dict[str, Any]]
    sources: dict[str, dict[str, Any]]
    languages: tuple[str, ...]

    def topic(self, code: str) -> str:
        if code == ALL:
            return _("All posts")
        found = self.topics.get(code, {})
        return upright(_text(found, f"name_{language()}") or _text(found, "name_id") or code)

    def topic_about(self, code: str) -> str:
        return upright(_text(self.topics.get(code, {}), f"description_{language()}"))

    def place(self, code: str) -> str:
        return _("All places") if code == ALL else upright(_text(self.places.get(code, {}), "name") or code)

    def source(self, code: str) -> str:
        return upright(_text(self.sources.get(code, {}), "title") or code)

    def of(self, kind: str, code: str) -> str:
        """The name of a key of `Catalog.counts`."""
        if code == ALL:
            return _("All posts")
        return {"topic": self.topic, "place": self.place, "source": self.source, "lang": tongue}[kind](code)


def _text(row: dict[str, Any], key: str) -> str:
    """A text of a data frame's row, whose missing values are NaN."""
    value = row.get(key)
    return value if isinstance(value, str) else ""


def tongue(code: str) -> str:
    """A language by its name: "jv" is Jawa, or Javanese."""
    if code in ("", "und"):
        return _("Undetermined")
    try:
        name = Locale.parse(code, sep="-").get_language_name(locale())
    except (UnknownLocaleError, ValueError):
        return code
    return name or code


def group(code: str) -> str:
    """A group of topics; one that a person added in a topic file is shown as it was written."""
    return _(GROUPS[code]) if code in GROUPS else code.replace("_", " ").capitalize() or _("Other")


def names(catalog: Catalog) -> Names:
    """The names of the newest published copy."""
    return _names(catalog, catalog.published_at())


@lru_cache(maxsize=4)
def _names(catalog: Catalog, published_at: Any) -> Names:
    return Names(
        topics=_by("topic", catalog.topics()),
        places=_by("place_code", catalog.places()),
        sources=_by("source", catalog.sources()),
        languages=tuple(catalog.languages()["lang"]),
    )


def _by(key: str, frame: pd.DataFrame) -> dict[str, Any]:
    return {str(row[key]): row for row in frame.to_dict("records")}

"""Language on NusaX (whole, and cut to 40 characters), on sets of one known language, and on Malay posts written for the project."""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.evaluation.base import Figure, Section, accuracy, markdown_table, read_part
from analytics.evaluation.errors import sure_errors
from analytics.text.language import LanguageIdentifier

SHORT = 40  #: characters of a cut: the beginning of a sentence, in the midst of a word as it may be
WHOLE_TARGETS = {"id": 99.0, "en": 99.0, "jv": 96.0, "su": 96.0, "min": 96.0}
SHORT_TARGETS = {"id": 98.0, "en": 96.0, "jv": 90.0, "su": 90.0}
#: Other sets, and the language where the set names none. UMSAB's Hindi is left out: it is romanised, which is not told at all.
OTHERS = {"smsa": "id", "dengue_id": "id", "vaccine_emotion_id": "id", "emot": "id", "tweeteval_sentiment": "en", "umsab": ""}
_MALAY = Path(__file__).parent / "sets" / "malay.txt"
_SISTERS = Path(__file__).parent / "sets" / "malay_or_indonesian.csv"
_SHORT_POSTS = Path(__file__).parent / "sets" / "short_posts.csv"
_MARKS = re.compile(r"(?:https?://|www\.)\S+|@\w+|\[[A-Z-]+\]")


def evaluate(folder: Path, part: str) -> Section | None:
    """Per cent of the texts whose language is told ("und" counts as wrong); Malay is measured whatever `folder` and `part` are."""
    identifier = LanguageIdentifier()
    nusax = read_part(folder, "nusax_senti", part)
    figures = [] if nusax is None else _nusax(identifier, nusax)
    details = "" if nusax is None else _errors(identifier, nusax)
    for name, lang in OTHERS.items():
        posts = read_part(folder, name, part)
        if posts is not None:
            langs = posts["lang"] if "lang" in posts and not lang else pd.Series(lang, posts.index)
            figures += [_share(identifier, f"{name} {one}", list(posts["text"][langs == one]), one) for one in sorted({*langs} - {"hi"})]
    figures.append(_share(identifier, "posts written for the project, ms", written_in_malay(), "ms", 95.0))
    for lang, texts in sisters().items():
        figures.append(_share(identifier, f"fresh posts written for the project, {lang}", texts, lang, 95.0))
    for lang, texts in short_posts().items():
        figures.append(_share(identifier, f"short posts written for the project, {lang}", texts, lang))
    return Section("language", figures, details)


def written_in_malay() -> list[str]:
    """Malay posts written for the project, which no model has learnt."""
    return [line for line in _MALAY.read_text("utf-8").splitlines() if line and line[0] != "#"]


def sisters() -> dict[str, list[str]]:
    """Malay posts, and Indonesian ones that a model of Malay may take for its own, written before anything was tuned on either."""
    return _by_language(_SISTERS)


def short_posts() -> dict[str, list[str]]:
    """Posts of three to ten words on health in five languages, written by the project's developers after all models, and looked at once.

    Many Malay ones hold no word that Indonesian would not write.
    """
    return _by_language(_SHORT_POSTS)


def _by_language(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {lang: [row["text"] for row in rows if row["lang"] == lang] for lang in dict.fromkeys(row["lang"] for row in rows)}


def _share(identifier: LanguageIdentifier, name: str, texts: list[str], lang: str, target: float | None = None) -> Figure:
    return Figure(name, accuracy([lang] * len(texts), identifier.identify(texts)[0]), target, len(texts))


def shortened(text: str) -> str:
    """The first characters of a text without links, handles and the markers of data sets."""
    return " ".join(_MARKS.sub(" ", text).split())[:SHORT]


def _nusax(identifier: LanguageIdentifier, posts: pd.DataFrame) -> list[Figure]:
    figures = []
    for form, targets in (("whole", WHOLE_TARGETS), (f"first {SHORT} characters", SHORT_TARGETS)):
        texts = list(posts["text"]) if targets is WHOLE_TARGETS else [shortened(text) for text in posts["text"]]
        right = pd.Series(np.array(identifier.identify(texts)[0]) == posts["lang"].to_numpy(), posts.index)
        by_lang = 100 * right.groupby(posts["lang"]).mean()
        mean_target = 97.0 if targets is WHOLE_TARGETS else None
        figures.append(Figure(f"NusaX {form}, mean of {len(by_lang)} languages", float(by_lang.mean()), mean_target, len(posts)))
        figures += [
            Figure(f"NusaX {form}, {lang}", float(value), targets.get(str(lang)), int((posts["lang"] == lang).sum()))
            for lang, value in by_lang.items()
        ]
    return figures


def _errors(identifier: LanguageIdentifier, posts: pd.DataFrame) -> str:
    texts, labels = list(posts["text"]), list(posts["lang"])
    told, sure = identifier.identify(texts)
    short = identifier.identify([shortened(text) for text in texts])[0]
    rows = []
    for form, said in (("whole", told), ("short", short)):
        wrong = Counter((lang, other) for lang, other in zip(labels, said, strict=True) if lang != other)
        rows += [(form, lang, other, count) for (lang, other), count in wrong.most_common(8)]
    table = pd.DataFrame(rows, columns=["form", "language", "told as", "texts"]).set_index("form")
    return "\n\n".join(
        ["NusaX, the commonest errors:", markdown_table("form", table), "The surest errors:", sure_errors(texts, labels, told, sure)]
    )

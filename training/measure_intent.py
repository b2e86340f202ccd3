"""Measures the rules of analytics/text/intent.py on posts labelled by hand; writes intent.json and the figures of its card, intent.md.

The labels (tests/analytics/text/intent_labels.csv) name a post by the SHA-256 of its text, never by the text, and are looked up in
the labelled sets of the data folder. Posts were drawn by strata, since questions and complaints are rare: each post stands for
`posts of its stratum / labelled ones of it`. Health posts (dengue_id, vaccine_emotion_id) and general ones (emot, smsa) weigh the
same in all. What a rule means and how sure it is comes from the tune half alone; the figures of the card from the test half.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.text.intent import PRECISION, RULES, evidence
from analytics.text.redact import redact
from training.corpora import ROOT, data_folder, read_set

LABELS = ROOT / "tests" / "analytics" / "text" / "intent_labels.csv"
CARD = PRECISION.with_suffix(".md")
BEGIN, END = "<!-- figures: python -m training.measure_intent -->", "<!-- end of figures -->"
INTENTS = ("question", "complaint", "other")

SETS = {"dengue_id": "health", "vaccine_emotion_id": "health", "emot": "general", "smsa": "general"}

# The strata are those of the drawing and stay as they were, whatever the rules become.
_ASKS = re.compile(
    r"\b(?:tanya|nanya|info|mohon|minta|tolong|kapan|gimana|gmn|bagaimana|berapa|brp|dimana|dmn|kenapa|knp|apakah|boleh|bisa ga|bisa gak|"
    r"ada yg|ada yang|min|dok|kak|gan|sis|guys|gais|anyone|how|what|where|why)\b",
    re.IGNORECASE,
)
_SERVICE = re.compile(
    r"\b(?:bpjs|jkn|puskesmas|pkm|rs|rsud|rumah sakit|igd|ugd|dokter|suster|perawat|petugas|pelayanan|layanan|pelayan|antri|antre|antrian|"
    r"faskes|klinik|nakes|aplikasi|kecewa|customer service|cs)\b",
    re.IGNORECASE,
)


_CALLS = re.compile(
    r"\b(?:tanya|nanya|bertanya|info|mohon|dok|min|kak|gan|gais|guys|ners|nder|admin|sis|yang tau|yg tau|yg tahu|punten|permisi|apa boleh|"
    r"boleh ga|boleh gak|boleh g|bisa ga|bisa gak|berapa lama|dimana|kapan|brp|berapa|gimana caranya|"
    r"ya ?\?|sih ?\?|ga ?\?|gak ?\?|nggak ?\?|"
    r"g ?\?|kah ?\?)(?:\W|$)",
    re.IGNORECASE,
)
_GRIEVES = re.compile(
    r"\b(?:kecewa|mengecewakan|judes|jutek|ditolak|dipersulit|dilayani|lama banget|lama bgt|lama sekali|ribet|error|eror|komplain|keluhan|"
    r"pelayanan\w* (?:buruk|jelek|lambat|lama|kurang|tidak)|gak becus|tidak becus|parah banget|payah|antri|antre|"
    r"(?:belum|blm) (?:dapat|dapet|masuk|muncul|bisa)|gak? ?(?:bisa|bs) (?:daftar|login|dibuka)|susah banget|dipingpong|dioper|nolak|"
    r"kesel|kesal|kapok)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str  #: redacted, as the worker reads it
    label: str
    split: str
    group: str  #: health or general
    weight: float  #: how many posts it stands for


def stratum(group: str, text: str) -> str:
    """The stratum that a post was drawn from."""
    if "?" in text:
        return f"{group}/mark, calls" if _CALLS.search(text) else f"{group}/mark"
    if _GRIEVES.search(text):
        return f"{group}/grieves"
    if _SERVICE.search(text):
        return f"{group}/service"
    return f"{group}/asks" if _ASKS.search(text) else f"{group}/rest"


def labels() -> dict[str, tuple[str, str]]:
    """Label and split of each labelled post, by the SHA-256 of its text."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        return {row["sha256"]: (row["label"], row["split"]) for row in csv.DictReader(file)}


def labelled_posts(folder: Path) -> list[Labelled]:
    """The labelled posts with their texts and weights, from the data folder."""
    known = labels()
    sizes: Counter[str] = Counter()
    found: dict[str, tuple[str, str]] = {}
    drawn: Counter[str] = Counter()
    for key, group, text in _distinct(folder):
        place = stratum(group, text)
        sizes[place] += 1
        if key in known:
            drawn[place] += 1
            found[key] = (text, place)
    totals = {group: sum(size for place, size in sizes.items() if place.startswith(group)) for group in set(SETS.values())}
    rows = []
    for key in sorted(found):
        text, place = found[key]
        group = place.partition("/")[0]
        rows.append(Labelled(redact(text), *known[key], group, sizes[place] / drawn[place] / totals[group]))
    return rows


def _distinct(folder: Path) -> Iterable[tuple[str, str, str]]:
    seen = set()
    for name, group in SETS.items():
        for part in ("train", "dev"):
            for text in read_set(folder, name, part)["text"]:
                key = hashlib.sha256(text.encode()).hexdigest()
                if key not in seen:
                    seen.add(key)
                    yield key, group, text


def measure_rules(posts: Iterable[Labelled]) -> dict[str, dict[str, Any]]:
    """For each rule the commonest intent, and the smoothed share of posts on which it is right."""
    by_rule: dict[str, list[Labelled]] = defaultdict(list)
    for post in posts:
        by_rule[evidence(post.text)].append(post)
    return {rule: _rule(by_rule[rule]) for rule in RULES}


def _rule(posts: list[Labelled]) -> dict[str, Any]:
    """Weighted shares, smoothed as Laplace does: one post more of each intent."""
    total = sum(post.weight for post in posts) or 1.0
    count = len(posts)
    shares = {intent: sum(post.weight for post in posts if post.label == intent) / total for intent in INTENTS}
    best = max(("other", "complaint", "question"), key=lambda intent: shares[intent])
    right = sum(post.label == best for post in posts)
    return {"intent": best, "probability": round((shares[best] * count + 1) / (count + len(INTENTS)), 3), "labelled": count, "right": right}


Row = tuple[str, str, float]  # label, what the rules said, weight


def rows(posts: Iterable[Labelled], rules: dict[str, dict[str, Any]], split: str, group: str = "") -> list[Row]:
    """Label, intent told and weight of the posts of one half, and of one group or both."""
    chosen = (post for post in posts if post.split == split and post.group.startswith(group))
    return [(post.label, str(rules[evidence(post.text)]["intent"]), post.weight) for post in chosen]


def scores(pairs: list[Row]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of each intent, weighted back to all posts."""
    result = {}
    for intent in INTENTS:
        hit = sum(weight for label, told, weight in pairs if label == told == intent)
        all_told = sum(weight for _, told, weight in pairs if told == intent)
        all_true = sum(weight for label, _, weight in pairs if label == intent)
        precision, recall = hit / all_told if all_told else 0.0, hit / all_true if all_true else 0.0
        result[intent] = {"precision": precision, "recall": recall, "f1": 2 * precision * recall / (precision + recall) if hit else 0.0}
    return result


def macro_f1(pairs: list[Row]) -> float:
    """The mean F1 of the three intents."""
    return sum(score["f1"] for score in scores(pairs).values()) / len(INTENTS)


def interval(pairs: list[Row], draws: int = 400) -> tuple[float, float]:
    """Where macro-F1 lies in 95 of 100 bootstrap samples of the posts."""
    draw = random.Random(0)
    found = sorted(macro_f1(draw.choices(pairs, k=len(pairs))) for _ in range(draws))
    return found[int(0.025 * draws)], found[int(0.975 * draws) - 1]


def document(posts: list[Labelled]) -> str:
    """The text of intent.json."""
    rules = measure_rules(post for post in posts if post.split == "tune")
    return json.dumps({"rules": rules, "labels": len(posts)}, indent=1) + "\n"


def figures(posts: list[Labelled], rules: dict[str, dict[str, Any]]) -> str:
    """The tables of the card, in Markdown."""
    lines = ["| rule | intent | probability | right / labelled (tune) |", "|---|---|---:|---:|"]
    lines += [
        f"| `{name}` | {rule['intent']} | {rule['probability']:.2f} | {rule['right']} / {rule['labelled']} |"
        for name, rule in rules.items()
    ]
    lines += [
        "",
        "| posts (test half) | intent | precision | recall | F1 | right / told | right / labelled |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for title, group in (("health", "health"), ("general", "general"), ("both", "")):
        pairs = rows(posts, rules, "test", group)
        lines += [_line(title, intent, score, pairs) for intent, score in scores(pairs).items()]
        low, high = interval(pairs)
        lines.append(f"| {title} | **macro-F1** | | | **{macro_f1(pairs):.2f}** ({low:.2f}-{high:.2f}) | | {len(pairs)} posts |")
    return "\n".join(lines)


def _line(title: str, intent: str, score: dict[str, float], pairs: list[Row]) -> str:
    right = sum(label == told == intent for label, told, _ in pairs)
    told_all, true_all = sum(told == intent for _, told, _ in pairs), sum(label == intent for label, _, _ in pairs)
    shares = " | ".join(f"{score[name]:.2f}" for name in ("precision", "recall", "f1"))
    return f"| {title} | {intent} | {shares} | {right} / {told_all} | {right} / {true_all} |"


def card(old: str, tables: str) -> str:
    """The card with its figures replaced."""
    head, _, rest = old.partition(BEGIN)
    return f"{head}{BEGIN}\n{tables}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Write intent.json and the figures of intent.md."""
    posts = labelled_posts(data_folder())
    PRECISION.write_text(document(posts), "utf-8")
    rules = json.loads(PRECISION.read_text("utf-8"))["rules"]
    CARD.write_text(card(CARD.read_text("utf-8"), figures(posts, rules)), "utf-8")
    print(figures(posts, rules))


if __name__ == "__main__":
    main()

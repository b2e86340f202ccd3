"""Redaction on generated lines and on lines written by hand: identities of known kind, and lines that only look as if they had one.

The hand-written ones (sets/redaction.csv) hold disguises and look-alikes, and identities as people write them; the rules were written
beside the part "tune", the part "test" was written after them, in two batches, and measured before any rule was changed for it.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from pathlib import Path

import pandas as pd

from analytics.evaluation.base import Figure, Section, markdown_table
from analytics.evaluation.redaction_lines import IDENTITIES, Line, lines
from analytics.text.normalise import PLACEHOLDERS
from analytics.text.redact import redact

COUNT, SEED = 4_000, 20_261
SET = Path(__file__).parent / "sets" / "redaction.csv"
_FOUND = re.compile(rf"\[({'|'.join(PLACEHOLDERS)})\]")
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})")


def caught(line: Line) -> bool:
    """The right placeholder is there, and the secret's core is gone."""
    redacted = redact(line.text)
    core = line.secret.rpartition(" ")[2] if line.kind == "mrn" else line.secret
    return line.kind in _FOUND.findall(redacted) and core not in redacted


def by_hand(part: str) -> list[tuple[str, str]]:
    """Kind ("" for none) and text of the hand-written lines of a part ("tune", "test"); \\u escapes stand for what cannot be seen."""
    with SET.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["part"] == part]
    return [(row["kind"], _ESCAPE.sub(lambda match: chr(int(match[1], 16)), row["text"])) for row in rows]


def evaluate(folder: Path, part: str) -> Section | None:
    """Recall and precision on the project's own lines, whatever `folder` and `part` are."""
    made = lines(COUNT, SEED)
    secret = [line for line in made if line.kind]
    redacted = Counter(bool(line.kind) for line in made if _FOUND.search(redact(line.text)))
    found = pd.DataFrame({"kind": [line.kind for line in secret], "caught": [caught(line) for line in secret]})
    by_kind = pd.DataFrame(found.groupby("kind")["caught"].agg(lines="size", caught="sum")).loc[sorted(IDENTITIES)]
    figures = [
        Figure("recall", 100 * float(found["caught"].mean()), 99, len(secret)),
        Figure("precision", 100 * redacted[True] / max(redacted.total(), 1), 98, redacted.total()),
    ]
    lines_by_hand = [(kind, _FOUND.findall(redact(text))) for kind, text in by_hand("test")]
    hidden = [kind in found for kind, found in lines_by_hand if kind]
    marked = [bool(kind) for kind, found in lines_by_hand if found]
    figures += [
        Figure("recall, disguises by hand", 100 * sum(hidden) / len(hidden), None, len(hidden)),
        Figure("precision, look-alikes by hand", 100 * sum(marked) / max(len(marked), 1), None, len(marked)),
    ]
    return Section("redaction", figures, markdown_table("identity", by_kind))

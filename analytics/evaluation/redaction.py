"""Redaction on generated lines: identities of known kind and place, and lines that only look as if they had one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pandas as pd

from analytics.evaluation.base import Figure, Section, markdown_table
from analytics.evaluation.redaction_lines import IDENTITIES, Line, lines
from analytics.text.normalise import PLACEHOLDERS
from analytics.text.redact import redact

COUNT, SEED = 4_000, 20_261
_FOUND = re.compile(rf"\[({'|'.join(PLACEHOLDERS)})\]")


def caught(line: Line) -> bool:
    """The right placeholder is there, and the secret's core is gone."""
    redacted = redact(line.text)
    core = line.secret.rpartition(" ")[2] if line.kind == "mrn" else line.secret
    return line.kind in _FOUND.findall(redacted) and core not in redacted


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
    return Section("redaction", figures, markdown_table("identity", by_kind))

"""A reason as the worker writes it beside a signal."""

from __future__ import annotations

import json
from typing import Any

from analytics.explain import Reason


def signal(**given: Any) -> dict[str, Any]:
    """kind and reason (JSON) of a signal; `given` stands in the reason."""
    why = Reason(
        kind="first-hand reports", evidence={"firsthand": 0.4, "authors": 12.0}, sentence_id="Sejak 3 Mei", sentence_en="Since 3 May",
        posts=30, authors=12, firsthand=0.4, copies=0.1, one_account=0.05, one_link=0.0, sources={"forum": 1.0}, sentiment=None, terms=[],
        hashtags=[], links=[], places=[], examples=[], observed=30.0, expected=4.0, lower=1.0, upper=8.0, since="2026-05-03",
        growth=None, growth_low=None, growth_high=None,
    )  # fmt: skip
    return {"kind": why.kind, "reason": json.dumps(json.loads(why.to_json()) | given)}

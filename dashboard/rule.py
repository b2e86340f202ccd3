"""The rule that found a signal, in the language of the page. Detectors write it in English into the signal, where it stays as it was.

Other words than these, of a detector that somebody else wrote, are shown as they are.
"""

from __future__ import annotations

import re
from typing import Any, Final

from dashboard import i18n
from dashboard.i18n import N_, _

#: What the rules are made of, longer phrases before the shorter ones that they hold.
PHRASES: Final = (
    N_("more posts in neighbouring places together than in any of the random panels"),
    N_("likelihood ratio of a rise above"),
    N_("likelihood ratio above"),
    N_("four weeks against"),
    N_("years back, half-width"),
    N_("same weekday of"),
    N_("posts of a week"),
    N_("years, alpha"),
    N_("days, alpha"),
    N_("days"),
    N_("none"),
)
_NUMBER: Final = re.compile(r"(?<=\d)\.(?=\d)")


def told(signal: Any) -> str:
    """Of a signal (a row of `Catalog.signals`): its rule with words and decimals of the language, or the detector where it has none."""
    name, colon, words = (signal["rule"] or signal["detector"]).partition(":")
    for phrase in PHRASES:
        name = name.replace(phrase, _(phrase)) if " " in phrase else name  # a single word may be part of a detector's name
        words = re.sub(rf"\b{phrase}\b", _(phrase), words)
    return f"{name}{colon}{_NUMBER.sub(i18n.decimal_sign(), words)}"

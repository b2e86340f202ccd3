"""What may be wrong with a rule, in the reader's language. The English texts are those of the file's own reader (analytics/text/rules.py);
a test holds both together."""

from __future__ import annotations

from typing import Final

from analytics.text.topic_check import Trouble
from dashboard.i18n import N_, _

TEMPLATES: Final = (
    N_("{text!r} holds no letter or digit; write a word"),
    N_("{text!r}: a star may only stand at the beginning or the end of a term"),
    N_("{text!r} would match too much; write at least {least} letters beside the star"),
    N_("the rule is {length} characters long; the most is {most}, use lists of terms instead"),
    N_("the rule holds for posts without any of its terms; join something to NOT with AND"),
    N_('this quotation mark is never closed; write "..." around a phrase'),
    N_("the rule is empty; write a term"),
    N_("this ) has no ( before it"),
    N_('AND, OR or NEAR is missing before {text}; a phrase stands in "..."'),
    N_("NEAR joins two sides only; put parentheses around the first pair"),
    N_("{text}: write NEAR/n with n from 0 to {most}, e.g. NEAR/5"),
    N_("NEAR needs two terms, or terms joined by OR in parentheses, one on each side"),
    N_("more than {most} parentheses or NOTs within each other; split the rule"),
    N_("this ( is never closed"),
    N_("NEAR needs two terms, one on each side; there is none after {before}"),
    N_("a term is missing after {before}"),
    N_("a term is missing before {text}; NEAR needs two terms"),
    N_("a term is missing before {text}"),
    N_("neither terms nor rules; the topic can never match"),
)


def told(trouble: Trouble) -> str:
    """The trouble with its place, for a field whose lines are numbered from 1."""
    message = _(trouble.template).format(**trouble.values)
    if trouble.column:
        return _("line {line}, column {column}: {message}", line=trouble.line, column=trouble.column, message=message)
    return _("line {line}: {message}", line=trouble.line, message=message) if trouble.line else message

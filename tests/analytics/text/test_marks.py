"""A text that is not marked holds nothing that would be rewritten, counted or split."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text.codes import STABLE, kinds
from analytics.text.marks import BRACKET, CHANGED, HANDLE, HASH, LINE, LINK, ODD, WIDE, marks, rows

PIECES = ["#", "＃", "@", "[", "\n", "http", "HTTP", "www.", "Pic.", "www", "ht", "tp", "é", "\u212a", "a", " ", "\x00", "p", "h"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES) | st.characters(), max_size=9).map("".join), max_size=4))
def test_marks_are_those_of_a_search_for_each(texts: list[str]) -> None:
    assert marks(texts).tolist() == [
        HASH * ("#" in text or "＃" in text)
        | HANDLE * ("@" in text)
        | BRACKET * ("[" in text)
        | LINK * any(start in "".join(c.lower() if c.isascii() else c for c in text) for start in ("http", "www.", "pic."))
        | LINE * ("\n" in text)
        | WIDE * (not text.isascii())
        | ODD * any(letter in "\u0130\u0131\u017f\u212a\u212b" for letter in text)
        | CHANGED * any(not letter.isascii() and not kinds()[ord(letter)] & STABLE for letter in text)
        for text in texts
    ]


def test_rows_are_those_with_any_of_the_marks() -> None:
    assert rows(marks(["a", "#a", "@a", "[a"]), HASH | BRACKET) == [1, 3]

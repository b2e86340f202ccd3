"""Hashtags of a batch are split as a regular expression over each text would; words of a text are those that Python finds."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text.codes import written_whole
from analytics.text.place_text import PlaceText, place_texts
from analytics.text.tags import LONGEST, SHORTEST, TagSplitter

PIECES = "#dbd # ## #a #DemamBerdarah ＃ｔａｇ #\u0301x #é_1 §x Kota KOTA kOTA 3A a_b _ é É Σ #x#y ,# \n 😷 \ud800 \x01".split(" ")
texts_ = st.lists(
    st.lists(st.sampled_from([*PIECES, "#" + "a" * 99, "#" + "b" * 130]) | st.text(max_size=5), max_size=9).map(" ".join)
    | st.lists(st.sampled_from(PIECES), max_size=9).map("".join),
    max_size=5,
).map(lambda texts: [text.replace("\x00", "\x01") for text in texts])


@settings(max_examples=300, deadline=None)
@given(texts_, st.data())
def test_hashtags_are_split_as_by_a_regular_expression(texts: list[str], data: st.DataObject) -> None:
    some = st.lists(st.integers(0, len(texts) - 1), unique=True) if texts else st.just([])
    rows = np.array(sorted(data.draw(some)), np.intp)
    read = TagSplitter(lambda tag: f"<{tag[::-1]}>")(written_whole(texts), rows)
    told = [read.codes[first : last - 1].tobytes().decode("utf-32-le", "surrogatepass") for first, last in pairwise(read.starts)]
    pattern = re.compile(rf"[#＃](\w{{{SHORTEST},{LONGEST}}})")
    assert told == [pattern.sub(lambda match: f"<{match[1][::-1]}>", texts[row]) for row in rows]


def test_a_hashtag_is_split_once_until_too_many_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.text.tags._REMEMBERED", 2)
    asked: list[str] = []

    def split(tag: str) -> str:
        asked.append(tag)
        return tag

    splitter, read = TagSplitter(split), written_whole(["#ab #ab #cd", "#ab #ef #ab"])
    splitter(read, np.array([0, 1]))
    assert asked == ["ab", "cd", "ef", "ab"]


@settings(max_examples=300, deadline=None)
@given(texts_)
def test_words_beside_places_are_those_that_python_finds(texts: list[str]) -> None:
    rows = np.arange(len(texts))
    for text, told in zip(texts, place_texts(written_whole(texts), rows), strict=True):
        plain = PlaceText.of(text)
        assert told.words == plain.words
        assert told._given is None or text.isascii()
        assert (told.shouting, told.cased, told.title) == (plain.shouting, plain.cased, plain.title)

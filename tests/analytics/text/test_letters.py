"""What compiled passes make of a batch that was read once is what the plain functions make of each text."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text import letters, normalise
from analytics.text.codes import STABLE, Written, blocks, kinds, stable, written_whole
from analytics.text.letters import runs, small, spliced
from analytics.text.marks import CHANGED, ODD, marks_of

PIECES = (
    "http://a https://x.y HTTP:// HTTPS://Z www. WWW.x wWw.y pic. pic.twitter.com/q PIC.TWITTER.com/z @ab @ a@b @_ [mention] [URL] [ab] "
    "[abcdefghijklmn] [a-b] [phone [[phone]] [email]x # ＃ é É @é_1 \n \t http httpS://zz xwww.a,b \u017f http\u017f://a [\u212aab] İ ı Σ "
    "² e\u0301 \u0301 ﷺ ｆ 한 ᄒ ᅡ ٣ 漢字 かな … – 😷 👍🏽 ❤\ufe0f \u200d \ud800 \x00 \x01"
).split(" ")
texts_ = st.lists(
    st.one_of(
        st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map(" ".join),
        st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=12).map("".join),
    ),
    max_size=5,
)


def back(read: Written) -> list[str]:
    """The texts that were read."""
    return [read.codes[first : last - 1].tobytes().decode("utf-32-le", "surrogatepass") for first, last in pairwise(read.starts)]


def without_nul(texts: list[str]) -> list[str]:
    return [text.replace("\x00", "\x01") for text in texts]


def test_letters_called_stable_are_their_own_form_and_have_a_lower_case_of_their_own() -> None:
    codes = np.flatnonzero(kinds() & STABLE)
    lowered = small(Written(0, codes.astype(np.uint32), np.array([0, len(codes)]))).codes
    assert len(codes) > 30_000
    for code, low in zip(codes.tolist(), lowered.tolist(), strict=True):
        letter = chr(code)
        assert unicodedata.is_normalized("NFKC", letter), hex(code)
        assert not unicodedata.combining(letter), hex(code)
        assert letter.lower() == chr(low), hex(code)


@settings(max_examples=300, deadline=None)
@given(texts_)
def test_what_is_left_out_is_what_the_plain_functions_leave_out(texts: list[str]) -> None:
    texts = without_nul(texts)
    read = written_whole(texts)
    marked = marks_of(read)
    assert back(read) == texts
    assert back(letters.without_placeholders(read)) == [normalise.without_placeholders(text) for text in texts]
    for text, bare, mark in zip(texts, back(letters.without_links(read)), marked, strict=True):
        assert mark & ODD or bare == normalise.without_links(text)


@settings(max_examples=300, deadline=None)
@given(texts_)
def test_small_letters_are_those_of_python_where_no_letter_changes_others(texts: list[str]) -> None:
    read = written_whole(texts)
    for text, low, mark in zip(without_nul(texts), back(small(read)), marks_of(read), strict=True):
        assert mark & CHANGED or low == stable(text) == text.lower()


@settings(max_examples=200, deadline=None)
@given(texts_, texts_, st.data())
def test_texts_are_put_between_others(texts: list[str], others: list[str], data: st.DataObject) -> None:
    some = st.lists(st.integers(0, len(texts) - 1), unique=True, max_size=len(others)) if texts else st.just([])
    rows = sorted(data.draw(some))
    expected = dict(enumerate(texts)) | dict(zip(rows, others, strict=False))
    assert back(spliced(written_whole(texts), rows, others[: len(rows)])) == without_nul([*expected.values()])


@settings(max_examples=200, deadline=None)
@given(texts_, st.integers(0, 3))
def test_a_batch_read_once_gives_the_block_of_one_read_for_its_words(texts: list[str], long: int) -> None:
    texts += ["Ab İ@x " * 4_000] * (long > 1)
    read = written_whole(texts)
    block = letters.block(texts, read, marks_of(read))
    whole = [*blocks(texts, normalise.READ_AT_MOST)]
    assert len(whole) == bool(texts)
    for other in whole:
        assert all(np.array_equal(getattr(block, name), getattr(other, name)) for name in ("codes", "starts", "said"))


def test_texts_are_read_together_up_to_a_number_and_a_size_and_each_once() -> None:
    texts = ["a" * size for size in (0, 300_000, 100_000, 1, 900_000, 0, 5)]
    assert [[*range(some.start, some.stop)] for some in runs(texts)] == [[0, 1, 2], [3], [4], [5, 6]]
    assert [some.stop - some.start for some in runs(["x"] * 7, 3)] == [3, 3, 1]
    assert [*runs([])] == [slice(0, 0)]

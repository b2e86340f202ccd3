"""The compiled passes read every text as the plain functions do: words, scores, hashes."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plain_reading import keys_of, sums_of, words_of

from analytics.text import copies, cues, term_scan
from analytics.text.codes import DIGIT, SPACE, WORD, kinds
from analytics.text.copies import Sketcher
from analytics.text.cues import Cues
from analytics.text.features import Vocabulary, Words, finish, word_hashes
from analytics.text.hashes import text_hashes
from analytics.text.linear import MODELS, LinearModel, Weights, take
from analytics.text.normalise import text_hash

DATA = Path(__file__).parents[4] / "shared" / "data"
PIECES = [
    "tidak", "sakit", "banget", "bangeeeet", "demam berdarah", "RT @budi: ", "rt [mention] :", "@ani", "@abchttp://x.id", "http://a.b/c?d=e",
    "HTTPS://", "www.x.id", "pic.twitter.com/ab", "[phone]", "[mention]", "[mention",
    "[URL]", "&amp;", "&#123;", "&#1234567;", "&", "#dbd",
    "\uff03dbd", "1.500.000", "12/05", "٣", "९", "ｆ", "Σας", "İ", "ß", "ﷺ", "e\u0301", "\u0301", "²", "½", "_",
    "漢字", "かな", "한글", "ภาษาไทย",
    "हिन्दी",
    "😷", "❤️", "\U0001f3fd", "\u200d", "!!!!", "???", "...", ":(", '"', "<", "\x00", "\x01", "\ud800", "\t", "\u3000", "\n", " ", "  ",
]  # fmt: skip
posts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=25).map("".join) | st.lists(
    st.sampled_from(PIECES), max_size=25
).map(" ".join)


@cache
def words_seen() -> Vocabulary:
    return Vocabulary()


def read(vocabulary: Vocabulary, texts: list[str]) -> list[list[str]]:
    words, names = vocabulary.read(texts), vocabulary.words()
    return [[names[number] for number in words.ids[first:last]] for first, last in zip(words.starts, words.starts[1:], strict=False)]


def weights(lettered: bool, pairs: bool, negation: bool, shortest: int, longest: int, texts: list[str]) -> Weights:
    """A model that knows two in three of the features of some texts."""
    nothing = np.zeros(0, np.uint32), np.zeros((0, 3), np.int16)
    empty = Weights(("a", "b", "c"), shortest, longest, pairs, negation, lettered, 0.001, (0.1, 0.0, -0.1), *nothing)
    keys = np.unique(np.concatenate([keys_of(text, empty) for text in texts]))
    keys = keys[keys % 3 > 0]
    return replace(empty, keys=keys, table=np.random.default_rng(0).integers(-4095, 4095, (len(keys), 3)).astype(np.int16))


def test_classes_of_letters_are_those_of_python() -> None:
    every, table = [chr(code) for code in range(0x110000)], kinds()
    for bit, told in ((DIGIT, str.isdecimal), (SPACE, str.isspace), (WORD, lambda letter: letter.isalnum() or letter == "_")):
        assert np.array_equal(table & bit > 0, np.fromiter(map(told, every), bool)), bit


def test_terms_are_made_of_letters_digits_and_every_sign_that_combines_with_them() -> None:
    every = [chr(code) for code in range(0x110000)]
    told = np.fromiter((letter.isalnum() or unicodedata.combining(letter) > 0 for letter in every), bool)
    assert np.array_equal(term_scan._form_kinds() > 0, told)


@settings(max_examples=150, deadline=None)
@given(st.lists(posts, max_size=4))
def test_words_are_those_of_the_plain_reading(texts: list[str]) -> None:
    assert read(words_seen(), texts) == [words_of(text) for text in texts]


@settings(max_examples=150, deadline=None)
@given(st.lists(posts, max_size=4))
def test_text_hashes_are_those_of_the_plain_reading(texts: list[str]) -> None:
    assert text_hashes(texts) == [text_hash(text) for text in texts]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(posts, min_size=1, max_size=3), st.booleans(), st.booleans(), st.booleans(), st.sampled_from([(1, 5), (3, 6), (1, 0), (2, 2)])
)
def test_scores_are_those_of_the_plain_reading(
    texts: list[str], lettered: bool, pairs: bool, negation: bool, lengths: tuple[int, int]
) -> None:
    model = weights(lettered, pairs, negation, *lengths, texts)
    vocabulary = Vocabulary()
    chances, known = LinearModel(model, vocabulary).probabilities(vocabulary.read(texts))
    sums = np.array([sums_of(text, model) for text in texts])
    logits = sums[:, :-1] * (model.scale / np.sqrt(np.maximum(sums[:, -1:], 1))) + model.bias
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert np.array_equal(known, sums[:, -1])
    assert np.allclose(chances, expected / expected.sum(axis=1, keepdims=True), atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.lists(posts, min_size=1, max_size=3), st.lists(st.tuples(*[st.booleans()] * 3, st.integers(1, 3), st.integers(0, 6)), max_size=9))
def test_models_of_one_vocabulary_score_as_each_would_alone(texts: list[str], kinds: list[tuple[bool, bool, bool, int, int]]) -> None:
    several = [weights(*kind, texts) for kind in [*kinds, (False, True, True, 3, 5)]]
    keys = np.unique(np.concatenate([each.keys for each in several]))
    draw = np.random.default_rng(1)
    for number, each in enumerate(several):  # each knows features that only others read, and is of another width
        its = keys[draw.random(len(keys)) < 0.8]
        table = draw.integers(-4095, 4095, (len(its), number + 2)).astype(np.int16)
        several[number] = replace(each, classes=tuple(map(str, range(number + 2))), bias=(0.0,) * (number + 2), keys=its, table=table)
    together = Vocabulary()
    models = [LinearModel(each, together) for each in several]
    words = together.read(texts)
    for model, each in zip(models, several, strict=True):
        own = Vocabulary()
        wanted, known = LinearModel(each, own).probabilities(own.read(texts))
        rows = np.arange(0, len(texts), 2)
        for told, some in (
            (model.probabilities(words, alone=True), slice(None)),
            (model.probabilities(words), slice(None)),
            (model.probabilities(words, rows), rows),
        ):
            assert np.array_equal(told[0], wanted[some])
            assert np.array_equal(told[1], known[some])
        assert np.array_equal(known, [sums_of(text, each)[-1] for text in texts])


def test_a_model_that_comes_later_scores_like_the_first() -> None:
    vocabulary = Vocabulary()
    weights_ = Weights.load(MODELS / "malay.npz")
    text = "kerajaan tidak akan menaikkan harga minyak"
    first = LinearModel(weights_, vocabulary).probabilities(vocabulary.read([text]))[0]
    assert np.array_equal(LinearModel(weights_, vocabulary).probabilities(vocabulary.read([text]))[0], first)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join), min_size=1, max_size=4), st.integers(0, 40))
def test_the_likeliest_of_any_stretch_are_those_of_each_stretch_alone(texts: list[str], least: int) -> None:
    vocabulary = Vocabulary()
    model = LinearModel(weights(True, False, False, 1, 3, texts), vocabulary)
    words = vocabulary.read(texts)
    seen = np.zeros((len(texts), len(model.classes)), np.bool_)
    for text in range(len(texts)):
        for first in range(words.starts[text], words.starts[text + 1] - 5, 3):
            chances, known = model.probabilities(Words(words.ids[first : first + 6], np.array([0, 6])), alone=True)
            if known[0] >= least:
                seen[text, chances[0].argmax()] = True
    assert np.array_equal(model.likeliest_in(words, np.arange(len(texts)), 3, least), seen)


@settings(max_examples=100, deadline=None)
@given(st.lists(posts, max_size=4))
def test_words_that_are_passed_over_are_no_cues_and_no_facts(texts: list[str]) -> None:
    vocabulary = Vocabulary()
    counted, sketcher = Cues(vocabulary), Sketcher(vocabulary)
    texts = [*texts, "terima kasih dokter, anakku kena dbd 3 kali? berlaku ku"]
    words = vocabulary.read(texts)
    counted.count(texts, words)
    sketcher.draw(words)
    assert counted._belongs.tolist() == list(map(cues._belongs, vocabulary.words()))
    assert sketcher._bits.tolist() == list(map(copies._bit, vocabulary.words()))


def test_real_posts_get_the_words_scores_and_hashes_of_the_plain_reading() -> None:
    if not DATA.is_dir():
        pytest.skip("the labelled posts are not on this machine")
    texts = [text for file in sorted(DATA.glob("*_senti*/train.csv.gz")) for text in pd.read_csv(file, nrows=700)["text"].astype(str)]
    vocabulary = Vocabulary()
    assert read(vocabulary, texts) == [words_of(text) for text in texts]
    assert text_hashes(texts) == [text_hash(text) for text in texts]
    model = Weights.load(MODELS / "sentiment_near.npz")
    sample = texts[:40]
    assert LinearModel(model, vocabulary).probabilities(vocabulary.read(sample))[1].tolist() == [
        sums_of(text, model)[-1] for text in sample
    ]


def test_a_word_keeps_its_score_when_the_vocabulary_grows_or_forgets() -> None:
    small = Vocabulary(limit=500)
    model = LinearModel(Weights.load(MODELS / "malay.npz"), small)
    text = "kerajaan tidak akan menaikkan harga minyak"
    before = model.probabilities(small.read([text]))[0]
    for number in range(5):
        many = small.read(
            [" ".join(f"kata{number}x{other}".translate(str.maketrans("0123456789", "abcdefghij")) for other in range(9_000))]
        )
        model.probabilities(many)
        assert np.array_equal(model.probabilities(small.read([text]))[0], before)
    assert small.generation > 0


def test_taking_some_texts_leaves_their_words_as_they_are() -> None:
    vocabulary = Vocabulary()
    texts = ["satu dua", "", "tiga", "empat lima enam"]
    some = take(vocabulary.read(texts), np.array([1, 3]))
    assert [vocabulary.words()[number] for number in some.ids] == ["empat", "lima", "enam"]
    assert some.starts.tolist() == [0, 0, 3]


def test_hashes_of_new_words_are_those_that_models_were_trained_with() -> None:
    vocabulary = Vocabulary()
    vocabulary.read(["demam berdarah 😷 ภาษาไทย 1.500"])
    names = vocabulary.words()
    assert np.array_equal(finish(vocabulary.table.hashes[: len(names)], 1), finish(word_hashes(names), 1))


@pytest.mark.parametrize(
    "make", [lambda n: "a" * n, lambda n: "😷" * n, lambda n: "@" * n, lambda n: "www." * (n // 4), lambda n: "# " * (n // 2)]
)
def test_a_megabyte_of_one_sign_costs_no_more_than_its_length(make: Callable[[int], str]) -> None:
    vocabulary = Vocabulary()
    began = time.process_time()
    vocabulary.read([make(1_000_000)])
    text_hashes([make(1_000_000)])
    assert time.process_time() - began < 3

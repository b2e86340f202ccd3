"""Copies are found however people edit them, and other posts are left alone."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.evaluation.copies import stories, strangers
from analytics.evaluation.edits import EDITS
from analytics.text.copies import CopyIndex, Sketcher, Sketches
from analytics.text.features import Vocabulary

WORDS = "warga puskesmas dokter antre demam anak nyamuk banjir obat vaksin pagi malam hujan jalan desa kota rumah sakit ibu air".split()
POST = st.lists(st.sampled_from(WORDS), min_size=10, max_size=30).map(" ".join)


@pytest.mark.parametrize("kind", sorted(EDITS))
def test_a_copy_that_was_edited_is_found(kind: str) -> None:
    rng = random.Random(4)
    posts = strangers([" ".join(rng.sample(WORDS, 12)) + f" {name} {name}wati" for name in ("budi", "siti", "agus", "dewi", "joko")])
    found = stories([*posts, *(EDITS[kind](post, rng) for post in posts)])
    assert found[: len(posts)].tolist() == list(range(len(posts)))
    assert (found[len(posts) :] == np.arange(len(posts))).mean() >= 0.8


def test_two_daily_reports_with_other_numbers_are_no_copies_of_each_other() -> None:
    report = "Dinas kesehatan hari ini mencatat {} kasus baru demam berdarah dan {} pasien sembuh di kota ini"
    assert stories([report.format(12, 3), report.format(15, 4), report.format(12, 3)]).tolist() == [0, 1, 0]


def test_short_wishes_copy_nobody() -> None:
    assert stories(["aamiin ya Allah", "aamiin ya Allah", "semoga cepat sembuh", "semoga cepat sembuh", "", ""]).tolist() == list(range(6))


@settings(max_examples=30)
@given(st.lists(POST, min_size=1, max_size=12))
def test_the_batches_in_which_posts_come_do_not_matter(posts: list[str]) -> None:
    vocabulary = Vocabulary()
    sketcher, one_by_one = Sketcher(vocabulary), CopyIndex()
    keys = np.arange(len(posts), dtype=np.uint64)
    singly = [int(one_by_one.add(keys[n : n + 1], sketcher.draw(vocabulary.read([post])))[0]) for n, post in enumerate(posts)]
    assert singly == stories(posts).tolist()


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_a_sketch_is_stored_and_read_back_whole(texts: list[str]) -> None:
    vocabulary = Vocabulary()
    drawn = Sketcher(vocabulary).draw(vocabulary.read(texts))
    packed = drawn.pack()
    assert [one is None for one in packed] == [size == 0 for size in drawn.size]
    kept = np.flatnonzero(drawn.size)
    if len(kept):
        again = Sketches.unpack([one for one in packed if one is not None])
        np.testing.assert_array_equal(again.least, drawn.least[kept])
        np.testing.assert_array_equal(again.size, drawn.size[kept])
        np.testing.assert_array_equal(again.facts, drawn.facts[kept])


def test_an_index_grows_and_remembers_and_one_text_copied_thousandfold_stays_one_story() -> None:
    rng = random.Random(1)
    others = [" ".join(rng.choices(WORDS, k=20)) + f" {number}" for number in range(5_000)]
    found = stories(
        [
            "banyak warga desa antre di puskesmas sejak pagi hujan",
            *others,
            *["banyak warga desa antre di puskesmas sejak pagi hujan"] * 5_000,
        ]
    )
    assert (found[-5_000:] == 0).all()

"""Copies are found however people edit them, and other posts are left alone."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.evaluation.copies import stories, strangers
from analytics.evaluation.edits import EDITS
from analytics.text.copies import HASHES, CopyIndex, Sketcher, Sketches
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


@pytest.mark.parametrize(
    ("disease", "told"), [("campak", [0, 1]), ("malaria", [0, 1]), ("dbd", [0, 0]), ("demam berdarah", [0, 0]), ("dengue", [0, 0])]
)
def test_advice_on_another_disease_is_no_copy_and_another_name_of_the_disease_is_one(disease: str, told: list[int]) -> None:
    advice = "Segera bawa anak ke puskesmas bila muncul gejala {} dan jangan menunggu sampai kondisinya memburuk di rumah"
    assert stories([advice.format("dengue"), advice.format(disease)]).tolist() == told


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "Dinas Kesehatan Kota Malang mencatat lonjakan pasien demam berdarah sejak awal bulan dan meminta warga menguras bak mandi",
            "Pasien DBD di Malang naik tajam bulan ini, warga diimbau rajin menguras tempat penampungan air, kata kepala dinkes",
        ),
        (
            "Puluhan siswa SD di Garut dilarikan ke rumah sakit setelah menyantap makanan dari hajatan tetangga",
            "Keracunan massal di Garut: puluhan murid dirawat usai makan hidangan pesta, polisi ambil sampel",
        ),
        (
            "Vaksinasi polio putaran kedua digelar serentak di seluruh posyandu Aceh mulai hari Senin pekan depan",
            "Mulai Senin depan anak-anak Aceh kembali menerima tetes polio di posyandu, ini putaran kedua",
        ),
    ],
)
def test_the_same_news_in_other_words_is_no_copy(one: str, other: str) -> None:
    assert stories([one, other]).tolist() == [0, 1]


def test_a_post_is_found_again_as_it_was_among_thousands_of_one_form() -> None:
    form = "Info gempa magnitudo {} pada kedalaman {} km lokasi laut selatan tidak berpotensi tsunami bagi warga pesisir"
    posts = [form.format(f"{number % 90 + 10}00{number}", 7 * number + 1) for number in range(3_000)]
    assert stories([*posts, posts[0]])[-1] == 0


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_what_a_sketch_stands_beside_does_not_change_what_it_copies(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    least = rng.integers(0, 256, (count, HASHES), np.uint8)
    copied = rng.random(count) < 0.5
    least[copied] = np.where(rng.random((copied.sum(), HASHES)) < 0.4, least[0], least[copied])
    drawn, keys = Sketches(least, np.full(count, 20, np.int32), np.zeros(count, np.uint64)), np.arange(count, dtype=np.uint64)
    index = CopyIndex()
    singly = [
        int(index.add(keys[n : n + 1], Sketches(least[n : n + 1].copy(), drawn.size[n : n + 1], drawn.facts[n : n + 1]))[0])
        for n in range(count)
    ]
    assert CopyIndex().add(keys, drawn).tolist() == singly


def test_a_larger_index_takes_under_seven_hundred_bytes_a_post() -> None:
    count, index = 20_000, CopyIndex()
    least = np.random.default_rng(1).integers(0, 256, (count, HASHES), np.uint8)
    for part in np.array_split(np.arange(count), 20):
        index.add(part.astype(np.uint64), Sketches(least[part], np.full(len(part), 20, np.int32), np.zeros(len(part), np.uint64)))
    assert len(index) == count
    assert index.nbytes / count < 700


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

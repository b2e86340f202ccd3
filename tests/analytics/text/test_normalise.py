"""What counts as a word, a hashtag and the same text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.text.normalise import HASH_AT_LEAST, PLACEHOLDERS, hashtags, split_words, text_hash, without_placeholders

MESSAGE = "Waspada demam berdarah, kuras bak mandi seminggu sekali"


def test_words_numbers_emoji_and_punctuation_are_cut_apart() -> None:
    assert split_words("Kasus DBD naik 47%!! 😭😭 jangan panik, ya :(") == [
        "kasus", "dbd", "naik", "47", "!!", "😭", "😭", "jangan", "panik", ",", "ya", ":("
    ]  # fmt: skip


def test_letters_of_other_scripts_keep_their_signs_together() -> None:
    assert split_words("हिन्दी में") == ["हिन्दी", "में"]
    assert split_words("ภาษาไทย") == ["ภาษาไทย"]
    assert split_words("ꦱꦏꦶꦠ꧀") == ["ꦱꦏꦶꦠ꧀"]


@pytest.mark.parametrize(
    "mark", ["https://contoh.id/a?b=c", "www.contoh.id/x", "@siapa_saja", "&amp;", *(f"[{name}]" for name in PLACEHOLDERS)]
)
def test_what_is_not_text_is_no_word(mark: str) -> None:
    assert split_words(f"obat {mark} habis") == ["obat", "habis"]


def test_letters_written_in_mathematical_bold_are_read() -> None:
    assert split_words("𝐕𝐚𝐤𝐬𝐢𝐧 aman") == ["vaksin", "aman"]


def test_a_megabyte_of_one_letter_becomes_short_words_quickly() -> None:
    began = time.perf_counter()
    words = split_words("a" * 1_000_000)
    assert max(map(len, words)) <= 30
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    "copy",
    [
        MESSAGE.upper(),
        f"RT @dinkes: {MESSAGE}",
        f"rt [mention] {MESSAGE}",
        f"  {MESSAGE.replace(' ', '  ')} \n",
        f"{MESSAGE} https://t.co/abc123",
        f"{MESSAGE} #DBD #sehat",
        f"{MESSAGE}!!! 🙏🙏",
        f"[mention] {MESSAGE} [phone]",
    ],
)
def test_copies_share_a_hash(copy: str) -> None:
    assert text_hash(copy) == text_hash(MESSAGE) is not None


@pytest.mark.parametrize("other", [f"Tidak benar: {MESSAGE}", MESSAGE.replace("seminggu", "sebulan"), f"{MESSAGE} dan #tutup tempat air"])
def test_a_changed_message_has_another_hash(other: str) -> None:
    assert text_hash(other) != text_hash(MESSAGE)


@pytest.mark.parametrize(
    "text", ["", "aamiin", "Semangat kak! 💪💪💪💪💪💪💪💪", "#vaksin #covid19 #indonesiasehat", "https://contoh.id/" + "a" * 80]
)
def test_a_text_too_short_to_be_a_copy_has_no_hash(text: str) -> None:
    assert text_hash(text) is None


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=300))
def test_a_hash_fits_a_signed_bigint_and_is_the_same_in_capitals_of_ascii(text: str) -> None:
    found = text_hash(text)
    assert found is None or 0 <= found < 2**63
    assert found is None or len(text) >= HASH_AT_LEAST / 18  # one letter may be written as many under NFKC


def test_hash_of_many_closing_hashtags_is_linear() -> None:
    began = time.perf_counter()
    text_hash("a" * 30 + " #a" * 300_000)
    assert time.perf_counter() - began < 2


def test_hash_of_a_known_text_stays_what_it_is() -> None:
    """Stored hashes must go on matching: a change of the rule needs a relabelling of all posts."""
    assert text_hash("Vaksin gratis di puskesmas terdekat mulai besok pagi") == 8_167_378_531_994_608_595


def test_hashtags_are_listed_once_in_lower_case_in_their_order() -> None:
    assert hashtags("#DBD naik! #sehat #dbd ＃Waspada, a#b &#39; https://x.id/#top #2024 #ayo_vaksin") == [
        "dbd", "sehat", "waspada", "2024", "ayo_vaksin"
    ]  # fmt: skip


def test_placeholders_become_spaces_for_matchers() -> None:
    assert without_placeholders("hubungi [phone] atau [nama]") == "hubungi   atau [nama]"

"""The compiled walk over langdetect's profiles gives langdetect's own answers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from langdetect import PROFILES_DIRECTORY, DetectorFactory, LangDetectException

from analytics.text import profiles
from analytics.text.profiles import likeliest

TRIALS, STEPS = 3, 203  # not a multiple of the steps between two looks
TEXTS = (
    "Maraming bata ang nagkasakit dahil sa lamok sa aming lugar",
    "Новости о вакцине: в больнице трое детей",
    "अस्पताल में आज बहुत भीड़ है",
    "Vandaag is het ziekenhuis vol met kinderen",
    "Tôi bị sốt xuất huyết",
    "vaccine news, vaksin, Impfung, vacuna: онлайн",  # several languages, so that walks go on to their last step
    "ŞEHİR HASTANESİ ÇOK KALABALIK",  # words in capitals alone are left out
    "ok",
    "ñ",
    "a" * 1000,
)


@cache
def own() -> DetectorFactory:
    factory = DetectorFactory()
    factory.load_profile(PROFILES_DIRECTORY)
    factory.set_seed(0)
    return factory


def by_langdetect(text: str) -> tuple[str, float] | None:
    detector = own().create()
    detector.n_trial, detector.ITERATION_LIMIT = TRIALS, STEPS
    detector.append(text)
    try:
        best = detector.get_probabilities()[:1]
    except LangDetectException:
        return None
    return (best[0].lang, best[0].prob) if best else None


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_gets_the_language_and_probability_that_langdetect_gives_it(text: str) -> None:
    found, expected = likeliest(text, TRIALS, STEPS), by_langdetect(text)
    assert (found and found[0]) == (expected and expected[0])
    assert (found[1] if found else 0.0) == pytest.approx(expected[1] if expected else 0.0, abs=1e-9)


@pytest.mark.parametrize("text", ["", "😷 123", "https://example.org/x"])
def test_a_text_without_letters_has_no_language(text: str) -> None:
    assert likeliest(text, TRIALS, STEPS) is None


def test_a_text_gets_the_same_answer_again() -> None:
    assert likeliest(TEXTS[5], TRIALS, STEPS) == likeliest(TEXTS[5], TRIALS, STEPS)


def test_profiles_that_are_written_otherwise_are_not_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = '{"freq":{"a":12,"ab":3,"abc":1},"n_words":[12,3,1],"name":"xx"}'
    (tmp_path / "xx").write_text(written + "\n", "utf-8")
    (tmp_path / "yy").write_text(written.replace("freq", "frequencies"), "utf-8")
    monkeypatch.setattr(profiles, "PROFILES_DIRECTORY", str(tmp_path))
    with pytest.raises(ValueError, match="1 of 2 profiles can be read"):
        profiles._factory.__wrapped__()

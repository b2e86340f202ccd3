"""Which language a text is in: BCP 47 codes, with "und" where nothing is sure.

Three judges, each asked only where it knows best:
1. Script: kana is Japanese, Thai letters are Thai, Javanese script is Javanese. Nothing is left to guess.
2. A linear model over words and letter n-grams for the languages of the archipelago, English, and German, Spanish, French,
   Italian, Portuguese; a second one, over words alone, tells Malay from Indonesian.
3. langdetect (55 profiles; seeded, because unseeded it gives a text another language on another run), for Latin texts that the
   model says are in none of its languages, and for Cyrillic and Devanagari. It is by far the slowest.

NusaX (Winata et al. 2023, https://aclanthology.org/2023.eacl-main.57) names the local languages; see models/language.md for figures.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from analytics.text.features import Vocabulary, Words
from analytics.text.linear import MODELS, LinearModel, Weights, take
from analytics.text.normalise import READ_AT_MOST
from analytics.text.profiles import likeliest
from warehouse.records import UNKNOWN_LANGUAGE

OTHER = "other"  #: the model's class for Latin-script languages that it does not tell apart
SURE = 0.3  #: below this probability a language is "und"
MALAY_SURE = 0.5  #: least probability of Malay over Indonesian that is believed
#: Texts of fewer words than this must speak more clearly for Malay: of half as many, by e to the power of DOUBT in the odds.
ENOUGH_WORDS, DOUBT = 9, 2.7
KNOWN_FEATURES = 15  #: a text of which the model knows fewer features than this ("ok", "hmm", "flu") has no language
_TRIALS, _STEPS = 3, 200  # of langdetect's random walk: a tenth of its own 7 and 1,000, spent only where a text fits no profile
STRETCH = 6  #: words of a stretch that is read for a second language
SURE_OF_STRETCH = 0.9  #: probability of a language in a stretch from which on it is believed
SURE_OF_SISTER = 0.98  #: the same for two languages of the archipelago, which share many words
#: Languages that posts mix with another one, and with which; closer kin cannot be told apart within six words.
_PARTNERS = {"id": ("en", "jv", "su"), "en": ("id",), "jv": ("id", "en"), "su": ("id", "en"), "min": ("en",)}
_MAY_MIX = (*_PARTNERS, "ms")
_ASKED = 250  # letters that langdetect is shown: more make it slower and no surer

#: Scripts by the letters that belong to one language, and those that several share (None: langdetect is asked).
_SCRIPTS: tuple[tuple[str, str | None], ...] = (
    ("\u3040-\u30ff", "ja"),
    ("\uac00-\ud7af\u1100-\u11ff", "ko"),
    ("\u0e00-\u0e7f", "th"),
    ("\u0e80-\u0eff", "lo"),
    ("\u1000-\u109f", "my"),
    ("\u1780-\u17ff", "km"),
    ("\ua980-\ua9df", "jv"),
    ("\u1b80-\u1bbf", "su"),
    ("\u1b00-\u1b7f", "ban"),
    ("\u0370-\u03ff\u1f00-\u1fff", "el"),
    ("\u0590-\u05ff", "he"),
    ("\u0b80-\u0bff", "ta"),
    ("\u0c00-\u0c7f", "te"),
    ("\u0c80-\u0cff", "kn"),
    ("\u0d00-\u0d7f", "ml"),
    ("\u0a80-\u0aff", "gu"),
    ("\u0a00-\u0a7f", "pa"),
    ("\u0980-\u09ff", "bn"),
    ("\u0530-\u058f", "hy"),
    ("\u10a0-\u10ff", "ka"),
    ("\u3400-\u9fff", "zh"),
    ("\u0600-\u06ff\u0750-\u077f", "ar"),
    ("\u0400-\u052f", None),
    ("\u0900-\u097f", None),
)
_URDU, _PERSIAN = (
    re.compile("[\u0679\u0688\u0691\u06ba\u06be\u06d2]"),
    re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc]"),
)  # letters not in Arabic
_NOT_LATIN = re.compile("[\u0370-\u1fff\u3040-\ud7af]")
_LATIN = "A-Za-z\u00c0-\u024f"
_RANGE = re.compile("(.)-(.)")


class LanguageIdentifier:
    """Loads the models once; may share a vocabulary with other classifiers."""

    def __init__(self, vocabulary: Vocabulary | None = None) -> None:
        self.vocabulary = Vocabulary() if vocabulary is None else vocabulary
        self._model = LinearModel(Weights.load(MODELS / "language.npz"), self.vocabulary)
        self._malay = LinearModel(Weights.load(MODELS / "malay.npz"), self.vocabulary)

    def identify(self, texts: Sequence[str], words: Words | None = None) -> tuple[list[str], NDArray[np.float32]]:
        """The language of each text and its probability (texts,), 0 for "und"; `words` are the texts as the vocabulary read them."""
        words = self.vocabulary.read(texts) if words is None else words
        chances, known = self._model.probabilities(words)
        langs, sure = self._with_malay(words, chances)
        unsure = chances.max(axis=1) < SURE  # who cannot tell Malay from Indonesian still knows that it is one of them
        for row in [row for row, text in enumerate(texts) if not text.isascii() and _NOT_LATIN.search(text)]:
            if (judged := _by_script(texts[row])) is not None:
                langs[row], sure[row], known[row] = *judged, KNOWN_FEATURES
                unsure[row] = sure[row] < SURE
        for row in [row for row, lang in enumerate(langs) if lang == OTHER]:
            langs[row], sure[row] = _ask_langdetect(texts[row])
            unsure[row] = sure[row] < SURE
        for row in np.flatnonzero(unsure | (known < KNOWN_FEATURES)).tolist():
            langs[row] = UNKNOWN_LANGUAGE
        sure[[row for row, lang in enumerate(langs) if lang == UNKNOWN_LANGUAGE]] = 0
        return langs, sure

    def second(self, langs: Sequence[str], words: Words) -> list[str | None]:
        """The other language of a post that is written in two, None for all others; `langs` as `identify` told them.

        A text is read in stretches of `STRETCH` words, twice, the second time from the middle of the first stretch on. Another language is
        told where a stretch is surely in it and another one surely in the first; what the model confuses even on whole posts is not told.
        """
        out: list[str | None] = [None] * len(langs)
        may = np.fromiter(map(_MAY_MIX.__contains__, langs), bool, len(langs))
        rows = self._mixed(langs, words, np.flatnonzero((np.diff(words.starts) >= 2 * STRETCH) & may))
        if not len(rows):
            return out
        sure, malay = self._stretches_of(take(words, rows), np.isin(langs, "en")[rows])
        column = {name: number for number, name in enumerate(self._model.classes)}
        for place, row in enumerate(rows.tolist()):
            main = "id" if langs[row] == "ms" else langs[row]
            both = {other: min(sure[place, column[main]], sure[place, column[other]]) for other in _PARTNERS[main]}
            told = [other for other in both if both[other] >= (SURE_OF_STRETCH if "en" in (main, other) else SURE_OF_SISTER)]
            if told:
                out[row] = "ms" if malay[place] > 0 else max(told, key=both.__getitem__)
        return out

    def _stretches_of(self, words: Words, english: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The highest probability of each class in any stretch of a text (texts, classes).

        And for an English text, whether what is Indonesian or Malay in it is rather Malay (above 0); Malay is not asked about in others.
        """
        indonesian = self._model.classes.index("id")
        sure, malay = np.zeros((len(english), len(self._model.classes)), np.float32), np.zeros(len(english), np.float32)
        for first in (0, STRETCH // 2):
            stretches, owners = _stretches(words, first)
            chances, known = self._model.probabilities(stretches, alone=True)
            chances[known < KNOWN_FEATURES] = 0
            np.maximum.at(sure, owners, chances)
            either = np.flatnonzero(english[owners] & (chances[:, indonesian] >= SURE_OF_STRETCH))
            np.add.at(malay, owners[either], self._chance_of_malay(stretches, either, alone=True) - MALAY_SURE)
        return sure, malay

    def _mixed(self, langs: Sequence[str], words: Words, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of `rows` with a stretch that is likeliest in the language of the text, and one in a partner; few, and quickly told."""
        seen = self._model.likeliest_in(words, rows, STRETCH // 2, KNOWN_FEATURES)
        kept, told = np.zeros(len(rows), np.bool_), np.array([langs[row] for row in rows.tolist()], dtype=str)
        for lang in _MAY_MIX:
            main = "id" if lang == "ms" else lang
            own_column, others = (
                [number for number, name in enumerate(self._model.classes) if name in those] for those in ((main,), _PARTNERS[main])
            )
            kept |= (told == lang) & seen[:, own_column].any(axis=1) & seen[:, others].any(axis=1)
        return rows[kept]

    def _with_malay(self, words: Words, chances: NDArray[np.float32]) -> tuple[list[str], NDArray[np.float32]]:
        """The likeliest class of each text; what is Indonesian or Malay is told apart by the second model."""
        best = chances.argmax(axis=1)
        sure = chances.max(axis=1)
        langs = list(map(self._model.classes.__getitem__, best.tolist()))
        either = np.flatnonzero(best == self._model.classes.index("id"))
        if len(either):
            malay = self._chance_of_malay(words, either)
            sure[either] *= np.where(malay > MALAY_SURE, malay, 1 - malay)
            for row in either[malay > MALAY_SURE].tolist():
                langs[row] = "ms"
        return langs, sure

    def _chance_of_malay(self, words: Words, rows: NDArray[np.intp], alone: bool = False) -> NDArray[np.float32]:
        """The probability of Malay, not Indonesian, of some of the texts; the fewer words tell, the less is Malay believed."""
        chances, known = self._malay.probabilities(words, rows, alone)
        malay = chances[:, self._malay.classes.index("ms")]
        doubt = np.exp(DOUBT * np.maximum(ENOUGH_WORDS / np.maximum(known, 1) - 1, 0))
        return (malay / (malay + (1 - malay) * doubt)).astype(np.float32)


def _stretches(words: Words, first: int) -> tuple[Words, NDArray[np.int64]]:
    """The texts cut into stretches of `STRETCH` words from word `first` on, a shorter rest left out; the text that each comes from."""
    sizes = np.maximum(np.diff(words.starts) - first, 0) // STRETCH
    owners = np.repeat(np.arange(len(sizes)), sizes)
    number = np.arange(len(owners)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    begins = words.starts[owners] + first + number * STRETCH
    ids = words.ids[(begins[:, None] + np.arange(STRETCH)).ravel()]
    return Words(ids, STRETCH * np.arange(len(owners) + 1)), owners


@cache
def _script_of() -> NDArray[np.uint8]:
    """The place in `_SCRIPTS` of each code point (0x110000,), one more for Latin letters, one more again for all others."""
    table = np.full(0x110000, len(_SCRIPTS) + 1, np.uint8)
    for place, letters in enumerate([*(letters for letters, _ in _SCRIPTS), _LATIN]):
        for first, last in _RANGE.findall(letters):
            table[ord(first) : ord(last) + 1] = place
    return table


def _by_script(text: str) -> tuple[str, float] | None:
    """Language and probability by the script that most letters are in; None where that is Latin."""
    text = text[:READ_AT_MOST]
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    *counted, latin, _ = np.bincount(_script_of()[codes], minlength=len(_SCRIPTS) + 2).tolist()
    most = max(counted)
    if most == 0 or most < latin / 2:
        return None
    lang = _SCRIPTS[counted.index(most)][1]
    if lang == "ar":
        return next(((other, 0.9) for other, letters in (("ur", _URDU), ("fa", _PERSIAN)) if letters.search(text)), ("ar", 0.95))
    kana = counted[0]
    if lang == "zh" and kana * 10 > most:
        return "ja", 0.99
    return (lang, 0.99) if lang else _ask_langdetect(text)


def _ask_langdetect(text: str) -> tuple[str, float]:
    found = likeliest(text[:_ASKED], _TRIALS, _STEPS)
    return (found[0].split("-")[0], found[1]) if found else (UNKNOWN_LANGUAGE, 0.0)

"""Trains analytics/models/language.npz (which of 18 languages a text in Latin script is in, or another one) and malay.npz.

Data: NusaX (12 languages, train part, and its word lists), SmSA without what resembles NusaX, dengue_id, vaccine_emotion_id and EmoT
(Indonesian), TweetEval (English), UMSAB (de en es fr it pt), the Universal Declaration and word frequencies (the languages above, and
25 others under one class), and posts in local languages written for this project (training/local.txt), for NusaX speaks of reviews alone.
Every text is also learnt as cuts of 20 and 40 characters.

There is little free text in Malay, so Malay is first learnt as Indonesian, its closest kin, and then told from it by words alone:
the prior is how much more frequent each word is in one of the two (wordfreq), moved by the Declaration, by posts written for this
project in both, and by the posts of the Indonesian sets, some of which are Malay (training/malay_posts.txt).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.text.features import WORD_SEED, Keys, finish, word_hashes
from analytics.text.linear import MODELS
from training.corpora import (
    cut,
    declaration,
    malay_posts,
    plain,
    read_set,
    set_aside,
    short_hash,
    word_frequencies,
    written,
    written_locally,
)
from training.descend import Descent, fit_by_descent
from training.fit import Recipe, calibrate, fit, pack

OTHER = "other"
RECIPE = Recipe(shortest=1, longest=5, lettered=True, occurs_in=5)
DESCENT = Descent(rate=4.0, passes=6, runs=2)
KEEP = 200_000
CUTS = (20, 40, 40)  #: characters; texts in the rarer languages are cut three times as often
RARER = ("nusax", "udhr", "written")

MALAY_RECIPE = Recipe(shortest=1, longest=0, lettered=True, occurs_in=1, penalty=4e-5, rounds=100)  # words alone
MALAY_SHARE = 0.4  #: weight of all Malay texts against all Indonesian ones
LARGEST_PRIOR = 3.0  # of a log ratio of frequencies
PRIOR_COUNTS = 2.0  #: times, because a text's score is divided by the root of its words and its log ratios should add up
RAREST = 3e-6  # frequency that the small lists of wordfreq still hold

NUSAX_LEXICONS = {
    "ace": "acehnese", "ban": "balinese", "bbc": "toba_batak", "bjn": "banjarese", "bug": "buginese", "jv": "javanese",
    "mad": "madurese", "min": "minangkabau", "nij": "ngaju", "su": "sundanese",
}  # fmt: skip
DECLARATIONS = {
    "ace": "ace", "ban": "ban", "bug": "bug", "de": "deu_1996", "en": "eng", "es": "spa", "fr": "fra", "id": "ind", "it": "ita",
    "jv": "jav", "mad": "mad", "min": "min", "ms": "mly_latn", "pt": "por_BR", "su": "sun",
}  # fmt: skip
#: Languages in Latin script that langdetect knows and this model lumps together.
OTHERS = {
    "af": "afr", "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "et": "est", "fi": "fin", "hr": "hrv", "hu": "hun", "lt": "lit",
    "lv": "lav", "nl": "nld", "no": "nob", "pl": "pol", "ro": "ron_2006", "sk": "slk", "sl": "slv", "so": "som", "sq": "als",
    "sv": "swe", "sw": "swh", "tl": "tgl", "tr": "tur", "vi": "vie",
}  # fmt: skip
#: Of these wordfreq has a list too; words drawn by their frequency widen what one Declaration teaches.
_OTHER_WORDS = ("ca", "cs", "da", "fi", "fil", "hu", "lt", "lv", "nb", "nl", "pl", "ro", "sh", "sk", "sl", "sv", "tr", "vi")
_DRAWN = 200  # heaps of words a language
_INDONESIAN = ("smsa", "dengue_id", "vaccine_emotion_id", "emot")


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    lang: str
    source: str
    aside: bool  #: kept for validation
    weight: float = 1.0


def examples(folder: Path) -> Iterator[Example]:
    """All training texts with their languages, in a fixed order."""
    yield from _nusax(folder)
    in_malay = malay_posts()
    for name in _INDONESIAN:
        table = read_set(folder, name, "train_no_nusax" if name == "smsa" else "train")
        for text in table["text"][:4_000]:
            yield Example(text, "ms" if short_hash(text) in in_malay else "id", name, set_aside(text, 10))
    for text in read_set(folder, "tweeteval_sentiment", "train")["text"][:4_000]:
        yield Example(text, "en", "tweeteval", set_aside(text, 10))
    umsab = read_set(folder, "umsab", "train")
    for text, lang in zip(umsab["text"], umsab["lang"], strict=True):
        if lang not in ("ar", "hi"):
            yield Example(text, lang, "umsab", set_aside(text, 10))
    for lang, code in [*DECLARATIONS.items(), *((OTHER, code) for code in OTHERS.values())]:
        for number, text in enumerate(declaration(code)):
            if number % 5 != 4:  # every fifth paragraph is kept for measuring
                yield Example(text, lang, "udhr", set_aside(text, 10))
    for lang, name in (("ms", "malay"), ("id", "indonesian")):
        for text in written(name):
            yield Example(text, lang, "written", set_aside(text, 10))
    for lang, text in written_locally():
        yield Example(text, lang, "written", set_aside(text, 10))
    draw = random.Random(1)
    for code in _OTHER_WORDS:
        often = {word: value for word, value in word_frequencies(code).items() if word.isalpha()}
        for _ in range(_DRAWN):
            text = " ".join(draw.choices(list(often), list(often.values()), k=10))
            yield Example(text, OTHER, "words", False, 0.3)


def _nusax(folder: Path) -> Iterator[Example]:
    table = read_set(folder, "nusax_senti", "train")
    for text, lang, sentence in zip(table["text"], table["lang"], table["id"], strict=True):
        yield Example(text, lang, "nusax", set_aside(sentence, 8))
    for lang, name in NUSAX_LEXICONS.items():
        words = read_set(folder, "nusax_lexicon", name)
        for indonesian, local in zip(words["indonesian"].astype(str), words[name].astype(str), strict=True):
            if indonesian != local:
                yield Example(indonesian, "id", "lexicon", False, 0.3)
                yield Example(local, lang, "lexicon", False, 0.5)


def with_cuts(found: list[Example], draw: random.Random) -> Iterator[Example]:
    """Each example, and cuts of it."""
    for example in found:
        whole = replace(example, text=plain(example.text))
        if not whole.text:
            continue
        yield whole
        if example.source not in ("lexicon", "words"):
            for limit in CUTS * (3 if example.source in RARER else 1):
                yield replace(whole, text=cut(whole.text, limit, draw))


def train(folder: Path) -> None:
    """Write language.npz and malay.npz."""
    found = list(examples(folder))
    _train_language(list(with_cuts(sisters_as_one(found), random.Random(0))))
    sisters = [one for one in found if one.lang in ("id", "ms") and one.source != "lexicon"]
    _train_malay(list(with_cuts(sisters, random.Random(0))))


def sisters_as_one(found: list[Example]) -> list[Example]:
    """What language.npz learns: Malay as Indonesian; the Indonesian written to tell the two apart is left to malay.npz."""
    return [replace(one, lang="id" if one.lang == "ms" else one.lang) for one in found if (one.lang, one.source) != ("id", "written")]


def _train_language(found: list[Example]) -> None:
    learnt, aside = [one for one in found if not one.aside], [one for one in found if one.aside]
    fitted = fit_by_descent([one.text for one in learnt], [one.lang for one in learnt], [one.weight for one in learnt], RECIPE, DESCENT)
    weights = pack(fitted, RECIPE, [one.text for one in learnt], KEEP)
    calibrate(weights, [one.text for one in aside], [one.lang for one in aside]).save(MODELS / "language.npz")


def _train_malay(found: list[Example]) -> None:
    learnt, aside = [one for one in found if not one.aside], [one for one in found if one.aside]
    heavy = {"udhr": 10.0, "written": 10.0}  # formal Indonesian is rare among posts, and close to formal Malay
    share = {lang: sum(one.lang == lang for one in learnt) for lang in ("id", "ms")}
    rise = MALAY_SHARE * share["id"] / share["ms"]
    weights = [rise if one.lang == "ms" else heavy.get(one.source, 1.0) for one in learnt]
    fitted = fit([one.text for one in learnt], [one.lang for one in learnt], weights, MALAY_RECIPE, _malay_prior())
    packed = pack(fitted, MALAY_RECIPE, [one.text for one in learnt], len(fitted.keys))
    calibrate(packed, [one.text for one in aside], [one.lang for one in aside]).save(MODELS / "malay.npz")


def _malay_prior() -> tuple[Keys, NDArray[np.float64]]:
    """For each word the log of how much more frequent it is in Malay than in Indonesian, as coefficients of (id, ms)."""
    indonesian, malayan = word_frequencies("id"), word_frequencies("ms")
    words = sorted(word for word in {*indonesian, *malayan} if word.isalpha())
    ratios = [np.log((malayan.get(word, 0.0) + RAREST) / (indonesian.get(word, 0.0) + RAREST)) for word in words]
    ratio = PRIOR_COUNTS * np.clip(ratios, -LARGEST_PRIOR, LARGEST_PRIOR)
    keys, first = np.unique(finish(word_hashes(words), WORD_SEED), return_index=True)
    return keys, np.column_stack([-ratio, ratio])[first]

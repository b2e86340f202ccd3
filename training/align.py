"""Which local word stands for which Indonesian ones, learnt from sentences that say the same and from word lists."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

import numpy as np

from analytics.text.normalise import split_words
from training.corpora import read_set, set_aside
from training.train_language import NUSAX_LEXICONS

ROUNDS = 6
SEEN = 1.5  #: least expected number of times that the Indonesian word was aligned
SURE = 0.3  #: least probability of an English word given the Indonesian one, for texts to be put into English by it
READ_AS = 0.15  #: least probability of an Indonesian word given the local one, for it to be one of its readings
IN_LIST = 2.0  #: a pair of a word list counts as often aligned
AS_ITSELF = 0.05  #: weight of a word's occurrences in Indonesian posts against its readings


def word_table(pairs: list[tuple[list[str], list[str]]]) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """Probability of (local, Indonesian) word pairs, and how often each Indonesian word was aligned.

    IBM model 1 by expectation maximisation, with an empty word (Brown et al. 1993, https://aclanthology.org/J93-2003).
    """
    number: dict[tuple[str, str], int] = {}
    tokens = [(word, [*indonesian, ""]) for indonesian, local in pairs for word in local]
    pair = np.array([number.setdefault((word, source), len(number)) for word, sources in tokens for source in sources], np.int64)
    token = np.repeat(np.arange(len(tokens)), [len(sources) for _, sources in tokens])
    names: dict[str, int] = {}
    source_of = np.array([names.setdefault(source, len(names)) for _, source in number], np.int64)
    chance, seen = np.ones(len(number)), np.zeros(len(names))
    for _ in range(ROUNDS):
        share = chance[pair] / np.bincount(token, chance[pair])[token]
        counts = np.bincount(pair, share)
        seen = np.bincount(source_of, counts)
        chance = counts / seen[source_of]
    return dict(zip(number, chance.tolist(), strict=True)), dict(zip(names, seen.tolist(), strict=True))


def english_words(folder: Path, whole: bool = True) -> dict[str, list[str]]:
    """Indonesian words and the English ones that may stand for them, by alignment and by NusaX's word list; the likeliest come first."""
    by_lang = _train_sentences(folder, whole)
    chance, seen = word_table([(by_lang["id"][sentence], words) for sentence, words in by_lang["en"].items() if sentence in by_lang["id"]])
    found: dict[str, list[str]] = defaultdict(list)
    for (word, source), probability in sorted(chance.items(), key=lambda item: (-item[1], item[0])):
        if probability > SURE and seen[source] >= SEEN and word.isalpha() and source.isalpha() and len(found[source]) < 2:
            found[source].append(word)
    lexicon = read_set(folder, "nusax_lexicon", "english")
    for source, word in zip(lexicon["indonesian"].astype(str), lexicon["english"].astype(str), strict=True):
        if word.lower() not in found[source.lower()]:
            found[source.lower()].append(word.lower())
    return {source: words for source, words in found.items() if words}


def carry_over(text: str, words: dict[str, list[str]], draw: random.Random) -> str:
    """A text with each word that the dictionary has put into the other language: one of its words, drawn."""
    return " ".join(draw.choice(words[word]) if word in words else word for word in split_words(text))


def readings(folder: Path, whole: bool = True) -> dict[str, dict[str, float]]:
    """For each local word the Indonesian words that it stands for, with their shares, over all local languages of NusaX together.

    Counted are the word lists and the sentences of the train part where the two were aligned. What an Indonesian text may mean by the
    same letters counts against it: "lali" is forgetting in Javanese, but a word that Indonesian posts use often stands for itself.
    """
    mass: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    by_lang = _train_sentences(folder, whole)
    for lang, name in NUSAX_LEXICONS.items():
        lexicon = read_set(folder, "nusax_lexicon", name)
        for source, word in zip(lexicon["indonesian"].astype(str), lexicon[name].astype(str), strict=True):
            for piece in split_words(source):
                mass[word.lower()][piece] += IN_LIST
        local = by_lang[lang]
        chance, seen = word_table([(words, by_lang["id"][sentence]) for sentence, words in local.items() if sentence in by_lang["id"]])
        for (source, word), probability in sorted(chance.items()):
            if probability > READ_AS and seen[word] >= SEEN and word.isalpha() and source.isalpha():
                mass[word][source] += probability * seen[word]
    often: dict[str, int] = defaultdict(int)
    for text in read_set(folder, "smsa", "train_no_nusax")["text"]:
        for word in split_words(text):
            often[word] += 1
    told = {word: _shares(word, found, often[word]) for word, found in sorted(mass.items()) if split_words(word) == [word]}
    return {word: shares for word, shares in told.items() if shares}


def _shares(word: str, found: dict[str, float], often: int) -> dict[str, float]:
    total = sum(found.values()) + AS_ITSELF * often
    return {source: value / total for source, value in sorted(found.items()) if source != word}


def _train_sentences(folder: Path, whole: bool) -> dict[str, dict[int, list[str]]]:
    """The sentences of each language by their number, cut into words; without `whole` those that are set aside are left out."""
    table = read_set(folder, "nusax_senti", "train")
    by_lang: dict[str, dict[int, list[str]]] = defaultdict(dict)
    for text, lang, sentence in zip(table["text"], table["lang"], table["id"], strict=True):
        if whole or not set_aside(sentence, 8):
            by_lang[lang][sentence] = split_words(text)
    return by_lang

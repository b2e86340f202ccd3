"""Which local word stands for which Indonesian one, learnt from sentences that say the same; and posts carried over word by word."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

from analytics.text.normalise import split_words
from training.corpora import read_set, set_aside
from training.train_language import NUSAX_LEXICONS

ROUNDS = 6
SURE = 0.3  #: least probability of a local word given the Indonesian one
SEEN = 1.5  #: least expected number of times that the Indonesian word was aligned
READ_AS = 0.15  #: least probability of an Indonesian word given the local one, for it to be one of its readings
IN_LIST = 2.0  #: a pair of a word list counts as often aligned
AS_ITSELF = 0.05  #: weight of a word's occurrences in Indonesian posts against its readings

Dictionary = dict[str, list[str]]


def word_table(pairs: list[tuple[list[str], list[str]]]) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """Probability of (local, Indonesian) word pairs, and how often each Indonesian word was aligned.

    IBM model 1 by expectation maximisation, with an empty word (Brown et al. 1993, https://aclanthology.org/J93-2003).
    """
    chance: dict[tuple[str, str], float] = defaultdict(lambda: 1.0)
    seen: dict[str, float] = {}
    for _ in range(ROUNDS):
        counts: dict[tuple[str, str], float] = defaultdict(float)
        seen = defaultdict(float)
        for indonesian, local in pairs:
            sources = [*indonesian, ""]
            for word in local:
                total = sum(chance[word, source] for source in sources)
                for source in sources:
                    share = chance[word, source] / total
                    counts[word, source] += share
                    seen[source] += share
        chance = defaultdict(float, {pair: count / seen[pair[1]] for pair, count in counts.items()})
    return chance, seen


def dictionaries(folder: Path) -> dict[str, Dictionary]:
    """For each local language of NusaX: Indonesian words and what stands for them, by alignment (train part) and by its word list."""
    by_lang = _train_sentences(folder)
    return {lang: _dictionary(folder, name, by_lang["id"], by_lang[lang]) for lang, name in NUSAX_LEXICONS.items()}


def _dictionary(folder: Path, name: str, indonesian: dict[int, list[str]], local: dict[int, list[str]]) -> Dictionary:
    chance, seen = word_table([(indonesian[sentence], words) for sentence, words in local.items() if sentence in indonesian])
    found: Dictionary = defaultdict(list)
    for (word, source), probability in sorted(chance.items(), key=lambda item: (-item[1], item[0])):
        if probability > SURE and seen[source] >= SEEN and word.isalpha() and source.isalpha() and len(found[source]) < 2:
            found[source].append(word)
    lexicon = read_set(folder, "nusax_lexicon", name)
    for source, word in zip(lexicon["indonesian"].astype(str), lexicon[name].astype(str), strict=True):
        if word.lower() not in found[source.lower()]:
            found[source.lower()].append(word.lower())
    return {source: words for source, words in found.items() if words}


def carry_over(text: str, words: Dictionary, draw: random.Random) -> str:
    """An Indonesian text with the words that the dictionary has put into the local language."""
    return " ".join(draw.choice(words[word]) if word in words else word for word in split_words(text))


def readings(folder: Path) -> dict[str, dict[str, float]]:
    """For each local word the Indonesian words that it stands for, with their shares, over all local languages of NusaX together.

    Counted are the word lists and the sentences of the train part where the two were aligned. What an Indonesian text may mean by the
    same letters counts against it: "lali" is forgetting in Javanese, but a word that Indonesian posts use often stands for itself.
    """
    mass: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    by_lang = _train_sentences(folder)
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
    return {word: _shares(word, found, often[word]) for word, found in sorted(mass.items()) if split_words(word) == [word]}


def _shares(word: str, found: dict[str, float], often: int) -> dict[str, float]:
    total = sum(found.values()) + AS_ITSELF * often
    return {source: value / total for source, value in sorted(found.items()) if source != word}


def _train_sentences(folder: Path) -> dict[str, dict[int, list[str]]]:
    """The sentences of each language by their number, cut into words; those that are set aside left out."""
    table = read_set(folder, "nusax_senti", "train")
    by_lang: dict[str, dict[int, list[str]]] = defaultdict(dict)
    for text, lang, sentence in zip(table["text"], table["lang"], table["id"], strict=True):
        if not set_aside(sentence, 8):
            by_lang[lang][sentence] = split_words(text)
    return by_lang

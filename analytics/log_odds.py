"""Which terms set one group of posts apart from another: log-odds ratios with an informative Dirichlet prior.

delta = log((y1 + a) / (n1 + a0 - y1 - a)) - log((y2 + a) / (n2 + a0 - y2 - a)), z = delta / sqrt(1 / (y1 + a) + 1 / (y2 + a)), where y is
how many posts hold the term, n the sum of y over the terms, and a the term's share of both groups together times a0. Rare words are
held back by the prior, frequent ones by their variance. Source: Monroe, Colaresi and Quinn 2008, Political Analysis 16:372-403.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from analytics.text.normalise import split_words

PRIOR: Final = 500.0  #: a0, the weight of the prior in terms; about forty posts' worth
LEAST_POSTS: Final = 3  #: a term of fewer posts is a chance, and may name a person
SURE: Final = 1.96  #: terms below this z do not set anything apart
READ: Final = 2_000  #: letters of a text that are read: the start of a long text says what it is about

#: Words that bind sentences and say nothing of the subject, formal and colloquial Indonesian, and English.
STOP_WORDS: Final = frozenset(
    """
    ada adalah agar aja akan aku anda apa apakah atas atau bagi bahwa banget banyak baru begitu belum biar bisa boleh buat bukan
    cuma dah dalam dan dari deh dengan dg dgn di dia dong dulu gak ga gue gw hal hanya harus hingga ia ini itu iya jadi jangan jg
    juga jika kalau kalo kami kamu karena karna ke kenapa kepada ketika kita kok krn lagi lah lain lalu lebih loh lu maka mana
    masih mau melalui memang mereka merupakan namun nggak ngga nih nya oleh orang pada para paling pas per pernah pun saat saja
    sama sampai sangat saya se sebagai sebelum secara sedang sehingga sejak selalu semua seperti serta sesudah setelah si sih
    sudah suatu supaya tak tapi telah tentang terhadap tersebut tetapi tidak udah untuk utk ya yaitu yang yg tdk sdh dlm pd jd bs
    lg org sy a about after all also am an and any are as at be because been but by can could did do does for from get got had has
    have he her him his how i if in into is it its just like me more most my no not now of on one only or our out over she so some
    than that the their them then there these they this to too up us was we were what when which who will with would you your rt
    """.split()
)


@dataclass(frozen=True)
class Term:
    """A word or pair of words: z-score of its log-odds, and how many posts of each group hold it."""

    term: str
    z: float
    posts: int
    baseline: int


def post_terms(text: str) -> set[str]:
    """Words and pairs of neighbouring words of one text, without stop words, numbers, punctuation and emoji."""
    words = [word if word[0].isalpha() and len(word) > 1 and word not in STOP_WORDS else "" for word in split_words(text[:READ])]
    found = set(words)
    found.update(f"{one} {two}" for one, two in pairwise(words) if one and two)
    found.discard("")
    return found


def count_terms(texts: Iterable[str]) -> Counter[str]:
    """How many texts hold each term; a text that comes a thousand times is read once."""
    counted: Counter[str] = Counter()
    ones: list[str] = []
    for text, times in Counter(texts).items():
        if times == 1:
            ones.extend(post_terms(text))
        else:
            for term in post_terms(text):
                counted[term] += times
    counted.update(ones)
    return counted


def set_apart(posts: Mapping[str, int], baseline: Mapping[str, int], most: int = 10) -> list[Term]:
    """The terms that set `posts` apart from `baseline` (posts that hold each term), surest first; one word of a pair is not told twice."""
    terms = [term for term, count in posts.items() if count >= LEAST_POSTS]
    if not terms:
        return []
    one = np.array([posts[term] for term in terms], dtype=np.float64)
    two = np.array([baseline.get(term, 0) for term in terms], dtype=np.float64)
    n_one, n_two = float(sum(posts.values())), float(sum(baseline.values()))
    prior = PRIOR * (one + two) / (n_one + n_two)
    delta = _log_odds(one + prior, n_one + PRIOR) - _log_odds(two + prior, n_two + PRIOR)
    z = delta / np.sqrt(1 / (one + prior) + 1 / (two + prior))
    ranked = sorted((Term(term, float(z[i]), int(one[i]), int(two[i])) for i, term in enumerate(terms) if z[i] >= SURE), key=_rank)
    return list(_once(ranked, most))


def _log_odds(part: np.ndarray, whole: float) -> np.ndarray:
    return np.log(part) - np.log(np.maximum(whole - part, 0.5))


def _rank(term: Term) -> tuple[float, str]:
    return -term.z, term.term


def _once(ranked: Iterable[Term], most: int) -> Iterator[Term]:
    """Leave out what shares a word with a surer term."""
    told: set[str] = set()
    for term in ranked:
        words = term.term.split()
        if told.isdisjoint(words):
            told.update(words)
            yield term
            most -= 1
            if not most:
                return

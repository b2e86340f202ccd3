"""Whether a post finds the claim that it repeats, in its own words or another language, and how sure the answer is."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.text.bm25 import Bm25
from analytics.text.claims import ClaimIndex
from analytics.text.encoder import encoder
from warehouse.errors import InputError

CLAIMS = [
    "Vaccines cause autism. A study shows that childhood vaccination leads to autism.",
    "Garlic cures dengue. Eating raw garlic heals dengue fever within a day.",
    "Gempa besar akan mengguncang Jakarta besok malam.",
    "5G towers spread the coronavirus.",
    "A photograph shows wombats herding animals into their burrows during bushfires.",
    "The governor of East Java closed all schools because of measles.",
]


@cache
def index() -> ClaimIndex:
    return ClaimIndex(CLAIMS)


@pytest.mark.parametrize(
    ("post", "claim"),
    [
        ("is it true that vaccination gives children autism??", 0),
        ("katanya vaksin bikin anak autis, bener ga sih", 0),
        ("makan bawang putih mentah sembuhkan demam berdarah dalam sehari!", 1),
        ("Menara 5G menyebarkan virus corona", 3),
        ("#WombatHeroes lead other animals into burrows, away from the fire https://example.org", 4),
    ],
)
def test_a_post_finds_its_claim_in_other_words_and_languages(post: str, claim: int) -> None:
    assert index().search([post]).claims[0, 0] == claim


def test_a_copy_is_surer_than_a_post_about_something_else() -> None:
    copy, other = index().search([CLAIMS[3], "macet parah di tol pagi ini, hujan deras"]).chances[:, 0]
    assert copy > 0.8
    assert other < 0.2


def test_matches_come_best_first_and_are_no_more_than_there_are_claims() -> None:
    found = index().search(["vaksin", "garlic"], k=50)
    assert found.claims.shape == (2, len(CLAIMS))
    assert (np.diff(found.scores, axis=1) <= 0).all()
    assert ((found.chances >= 0) & (found.chances <= 1)).all()


def test_a_post_gets_the_same_answer_alone_and_among_others() -> None:
    posts = ["5G and corona", "", "😷", "garlic for dengue"] * 30
    together, alone = index().search(posts, 3), index().search(posts[3:4], 3)
    assert np.array_equal(together.claims[3], alone.claims[0])
    assert np.allclose(together.chances[3], alone.chances[0], atol=1e-4)


def test_vectors_that_are_known_are_not_made_again() -> None:
    again = ClaimIndex(CLAIMS, index().meanings)
    posts = ["vaksin bikin autis"]
    assert np.array_equal(again.search(posts, 3, encoder().embed(posts)).claims, index().search(posts, 3).claims)
    with pytest.raises(InputError, match="5 vectors for 6 claims"):
        ClaimIndex(CLAIMS, index().meanings[:5])


def test_no_claims_and_no_posts_give_no_matches() -> None:
    assert ClaimIndex([]).search(["vaksin"]).claims.shape == (1, 0)
    assert index().search([]).claims.shape == (0, 5)


@given(st.lists(st.text(alphabet="abcde 0😷#", max_size=30), min_size=1, max_size=12), st.text(alphabet="abcde 0😷#", max_size=30))
def test_words_agree_only_where_they_are_shared_and_never_score_below_zero(texts: list[str], post: str) -> None:
    scores, own = Bm25(texts).scores([post])
    assert scores.shape == (1, len(texts))
    assert (scores >= 0).all()
    assert (own >= 0).all()
    for text, score in zip(texts, scores[0], strict=True):
        if not set(text) & set(post) - {" "}:
            assert score == 0


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    scores, _ = Bm25(["demam ebola", "demam biasa", "demam tinggi", "demam lagi"]).scores(["demam ebola"])
    assert scores[0, 0] > 2 * scores[0, 1]

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.text.matching import normal_form
from analytics.text.rules import And, Near, Not, Or, RuleError, Term, holds, parse, required, term, terms_of

WORDS = ("api", "batu", "cuaca", "duri")


def found(text: str, rule: str) -> bool:
    """Whether the rule holds for the text, with every term looked for one by one."""
    form = normal_form(text)
    node = parse(rule)
    hits = {}
    for wanted in terms_of(node):
        pattern = ("" if wanted.open_start else " ") + re.escape(wanted.words) + ("" if wanted.open_end else "(?= )")
        shift = 0 if wanted.open_start else 1
        spans = [(match.start() + shift, match.end() - 1) for match in re.finditer(pattern, form)]
        if spans:
            hits[wanted] = spans
    return holds(node, hits, lambda character: form.count(" ", 0, character))


@pytest.mark.parametrize(
    ("rule", "yes", "no"),
    [
        ("demam AND ruam", "Demam lalu RUAM merah", "demam saja"),
        ("demam OR ruam", "ada ruam", "pusing"),
        ("demam NOT panggung", "demam tinggi", "demam panggung"),
        ("demam AND NOT panggung", "demam tinggi", "demam panggung"),
        ('"gagal ginjal"', "gagal ginjal akut", "ginjal gagal"),
        ("vaksin*", "vaksinasi massal", "mikrovaksin"),
        ("*vaksin", "antivaksin berulah", "vaksinasi"),
        ("a AND b OR c", "c", "a"),
        ("a AND (b OR c)", "a c", "c"),
        ("(((flu)))", "flu", "lu"),
        ("trombosit NEAR/2 turun", "turun lagi terus trombosit", "trombosit aman hb saya turun"),
        ('(anak OR balita) NEAR/1 "panas tinggi"', "panas tinggi pada balita", "panas tinggi sejak pagi kata si balita"),
        ("a NEAR/0 b", "x b a y", "a x b"),
    ],
)
def test_rule_finds_what_it_says_and_nothing_else(rule: str, yes: str, no: str) -> None:
    assert found(yes, rule)
    assert not found(no, rule)


@pytest.mark.parametrize(
    ("rule", "column", "what"),
    [
        ("", 1, "the rule is empty"),
        ("demam NEAR/5", 13, "NEAR needs two terms"),
        ("demam AND NEAR/5 ruam", 11, "NEAR needs two terms"),
        ("(a AND b) NEAR/3 c", 11, "NEAR needs two terms"),
        ("a NEAR/2 b NEAR/2 c", 12, "NEAR joins two sides only"),
        ("demam NEAR ruam", 7, "write NEAR/n"),
        ("demam NEAR/9999 ruam", 7, "write NEAR/n"),
        ("demam berdarah", 7, "AND, OR or NEAR is missing before berdarah"),
        ("demam AND", 10, "a term is missing after AND"),
        ("(demam OR ruam", 1, "this ( is never closed"),
        ("demam)", 6, "this ) has no ("),
        ('demam AND "gagal', 11, "never closed"),
        ("de*", 1, "would match too much"),
        ("vak*sin", 1, "a star may only stand at the beginning or the end"),
        ("demam AND !!!", 11, "holds no letter or digit"),
        ("NOT flu", 1, "holds for posts without any of its terms"),
        ("flu OR NOT pilek", 1, "holds for posts without any of its terms"),
    ],
)
def test_error_names_the_column_and_what_to_do(rule: str, column: int, what: str) -> None:
    with pytest.raises(RuleError, match=re.escape(what)) as caught:
        parse(rule)
    assert caught.value.column == column
    assert str(caught.value).startswith(f"column {column}: ")
    assert "\n" not in str(caught.value)


def test_deep_nesting_and_endless_rules_are_refused_before_they_cost_anything() -> None:
    with pytest.raises(RuleError, match="parentheses or NOTs within each other"):
        parse("(" * 5000 + "flu" + ")" * 5000)
    with pytest.raises(RuleError, match="parentheses or NOTs within each other"):
        parse("flu AND " + "NOT " * 4000 + "pilek")
    with pytest.raises(RuleError, match="characters long"):
        parse("flu OR " * 10_000 + "flu")


def test_terms_ignore_case_punctuation_lengthened_letters_and_slang() -> None:
    assert term("Demaaam-Berdarah") == term("demam berdarah")
    assert term("RS").words == term("rumah sakit").words
    assert term("vaksin*") == Term("vaksin", open_end=True)


def test_precedence_is_not_then_near_then_and_then_or() -> None:
    a, b, c, d = (Term(word) for word in "abcd")
    assert parse("a OR b AND NOT c") == Or((a, And((b, Not(c)))))
    assert parse("a NEAR/1 b AND c OR d") == Or((And((Near((a,), (b,), 1), c)), d))


def rules() -> st.SearchStrategy[str]:
    words = st.sampled_from(WORDS)
    return st.recursive(
        words,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]} AND {pair[1]})"),
            st.tuples(inner, inner).map(lambda pair: f"({pair[0]} OR {pair[1]})"),
            st.tuples(words, inner).map(lambda pair: f"({pair[0]} NOT {pair[1]})"),
        ),
        max_leaves=8,
    )


@given(rules(), st.sets(st.sampled_from(WORDS)))
def test_boolean_rules_agree_with_python(rule: str, present: set[str]) -> None:
    python = rule.replace(" NOT ", " and not ").replace("AND", "and").replace("OR", "or")
    expected = eval(python, {word: word in present for word in WORDS})  # noqa: S307 - text that this test made
    node = parse(rule)
    hits = {Term(word): [(0, 0)] for word in present}
    assert holds(node, hits, int) == expected
    if expected:
        assert all(group & hits.keys() for group in required(node))


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.integers(0, 5))
def test_near_agrees_with_counting_the_words_between(words: list[str], distance: int) -> None:
    at = {word: [i for i, each in enumerate(words) if each == word] for word in WORDS}
    expected = any(abs(i - j) - 1 <= distance for i in at["api"] for j in at["batu"])
    assert found(" ".join(words), f"api NEAR/{distance} batu") == expected


@given(st.text(max_size=60))
def test_no_text_makes_the_parser_fail_in_any_other_way(text: str) -> None:
    column = 1
    try:
        parse(text)
    except RuleError as error:
        column = error.column
    assert 1 <= column <= len(text) + 1

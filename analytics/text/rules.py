"""The Boolean language of topic rules: parse it once, then ask it of the terms that a post was found to hold.

    demam AND (berdarah OR dengue) NOT "demam panggung"
    (anak OR balita) NEAR/5 (kejang OR "panas tinggi")
    imunisasi* OR "suntik vaksin"

AND, OR, NOT and NEAR/n are written in capitals. NOT binds tightest, then NEAR, AND, OR; `a NOT b` is `a AND NOT b`. A phrase stands in
double quotes. A star opens the beginning or the end of a term. NEAR/n holds when at most n words lie between its two sides, in either
order. Terms are compared in the normal form of `matching.py`, so case, lengthened letters and punctuation do not matter.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from analytics.text.matching import normal_form
from warehouse.errors import SettingsError

LONGEST_RULE = 20_000  #: characters
DEEPEST_RULE = 50  #: parentheses and NOTs within each other
WIDEST_NEAR = 100  #: words
SHORTEST_STEM = 3  #: letters beside a star: "de*" would fire on every second post

Span = tuple[int, int]  #: first and last character of a term in the normal form of a text


class RuleError(SettingsError):
    """A rule cannot be read; `column` counts from 1 in the text of the rule.

    `template` with `values` filled in is the message: the dashboard says it in the reader's language.
    """

    def __init__(self, column: int, template: str, **values: object) -> None:
        super().__init__(f"column {column}: {template.format(**values)}")
        self.column, self.template, self.values = column, template, values


class Term(NamedTuple):
    """A word or phrase in normal form; open_start and open_end stand for a star there."""

    words: str
    open_start: bool = False
    open_end: bool = False

    @property
    def key(self) -> str:
        """The string to look for: spaces mark where a word must begin or end."""
        return f"{'' if self.open_start else ' '}{self.words}{'' if self.open_end else ' '}"

    def __str__(self) -> str:
        return f"{'*' if self.open_start else ''}{self.words}{'*' if self.open_end else ''}"


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class Near:
    """Two sides, each a term or an OR of terms, with at most `words` words between them."""

    left: tuple[Key, ...]
    right: tuple[Key, ...]
    words: int


Key = Term | int  #: a term, or the number that stands for it (see `replaced`)
Node = Key | And | Or | Not | Near


def term(text: str, column: int = 1) -> Term:
    """Read one term or phrase, with a star at its beginning or end; raises RuleError."""
    bare = text.strip()
    open_start, open_end = bare.startswith("*"), bare.endswith("*")
    words = normal_form(bare.strip("*")).strip()
    if not words:
        raise RuleError(column, "{text!r} holds no letter or digit; write a word", text=text)
    if "*" in bare.strip("*"):
        raise RuleError(column, "{text!r}: a star may only stand at the beginning or the end of a term", text=text)
    if (open_start or open_end) and len(words) < SHORTEST_STEM:
        raise RuleError(
            column, "{text!r} would match too much; write at least {least} letters beside the star", text=text, least=SHORTEST_STEM
        )
    return Term(words, open_start, open_end)


def parse(text: str) -> Node:
    """Read a rule; raises RuleError with the column of the trouble.

    A rule that would hold for a post without any of its terms (such as `NOT flu`) is refused.
    """
    if len(text) > LONGEST_RULE:
        template = "the rule is {length} characters long; the most is {most}, use lists of terms instead"
        raise RuleError(LONGEST_RULE, template, length=len(text), most=LONGEST_RULE)
    node = _Parser(text).read()
    if holds(node, {}, int):
        raise RuleError(1, "the rule holds for posts without any of its terms; join something to NOT with AND")
    return node


def terms_of(node: Node) -> Iterator[Term]:
    """All terms of a rule, those below NOT too."""
    match node:
        case Term():
            yield node
        case Near():
            yield from (side for side in (*node.left, *node.right) if isinstance(side, Term))
        case Not():
            yield from terms_of(node.part)
        case And() | Or():
            for part in node.parts:
                yield from terms_of(part)


def asked_for(node: Node) -> frozenset[Term]:
    """The terms of a rule that are not below a NOT."""
    match node:
        case Not():
            return frozenset()
        case And() | Or():
            return frozenset[Term]().union(*(asked_for(part) for part in node.parts))
    return frozenset(terms_of(node))


def required(node: Node) -> tuple[frozenset[Term], ...]:
    """Groups of terms; the rule cannot hold for a text that lacks every term of one of them. Quickly asked, before `holds`."""
    match node:
        case Term():
            return (frozenset((node,)),)
        case Near():
            return tuple(frozenset(term for term in side if isinstance(term, Term)) for side in (node.left, node.right))
        case And():
            return tuple(group for part in node.parts for group in required(part))
        case Or():
            parts = [required(part) for part in node.parts]
            return (frozenset[Term]().union(*(min(groups, key=len) for groups in parts)),) if all(parts) else ()
    return ()


def replaced(node: Node, keys: Mapping[Term, int]) -> Node:
    """The rule with each term replaced by its key, so that evaluating it compares small numbers instead of words."""
    match node:
        case Term():
            return keys[node]
        case Near():
            left, right = (tuple(keys[term] for term in side if isinstance(term, Term)) for side in (node.left, node.right))
            return Near(left, right, node.words)
        case And():
            return And(tuple(replaced(part, keys) for part in node.parts))
        case Or():
            return Or(tuple(replaced(part, keys) for part in node.parts))
        case Not():
            return Not(replaced(node.part, keys))
    return node


def holds(node: Node, hits: Mapping[Any, Sequence[Span]], word_at: Callable[[int], int]) -> bool:
    """Whether the rule holds for a text whose terms were found at `hits`.

    hits: each term that occurs (or its key, see `replaced`), with its spans in the text; word_at: the number of the word at a
    character of the text. Takes n log n in the number of hits.
    """
    match node:
        case And():
            return all(holds(part, hits, word_at) for part in node.parts)
        case Or():
            return any(holds(part, hits, word_at) for part in node.parts)
        case Not():
            return not holds(node.part, hits, word_at)
        case Near():
            left, right = ([term for term in side if term in hits] for side in (node.left, node.right))
            return bool(left and right) and _within(_word_spans(left, hits, word_at), _word_spans(right, hits, word_at), node.words)
    return node in hits


def _word_spans(terms: Sequence[Key], hits: Mapping[Any, Sequence[Span]], word_at: Callable[[int], int]) -> list[Span]:
    return sorted((word_at(start), word_at(end)) for term in terms for start, end in hits[term])


def _within(left: list[Span], right: list[Span], words: int) -> bool:
    """Whether some left and some right span, without overlapping, have at most `words` words between them. Both sorted."""
    return _followed(left, right, words) or _followed(right, left, words)


def _followed(before: list[Span], after: list[Span], words: int) -> bool:
    starts = [start for start, _ in after]
    for _, end in before:
        position = bisect_left(starts, end + 1)
        if position < len(starts) and starts[position] - end - 1 <= words:
            return True
    return False


_TOKEN = re.compile(r'\s*(?:(?P<open>\()|(?P<close>\))|(?P<quote>"[^"]*"?)|(?P<word>[^\s()"]+))')
_NEAR = re.compile(r"NEAR/(\d{1,4})")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # open, close, term, AND, OR, NOT, NEAR, end
    text: str
    column: int


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    while match := _TOKEN.match(text, position):
        position = match.end()
        kind, piece = str(match.lastgroup), match[match.lastgroup or 0]
        column = match.end() - len(piece) + 1
        if kind == "quote" and (len(piece) < 2 or not piece.endswith('"')):
            raise RuleError(column, 'this quotation mark is never closed; write "..." around a phrase')
        if kind == "word" and piece in ("AND", "OR", "NOT"):
            kind = piece
        elif kind == "word" and (piece == "NEAR" or piece.startswith("NEAR/")):
            kind = "NEAR"
        elif kind in ("word", "quote"):
            kind = "term"
        yield _Token(kind, piece, column)
    yield _Token("end", "", len(text.rstrip()) + 1)


class _Parser:
    """Recursive descent over the tokens of one rule."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.position = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.position]

    def take(self) -> _Token:
        self.position += 1
        return self.tokens[self.position - 1]

    def read(self) -> Node:
        if self.next.kind == "end":
            raise RuleError(1, "the rule is empty; write a term")
        node = self.either()
        if self.next.kind == "close":
            raise RuleError(self.next.column, "this ) has no ( before it")
        return node

    def either(self) -> Node:
        parts = [self.both()]
        while self.next.kind == "OR":
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self) -> Node:
        parts = [self.nearby()]
        while self.next.kind in ("AND", "NOT", "term", "open", "NEAR"):
            if self.next.kind in ("term", "open"):
                raise RuleError(self.next.column, 'AND, OR or NEAR is missing before {text}; a phrase stands in "..."', text=self.next.text)
            if self.next.kind == "NEAR":
                raise RuleError(self.next.column, "NEAR joins two sides only; put parentheses around the first pair")
            if self.next.kind == "AND":
                self.take()
            parts.append(self.nearby())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def nearby(self) -> Node:
        left = self.single()
        if self.next.kind != "NEAR":
            return left
        near = self.take()
        match = _NEAR.fullmatch(near.text)
        if not match or not 0 <= int(match[1]) <= WIDEST_NEAR:
            raise RuleError(near.column, "{text}: write NEAR/n with n from 0 to {most}, e.g. NEAR/5", text=near.text, most=WIDEST_NEAR)
        right = self.single()
        return Near(self.side(left, near), self.side(right, near), int(match[1]))

    def side(self, node: Node, near: _Token) -> tuple[Term, ...]:
        if isinstance(node, Term):
            return (node,)
        if isinstance(node, Or) and all(isinstance(part, Term) for part in node.parts):
            return tuple(part for part in node.parts if isinstance(part, Term))
        raise RuleError(near.column, "NEAR needs two terms, or terms joined by OR in parentheses, one on each side")

    def single(self) -> Node:
        token = self.take()
        if token.kind == "term":
            return term(token.text.strip('"'), token.column)
        if token.kind not in ("NOT", "open"):
            raise self.missing(token)
        self.depth += 1
        if self.depth > DEEPEST_RULE:
            raise RuleError(token.column, "more than {most} parentheses or NOTs within each other; split the rule", most=DEEPEST_RULE)
        node = Not(self.single()) if token.kind == "NOT" else self.inside(token)
        self.depth -= 1
        return node

    def inside(self, opened: _Token) -> Node:
        node = self.either()
        if self.take().kind != "close":
            raise RuleError(opened.column, "this ( is never closed")
        return node

    def missing(self, token: _Token) -> RuleError:
        before = self.tokens[self.position - 2].text if self.position > 1 else ""
        if before.startswith("NEAR"):
            return RuleError(token.column, "NEAR needs two terms, one on each side; there is none after {before}", before=before)
        if token.kind == "end":
            return RuleError(token.column, "a term is missing after {before}", before=before)
        if token.kind == "NEAR":
            return RuleError(token.column, "a term is missing before {text}; NEAR needs two terms", text=token.text)
        return RuleError(token.column, "a term is missing before {text}", text=token.text)

"""Which places a post names: countries, provinces, regencies and cities, each with the measured precision of its evidence.

Only explicit names count; a language or a dialect is no place. The longest name wins ("bandung barat" over "bandung"). Names that are
also words (batu, malang, pati) need evidence beside them: an administrative word, a preposition, a capital, a hashtag, or another place
of the same province. Ancestors are left out where something inside them is named: a regency implies its province.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Any

import ahocorasick
import numpy as np

from analytics.geo import ancestors, gazetteer
from analytics.geo.names import Name, beside, is_city, names, precision
from analytics.text.codes import Written, written_whole
from analytics.text.letters import runs, spliced_in, without_links
from analytics.text.marks import HASH, ODD, Marks, marks_of, rows
from analytics.text.normalise import without_links as without_links_in
from analytics.text.phrases import Phrases
from analytics.text.place_text import PlaceText, place_texts
from analytics.text.tags import TagSplitter

Found = tuple[str, str, float]  #: place code, level, confidence
Hit = tuple[tuple[Name, ...], int, int]  #: what a name may be, its first word and the one after its last

SHORTEST_SPLIT = 7  #: letters of a hashtag that is cut at a name: infobandung
NEAR_WORDS = 4  #: words within which another place of the same province supports a name

_LONGEST_HINT, _MOST_HINTS = 200, 10_000  # letters that are read; fields that are remembered

NAME_WORDS = 5  #: words back to which the name of a hospital may begin
UNMEASURED = 0.5  #: confidence of evidence that the labelled posts do not hold

_HASHTAG = re.compile(r"[#＃](\w{2,100})")
_JOINT = re.compile(r"\s?[-–—/&+,]\s?|\s(?:dan|and|serta)\s")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|_")


@dataclass(slots=True)
class _Candidate:
    """A name in a text, from word `first` up to but without word `last`."""

    name: Name
    first: int
    last: int
    evidence: str = ""
    codes: tuple[str, ...] = ()


class Gazetteer:
    """All names of places. Finding keeps no state but the places that fields of the source were found to name."""

    def __init__(self) -> None:
        self._names = names()
        by_words: dict[str, list[Name]] = {}
        for name in self._names:
            by_words.setdefault(name.words, []).append(name)
        self._choices = tuple(map(tuple, by_words.values()))
        self._phrases = Phrases(by_words)
        sure = (name.words for name in self._names if name.needs in ("any", "context") and " " not in name.words)
        self._sure = frozenset(words for words in sure if len(words) > 4)
        self._split_tags = TagSplitter(partial(_split_tag, sure=self._sure))
        self._levels = {code: place.level for code, place in gazetteer().items()}
        self._hinted: dict[str, list[Found]] = {}
        self._told: dict[tuple[tuple[str, ...], str], tuple[Found, ...]] = {}  # of names that stand alone

    @cached_property
    def _automaton(self) -> Any:
        """For texts whose letters the compiled pass cannot bring to lower case (Aho and Corasick 1975)."""
        automaton = ahocorasick.Automaton()
        for choices in self._choices:
            words = choices[0].words
            automaton.add_word(f" {words} ", (choices, words.count(" ") + 1, len(words)))
        automaton.make_automaton()
        return automaton

    def find(self, texts: Sequence[str], hints: Sequence[str | None] | None = None) -> list[list[Found]]:
        """Places named in each text, most specific ones only, in order of appearance. Linear in the length of a text.

        hints: free text of a place field of the source, read as names alone; it counts where the text itself names none.
        """
        found: list[list[Found]] = []
        for some in runs(texts):
            read = written_whole(texts[some])
            found += self.find_in(texts[some], without_links(read), marks_of(read), None if hints is None else hints[some])
        return found

    def find_in(self, texts: Sequence[str], bare: Written, marked: Marks, hints: Sequence[str | None] | None = None) -> list[list[Found]]:
        """The same of texts that have been read. bare: the texts without links; marked: `marks` of the texts."""
        tagged = np.flatnonzero(marked & (HASH | ODD) == HASH)
        if len(tagged):
            bare = spliced_in(bare, tagged, self._split_tags(bare, tagged))
        stands = self._phrases.stand_in(bare)
        found: list[list[Found]] = [[] for _ in range(len(texts))]
        told = np.flatnonzero((np.diff(stands.starts) > 0) & (marked & ODD == 0))
        for row, text, stand in zip(told.tolist(), place_texts(bare, told), stands.of(told), strict=True):
            hits = [(self._choices[number], first, last) for number, first, last in stand]
            hits = [hit for hit in hits if text.says(hit[0][0].words, *hit[1:])]
            found[row] = self._alone(text, hits[0]) if len(hits) == 1 else self._results(self._judge(text, hits))
        for row in rows(marked, ODD):
            found[row] = self._find(self._text(texts[row]))
        if hints is not None and any(hints):
            return [places or (self._hint(hint) if hint else places) for places, hint in zip(found, hints, strict=True)]
        return found

    def _hint(self, hint: str) -> list[Found]:
        """The places of a field of the source; most say what others said before."""
        if hint not in self._hinted:
            if len(self._hinted) >= _MOST_HINTS:
                self._hinted.clear()
            self._hinted[hint[:_LONGEST_HINT]] = self._from_hint(hint[:_LONGEST_HINT])
        return self._hinted[hint[:_LONGEST_HINT]]

    def explain(self, text: str) -> list[tuple[str, str, tuple[str, ...]]]:
        """Each name that was looked at: the name, its evidence ("" where it was not taken for a place), and the codes read."""
        return [(name.name.words, name.evidence, name.codes) for name in self._judge_all(self._text(text))]

    def _text(self, text: str) -> PlaceText:
        return PlaceText.of(_plain(text, self._sure))

    def _find(self, text: PlaceText) -> list[Found]:
        return self._results(self._judge_all(text))

    def _from_hint(self, hint: str) -> list[Found]:
        text = self._text(hint)
        candidates = [found for found in _candidates(text, self._named(text)) if not found.name.upper]
        for found in candidates:
            found.evidence = "hint"
        self._read(candidates, text)
        return self._results(candidates)

    def _alone(self, text: PlaceText, hit: Hit) -> list[Found]:
        """What `_judge` and `_results` tell of a text with one name: of most, in half the time."""
        candidates = _candidates(text, (hit,))
        evidence = _evidence(candidates[0], text) if candidates else ""
        if not evidence:
            return []
        codes = _reading(candidates[0], text, set())
        if (codes, evidence) not in self._told:
            candidates[0].evidence, candidates[0].codes = evidence, codes
            self._told[codes, evidence] = tuple(self._results(candidates))
        return list(self._told[codes, evidence])

    def _judge_all(self, text: PlaceText) -> list[_Candidate]:
        return self._judge(text, self._named(text))

    def _judge(self, text: PlaceText, hits: Iterable[Hit]) -> list[_Candidate]:
        candidates = _candidates(text, hits)
        for found in candidates:
            found.evidence = _evidence(found, text)
        told = [found for found in candidates if found.evidence]
        if all(len(found.name.readings) == 1 for found in told):  # most
            for found in told:
                found.codes = found.name.readings[0]
        else:
            self._read(told, text)
        if 0 < len(told) < len(candidates):
            self._support(candidates, text)
        return candidates

    def _named(self, text: PlaceText) -> Iterator[Hit]:
        """The names in a text, whatever its letters."""
        form = f" {' '.join(text.words).lower()} "
        counted, word = 0, -1
        for end, (choices, words, length) in self._automaton.iter(form):
            start = end - length - 1
            if start >= counted:
                word += form.count(" ", counted, start + 1)
                counted = start + 1
                first = word
            else:
                first = word - form.count(" ", start + 1, counted)
            yield choices, first, first + words

    def _read(self, found: list[_Candidate], text: PlaceText) -> None:
        """Choose among the readings of each name: by the administrative word before it, there or elsewhere in the text, else by the
        provinces that are named."""
        provinces = {_province(hit.name.readings[0][0]) for hit in found if len(hit.name.readings) == 1} - {""}
        said: dict[str, set[tuple[str, ...]]] = {}
        for hit in found:
            hit.codes = _reading(hit, text, provinces)
            if len(hit.name.readings) > 1 and _kind(text.word(hit.first - 1)):
                said.setdefault(hit.name.words, set()).add(hit.codes)
        for hit in found:
            readings = said.get(hit.name.words, set())
            if len(readings) == 1 and not _kind(text.word(hit.first - 1)):
                hit.codes = next(iter(readings))

    def _support(self, candidates: list[_Candidate], text: PlaceText) -> None:
        """Take a doubtful name for a place where another place of its province stands beside it: "Batu, Malang", "Pati Jateng"; or any
        other place that it is joined to: "Makassar–Palu", "Semarang dan Solo"."""
        for position, hit in enumerate(candidates):
            if hit.evidence or _blocked(hit, text, text.word(hit.first - 1), text.word(hit.last)):
                continue
            reach = 1 if hit.name.needs == "admin" else NEAR_WORDS
            near = [other for other in candidates[max(0, position - 1) : position + 2] if other is not hit and other.evidence]
            near = [other for other in near if max(other.first - hit.last, hit.first - other.last) < reach]
            provinces = {_province(code) for other in near for code in other.codes} - {""}
            matching = [codes for codes in hit.name.readings if _province(codes[0]) in provinces]
            if matching or any(_joined(hit, other, text) for other in near):
                hit.evidence, hit.codes = "companion", (matching or [_reading(hit, text, provinces)])[0]

    def _results(self, found: Sequence[_Candidate]) -> list[Found]:
        """What candidates with evidence name."""
        best: dict[str, float] = {}
        for hit in found:
            sure = precision().get(hit.evidence, UNMEASURED) if hit.evidence else 0.0
            for code in hit.codes:
                if sure > best.get(code, 0.0):
                    best[code] = sure
        if len(best) > 1:
            above = {over for code in best for over in _ancestors(code)}
            best = {code: p for code, p in best.items() if code not in above}
        return [(code, self._levels[code], _rounded(p)) for code, p in best.items()]


_ancestors = cache(ancestors)


@cache
def _rounded(p: float) -> float:
    return round(p, 3)


def _candidates(text: PlaceText, named: Iterable[Hit]) -> list[_Candidate]:
    """Names in the text; of overlapping ones the leftmost, then the longest."""
    hits: list[_Candidate] = []
    for choices, first, last in named:
        for name in choices:
            if not name.upper or text.in_capitals(first):
                hits.append(_Candidate(name, first, last))
                break
    if len(hits) < 2:
        return hits
    hits.sort(key=lambda hit: (hit.first, -hit.last))
    kept: list[_Candidate] = []
    for hit in hits:
        if not kept or hit.first >= kept[-1].last:
            kept.append(hit)
    return kept


def _plain(text: str, sure: frozenset[str]) -> str:
    """A text without links, handles and placeholders; hashtags are split, and stand between # and §."""
    text = without_links_in(text)
    if "#" in text or "＃" in text:
        text = _HASHTAG.sub(lambda match: _split_tag(match[1], sure), text)
    return text


def _split_tag(tag: str, sure: frozenset[str]) -> str:
    """JabarJuara -> Jabar Juara, between # and §; a tag in one case is cut at a sure name of a place at its beginning or end."""
    words = _CAMEL.sub(" ", tag)
    if " " not in words and len(tag) >= SHORTEST_SPLIT:
        lower = tag.lower()
        for length in range(len(lower) - 3, 3, -1):
            if lower[:length] in sure:
                words = f"{tag[:length]} {tag[length:]}"
                break
            if lower[-length:] in sure:
                words = f"{tag[:-length]} {tag[-length:]}"
                break
    return f" # {words} § "


def _blocked(hit: _Candidate, text: PlaceText, before: str, after: str) -> bool:
    """Whether the words beside the name make it a dish, a street, a doubled word (buru-buru) or what homonyms.csv says."""
    if before in beside("never") and text.word(hit.first - 2) != before:
        return True
    return hit.name.words in (before, after) or before in hit.name.not_after or after in hit.name.not_before


def _joined(hit: _Candidate, other: _Candidate, text: PlaceText) -> bool:
    """Whether a name is written as one, and nothing but a comma, a dash or "dan" parts it from another place."""
    first, second = sorted((hit, other), key=lambda one: one.first)
    between = text.between(first.last, second.first)
    doubtful = hit.name.needs == "admin" or not _province(hit.name.readings[0][0])  # "masakan Jepang dan Cina", "New York and Georgia"
    return not doubtful and _written_as_name(hit, text) and _JOINT.fullmatch(between) is not None


def _evidence(hit: _Candidate, text: PlaceText) -> str:
    """The kind of evidence that makes this name a place, or an empty string."""
    needs, before, after = hit.name.needs, text.word(hit.first - 1), text.word(hit.last)
    if _blocked(hit, text, before, after):
        return ""
    if before in beside("admin"):
        return "admin"
    if before in beside("of") and needs != "admin":
        return "of"
    if before in beside("in") and needs != "admin" and (needs in ("any", "context") or _written_as_name(hit, text)):
        return "in"
    if needs == "any":
        return "sure"
    if needs != "admin" and _of_institution(hit, text):
        return "admin"
    if needs in ("context", "place", "person") and after in beside("then") and _written_as_name(hit, text):
        return "event"
    if needs in ("context", "place") and (before == "#" or after == "§"):
        return "hashtag"
    return _faint(hit, text) if needs in ("context", "proper") else ""


def _of_institution(hit: _Candidate, text: PlaceText) -> bool:
    """Whether the name ends that of a hospital or university: "RSUD Soewondo Pati", "RSUP Dr. M. Djamil Padang"."""
    if not text.cased or not text.capital(hit.first):
        return False
    for position in range(hit.first - 1, max(hit.first - 1 - NAME_WORDS, -1), -1):
        if text.word(position) in beside("institution"):
            return True
        if not (text.capital(position) or text.word(position) in ("dr", "prof")):
            return False
    return False


def _written_as_name(hit: _Candidate, text: PlaceText) -> bool:
    """Whether a name is in capitals, or in a text without any, which says no less of all but proper names."""
    return text.capital(hit.first) or not (text.cased or hit.name.needs == "proper")


def _faint(hit: _Candidate, text: PlaceText) -> str:
    """Evidence from the way a name is written, enough for names that are rarely anything else."""
    if not text.cased or not text.capital(hit.first) or text.word(hit.first - 1) in beside("person"):
        return ""
    if text.title:
        return "title"
    if hit.last - hit.first > 1 and all(map(text.capital, range(hit.first, hit.last))):
        return "capital"
    if hit.name.needs == "proper":
        return ""
    return "start" if text.sentence_start(hit.first) else "capital"


def _province(code: str) -> str:
    return code[:2] if code[:2].isdigit() else ""


def _reading(hit: _Candidate, text: PlaceText, provinces: set[str]) -> tuple[str, ...]:
    """Which of its meanings a name has here; both, after "Kota dan Kabupaten"."""
    readings, before = hit.name.readings, text.word(hit.first - 1)
    if len(readings) == 1:
        return readings[0]
    if (kind := _kind(before)) is None:
        wanted = [codes for codes in readings if _province(codes[0]) in provinces]
        return wanted[0] if wanted else readings[0]
    kinds = {kind, _kind(text.word(hit.first - 3))} if text.word(hit.first - 2) in ("dan", "and", "maupun") else {kind}
    wanted = [codes for codes in readings if _level(codes[0]) in kinds]
    return tuple(code for codes in wanted for code in codes) or readings[0]


def _kind(word: str) -> str | None:
    return next((kind for kind in ("city", "regency", "province") if word in beside(kind)), None)


def _level(code: str) -> str:
    if not code[0].isdigit():
        return "country"
    return "province" if len(code) == 2 else "city" if is_city(code) else "regency"

"""Numbers that a post gives, with their unit and what they count: "47 kasus DBD" is 47, case, dbd.

Only a number with a unit is told: dates, years, clock times, telephone and house numbers, scores and versions have none. Indonesian,
English and the units of Malay; "1.234" and "1,234" are both one thousand two hundred and thirty-four, "2,5" and "2.5" both two and a half.
Number words below a thousand million are read ("dua belas", "dua ribu lima ratus", "twenty-five"); vague ones ("ratusan") are not numbers.
A fever of 35 to 43 is in degrees Celsius where no unit follows ("demam 39,5").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np
from numba import njit
from numpy.typing import NDArray

from analytics.text.codes import BINDS, DIGIT, SPACE, WORD, Codes, Kinds, Places, Written, kinds, spelt, written_whole
from analytics.text.letters import runs, sizes, spliced
from analytics.text.marks import ODD, Marks, marks_of
from analytics.text.normalise import READ_AT_MOST
from analytics.text.signs import after, after_any, lower

Words = NDArray[np.uint32]  # spelt, a row each
Number = tuple[float, str, str]  #: value, unit, what it counts ("" where that is not said)

_UNITS: Mapping[str, str] = {
    word: unit
    for unit, words in {
        "case": "kasus case cases kes",
        "death": "meninggal tewas wafat kematian korban_jiwa death deaths died dead",
        "person": "orang warga jiwa penduduk korban people persons person residents",
        "child": "anak balita bayi children child kids babies toddlers",
        "student": "siswa pelajar santri murid mahasiswa students pupils",
        "patient": "pasien penderita patients patient pesakit",
        "year": "tahun thn th taun years year yrs yr",
        "month": "bulan bln months month",
        "week": "minggu pekan mgg weeks week",
        "day": "hari hr days day",
        "hour": "jam hours hour hrs",
        "minute": "menit mnt minutes minute mins min minit",
        "mg": "mg", "mcg": "mcg", "g": "gram gr g", "kg": "kg kilo kilogram", "ml": "ml cc",
        "litre": "liter litre litres liters l", "IU": "iu", "cm": "cm", "km": "km kilometer",
        "celsius": "°c c derajat celcius celsius ℃ °", "fahrenheit": "fahrenheit",
        "percent": "% persen percent peratus",
        "IDR": "rupiah",
        "dose": "dosis dose doses",
        "tablet": "tablet tablets pil butir kapsul kaplet pills capsules",
        "vial": "vial vials ampul", "bag": "kantong kantung bags", "bed": "tempat_tidur beds", "sample": "sampel samples",
        "time": "kali x times",
    }.items()
    for word in words.split()
}  # fmt: skip
_SCALES = {"ribu": 1e3, "rb": 1e3, "juta": 1e6, "jt": 1e6, "miliar": 1e9, "milyar": 1e9, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_DIGIT_WORDS = {
    "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8, "lapan": 8, "sembilan": 9,
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}  # fmt: skip
_TEENS = {
    "sepuluh": 10, "sebelas": 11, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19,
}  # fmt: skip
_TIES = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_ROUND = {"seratus": 100, "seribu": 1_000}
_ONES = {**_DIGIT_WORDS, **_TEENS, **_TIES, **_ROUND}  #: words with which a number begins
_TENS = ("belas", "puluh", "ratus", "hundred")  #: words that may follow one of `_DIGIT_WORDS`
_POWERS = {"ribu": 1_000, "thousand": 1_000, "juta": 1_000_000, "million": 1_000_000}
#: Words after a unit that name nothing.
_EMPTY = frozenset(
    "baru di ke dari yang yg dan atau per tiap setiap pada untuk dengan dgn karena krn akibat selama hingga sampai sejak dalam sudah "
    "udah telah  ini itu lagi lalu tadi hari bulan tahun minggu sehari seminggu setelah sebelum sebesar dibanding pekan dunia tak "
    "tidak masih juga  saja aja jenis dibutuhkan suntik nya nationwide reported delivered of in for the a and with after since per "
    "from were was are is".split()
)

_DIGITS = r"\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?|\d{1,3}(?:,\d{3})+|\d{1,9}(?:[.,]\d{1,2})?"
_DIGIT = rf"(?:{'|'.join(_DIGIT_WORDS)})"
_BELOW_100 = rf"(?:{'|'.join(_TEENS)}|(?:{'|'.join(_TIES)})(?:[\s-]{_DIGIT})?|{_DIGIT}(?:\sbelas|\spuluh(?:\s{_DIGIT})?)?)\b"
_BELOW_1000 = rf"(?:(?:seratus|{_DIGIT}\s(?:ratus|hundred))\b(?:\s(?:and\s)?{_BELOW_100})?|{_BELOW_100})"
_BELOW_MILLION = rf"(?:(?:seribu|{_BELOW_1000}\s(?:ribu|thousand))\b(?:\s{_BELOW_1000})?|{_BELOW_1000})"
_SPELT = rf"(?:{_BELOW_1000}\s(?:juta|million)\b(?:\s{_BELOW_MILLION})?|{_BELOW_MILLION})"
_SCALE = rf"(?:\s?(?:{'|'.join(_SCALES)})\b)?"
_LETTERED_UNITS = sorted((word for word in _UNITS if word[0].isalpha()), key=lambda word: (word[0], -len(word)))
_UNIT = "|".join(  # by the first letter: fewer are tried in vain
    f"{first}(?:{'|'.join(re.escape(word[1:]).replace('_', chr(92) + 's') for word in words)})"
    for first, words in groupby(_LETTERED_UNITS, key=lambda word: word[0])
)
_VALUE = rf"(?:{_DIGITS})"
_AFTER = re.compile(
    rf"(?<![\w.,/:+°-])(?P<value>{_VALUE}|(?:{_SPELT})(?=\s))(?:-?an(?=\s))?(?P<scale>{_SCALE})"
    rf"(?:\s?(?:-|–|sampai|hingga|s/d|to)\s?(?P<top>{_VALUE})(?P<topscale>{_SCALE}))?"
    rf"(?:\s?(?P<sign>%|°\s?f\b|°\s?c?|℃)|(?P<hot>f\b)|[\s-]?(?P<unit>{_UNIT})\b)(?P<old>-old|\sold)?(?:\s(?P<what>[^\W\d_]{{3,30}}))?"
)
# Both patterns are for texts in lower case, which are compared twice as fast as those of any case.
_BEFORE = re.compile(
    rf"\b(?:(?P<rupiah>rp\.?)\s?|(?P<platelet>trombosit(?:nya|ku)?)\s(?:[^\W\d]{{1,12}}\s){{0,2}}?|(?P<dose>dosis)\s(?:ke\s?-?\s?)?"
    rf"|(?P<celsius>suhu)\s(?:[^\W\d]{{1,12}}\s){{0,2}}?|(?P<fever>demam|panas|fever)(?:nya|ku)?\s(?:(?!us|um)[^\W\d]{{1,12}}\s){{0,2}}?)"
    rf"(?P<value>{_DIGITS})(?P<scale>{_SCALE})(?![\w/:]|[.,]\d)"
)
_FEVER = (35.0, 43.0)  #: degrees that a living body has
_FAHRENHEIT = (95.0, 110.0)  #: the same in the other scale
_AFTER_YEAR_WORD = re.compile(
    r"\b(?:tahun|thn|th|year|in|since|sejak|awal|akhir|januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november"
    r"|desember|january|february|march|may|june|july|august|october|december)\s$"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_YEAR_WORD_AT_MOST = 12  # letters before a year that are looked at

_AGED = re.compile(r"\b(?:ber)?(?:usia|umur)(?:nya|ku)?\s(?:[^\W\d]{1,12}\s){0,2}$")
_NAMES_BEFORE = ("rp", "trombosit", "dosis", "suhu", "demam", "panas", "fever")  #: words without which `_BEFORE` matches nowhere
_ONES_SPELT = spelt(sorted(_ONES, key=len, reverse=True))  # "sixty" before "six", with which it begins
_NAMES_SPELT, _TO_SPELT = spelt(_NAMES_BEFORE), spelt(["sampai", "hingga", "s/d", "to"])
_FOLLOW_SPELT = spelt([*{word.split("_")[0] for word in _UNITS if word[0].isalpha()}, *_SCALES, *_TENS, *_ONES, "f", "an"])
_WORDS = (_ONES_SPELT, _NAMES_SPELT, _FOLLOW_SPELT, _TO_SPELT)


def numbers(texts: Sequence[str]) -> list[list[Number]]:
    """The numbers of each text in the order in which they stand; a range gives its two ends. Linear in the length of a text."""
    found: list[list[Number]] = []
    for some in runs(texts):
        read = written_whole(texts[some])
        found += numbers_of(texts[some], read, marks_of(read))
    return found


def numbers_of(texts: Sequence[str], read: Written, marked: Marks) -> list[list[Number]]:
    """The same of texts that have been read, with their `marks`."""
    long = np.flatnonzero((sizes(read) > READ_AT_MOST) | (marked & ODD > 0)).tolist()  # a letter may become two
    read = spliced(read, long, [_lowered(texts[row]) for row in long])
    places, ends, named = np.empty(len(read.codes), np.int32), np.zeros(len(texts) + 1, np.int64), np.zeros(len(texts), np.bool_)
    _beginnings(read.codes, read.starts, kinds(), _WORDS, places, ends, named)
    found: list[list[Number]] = [[] for _ in range(len(texts))]
    for row in np.flatnonzero((ends[1:] > ends[:-1]) | named).tolist():
        found[row] = _numbers(_lowered(texts[row]), places[ends[row] : ends[row + 1]].tolist(), bool(named[row]))
    return found


def _lowered(text: str) -> str:
    return text[:READ_AT_MOST].lower()


def _numbers(text: str, starts: Sequence[int], named: bool) -> list[Number]:
    """The numbers of a text where one may begin at `starts`, and whether it holds a word of `_NAMES_BEFORE`."""
    before = [match for match in _BEFORE.finditer(text) if _names(match, text)] if named else []
    found: list[tuple[int, list[Number]]] = [(match.start("value"), _named_before(match)) for match in before]
    taken = iter([match.span("value") for match in before])
    first, last = next(taken, _NOWHERE)
    for match in _matches(text, starts):
        start, end = match.span("value")
        while last <= start:
            first, last = next(taken, _NOWHERE)
        if first >= end and not _is_year(match, text):
            found.append((start, list(_named_after(match, text))))
    return [number for _, some in sorted(found, key=lambda one: one[0]) for number in some]


_NOWHERE = (READ_AT_MOST * 4, READ_AT_MOST * 4)  # beyond the end of a text


def _matches(text: str, starts: Sequence[int]) -> Iterator[re.Match[str]]:
    """What `_AFTER.finditer` gives, tried only where a number may begin: five times as fast."""
    done = 0
    for start in starts:
        if start >= done and (match := _AFTER.match(text, start)):
            done = match.end()
            yield match


@njit(cache=True, nogil=True)
def _end_of_digits(codes: Codes, kind: Kinds, at: int) -> int:
    """The end of the digits, full stops and commas from `at` on."""
    while kind[codes[at]] & DIGIT or codes[at] == 46 or codes[at] == 44:
        at += 1
    return at


@njit(cache=True, nogil=True)
def _goes_on(codes: Codes, kind: Kinds, at: int, follow: Words, to: Words) -> bool:
    """Whether what follows a number may be its unit or scale, or the sign or word before the other end of a range."""
    if kind[codes[at]] & SPACE:
        at += 1
    code = codes[at]
    if code == 37 or code == 45 or code == 0xB0 or code == 0x2013 or code == 0x2103:  # % - ° – ℃
        return True
    if not kind[code] & WORD:
        return False
    small = lower(code)
    for row in range(len(follow)):
        end = after(codes, at, follow[row]) if follow[row, 0] == small else 0
        if end and not kind[codes[end]] & WORD:
            return True
    return after_any(codes, at, to) > 0


@njit(cache=True, nogil=True)
def _beginnings(
    codes: Codes, starts: Places, kind: Kinds, words: tuple[Words, Words, Words, Words], places: NDArray[np.int32], ends: Places,
    named: NDArray[np.bool_],
) -> None:  # fmt: skip
    """Where a number with a unit may begin in each text, as digits or as a word, with nothing before it that binds; linear in the letters.

    words: numbers as words, those of `_NAMES_BEFORE`, what may follow a number, and what stands between the two ends of a range.
    places and ends (texts + 1,) are written; so is `named`, true where a text with a digit holds one of `_NAMES_BEFORE`.
    """
    out = 0
    ones, names, follow, to = words
    begins = np.zeros((128, 128), np.bool_)  # two letters with which one of `ones` or `names` begins
    for some in (ones, names):
        for row in range(len(some)):
            begins[some[row, 0], some[row, 1]] = True
    for text in range(len(named)):
        digit, name, before = False, False, 0
        for at in range(starts[text], starts[text + 1] - 1):
            code = codes[at]
            bits = kind[code]
            if bits & DIGIT:
                digit = True
                if not before & BINDS and _goes_on(codes, kind, _end_of_digits(codes, kind, at), follow, to):
                    places[out] = at - starts[text]
                    out += 1
            elif bits & WORD and not before & WORD and begins[lower(code) & 127, lower(codes[at + 1]) & 127]:
                end = 0 if before & BINDS else after_any(codes, at, ones)
                if end and (kind[codes[end]] & SPACE or codes[end] == 45) and _goes_on(codes, kind, end, follow, to):
                    places[out] = at - starts[text]
                    out += 1
                elif not name:
                    name = after_any(codes, at, names) > 0
            before = bits
        ends[text + 1] = out
        named[text] = digit and name


def _names(match: re.Match[str], text: str) -> bool:
    """Whether the word before a number names its unit; "demam" does of what a body may have, where no unit follows."""
    low, high = _FEVER
    may = low <= _value(match["value"]) <= high and not match["scale"]
    return not match["fever"] or (may and _AFTER.match(text, match.start("value")) is None)


def _is_year(match: re.Match[str], text: str) -> bool:
    """Whether a number is the year that a word before it announces: "tahun 2024 kasus naik" counts no cases."""
    start = match.start("value")
    return (
        _YEAR.fullmatch(match["value"]) is not None and _AFTER_YEAR_WORD.search(text, max(0, start - _YEAR_WORD_AT_MOST), start) is not None
    )


_UNIT_OF = {"rupiah": "IDR", "platelet": "platelet", "dose": "dose", "celsius": "celsius", "fever": "celsius"}


def _named_before(match: re.Match[str]) -> list[Number]:
    """ "Rp 150.000", "trombosit 17 ribu", "dosis ke-2", "suhu 38,5", "demam 39,5"."""
    unit = next(unit for name, unit in _UNIT_OF.items() if match[name])
    return [(_value(match["value"]) * _scale(match["scale"]), unit, "")]


def _named_after(match: re.Match[str], text: str) -> Iterator[Number]:
    if match["hot"] and not _FAHRENHEIT[0] <= _value(match["value"]) <= _FAHRENHEIT[1]:
        return
    sign = match["sign"] or match["hot"]
    unit = _SIGNS.get(sign[-1], "celsius") if sign else _UNITS["_".join(match["unit"].split())]
    what = match["what"] or ""
    if unit == "year" and (match["old"] or _AGED.search(text, max(0, match.start() - 40), match.start())):
        what = "age"
    elif what in _EMPTY or what in _SCALES or unit in _MEASURES or _UNITS.get(what, "death") != "death":
        what = ""
    low, high = match["value"], match["top"]
    yield _value(low) * _scale(match["scale"] or match["topscale"] or ""), unit, what
    if high:
        yield _value(high) * _scale(match["topscale"] or ""), unit, what


_SIGNS = {"%": "percent", "f": "fahrenheit"}
_MEASURES = frozenset(
    "year month week day hour minute mg mcg g kg ml litre IU cm km celsius fahrenheit percent IDR tablet time death".split()
)


def _scale(word: str) -> float:
    return _SCALES.get(word.strip(), 1.0)


def _value(written: str) -> float:
    """The value of digits, or of number words."""
    if written[0].isdigit():
        return _digits(written)
    total = below = last = 0  # below a thousand; the last digit word
    for word in written.replace("-", " ").split():
        if word in _POWERS:
            total, below = total + below * _POWERS[word], 0
        elif word in _TENS:
            below += 10 if word == "belas" else last * (9 if word == "puluh" else 99)  # the digit itself has been added
        elif word in _ONES:
            below, last = below + _ONES[word], _ONES[word]
    return float(total + below)


def _digits(written: str) -> float:
    """Groups of three digits are thousands, whichever sign parts them; one or two digits at the end are decimals."""
    whole, sign, rest = written.rpartition(",")
    if not sign:
        whole, sign, rest = written.rpartition(".")
    if sign and len(rest) < 3:
        return float(f"{whole.replace('.', '').replace(',', '')}.{rest}")
    return float(written.replace(".", "").replace(",", ""))

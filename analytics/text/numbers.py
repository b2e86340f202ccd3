"""Numbers that a post gives, with their unit and what they count: "47 kasus DBD" is 47, case, dbd.

Only a number with a unit is told: dates, clock times, telephone and house numbers, scores and versions have none. Indonesian and English;
"1.234" and "1,234" are both one thousand two hundred and thirty-four, "2,5" and "2.5" both two and a half. Number words up to the
hundreds of thousands are read ("dua belas", "tiga puluh"); vague ones ("ratusan") are not numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from analytics.text.normalise import READ_AT_MOST

Number = tuple[float, str, str]  #: value, unit, what it counts ("" where that is not said)

_UNITS: Mapping[str, str] = {
    word: unit
    for unit, words in {
        "case": "kasus case cases",
        "death": "meninggal tewas wafat kematian korban_jiwa death deaths died dead",
        "person": "orang warga jiwa penduduk korban people persons person residents",
        "child": "anak balita bayi children child kids babies toddlers",
        "student": "siswa pelajar santri murid mahasiswa students pupils",
        "patient": "pasien penderita patients patient",
        "year": "tahun thn th taun years year yrs yr",
        "month": "bulan bln months month",
        "week": "minggu pekan mgg weeks week",
        "day": "hari hr days day",
        "hour": "jam hours hour hrs",
        "minute": "menit mnt minutes minute mins min",
        "mg": "mg", "mcg": "mcg", "g": "gram gr g", "kg": "kg kilo kilogram", "ml": "ml cc",
        "litre": "liter litre litres liters l", "IU": "iu", "cm": "cm", "km": "km kilometer",
        "celsius": "°c c derajat celcius celsius ℃ °",
        "percent": "% persen percent",
        "IDR": "rupiah",
        "dose": "dosis dose doses",
        "tablet": "tablet tablets pil butir kapsul kaplet pills capsules",
        "vial": "vial vials ampul", "bag": "kantong kantung bags", "bed": "tempat_tidur beds", "sample": "sampel samples",
        "time": "kali x times",
    }.items()
    for word in words.split()
}  # fmt: skip
_SCALES = {"ribu": 1e3, "rb": 1e3, "juta": 1e6, "jt": 1e6, "miliar": 1e9, "milyar": 1e9, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_ONES = {
    "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8, "sembilan": 9, "sepuluh": 10,
    "sebelas": 11, "seratus": 100, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_TENS = {"belas": (1, 10), "puluh": (10, 0), "ratus": (100, 0)}  #: factor, added
#: Words after a unit that name nothing.
_EMPTY = frozenset(
    "baru di ke dari yang yg dan atau per tiap setiap pada untuk dengan dgn karena krn akibat selama hingga sampai sejak dalam sudah "
    "udah telah  ini itu lagi lalu tadi hari bulan tahun minggu sehari seminggu setelah sebelum sebesar dibanding pekan dunia tak "
    "tidak masih juga  saja aja jenis dibutuhkan suntik nya nationwide reported delivered of in for the a and with after since per "
    "from were was are is".split()
)

_DIGITS = r"\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?|\d{1,3}(?:,\d{3})+|\d{1,9}(?:[.,]\d{1,2})?"
_SPELT = rf"(?:{'|'.join(_ONES)})(?:\s(?:{'|'.join(_TENS)}))?"
_SCALE = rf"(?:\s?(?:{'|'.join(_SCALES)})\b)?"
_UNIT = "|".join(re.escape(word).replace("_", r"\s") for word in sorted(_UNITS, key=len, reverse=True) if word[0].isalpha())
_VALUE = rf"(?:{_DIGITS})"
_AFTER = re.compile(
    rf"(?<![\w.,/:+°-])(?P<value>{_VALUE}|(?:{_SPELT})(?=\s))(?P<scale>{_SCALE})"
    rf"(?:\s?(?:-|–|sampai|hingga|s/d|to)\s?(?P<top>{_VALUE})(?P<topscale>{_SCALE}))?"
    rf"(?:\s?(?P<sign>%|°\s?c?|℃)|[\s-]?(?P<unit>{_UNIT})\b)(?P<old>-old|\sold)?(?:\s(?P<what>[^\W\d_]{{3,30}}))?",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    rf"\b(?:(?P<rupiah>rp\.?)\s?|(?P<platelet>trombosit(?:nya|ku)?)\s(?:[^\W\d]{{1,12}}\s){{0,2}}?|(?P<dose>dosis)\s(?:ke\s?-?\s?)?"
    rf"|(?P<celsius>suhu)\s(?:[^\W\d]{{1,12}}\s){{0,2}}?)(?P<value>{_DIGITS})(?P<scale>{_SCALE})(?![\w/:]|[.,]\d)",
    re.IGNORECASE,
)
_AGED = re.compile(r"\b(?:ber)?(?:usia|umur)(?:nya|ku)?\s(?:[^\W\d]{1,12}\s){0,2}$", re.IGNORECASE)
_DIGIT_RUN = re.compile(r"\d+")
_NUMBER_WORD = re.compile("|".join(_ONES))
_NAMES_BEFORE = ("rp", "trombosit", "dosis", "suhu")  #: words without which `_BEFORE` matches nowhere


def numbers(texts: Sequence[str]) -> list[list[Number]]:
    """The numbers of each text in the order in which they stand; a range gives its two ends. Linear in the length of a text."""
    return [_numbers(text[:READ_AT_MOST]) for text in texts]


def _numbers(text: str) -> list[Number]:
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter such as İ became two, and places would shift
        text = lowered
    digits = [run.start() for run in _DIGIT_RUN.finditer(text)]
    starts = digits + [word.start() for word in _NUMBER_WORD.finditer(lowered)]
    if not starts:
        return []
    found: list[tuple[int, int, list[Number]]] = []
    if digits and any(name in lowered for name in _NAMES_BEFORE):
        found += [(*match.span("value"), _named_before(match)) for match in _BEFORE.finditer(text)]
    taken = [(start, end) for start, end, _ in found]
    for match in _matches(text, sorted(starts)):
        start, end = match.span("value")
        if not any(start < last and first < end for first, last in taken):
            found.append((start, end, list(_named_after(match, text))))
    return [number for _, _, some in sorted(found, key=lambda one: one[0]) for number in some]


def _matches(text: str, starts: Sequence[int]) -> Iterator[re.Match[str]]:
    """What `_AFTER.finditer` gives, tried only where a number may begin: five times as fast."""
    done = 0
    for start in starts:
        if start >= done and (match := _AFTER.match(text, start)):
            done = match.end()
            yield match


def _named_before(match: re.Match[str]) -> list[Number]:
    """ "Rp 150.000", "trombosit 17 ribu", "dosis ke-2", "suhu 38,5"."""
    unit = next(name for name in ("rupiah", "platelet", "dose", "celsius") if match[name])
    return [(_value(match["value"]) * _scale(match["scale"]), "IDR" if unit == "rupiah" else unit, "")]


def _named_after(match: re.Match[str], text: str) -> Iterator[Number]:
    sign = (match["sign"] or "").lower()
    unit = ("percent" if sign == "%" else "celsius") if sign else _UNITS["_".join(match["unit"].lower().split())]
    what = (match["what"] or "").lower()
    if unit == "year" and (match["old"] or _AGED.search(text, max(0, match.start() - 40), match.start())):
        what = "age"
    elif what in _EMPTY or what in _SCALES or unit in _MEASURES or _UNITS.get(what, "death") != "death":
        what = ""
    low, high = match["value"], match["top"]
    yield _value(low) * _scale(match["scale"] or match["topscale"] or ""), unit, what
    if high:
        yield _value(high) * _scale(match["topscale"] or ""), unit, what


_MEASURES = frozenset("year month week day hour minute mg mcg g kg ml litre IU cm km celsius percent IDR tablet time death".split())


def _scale(word: str) -> float:
    return _SCALES.get(word.strip().lower(), 1.0)


def _value(written: str) -> float:
    """The value of digits, or of one or two number words."""
    if written[0].isdigit():
        return _digits(written)
    first, *tens = written.lower().split()
    factor, added = _TENS[tens[0]] if tens else (1, 0)
    return float(_ONES[first] * factor + added)


def _digits(written: str) -> float:
    """Groups of three digits are thousands, whichever sign parts them; one or two digits at the end are decimals."""
    whole, sign, rest = written.rpartition(",")
    if not sign:
        whole, sign, rest = written.rpartition(".")
    if sign and len(rest) < 3:
        return float(f"{whole.replace('.', '').replace(',', '')}.{rest}")
    return float(written.replace(".", "").replace(",", ""))

"""Which place each shape of a foreign file is: by the codes and names in its properties, under the headings that common files use.

Known are the codes of the Ministry of Home Affairs (Kemendagri), of BPS (also as the P-codes of OCHA), ISO 3166-1 and 3166-2, and the names
of places with their short forms. The headings are those of GADM, geoBoundaries, OCHA, BIG, Natural Earth and of tables of one's own. What
two readings share is taken; a code and a name that contradict each other are not.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Literal

from analytics.geo import Place, gazetteer
from analytics.geo.geojson import Shape
from analytics.geo.names import is_city, names

Level = Literal["province", "regency", "country"]

#: Headings in lower case without signs. The codes of a regency come before those of its province.
_KEMENDAGRI: Final = ("placecode", "kemendagri", "kodekemendagri", "kodedagri", "kdpkab", "kdppum")
_BPS: Final = ("bps", "kodebps", "bpscode", "kdbps", "adm2pcode", "adm1pcode", "admpcode")
_CODE: Final = ("kodekabkota", "kodekab", "kodekabupaten", "kdkab", "kodewilayah", "kode", "code", "kodeprovinsi", "kodeprov", "kdprov")
_ISO: Final = ("iso31662", "iso1", "shapeiso", "isoa2eh", "isoa2", "iso31661alpha2", "wba2", "iso", "isocode")
_WEAK: Final = ("id", "fid", "objectid", "shapeid")  #: often just a number of the row
_REGENCY: Final = ("name2", "wadmkk", "adm2en", "adm2id", "adm2name", "kabkota", "kabkot", "kabupatenkota", "kotakab", "kabupaten",
                   "namakab", "namakabkota", "regency")  # fmt: skip
_PROVINCE: Final = ("name1", "wadmpr", "adm1en", "adm1id", "adm1name", "provinsi", "propinsi", "province", "namaprov", "namaprovinsi",
                    "prov")  # fmt: skip
_NAME: Final = ("name", "nama", "shapename", "placename", "namobj", "wilayah", "nameid", "nameen", "namelong", "admin", "country",
                "negara")  # fmt: skip
_KIND: Final = ("type2", "engtype2", "type", "jenis")

_SHORT: Final = {"kab": "kabupaten", "kep": "kepulauan", "adm": "", "administrasi": "", "provinsi": "", "propinsi": "", "prov": "",
                 "province": ""}  # fmt: skip
_NEAR: Final = 1.5  #: degrees around a shape in which the place's known position must lie; some positions are only roughly known


@dataclass
class Matched:
    """The shapes of each place, by code; a line for each feature that was left out."""

    found: dict[str, list[Shape]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reading:
    """What the properties of one shape may mean."""

    shape: Shape
    codes: frozenset[str]
    level: Level | None
    clash: str = ""  #: why a code and a name cannot both be right


def match(shapes: Sequence[Shape], level: Level | None = None, merge: bool = False) -> Matched:
    """The place of each shape. level: what the file holds, when it is known. merge: shapes of one place are its parts, else repetitions."""
    readings = [_read(shape, level) for shape in shapes]
    usual = level or _usual(readings)
    narrowed = [_narrow(one, usual) for one in readings]
    taken = {code for codes in narrowed if len(codes) == 1 for code in codes}
    made = Matched()
    for one, codes in zip(readings, narrowed, strict=True):
        left = codes - taken if len(codes) > 1 and len(codes - taken) == 1 else codes
        _enter(made, one, left, merge)
    return made


def _usual(readings: Iterable[Reading]) -> Level | None:
    """The level of most shapes that can be read in one way only, or whose headings name it."""
    levels = Counter(gazetteer()[next(iter(one.codes))].level if len(one.codes) == 1 else one.level for one in readings if one.codes)
    levels.pop(None, None)
    return levels.most_common(1)[0][0] if levels else None  # type: ignore[return-value]


def _narrow(one: Reading, usual: Level | None) -> frozenset[str]:
    """The readings that are left when the level and the position have spoken."""
    places = gazetteer()
    codes = one.codes
    if len(codes) > 1:
        codes = frozenset(code for code in codes if places[code].level == (one.level or usual)) or codes
    if len(codes) > 1:
        near = frozenset(code for code in codes if _lies_in(places[code], one.shape))
        codes = near if len(near) == 1 else codes
    return codes


def _enter(made: Matched, one: Reading, codes: frozenset[str], merge: bool) -> None:
    where = f"feature {one.shape.number}: {_shown(one.shape)}: "
    if one.clash or len(codes) != 1:
        made.wrong.append(where + (one.clash or _unclear(one, codes)))
        return
    (code,) = codes
    place = gazetteer()[code]
    if not _lies_in(place, one.shape):
        west, south, east, north = one.shape.box()
        made.wrong.append(f"{where}read as {_named(code)}, which lies elsewhere than {west:.1f}..{east:.1f} E, {south:.1f}..{north:.1f} N")
    elif code in made.found and not merge:
        made.wrong.append(f"{where}{_named(code)} again, after feature {made.found[code][0].number}; --merge puts parts together")
    else:
        made.found.setdefault(code, []).append(one.shape)


def _lies_in(place: Place, shape: Shape) -> bool:
    if place.lat is None or place.lon is None:
        return True
    west, south, east, north = shape.box()
    return west - _NEAR <= place.lon <= east + _NEAR and south - _NEAR <= place.lat <= north + _NEAR


# ------------------------------------------------------------------------------------------------------------ one shape


def _read(shape: Shape, level: Level | None) -> Reading:
    given = {re.sub(r"[^a-z0-9]", "", str(key).lower()): _text(value) for key, value in shape.properties.items()}
    regency, province = _first(given, _REGENCY), _first(given, _PROVINCE)
    own: Level | None = level or ("regency" if regency else "province" if province else None)
    coded = _coded(given, own)
    named = _names_of(given, own, regency, province)
    weak = frozenset() if coded or named else _any(given, _WEAK, "either")
    if coded and named and not coded & named:
        clash = f"its code says {_perhaps(coded)}, its name {_perhaps(named)}"
        return Reading(shape, frozenset(), own, clash)
    codes = (coded & named) or coded or named or weak
    if level is not None:
        codes = frozenset(code for code in codes if gazetteer()[code].level == level)
    return Reading(shape, codes, own)


def _text(value: Any) -> str:
    """A property as text; 31.0 is 31, and 31.7 the 31.70 that it was before a program took it for a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.2f}"
    text = " ".join(str(value).split())[:200]
    return "" if text.lower() in ("", "null", "none", "na", "n/a", "-99") else text


def _first(given: Mapping[str, str], keys: Iterable[str]) -> str:
    return next((given[key] for key in keys if given.get(key)), "")


def _coded(given: Mapping[str, str], own: Level | None) -> frozenset[str]:
    """What the codes say; a file of regencies repeats the code of the province, which says less."""
    for keys, kind in ((_KEMENDAGRI, "kemendagri"), (_BPS, "bps"), (_CODE, "either"), (_ISO, "either")):
        for key in keys:
            codes = read_code(given.get(key, ""), kind)
            if own == "regency":
                codes = frozenset(code for code in codes if gazetteer()[code].level == "regency")
            if codes:
                return codes
    return frozenset()


def _any(given: Mapping[str, str], keys: Iterable[str], kind: str) -> frozenset[str]:
    return next((codes for key in keys if (codes := read_code(given.get(key, ""), kind))), frozenset())


def read_code(text: str, kind: str) -> frozenset[str]:
    """The places that a code may mean. kind: "kemendagri", "bps", or "either", which is open where the two tables differ."""
    bare = text.strip().upper()
    if match := re.fullmatch(r"ID(\d{2}|\d{4})", bare, re.ASCII):  # OCHA's P-codes are those of BPS
        return read_code(match[1], "bps")
    if re.fullmatch(r"\d{2}\.?00", bare, re.ASCII):
        bare = bare[:2]
    places, found = gazetteer(), set[str]()
    if re.fullmatch(r"\d{2}\.\d{2}", bare, re.ASCII):
        found = {bare}
    elif re.fullmatch(r"\d{4}|\d{2}", bare, re.ASCII):
        own = {f"{bare[:2]}.{bare[2:]}"} if len(bare) == 4 else {bare}
        other = _by_bps().get(bare)
        found = {"kemendagri": own, "bps": {other} if other else own}.get(kind, own | ({other} if other else set()))
    elif re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", bare, re.ASCII):
        found = set(_by_iso().get(bare, ()))
    elif re.fullmatch(r"[A-Z]{2}", bare, re.ASCII):
        found = {bare}
    return frozenset(code for code in found if code in places)


@cache
def _by_bps() -> Mapping[str, str]:
    return {place.bps: code for code, place in gazetteer().items() if place.bps}


@cache
def _by_iso() -> Mapping[str, tuple[str, ...]]:
    return {place.iso_3166_2: (code,) for code, place in gazetteer().items() if place.iso_3166_2}


def _names_of(given: Mapping[str, str], own: Level | None, regency: str, province: str) -> frozenset[str]:
    """What the names say: the first that is known; a regency lies in its province, and its kind tells a city from a regency."""
    wanted = [regency, *(given.get(key, "") for key in _NAME)] if own == "regency" else [*(given.get(key, "") for key in _NAME), province]
    if own == "province":
        wanted = [province, *wanted]
    codes = next((found for name in wanted if name and (found := read_name(name))), frozenset())
    if own in ("regency", "province"):
        codes = frozenset(code for code in codes if gazetteer()[code].level == own) or codes
    inside = read_name(province) if own == "regency" and province else frozenset()
    codes = frozenset(code for code in codes if gazetteer()[code].parent in inside) or codes
    kind = _first(given, _KIND).casefold()
    if kind in ("kota", "city", "kotamadya", "municipality", "kabupaten", "regency"):
        city = kind not in ("kabupaten", "regency")
        codes = frozenset(code for code in codes if gazetteer()[code].level != "regency" or is_city(code) == city) or codes
    return codes


def read_name(name: str) -> frozenset[str]:
    """The places that bear a name, whatever its spaces, signs and capitals: Kab. BOGOR, JawaBarat, Kota Adm. Jakarta Barat, DKI."""
    return _by_name().get(_key(name), frozenset())


def _key(name: str) -> str:
    words = re.findall(r"[^\W_]+", name.casefold())
    kind = {"city": "kota", "regency": "kabupaten"}.get(words[-1] if len(words) > 1 else "")
    words = [kind, *words[:-1]] if kind else words
    return "".join(_SHORT.get(word, word) for word in words)


@cache
def _by_name() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for written, code in _written():
        found.setdefault(_key(written), set()).add(code)
    return {key: frozenset(codes) for key, codes in found.items() if key}


def _written() -> Iterator[tuple[str, str]]:
    for code, place in gazetteer().items():
        for name in {place.name, place.name_en} - {""}:
            yield name, code
            if place.level == "regency":
                yield re.sub(r"^(Kabupaten|Kota) ", "", name), code
    for alias in names():
        for reading in alias.readings:
            if len(reading) == 1:
                yield alias.words, reading[0]


# -------------------------------------------------------------------------------------------------------------- messages


def _named(code: str) -> str:
    return f"{gazetteer()[code].name} ({code})"


def _perhaps(codes: Iterable[str]) -> str:
    return " or ".join(_named(code) for code in sorted(codes)[:3])


def _shown(shape: Shape) -> str:
    """The properties that might name the shape, cut short; what a terminal could take for orders is escaped."""
    wanted = {*_KEMENDAGRI, *_BPS, *_CODE, *_ISO, *_REGENCY, *_PROVINCE, *_NAME, *_WEAK}
    shown = [
        f"{key}={_text(value)[:40]!a}"
        for key, value in shape.properties.items()
        if re.sub(r"[^a-z0-9]", "", str(key).lower()) in wanted and _text(value)
    ]
    return ", ".join(f"{text[:70]}" for text in shown[:3]) or "without a code or a name"


def _unclear(one: Reading, codes: frozenset[str]) -> str:
    if codes:
        return f"not clear; {_perhaps(codes)}? Give it a code"
    given = [_text(value) for value in one.shape.properties.values()]
    near = [code for name in given if name for code in _near(name)]
    return f"no place of ours; {_perhaps(dict.fromkeys(near))}? Give it a code" if near else "no place of ours"


def _near(name: str) -> list[str]:
    close = difflib.get_close_matches(_key(name), _by_name(), 2, 0.8) if len(name) <= 60 else []
    return [code for match in close for code in sorted(_by_name()[match])[:2]]

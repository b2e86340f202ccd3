"""How the demo's people write: a grammar of phrases, and the dirt of real posts (slang, stretched letters, emoji, tags, links)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, TypeVar

from ingest.demodata.epidemiology import HERE, NOISE, TOPICS

T = TypeVar("T")
_SENTENCE = re.compile(r"^\w|(?<=[.:!] )[a-z]")
Line = tuple[str, ...]  #: literals at even places, names of slots at odd ones

_SLANG = {
    "tidak": ("gak", "gk", "ga", "nggak", "ngga"), "nggak": ("gk", "ga", "gak"), "banget": ("bgt", "bgtt", "bangett"), "yang": ("yg",),
    "sudah": ("udh", "udah", "sdh"), "dengan": ("dgn",), "karena": ("krn", "gegara"), "tolong": ("tlg",), "gimana": ("gmn",),
    "bagaimana": ("gmn",), "kenapa": ("knp", "napa"), "saya": ("sy", "gw", "gue", "aku"), "untuk": ("utk", "buat"), "dari": ("dr",),
    "orang": ("org",), "juga": ("jg",), "tapi": ("tp",), "kalau": ("klo", "kalo"), "hari": ("hr",), "kemarin": ("kmrn", "kemaren"),
    "masih": ("msh",), "belum": ("blm", "belom"), "sama": ("sm",), "bisa": ("bs",), "dokter": ("dok", "dokter"), "semua": ("smua",),
    "rumah": ("rmh",), "sakit": ("skit", "sakit"), "terima": ("trima",), "jangan": ("jgn",), "apa": ("ap", "apa"), "sekali": ("skli",),
    "habis": ("abis",), "tahu": ("tau",), "punya": ("pny",), "lagi": ("lg",), "bulan": ("bln",), "sampai": ("smp", "ampe"), "pada": ("pd",),
    "dalam": ("dlm",), "dapat": ("dpt",), "saja": ("aja",), "akhirnya": ("akhirny",), "terus": ("trs",), "begini": ("gini",),
    "mau": ("mo",),
}  # fmt: skip
_STRETCH = {
    "banget": "bangettt",
    "tolong": "tolooong",
    "parah": "parahhh",
    "takut": "takuttt",
    "ya": "yaaa",
    "lagi": "lagiii",
    "sedih": "sediiih",
}
_EMOJI = {
    "personal": ["😭", "😢", "🥲", "🤒", "🙏", "😔", "🤧", "💔"], "question": ["🙏", "🤔", "😅", "🥺", "❓"],
    "complaint": ["😡", "🤬", "😤", "🙄", "👎", "🤦"],
    "thanks": ["🙏", "❤️", "😍", "🥰", "👍", "😊"],
    "info": ["📢", "✅", "💪", "‼️", "🏥"], "noise": ["😂", "🤣", "😆", "😎", "🔥"],
}  # fmt: skip
_CLOSING = ("wkwk", "huhu", "hiks", "deh", "nih", "guys", "plis", "gaes", "lur", "bun", "min", "heuheu", "yaa", "btw", "cmiiw")
_HANDLES = ("warga", "emak", "anakrantau", "kopi", "senja", "hujan", "bundo", "arek", "mamah", "petani", "langit", "rakyat", "kucing")
_CAMPAIGN_TAGS = ("#PINPolio", "#SubPINPolio", "#BebasPolio")
_OUTLETS = ("Kabar Contoh", "Warta Peraga", "Harian Rekaan", "Suara Contoh", "Lensa Peraga", "Pos Rekaan")


class Dice(Random):
    """A seeded Random whose choice is several times faster than `Random.choice`; a demo throws millions."""

    def pick(self, items: Sequence[T]) -> T:
        return items[int(self.random() * len(items))]


@dataclass(frozen=True, slots=True)
class Said:
    """What a post is about, as the grammar needs it. place: as people write it, or empty; kind: personal, question, complaint ..."""

    topic: str
    place: str
    kind: str
    language: str = "id"


@dataclass(frozen=True, slots=True)
class Book:
    """The phrases of all languages, cut at their slots. lines: (language, topic, kind) -> lines."""

    lines: Mapping[tuple[str, str, str], Sequence[Line]]
    slots: Mapping[str, Mapping[str, Sequence[str]]]
    terms: Mapping[tuple[str, str], Sequence[str]]
    signs: Mapping[str, Sequence[str]]
    tags: Mapping[str, Sequence[str]]
    at: Mapping[str, str]
    stories: Mapping[str, Any]


def cut(text: str) -> Line:
    """Cut "a {b} c" into ("a ", "b", " c")."""
    return tuple(re.split(r"\{(\w+)\}", text))


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text("utf-8"))


@cache
def book() -> Book:
    """Read the phrase files once."""
    home, other, stories = _read("id.toml"), _read("other.toml"), _read("stories.toml")
    codes = [topic.code for topic in TOPICS if topic.code != NOISE]
    lines = {("id", code, kind): own for code in codes for kind, own in _topic_lines(home, code).items()}
    for name, data in other.items():
        lines |= {(name, code, ""): [cut(line) for line in data["any" if home["topics"][code].get("group") else "lines"]] for code in codes}
    lines["id", NOISE, NOISE] = [cut(line) for line in stories["noise"]["lines"]]
    lines |= {("id", "campaign", kind): [cut(line) for line in own] for kind, own in stories["campaign"].items()}
    slots = {"id": home["slots"]} | {
        name: home["slots"] | {key: data[key] for key in ("kin", "fac", "sign")} for name, data in other.items()
    }
    terms = {("id", code): home["topics"][code]["terms"] for code in codes}
    terms |= {("en", code): own for code, own in other["en"]["terms"].items()}
    topics = home["topics"]
    signs, tags = ({code: topics[code][key] for code in codes} for key in ("signs", "tags"))
    return Book(lines, slots, terms, signs, tags, {"id": " di "} | {name: data["at"] for name, data in other.items()}, stories)


def _topic_lines(home: dict[str, Any], code: str) -> dict[str, list[Line]]:
    """The topic's own lines, twice as likely as the general ones that fit a disease; only a disease takes those."""
    own = home["topics"][code].get("lines", {})
    general = {} if home["topics"][code].get("group") else home["lines"]
    lines = {
        kind: [cut(line) for line in [*own.get(kind, []), *own.get(kind, []), *general.get(kind, [])]]
        for kind in own.keys() | general.keys()
    }
    fallback = next(lines[kind] for kind in ("personal", "question", "news") if lines.get(kind))
    kinds = ("personal", "question", "complaint", "info", "thanks", "news", "outbreak", "outbreak_news")
    return {kind: lines.get(kind) or lines.get("news" if kind == "outbreak_news" else "personal") or fallback for kind in kinds}


def say(said: Said, rng: Dice) -> str:
    """One sentence or two on what is said, in clean spelling."""
    pages = book()
    lines = pages.lines.get((said.language, said.topic, said.kind)) or pages.lines[said.language, said.topic, ""]
    line = rng.pick(lines)
    while not said.place and "tempat" in line[1::2]:
        line = rng.pick(lines)
    slots = pages.slots[said.language]
    parts = list(line)
    for at in range(1, len(parts), 2):
        parts[at] = _fill(parts[at], said, slots, rng)
    text = "".join(parts)
    return _SENTENCE.sub(lambda found: found[0].upper(), text)


def _fill(slot: str, said: Said, slots: Mapping[str, Sequence[str]], rng: Dice) -> str:
    if slot in slots:
        return rng.pick(slots[slot])
    pages = book()
    if slot == "di":
        return f"{pages.at[said.language]}{said.place}" if said.place else ""
    if slot == "term":
        return rng.pick(pages.terms.get((said.language, said.topic)) or pages.terms["id", said.topic])
    if slot == "sign":
        return rng.pick(pages.signs[said.topic])
    if slot == "n":
        return str(2 + int(rng.random() ** 2 * 28))
    return said.place if slot == "tempat" else rng.pick(_CAMPAIGN_TAGS)


def handle(rng: Dice) -> str:
    """An invented account name."""
    return f"{rng.pick(_HANDLES)}_{int(rng.random() ** 2 * 400)}"


def outlet(rng: Dice) -> str:
    """An invented news outlet."""
    return rng.pick(_OUTLETS)


def dirty(text: str, said: Said, rng: Dice) -> str:
    """Write a clean sentence as people do on social media."""
    if rng.random() < 0.6:
        text = text[0].lower() + text[1:] if rng.random() < 0.5 else text.lower()
    if said.language == "id" and rng.random() < 0.6:
        text = _slang(text, rng)
    if rng.random() < 0.2:
        text = f"{text} {rng.pick(_CLOSING)}"
    if rng.random() < 0.35:
        text = f"{text} {rng.pick(_EMOJI.get(said.kind, _EMOJI['personal'])) * rng.pick((1, 1, 2, 3))}"
    if rng.random() < 0.18 and said.topic != NOISE:
        text = f"{text} {rng.pick(book().tags[said.topic])}"
    return _attach(text, rng)


def _slang(text: str, rng: Dice) -> str:
    share = rng.pick((0.4, 0.7, 1.0))
    return " ".join([_short(word, rng, share) for word in text.split(" ")])


def _short(word: str, rng: Dice, share: float) -> str:
    if word in _STRETCH and rng.random() < 0.1:
        return _STRETCH[word]
    return rng.pick(_SLANG[word]) if word in _SLANG and rng.random() < share else word


def _attach(text: str, rng: Dice) -> str:
    """Now and then a mention, a link, or what must be redacted at the door: invented numbers and addresses only."""
    draw = rng.random()
    if draw < 0.08:
        return f"@{handle(rng)} {text}"
    if draw < 0.14:
        return f"{text} https://tautan.example/{int(rng.random() * 1e9):x}"
    number = int(rng.random() * 10_000)
    if draw < 0.152:
        return f"{text}. Info hub {rng.pick(('0812-0000-', '+62 812-0000-', '08120000', '0899 0000 '))}{number:04d}"
    if draw < 0.158:
        return f"{text}. Email ke {handle(rng)}@example.com ya"
    return f"{text}. NIK 3204010101{number % 90 + 10}0000" if draw < 0.161 else text

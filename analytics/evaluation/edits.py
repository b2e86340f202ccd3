"""Copies as people make them, from a seed: posts edited, prefixed, cut short, quoted, with other hashtags, emoji and spelling.

And posts that look like copies and are none: the same form with other numbers or on another disease.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

_PREFIXES = (
    "RT @kabar_sehat: ",
    "Info dari grup sebelah: ",
    "BREAKING: ",
    "Copas dari teman, ",
    "Sebarkan! ",
    "Fwd: ",
    "Mohon dibaca sampai habis. ",
)
_SUFFIXES = (" Sebarkan ke keluarga.", " Semoga bermanfaat", " #viral #sebarkan", " 🙏🙏", " via grup WA", " https://contoh.test/a1")
_COMMENTS = ("ini beneran ga sih? ", "nah kan, udah dibilangin: ", "waspada ya semuanya -> ", "barusan dapat ini: ")
_TAGS = {"#sehat": "#healthy", "#vaksin": "#vaccine", "#dbd": "#dengue", "#covid19": "#corona"}
_FILLERS = ("banget", "ya", "nih", "sih", "juga", "memang", "katanya")


def _typo(text: str, rng: random.Random) -> str:
    """Two letters of two longer words change places."""
    words = text.split(" ")
    long = [number for number, word in enumerate(words) if len(word) > 4]
    for number in rng.sample(long, min(2, len(long))):
        word, at = words[number], rng.randrange(1, len(words[number]) - 2)
        words[number] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def _words_changed(text: str, rng: random.Random) -> str:
    """One word in twelve goes, one in twelve comes."""
    out = []
    for word in text.split(" "):
        draw = rng.random()
        if draw > 1 / 12:
            out.append(word)
        if draw > 11 / 12:
            out.append(rng.choice(_FILLERS))
    return " ".join(out)


def _lengthened(text: str, rng: random.Random) -> str:
    return " ".join(word + word[-1] * 3 if word.isalpha() and rng.random() < 0.15 else word for word in text.split(" "))


def _tagged(text: str, rng: random.Random) -> str:
    """Other hashtags at the end."""
    old, new = rng.choice(sorted(_TAGS.items()))
    return f"{text} {rng.choice((old, new))} #{rng.choice(_FILLERS)}{rng.randrange(9)}"


def signed(text: str, rng: random.Random) -> str:
    """The post with two Indonesian hashtags at its end, which a copy may carry translated."""
    return " ".join((text, *rng.sample(sorted(_TAGS), 2)))


def _translated(text: str, rng: random.Random) -> str:
    """Hashtags in English for Indonesian ones."""
    return " ".join(_TAGS.get(word, word) for word in text.split(" "))


def _cut(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    return " ".join(words[: max(6, round(len(words) * rng.uniform(0.6, 0.9)))]) + "…"


EDITS: Mapping[str, Callable[[str, random.Random], str]] = {
    "prefix": lambda text, rng: rng.choice(_PREFIXES) + text,
    "suffix": lambda text, rng: text + rng.choice(_SUFFIXES),
    "quoted with a comment": lambda text, rng: f'{rng.choice(_COMMENTS)}"{text}"',
    "typing errors": _typo,
    "words dropped and added": _words_changed,
    "letters lengthened": _lengthened,
    "hashtags": _tagged,
    "hashtags translated": _translated,
    "emoji and punctuation": lambda text, rng: "🚨 " + text.replace(".", "!").replace(",", " ") + rng.choice((" 😭😭", "!!!", " ❗")),
    "capitals": lambda text, rng: text.upper(),
    "cut short": _cut,
}

_NUMBER = re.compile(r"(?<![\w#@/.,:])\d{1,6}(?![\w/.,:])")
_DISEASES = ("dengue", "covid", "malaria", "campak", "polio", "difteri", "rabies", "kolera", "hepatitis", "leptospirosis")
_DISEASE = re.compile(r"\b(?:demam berdarah dengue|demam berdarah|dbd|covid|corona|" + "|".join(_DISEASES) + r")\b(?!-)", re.IGNORECASE)
_OF = {"demam berdarah dengue": "dengue", "demam berdarah": "dengue", "dbd": "dengue", "corona": "covid"}


def _other_numbers(text: str, rng: random.Random) -> str | None:
    """Every number another one; None where there is none."""
    if not _NUMBER.search(text):
        return None
    return _NUMBER.sub(lambda found: str(int(found[0]) + rng.randint(1, 40)), text)


def _other_disease(text: str, rng: random.Random) -> str | None:
    """One other disease in place of those that are named; None where none is."""
    named = {_OF.get(name.lower(), name.lower()) for name in _DISEASE.findall(text)}
    others = [name for name in _DISEASES if name not in named]
    return _DISEASE.sub(rng.choice(others), text) if named else None


OTHERS: Mapping[str, Callable[[str, random.Random], str | None]] = {
    "other numbers": _other_numbers,
    "other disease": _other_disease,
}

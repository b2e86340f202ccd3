"""Text as the classifiers see it: which pieces of a post are words, and what makes two posts the same text.

Classifiers read `split_words`; copies are found by `text_hash`; hashtags are listed by `hashtags`. All leave out what redaction put
in place of a person (`[phone]`, `[mention]` ...), so that a post gets the same labels whether or not it held an identity.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

PLACEHOLDERS = ("phone", "email", "nik", "bpjs", "mrn", "address", "mention")  #: what redaction writes, in square brackets
DATA_MARKERS = ("username", "url", "sensitive-no")  #: what public data sets write in the same way

#: Classifiers read no further into one text: its mood and language are clear long before, and a 1 MB post stays cheap.
READ_AT_MOST = 20_000

#: A text with fewer letters and digits than this has no text hash: "aamiin" a thousand times is no copied message.
HASH_AT_LEAST = 20

_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join(PLACEHOLDERS)})\]")
_LINK = re.compile(r"(?:https?://|www\.|pic\.twitter\.com/)[^\s<>\"]+")
_HANDLE = re.compile(r"@\w+")
_MARKER = re.compile(rf"\[(?:{'|'.join(PLACEHOLDERS + DATA_MARKERS)})\]")
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d{1,6});")
_REPOST = re.compile(r"\s*rt\s+(?:@\w+|\[mention\])\s*:?\s*")
_HASHTAG = re.compile(r"(?<![\w&/])[#＃](\w[\w\u0900-\u0dff\u0e00-\u0e7f]{0,99})")
_ANY_LINK = re.compile(r"(?:https?://|www\.|pic\.twitter\.com/)\S+", re.IGNORECASE)
_OWN_HANDLE = re.compile(r"(?<!\w)@\w+")
_BRACKETED = re.compile(r"\[[a-z-]{3,12}\]", re.IGNORECASE)
_ANY_MARK = re.compile("|".join(each.pattern for each in (_ANY_LINK, _OWN_HANDLE, _BRACKETED)), re.IGNORECASE)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")

# Written as ranges because one character class is five times as fast as an alternation: letters with the combining signs of Indic,
# Thai and Arabic script, which `\w` leaves out. A run is cut into pieces of 30, so that a script without spaces, or a megabyte of
# one letter, gives many short words and no long one.
_LETTER = (
    r"[a-z\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u060b\u060d-\u061a\u0620-\u065f\u066e-\u0963\u0966-\u1fff"
    r"\u2c00-\u2dff\u3105-\u312f\ua000-\ufdff\U00010000-\U0001efff\U00020000-\U000fffff]"
)
_WORD = re.compile(
    rf"{_LETTER}{{1,30}}"
    r"|\d[\d.,:/]{0,29}"  # a number of any form: 1.500.000, 12/05, 07:30
    r"|[\u3040-\u30ff\u3400-\u9fff]"  # kana and han, one by one
    r"|[!?]{1,3}|[.,;:()\"]{1,3}"  # punctuation, and with it :( and :)
    r"|[\u2190-\u2bff\u3030-\u303d\U0001f000-\U0001faff]"  # arrows, dingbats, emoji, one by one
)


def split_words(text: str) -> list[str]:
    """Cut a text into lower-case words, numbers, emoji and punctuation; links, handles and placeholders are left out."""
    text = text[:READ_AT_MOST]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _WORD.findall(_without_marks(text.lower()))


def _without_marks(text: str) -> str:
    """A lower-case text without links, handles, placeholders and HTML entities; each test first, because most texts have none."""
    if "://" in text or "www." in text or "pic.twitter" in text:
        text = _LINK.sub(" ", text)
    if "@" in text:
        text = _HANDLE.sub(" ", text)
    if "[" in text:
        text = _MARKER.sub(" ", text)
    if "&" in text:
        text = _ENTITY.sub(" ", text)
    return text


def without_placeholders(text: str) -> str:
    """The text with a space in place of each placeholder, for matchers of terms: "[address]" is no mention of an address."""
    return _PLACEHOLDER.sub(" ", text) if "[" in text else text


def without_links(text: str) -> str:
    """The text with a space in place of each link, handle and word in square brackets, for matchers of terms.

    Where only one kind can occur, only it is looked for: five times as fast as all three.
    """
    handle, bracket, link = "@" in text, "[" in text, "http" in text or "www." in text or "pic." in text
    if handle or bracket:
        lowered = text.lower()
        link = "http" in lowered or "www." in lowered or "pic." in lowered
    if handle + bracket + link > 1:
        return _ANY_MARK.sub(" ", text)
    if link:
        return _ANY_LINK.sub(" ", text)
    return _OWN_HANDLE.sub(" ", text) if handle else _BRACKETED.sub(" ", text) if bracket else text


def hashtags(text: str) -> list[str]:
    """Hashtags of a text in lower case without the sign, each once, in the order in which they come."""
    if "#" not in text and "＃" not in text:
        return []
    return list(dict.fromkeys(tag.lower() for tag in _HASHTAG.findall(text)))


def text_hash(text: str) -> int | None:
    """A 63-bit hash that is equal for copies of one text, or None where too little is left to call it a copy (`HASH_AT_LEAST`).

    What copying changes is left out: a leading "RT @name:", links, handles, placeholders, closing hashtags, punctuation, emoji,
    case and white space. Two different texts share a hash with a chance of 1 in 9e18 (BLAKE2b, 8 bytes).
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = _without_marks(_REPOST.sub(" ", plain, count=1) if _REPOST.match(plain) else plain)
    pieces = plain.split()
    while pieces and pieces[-1][0] == "#":
        pieces.pop()
    letters = _NOT_ALPHANUMERIC.sub(" ", " ".join(pieces)).strip()
    if len(letters) < HASH_AT_LEAST:
        return None
    return int.from_bytes(hashlib.blake2b(letters.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 1

"""The bytes of a feed, mended so that a parser need not stumble: one encoding, and only characters that XML allows."""

from __future__ import annotations

import re

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_CHARSET = re.compile(r"charset=[\"']?([A-Za-z0-9._-]{1,40})")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DOCTYPE = re.compile(r"<!doctype[^\[>]*(\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_START = re.compile(r"<!doctype|<(?![!?])", re.IGNORECASE)
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]{1,20})|([0-9]{1,20}));?")


def mended(content: bytes, content_type: str) -> bytes:
    """UTF-8, whatever it was: control characters dropped, references to characters that do not exist replaced by U+FFFD.

    A body that is valid UTF-8 is UTF-8, whatever charset a server adds to it by default; then what it declares itself counts, then
    `content_type`, then Windows-1252, which reads anything.
    """
    text = _without_doctype(_FORBIDDEN.sub("", _decoded(content, content_type)))
    return _REFERENCE.sub(_allowed, text).encode("utf-8")


def _without_doctype(text: str) -> str:
    """No feed needs a document type; it is where entities that grow without measure, or name files of ours, are declared."""
    start = _START.search(text)
    found = _DOCTYPE.match(text, start.start()) if start else None
    return text[: found.start()] + text[found.end() :] if found else text


def _decoded(content: bytes, content_type: str) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass  # the next guesses follow
    inside, outside = _DECLARED.search(content[:1000]), _CHARSET.search(content_type)
    for name in (inside[1].decode("ascii") if inside else "", outside[1] if outside else ""):
        if name and name.lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii", "ascii"):
            try:
                return str(content.decode(name, "replace"))
            except (LookupError, ValueError, TypeError, AttributeError):  # unknown, or no encoding of text (hex, idna)
                continue
    return content.decode("windows-1252", "replace")


def _allowed(reference: re.Match[str]) -> str:
    code = int(reference[1], 16) if reference[1] else int(reference[2])
    fine = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return reference[0] if fine else "&#xFFFD;"

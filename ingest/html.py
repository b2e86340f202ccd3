"""HTML to plain text: what a reader would see, with lines where a reader would see lines.

What arrives is hostile until shown otherwise. HTML's own rules let a small page grow without measure (formatting tags that are left
open are opened again in every paragraph, WHATWG HTML 13.2.4.3) and make deep nesting slow; both are headed off before parsing.
"""

from __future__ import annotations

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser, LexborNode

LONGEST = 100_000  #: characters of HTML that are read; the rest is cut
_DEEPEST = 1_000  #: tags left open at one place; beyond it tags are dropped without being understood

# Inline formatting says nothing about text, but its tags are the ones that are opened again: under another name they are harmless.
_FORMATTING = re.compile(r"<(/?)(a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]*)")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UNCLOSED = _words("area base br col embed hr img input link meta param source track wbr p li td tr th option dd dt")
_UNSEEN = _words(
    "script style template noscript head title iframe object embed applet svg math canvas audio video select datalist textarea button"
)
_BLOCK = _words(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2"
    " h3 h4 h5 h6 header hr html legend li main menu nav ol p pre search section summary table tbody tfoot thead tr ul"
)
_CELL = frozenset(("td", "th"))
_INVISIBLE = re.compile("[ \u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\uffa0]*")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")


def to_text(html: str) -> str:
    """The text of an HTML fragment: block tags and <br> end a line, scripts and styles are dropped, entities are read."""
    html = html[:LONGEST]
    if "<" not in html and "&" not in html:
        return tidy(html)
    if _too_deep(html):
        return to_text(re.sub(r"<[^<>]{0,2000}>?", "\n", html).replace("<", " "))
    tree = LexborHTMLParser(_FORMATTING.sub(r"<\1x-\2", html))
    return tidy(_gather(tree.body)) if tree.body is not None else ""


def tidy(text: str) -> str:
    """One space between words, no blank lines (nor lines of characters that nobody sees), no control characters, nothing around."""
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if not _INVISIBLE.fullmatch(line))


def _too_deep(html: str) -> bool:
    """Whether more tags may stand open at one place than anybody writes; an end tag closes only what was opened."""
    depth, opened = 0, Counter[str]()
    for closing, name in _TAG.findall(html):
        tag = name.lower()
        if tag in _UNCLOSED or (closing and not opened[tag]):
            continue
        step = -1 if closing else 1
        opened[tag] += step
        depth += step
        if depth > _DEEPEST:
            return True
    return False


def _gather(root: LexborNode) -> str:
    """Walk the tree without recursion, so that depth costs nothing."""
    out: list[str] = []
    node: LexborNode | None = root.first_child
    while node is not None:
        tag = node.tag or ""
        if tag == "-text":
            out.append(_as_shown(node))
        elif tag in _BLOCK:
            out.append("\n")
        elif tag == "img":
            out.append(_emoji(node))
        below = None if tag in _UNSEEN or tag.startswith("-") else node.first_child
        node = below if below is not None else _after(node, root, out)
    return "".join(out)


def _after(node: LexborNode, root: LexborNode, out: list[str]) -> LexborNode | None:
    """The next node in reading order, closing the ones that end here."""
    current: LexborNode | None = node
    while current is not None and current.mem_id != root.mem_id:
        if current.tag in _BLOCK:
            out.append("\n")
        elif current.tag in _CELL:
            out.append(" ")
        if (following := current.next) is not None:
            return following
        current = current.parent
    return None


def _as_shown(node: LexborNode) -> str:
    text = node.text_content or ""
    parent = node.parent
    return text if parent is not None and parent.tag == "pre" else re.sub(r"[ \t\r\n\f]+", " ", text)


def _emoji(node: LexborNode) -> str:
    """Blogs replace emoji by small pictures whose `alt` is the emoji; other pictures say nothing."""
    attributes = node.attributes
    kind = attributes.get("class") or ""
    return (attributes.get("alt") or "")[:16] if re.search(r"emoji|smiley", kind) else ""

"""Write topics as TOML, and put one topic into a file without touching what else stands there, comments included."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from analytics.text.topic_file import TopicEntry, shipped

WIDEST: Final = 120  #: a list that is longer stands on several lines
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_ANY_TABLE: Final = re.compile(r"^[ \t]*\[")
_ALONE: Final = re.compile(r"^[ \t]*(#.*)?$")

Table = Mapping[str, Any]


def as_table(code: str, entry: TopicEntry) -> Table | None:
    """What has to stand in one's own file for this topic: nothing for a topic as it is shipped, `enabled` alone for one switched off."""
    base = shipped().get(code)
    if base is not None and entry == base:
        return None
    if base is not None and entry == base.model_copy(update={"enabled": False}):
        return {"enabled": False}
    return entry.model_dump(exclude_defaults=True)


def with_topic(text: str, code: str, table: Table | None) -> str:
    """The file `text` with this table for the topic, or without the topic (None). Everything else stays letter for letter, unless the
    topic stands there in a way that cannot be cut out, such as an inline table: then the whole file is written anew."""
    wanted = {key: value for key, value in tomllib.loads(text).items() if key != code}
    if table is not None:
        wanted[code] = dict(table)
    cut = _cut(text, code, None if table is None else as_toml(code, table))
    return cut if _reads_as(cut, wanted) else "\n".join(as_toml(key, value) for key, value in wanted.items())


def as_toml(code: str, table: Table) -> str:
    """One topic as TOML, in the order in which a person reads it."""
    lines = [f"[{_key(code)}]"]
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines += [f"{_key(key)}.{_key(lang)} = {_value(words)}" for lang, words in value.items()]
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _reads_as(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _cut(text: str, code: str, block: str | None) -> str:
    lines = text.splitlines(keepends=True)
    own = re.compile(rf"""^[ \t]*\[[ \t]*["']?{re.escape(code)}["']?[ \t]*[\].]""")
    kept: list[str] = []
    at: int | None = None
    inside = False
    for number, line in enumerate(lines):
        if _ANY_TABLE.match(line):
            if own.match(line):
                inside = True
                at = len(kept) if at is None else at
            elif inside:
                inside = False
                kept += _heading_of(lines, number)
        if not inside:
            kept.append(line)
    if inside:
        kept += _heading_of(lines, len(lines))
    if block is None:
        return "".join(kept)
    if at is None:
        before = "".join(kept)
        return f"{before.rstrip()}\n\n{block}" if before.strip() else f"{before}{block}"
    after = "".join(kept[at:])
    return "".join(kept[:at]) + block + ("\n" if after and not after.startswith(("\n", "\r")) else "") + after


def _heading_of(lines: Sequence[str], end: int) -> list[str]:
    """Comments and empty lines right before line `end`: they belong to what follows."""
    start = end
    while start and _ALONE.match(lines[start - 1].rstrip("\r\n")):
        start -= 1
    return list(lines[start:end])


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _string(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, list | tuple):
        items = [_value(item) for item in value]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= WIDEST else "[\n" + "".join(f"    {item},\n" for item in items) + "]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(str(key))} = {_value(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


def _string(text: str) -> str:
    """A basic string of TOML: JSON's, but for DEL; half a surrogate pair, which no file can hold, becomes a question mark."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return json.dumps(whole, ensure_ascii=False).replace("\x7f", "\\u007F")

"""What is wrong with settings, a table of a source or a topic, in one line for whoever wrote it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ValidationError


def explain(error: ValidationError, where: str, known: Iterable[str] = ()) -> str:
    """Say the first trouble of a validation in one line: place, key, value, what to do. known: names that a misspelt one may have meant."""
    first = error.errors(include_url=False, include_context=False)[0]
    if not first["loc"]:
        return f"{where} {_said(first['type'], first['msg'])}"
    *tables, key = map(str, first["loc"])
    if isinstance(first["loc"][-1], int) and len(tables) > 1:  # of a list
        *tables, key = *tables[:-1], f"{tables[-1]}, number {first['loc'][-1] + 1}"
    table = f" [{'.'.join(tables)}]" if tables else ""
    message = _said(first["type"], first["msg"])
    if first["type"] == "extra_forbidden":
        return f"{where}{table} {key}: not a setting; {_meant(key, known)}see docs/settings.md"
    if first["type"] == "missing":
        return f"{where}{table} {key}: missing"
    value = "" if isinstance(first["input"], dict) else f" = {first['input']!r}"
    return f"{where}{table} {key}{value}: {message}"


#: What pydantic says of some mistakes, as somebody would say who wrote a file of settings.
_PLAIN = {
    "string_type": 'not a text; write it in quotes, "like this"',
    "list_type": 'not a list; write ["one", "another"]',
    "bool_type": "neither true nor false",
    "bool_parsing": "neither true nor false",
    "int_type": "not a whole number",
    "int_parsing": "not a whole number",
    "int_from_float": "not a whole number",
    "float_type": "not a number",
    "float_parsing": "not a number",
    "model_type": "not a table; its settings stand below its name in brackets, [name]",
    "dict_type": "not a table; its settings stand below its name in brackets, [name]",
}


def _said(kind: str, message: str) -> str:
    return _PLAIN.get(kind) or message.removeprefix("Value error, ")


def _meant(key: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(key, list(known), n=1)
    return f"{close[0]!r} perhaps? " if close else ""


def names_of(values: type[BaseModel], tables: Sequence[int | str]) -> list[str]:
    """The names that stand in a table of the settings; none where it is made by its reader."""
    for table in tables:
        field = values.model_fields.get(str(table))
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return []
        values = field.annotation
    return list(values.model_fields)

"""The catalogue of translations: brings kentongan.po up to the texts in the code, and builds kentongan.mo from it.

    python tools/catalogue.py          # after a text has changed: then translate what is empty or fuzzy, and run it again

English stands in the code. `tests/dashboard/test_i18n.py` fails when a text has no Indonesian or the .mo is not that of the .po.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from pydantic import BaseModel

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "dashboard" / "locale" / "id" / "LC_MESSAGES"
CALLS = {"_": 1, "N_": 1, "n_": 2}  #: what marks a text, and how many of its arguments are texts


def extracted() -> Catalog:
    """Every text in the code of the dashboard. Read from the syntax tree: Babel's own extraction does not look into f-strings."""
    catalogue = Catalog()
    for file in sorted((ROOT / "dashboard").rglob("*.py")):
        for message in marked(file.read_text("utf-8")):
            catalogue.add(message, None, [(file.relative_to(ROOT).as_posix(), None)])
    for meaning in meanings():
        catalogue.add(meaning, None, [("warehouse/settings.py", None)])
    return catalogue


def meanings() -> Iterator[str]:
    """What each setting means, as the page Settings tells it."""
    sys.path.insert(0, str(ROOT))
    from warehouse.settings import Settings, SourceSettings

    tables = [field.annotation for field in Settings.model_fields.values()]
    for table in [*[one for one in tables if isinstance(one, type) and issubclass(one, BaseModel)], SourceSettings]:
        yield from (field.description for field in table.model_fields.values() if field.description)


def marked(code: str) -> Iterator[str | tuple[str, ...]]:
    """The texts of some code that are to be translated, plurals as pairs."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and (name := _called(node.func)) in CALLS:
            given = [part.value for part in node.args[: CALLS[name]] if isinstance(part, ast.Constant)]
            if given:
                yield given[0] if len(given) == 1 else tuple(given)


def _called(function: ast.expr) -> str:
    """The last name of what is called: `_` as well as `i18n._`."""
    return function.id if isinstance(function, ast.Name) else function.attr if isinstance(function, ast.Attribute) else ""


def translated() -> Catalog:
    """The Indonesian catalogue as it stands."""
    with (FOLDER / "kentongan.po").open("rb") as file:
        return read_po(file, locale="id")


def complete(string: str | tuple[str, ...]) -> bool:
    """Whether a translation says something, in each of its plural forms."""
    return bool(string) and all(string if isinstance(string, tuple) else [string])


def compiled(catalogue: Catalog) -> bytes:
    """The .mo file of a catalogue, fuzzy entries left out."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    catalogue = translated()
    catalogue.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    with (FOLDER / "kentongan.po").open("wb") as file:
        write_po(file, catalogue, width=130, sort_output=True)
    (FOLDER / "kentongan.mo").write_bytes(compiled(catalogue))
    missing = [message.id for message in catalogue if message.id and not complete(message.string)]
    print(f"{len(catalogue)} texts, {len(missing)} without a translation", *missing, sep="\n  ")


if __name__ == "__main__":
    main()

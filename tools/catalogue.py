"""The catalogue of translations: brings kentongan.po up to the texts in the code, and builds kentongan.mo from it.

    python tools/catalogue.py          # after a text has changed: then translate what is empty or fuzzy, and run it again

English stands in the code. `tests/dashboard/test_i18n.py` fails when a text has no Indonesian or the .mo is not that of the .po.
"""

from __future__ import annotations

import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "dashboard" / "locale" / "id" / "LC_MESSAGES"
KEYWORDS = {"_": None, "N_": None, "n_": (1, 2)}


def extracted() -> Catalog:
    """Every text in the code of the dashboard."""
    catalogue = Catalog()
    found = extract_from_dir(ROOT / "dashboard", [("**.py", "python")], keywords=KEYWORDS)
    for file, _line, message, comments, _context in found:
        catalogue.add(message, None, [(f"dashboard/{file}", None)], auto_comments=comments)
    return catalogue


def translated() -> Catalog:
    """The Indonesian catalogue as it stands."""
    with (FOLDER / "kentongan.po").open("rb") as file:
        return read_po(file, locale="id")


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
    missing = [message.id for message in catalogue if message.id and not message.string]
    print(f"{len(catalogue)} texts, {len(missing)} without a translation", *missing, sep="\n  ")


if __name__ == "__main__":
    main()

"""The key that turns authors into pseudonyms: made once, kept in a file of mode 600 beside the warehouse, never inside it."""

from __future__ import annotations

import os
import secrets

from warehouse.errors import SettingsError
from warehouse.settings import DataFolder


def author_key(folder: DataFolder) -> bytes:
    """The key of this instance, made on first use. Raises SettingsError when others can read it.

    Whoever has the key can test whether a known account wrote a post, so it stays out of backups of the warehouse.
    """
    folder.create()
    try:
        handle = os.open(folder.author_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(folder)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32))
    return _read(folder)


def _read(folder: DataFolder) -> bytes:
    path = folder.author_key
    if path.stat().st_mode & 0o077:
        raise SettingsError(f"{path}: others can read this key; run: chmod 600 {path}")
    key = path.read_text("ascii").strip()
    try:
        return bytes.fromhex(key)
    except ValueError:
        raise SettingsError(f"{path}: not a key of hexadecimal digits; restore it from your backup") from None

"""The key that turns authors into pseudonyms: made once, kept in a file of mode 600 beside the warehouse, never inside it."""

from __future__ import annotations

from warehouse.errors import SettingsError
from warehouse.keys import make_key
from warehouse.settings import DataFolder

SHORTEST = 32  #: bytes of a key; with less, whoever has a post's pseudonym could try out all keys


def author_key(folder: DataFolder) -> bytes:
    """The key of this instance, made on first use. Raises SettingsError when others can read it, or when it is none.

    Whoever has the key can test whether a known account wrote a post, so it stays out of backups of the warehouse.
    """
    path = folder.create().author_key
    try:
        if not path.exists():
            make_key(path)
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path}: others can read this key; run: chmod 600 {path}")
        return _key(path.read_text("ascii"))
    except OSError as error:
        raise SettingsError(f"{path}: the key of authors cannot be read or made: {error.strerror}") from None
    except ValueError:
        raise SettingsError(f"{path}: not a key of {2 * SHORTEST} hexadecimal digits; restore it from your backup") from None


def _key(text: str) -> bytes:
    key = bytes.fromhex(text.strip())
    if len(key) < SHORTEST:
        raise ValueError(text)
    return key

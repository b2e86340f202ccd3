"""The key that signs the cookies of sessions: made once, in a file of mode 600, shared by all web processes."""

from __future__ import annotations

from warehouse.errors import SettingsError
from warehouse.keys import make_key
from warehouse.settings import DataFolder, Settings


def session_key(folder: DataFolder, settings: Settings) -> bytes:
    """The key, made on first use. Raises SettingsError when others can read the file, or when it is not long enough to be a key."""
    path = settings.web.secret_file or folder.create().session_key
    try:
        if not path.exists():
            make_key(path)
        if path.stat().st_mode & 0o077:
            raise SettingsError(f"{path}: others can read this key; run: chmod 600 {path}")
        key = path.read_bytes().strip()
    except OSError as error:
        raise SettingsError(f"{path}: the key of sessions cannot be read: {error.strerror}") from None
    if len(key) < 32:
        raise SettingsError(f"{path}: not a key: {len(key)} characters, at least 32 are needed; remove the file and a new one is made")
    return key

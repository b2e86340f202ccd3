"""A key in a file: made once, of mode 600, and whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from uuid import uuid4


def make_key(path: Path) -> None:
    """Write 32 random bytes in hexadecimal digits aside and link them into place; a key that is there already stays.

    So no process ever reads half a key, nor leaves an empty one when it is killed or the disk is full. Raises OSError.
    """
    aside = path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        os.link(aside, path)
    except FileExistsError:
        return  # another process was first; its key is as good
    finally:
        aside.unlink(missing_ok=True)

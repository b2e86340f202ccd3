"""Write a file whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.errors import InputError


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; it becomes `path` only when the block ends well. Raises InputError for a folder that is not there.

    The name keeps its endings, because writers choose format and compression by them.
    """
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path}: the folder {path.absolute().parent} does not exist")
    aside = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield aside
        aside.replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        aside.unlink(missing_ok=True)

"""The one error tree. Every message says what was wrong, where, the value, and what to do.

KentonganError                 a person can act on it; the command line prints its one line and exits with 2
├── SettingsError              config.toml, the environment or a secret file
├── InputError                 a file that was handed in, or a row of it
├── BusyError                  another process holds what is needed (says which, by pid)
├── WarehouseError             the warehouse file is damaged, newer than the program, or not a warehouse at all
├── NothingPublished           there is no published catalog yet: the worker has not run
│   └── OutdatedCopy           the one that is there was made by an older program
├── QueryError                 an ad hoc SQL query was refused, too slow or too large
└── CollectError               a source did not give its posts; never crashes the worker
    ├── SourceUnreachable      network, DNS, time-out, 5xx after retries
    ├── SourceRefused          401, 403, feed closed, no public preview: retrying will not help
    ├── SourceThrottled        429 beyond patience; carries `retry_after` in seconds
    └── SourceMalformed        an answer that cannot be read
"""

from __future__ import annotations

from pathlib import Path


class KentonganError(Exception):
    """Something that a person can act on."""


class SettingsError(KentonganError):
    """A setting is missing or wrong."""


class InputError(KentonganError):
    """A file or a row that was handed in cannot be used."""


class BusyError(KentonganError):
    """Another process holds what is needed."""


class WarehouseError(KentonganError):
    """The warehouse file cannot be used as it is."""


def damaged_copy(catalog: Path, trouble: str) -> str | None:
    """What to tell where DuckDB could not read a file of the published copy, and what to do; None for any other trouble."""
    told = " ".join(trouble.split())[:400]
    unread = told.startswith(("IO Error: ", "Invalid Input Error: ", "Serialization Error: "))
    if not unread or (str(catalog.parent) not in told and "Corrupt database file" not in told):
        return None
    return (
        f"{catalog}: cannot be read: {told}; delete the folder {catalog.parent} and start the worker (kentongan serve), which makes it anew"
    )


class NothingPublished(KentonganError):
    """There is no published catalog yet."""


class OutdatedCopy(NothingPublished):
    """The published catalog was made by an older program, and lacks what this one reads; a worker replaces it when it starts."""


class QueryError(KentonganError):
    """An ad hoc query was refused, was too slow or needed too much memory."""


class CollectError(KentonganError):
    """A source did not give its posts."""


class SourceUnreachable(CollectError):
    """Network, DNS, time-out, or 5xx after retries."""


class SourceRefused(CollectError):
    """The source says no: 401, 403, feed closed, no public preview."""


class SourceThrottled(CollectError):
    """429 beyond our patience."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceMalformed(CollectError):
    """The answer cannot be read."""

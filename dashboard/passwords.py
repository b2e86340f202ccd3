"""Passwords: argon2id (RFC 9106), and the same time for a login that does not exist."""

from __future__ import annotations

import secrets
import threading
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from warehouse.errors import InputError

SHORTEST: Final = 10
LONGEST: Final = 1_000  #: bytes; hashing a megabyte is a way to keep a server busy

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  #: none that looks like another

_hasher = PasswordHasher()  # argon2-cffi's defaults: RFC 9106's low-memory choice, 64 MiB and some 50 ms a try
_turns: Final = threading.BoundedSemaphore(2)  #: tries at a time, for each takes its memory


def hash_password(password: str) -> str:
    """The hash to keep. Raises InputError for a password that is too short or too long."""
    if not len(password) >= SHORTEST or len(password.encode("utf-8", "replace")) > LONGEST:
        raise InputError(f"the password has {len(password)} characters; use at least {SHORTEST} and at most {LONGEST} bytes")
    with _turns:
        return _hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one of the hash; with None (nobody has this login) it takes as long and is False."""
    tried = password if len(password.encode("utf-8", "replace")) <= LONGEST else ""
    with _turns:
        try:
            return _hasher.verify(password_hash or _nobody(), tried) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False


def generated() -> str:
    """A password that can be told over the telephone: four groups of four letters, 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _letter in range(4)) for _group in range(4))


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")

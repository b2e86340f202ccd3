"""Take away from this process, for good, every right to files but reading what lies in some folders; and the network.

Landlock is the Linux kernel's own sandbox for unprivileged processes (kernel 5.13 and later; https://docs.kernel.org/userspace-api/landlock.html).
It only ever adds a fence: where the kernel has none, `confine` says so and the fences above it stand alone.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
_VERSION = 1  # flag of landlock_create_ruleset: answer with the version of the interface
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_NETWORK = 0b11  # bind and connect TCP

#: How many rights to files each version of the interface knows: version 2 added moving between folders, 3 truncating, 5 device controls.
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """Version of the kernel's interface; 0 where there is none."""
    return max(0, _syscall(_CREATE_RULESET, None, 0, _VERSION))


def confine(readable: Iterable[Path]) -> bool:
    """From now on this thread, and those that it starts, can only open files in `readable` folders, and only to read them.

    What is open stays open. Returns False where the kernel has no Landlock. Raises OSError when the kernel refuses.
    """
    known = version()
    if not known:
        return False
    rights = (1 << _RIGHTS[min(known, max(_RIGHTS))]) - 1
    ruleset = _Ruleset(rights, _NETWORK if known >= 4 else 0)
    size = ctypes.sizeof(ruleset) if known >= 4 else 8
    fence = _checked(_syscall(_CREATE_RULESET, ctypes.byref(ruleset), size, 0))
    try:
        for folder in readable:
            if folder.is_dir():
                _allow_reading(fence, folder)
        _checked(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _checked(_syscall(_RESTRICT_SELF, fence, 0))
    finally:
        os.close(fence)
    return True


def _allow_reading(fence: int, folder: Path) -> None:
    opened = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _checked(_syscall(_ADD_RULE, fence, _PATH_BENEATH, ctypes.byref(_Beneath(_READ_FILE | _READ_DIR, opened)), 0))
    finally:
        os.close(opened)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _syscall(number: int, *arguments: object) -> int:
    call = _libc().syscall
    call.restype = ctypes.c_long
    return call(ctypes.c_long(number), *arguments)


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"landlock: {os.strerror(number)}")
    return answer

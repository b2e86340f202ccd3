"""Who stands at the terminal, for the audit trail."""

from __future__ import annotations

import getpass
import os


def who() -> str:
    """The name of the user; the number where the machine knows no name, as in many containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"

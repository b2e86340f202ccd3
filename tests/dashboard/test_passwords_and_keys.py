"""What opens the door: passwords, as they are kept, and the key that signs sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard import passwords
from dashboard.session_key import session_key
from warehouse.errors import InputError, SettingsError
from warehouse.settings import DataFolder, Settings

PASSWORD = "kata sandi siti"


@pytest.mark.parametrize("password", ["", "short", "x" * 1_001, "é" * 501])
def test_a_password_that_is_too_short_or_too_long_is_refused(password: str) -> None:
    with pytest.raises(InputError, match="use at least 10"):
        passwords.hash_password(password)


def test_hashes_are_as_costly_as_rfc_9106_asks() -> None:
    made = passwords.PasswordHasher().hash(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_hashes_differ_each_time(quick: None) -> None:
    password_hash = passwords.hash_password(PASSWORD)
    assert passwords.hash_password(PASSWORD) != password_hash
    assert passwords.matches(PASSWORD, password_hash)
    assert not passwords.matches(PASSWORD + "x", password_hash)
    assert not passwords.matches(PASSWORD, "not a hash")
    assert not passwords.matches("the password of nobody", None)


def test_a_session_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path).create()
    session_key(folder, Settings())
    folder.session_key.chmod(0o640)
    with pytest.raises(SettingsError, match=r"session\.key: others can read this key; run: chmod 600"):
        session_key(folder, Settings())


def test_a_short_session_key_is_refused(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data").create()
    file = tmp_path / "key"
    file.write_text("short\n")
    file.chmod(0o600)
    with pytest.raises(SettingsError, match="not a key: 5 characters"):
        session_key(folder, Settings.model_validate({"web": {"secret_file": file}}))

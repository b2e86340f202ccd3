"""Accounts, their sessions, and the attempts to log in. Passwords are hashed elsewhere (dashboard/passwords.py)."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast, get_args

from warehouse.errors import InputError
from warehouse.state.file import StateFile, plain, to_text, to_time

Role = Literal["viewer", "analyst", "officer", "administrator"]

#: Each role may do what the roles before it may do.
ROLES: Final[tuple[Role, ...]] = get_args(Role)

#: Failures within WINDOW that close the door: of one login from one address, of one address, of one login from anywhere. The last is
#: high, so that a stranger cannot easily keep a colleague out.
WINDOW: Final = timedelta(minutes=15)
PER_PAIR: Final = 5
PER_ADDRESS: Final = 30
PER_LOGIN: Final = 50
NO_PASSWORD: Final = "none"  #: the hash of somebody who can only come in by a provider; no password has it
SESSION_ID: Final = 16  #: letters of a token's hash that name its session


@dataclass(frozen=True, slots=True)
class Account:
    """One person who may log in."""

    login: str
    role: Role
    created_at: datetime
    disabled: bool
    password_hash: str
    temporary: bool = False  #: the password was made for the person by somebody else

    @property
    def has_password(self) -> bool:
        """Whether the person can log in with a password."""
        return self.password_hash != NO_PASSWORD

    def may(self, role: Role) -> bool:
        """Whether the account has at least this role."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in that has not ended. `session_id` names it and opens nothing."""

    session_id: str
    login: str
    started_at: datetime
    expires_at: datetime
    address: str
    browser: str


class Accounts(StateFile):
    """Who may come in."""

    def add_user(self, login: str, password_hash: str, role: Role, now: datetime, *, temporary: bool = False) -> Account:
        """Make an account; raises InputError when the login is taken or not a login, or the role is not one."""
        login = _checked_login(login)
        _check_role(role)
        with self.writing() as con:
            if con.execute("SELECT 1 FROM users WHERE login = ?", [login]).fetchone():
                raise _taken(login)
            con.execute(
                "INSERT INTO users (login, password_hash, role, created_at, temporary) VALUES (?, ?, ?, ?, ?)",
                [login, password_hash, role, to_text(now), int(temporary)],
            )
        return Account(login, role, now, disabled=False, password_hash=password_hash, temporary=temporary)

    def check_new_user(self, login: str, role: Role) -> None:
        """Raise the InputError with which `add_user` would answer, before somebody is asked for a password in vain."""
        _checked_login(login)
        _check_role(role)
        if self.user(login) is not None:
            raise _taken(login)

    def user(self, login: str) -> Account | None:
        """The account of a login (capitals do not matter), also a disabled one."""
        row = self.one("SELECT * FROM users WHERE login = :login", {"login": login.strip().lower()})
        return _account(row) if row else None

    def users(self) -> list[Account]:
        """All accounts by login."""
        return [_account(row) for row in self.all("SELECT * FROM users ORDER BY login")]

    def set_password(self, login: str, password_hash: str, *, temporary: bool = False, keep: str | None = None) -> None:
        """Replace the password and end the person's sessions, but for the one whose token has the hash `keep`.

        temporary: somebody else made it, and the person is asked to change it. Raises InputError when there is no such user.
        """
        self._change(login, "password_hash = :value, temporary = :temporary", password_hash, keep=keep, temporary=int(temporary))

    def set_role(self, login: str, role: Role, *, last_stays: bool = False) -> None:
        """Change what the person may do; raises InputError when there is no such user or role.

        last_stays: raise InputError also where no open account of an administrator would be left.
        """
        _check_role(role)
        self._change(login, "role = :value", role, last_stays=last_stays)

    def set_disabled(self, login: str, disabled: bool, *, last_stays: bool = False) -> None:
        """Shut an account (its sessions end at once) or open it again; raises InputError as `set_role` does."""
        self._change(login, "disabled = :value", int(disabled), last_stays=last_stays)

    def _change(
        self, login: str, assignment: str, value: str | int, *, keep: str | None = None, last_stays: bool = False, **more: int
    ) -> None:
        params: dict[str, str | int | None] = {"login": login.strip().lower(), "value": value, "keep": keep, **more}
        with self.writing() as con:
            before = _administrators(con)
            if not con.execute(f"UPDATE users SET {assignment} WHERE login = :login", params).rowcount:
                raise InputError(f"user {login!r}: there is none of this login")
            if last_stays and before and not _administrators(con):
                raise InputError(f"user {login!r}: is the last administrator; make another one first")
            con.execute("DELETE FROM sessions WHERE login = :login AND token_hash IS NOT :keep", params)

    def start_session(
        self, token_hash: str, login: str, now: datetime, lasting: timedelta, *, address: str = "", browser: str = ""
    ) -> None:
        """Remember a session by the hash of its token, so that a copy of this file lets nobody in; forgets those that have ended."""
        values = [token_hash, login, to_text(now), to_text(now + lasting), plain(address[:64]), plain(browser[:200])]
        with self.writing() as con:
            con.execute("DELETE FROM sessions WHERE expires_at <= ?", [to_text(now)])
            con.execute(
                "INSERT INTO sessions (token_hash, login, started_at, expires_at, address, browser) VALUES (?, ?, ?, ?, ?, ?)", values
            )

    def sessions(self, now: datetime, login: str | None = None) -> list[Session]:
        """The sessions that have not ended (of one person), the newest first."""
        rows = self.all(
            """SELECT * FROM sessions WHERE expires_at > :now AND (:login IS NULL OR login = :login)
            ORDER BY started_at DESC, token_hash""",
            {"now": to_text(now), "login": login},
        )
        return [_session(row) for row in rows]

    def end_sessions(self, login: str, *, session_id: str | None = None, keep: str | None = None) -> int:
        """End a person's sessions, or the one of this id; `keep` is the hash of a token whose session stays. Returns how many ended."""
        with self.writing() as con:
            return con.execute(
                """DELETE FROM sessions WHERE login = :login AND token_hash IS NOT :keep
                AND (:id IS NULL OR substr(token_hash, 1, :length) = :id)""",
                {"login": login, "keep": keep, "id": session_id, "length": SESSION_ID},
            ).rowcount

    def session(self, token_hash: str, now: datetime) -> Account | None:
        """The account of a session that has not ended; None for a disabled account."""
        row = self.one(
            """SELECT users.* FROM sessions JOIN users USING (login)
            WHERE token_hash = :token_hash AND expires_at > :now AND NOT disabled""",
            {"token_hash": token_hash, "now": to_text(now)},
        )
        return _account(row) if row else None

    def end_session(self, token_hash: str) -> None:
        """Log out."""
        with self.writing() as con:
            con.execute("DELETE FROM sessions WHERE token_hash = ?", [token_hash])

    def attempt(self, login: str, address: str, now: datetime) -> timedelta | None:
        """Count an attempt to log in before the password is looked at, so that many at once cannot slip through.

        None: go ahead (and call `forgive` when the password was right). Otherwise how long to wait; such an attempt is not counted.
        """
        login = login.strip().lower()
        with self.writing() as con:
            con.execute("DELETE FROM attempts WHERE at <= ?", [to_text(now - WINDOW)])
            until = max(
                (
                    reached
                    for reached in (
                        _reached(con, "login = ? AND address = ?", (login, address), PER_PAIR),
                        _reached(con, "address = ?", (address,), PER_ADDRESS),
                        _reached(con, "login = ?", (login,), PER_LOGIN),
                    )
                    if reached
                ),
                default=None,
            )
            if until is not None:
                return until + WINDOW - now
            con.execute("INSERT INTO attempts (at, login, address) VALUES (?, ?, ?)", [to_text(now), login, address])
        return None

    def forgive(self, login: str, address: str) -> None:
        """Forget the failures of a login from this address, because its password was right."""
        with self.writing() as con:
            con.execute("DELETE FROM attempts WHERE login = ? AND address = ?", [login.strip().lower(), address])


def _reached(con: sqlite3.Connection, condition: str, params: tuple[str, ...], limit: int) -> datetime | None:
    """When the attempt was made whose age decides when there is room again; None while the limit is not reached."""
    row = con.execute(f"SELECT at FROM attempts WHERE {condition} ORDER BY at DESC LIMIT 1 OFFSET ?", [*params, limit - 1]).fetchone()
    return to_time(row["at"]) if row else None


def _administrators(con: sqlite3.Connection) -> int:
    return con.execute("SELECT count(*) FROM users WHERE role = 'administrator' AND NOT disabled").fetchone()[0]


def _account(row: sqlite3.Row) -> Account:
    created = datetime.fromisoformat(row["created_at"])
    role = cast(Role, row["role"])
    return Account(row["login"], role, created, bool(row["disabled"]), row["password_hash"], bool(row["temporary"]))


def _session(row: sqlite3.Row) -> Session:
    started, expires = (datetime.fromisoformat(row[name]) for name in ("started_at", "expires_at"))
    return Session(row["token_hash"][:SESSION_ID], row["login"], started, expires, row["address"], row["browser"])


def _taken(login: str) -> InputError:
    return InputError(f"user {login!r}: there is one already; choose another login")


def _checked_login(login: str) -> str:
    found = login.strip().lower()
    if not re.fullmatch(r"[a-z0-9][a-z0-9._@-]{0,63}", found):
        raise InputError(f"user {login!r}: not a login; use up to 64 letters, digits and . _ @ -")
    return found


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise InputError(f"role {role!r}: not known; one of {', '.join(ROLES)}")

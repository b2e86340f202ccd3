"""What an administrator does with accounts: each step checks again, on the server, and is noted in the audit log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, cast

from dashboard import auth
from dashboard.i18n import _, n_
from dashboard.passwords import generated, hash_password
from dashboard.site import Site
from warehouse.errors import InputError
from warehouse.state import ROLES, Account, Role

LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


@dataclass(frozen=True)
class Done:
    """What was done, in a sentence; `password` is shown this once and kept nowhere."""

    said: str
    password: str = ""


def add(site: Site, login: str | None, role: str | None) -> Done:
    """Make an account with a password that its owner should change."""
    person = auth.require("administrator")
    name = (login or "").strip().lower()
    if not LOGIN.fullmatch(name):
        raise InputError(_("A login has up to 64 letters, digits and . _ @ - and starts with a letter or a digit."))
    if site.operations.user(name):
        raise InputError(_("There is an account {login} already; choose another login.", login=name))
    chosen, password = _role(role), generated()
    site.operations.add_user(name, hash_password(password), chosen, site.now(), temporary=True)
    site.operations.audit(person, "add account", f"{name} as {chosen}", site.now())
    return Done(_("{login} may log in. Hand over this password; it is shown only now:", login=name), password)


def give_role(site: Site, login: str, role: str | None) -> Done:
    """Change what the person may do; sessions end, so that the new role counts everywhere at once."""
    person, found, chosen = auth.require("administrator"), _account(site, login), _role(role)
    if chosen == found.role:
        raise InputError(_("{login} has this role already.", login=found.login))
    _keep_one(site, found, chosen == "administrator")
    site.operations.set_role(found.login, chosen, last_stays=True)
    site.operations.audit(person, "role", f"{found.login}: {found.role} → {chosen}", site.now())
    return Done(_("{login} has the new role and has to log in again.", login=found.login))


def shut(site: Site, login: str) -> Done:
    """Let the person in no more; what they did stays."""
    person, found = auth.require("administrator"), _account(site, login)
    _keep_one(site, found, False)
    site.operations.set_disabled(found.login, True, last_stays=True)
    site.operations.audit(person, "shut account", found.login, site.now())
    return Done(_("{login} is shut and logged out.", login=found.login))


def reopen(site: Site, login: str) -> Done:
    """Let the person in again."""
    person, found = auth.require("administrator"), _account(site, login)
    site.operations.set_disabled(found.login, False)
    site.operations.audit(person, "open account", found.login, site.now())
    return Done(_("{login} may log in again.", login=found.login))


def new_password(site: Site, login: str) -> Done:
    """Replace a forgotten password."""
    person, found, password = auth.require("administrator"), _account(site, login), generated()
    site.operations.set_password(found.login, hash_password(password), temporary=True)
    site.operations.audit(person, "new password", found.login, site.now())
    return Done(_("{login} has a new password and is logged out. Hand it over; it is shown only now:", login=found.login), password)


def end_sessions(site: Site, login: str) -> Done:
    """Log the person out everywhere; one's own session at this page goes on."""
    person, found = auth.require("administrator"), _account(site, login)
    ended = site.operations.end_sessions(found.login, keep=auth.own_session())
    site.operations.audit(person, "end sessions", f"{found.login}: {ended}", site.now())
    return Done(n_("{n} session was ended.", "{n} sessions were ended.", ended))


def _account(site: Site, login: str) -> Account:
    found = site.operations.user(login)
    if found is None:
        raise InputError(_("There is no account {login} any more.", login=login))
    return found


def _role(role: str | None) -> Role:
    if role not in ROLES:
        raise InputError(_("Choose a role."))
    return cast(Role, role)


def _keep_one(site: Site, found: Account, stays: bool) -> None:
    """Say in the reader's language what the state refuses in any case: to leave nobody who can make accounts."""
    others = [one for one in site.operations.users() if one.may("administrator") and not one.disabled and one.login != found.login]
    if not stays and not others and found.may("administrator") and not found.disabled:
        raise InputError(_("{login} is the last administrator; make another one first.", login=found.login))

"""`kentongan users`: who may log in, where the dashboard asks people to."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated, cast

import typer

from dashboard.passwords import hash_password
from jobs.clock import utc_now
from jobs.options import DataOption, existing_folder
from jobs.shown import say
from jobs.who import who
from warehouse.errors import InputError
from warehouse.state import Role, State

users = typer.Typer(
    no_args_is_help=True,
    help="Make, list, change and shut accounts of the dashboard.\n\nExample: `kentongan users add siti --role analyst`",
)
Login = Annotated[str, typer.Argument(help="Name to log in with.")]
RoleOption = Annotated[str, typer.Option("--role", help="viewer, analyst, officer or administrator.")]


def _new_password() -> str:
    """Ask twice at a terminal; else read one line from standard input, for scripts."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Again: "):
        raise InputError("the two passwords differ; nothing was changed")
    return password


def _noted(state: State, what: str, detail: str) -> None:
    """The audit trail tells the deeds of a terminal as it tells those of the page People."""
    state.audit(who(), what, detail, utc_now())


@users.command()
def add(login: Login, role: RoleOption = "viewer", data: DataOption = None) -> None:
    """Make an account. The password is asked for, or read from standard input.

    Example: `kentongan users add siti --role analyst`
    """
    state = State(existing_folder(data))
    state.check_new_user(login, cast(Role, role))
    account = state.add_user(login, hash_password(_new_password()), cast(Role, role), utc_now())
    _noted(state, "add account", f"{account.login} as {account.role}")
    say(f"{account.login} may log in as {account.role}")


@users.command("list")
def list_(data: DataOption = None) -> None:
    """List the accounts.

    Example: `kentongan users list`
    """
    for account in State(existing_folder(data)).users():
        typer.echo(f"{account.login}\t{account.role}\t{'shut' if account.disabled else 'open'}")


@users.command()
def password(login: Login, data: DataOption = None) -> None:
    """Set a new password; the person's sessions end.

    Example: `kentongan users password siti`
    """
    state = State(existing_folder(data))
    if state.user(login) is None:
        raise InputError(f"user {login!r}: there is none of this login")
    state.set_password(login, hash_password(_new_password()))
    _noted(state, "new password", login)
    say(f"{login}: password changed")


@users.command()
def role(
    login: Login, role: Annotated[str, typer.Argument(help="viewer, analyst, officer or administrator.")], data: DataOption = None
) -> None:
    """Change what a person may do.

    Example: `kentongan users role siti officer`
    """
    state = State(existing_folder(data))
    state.set_role(login, cast(Role, role))
    _noted(state, "role", f"{login}: {role}")
    say(f"{login}: now {role}")


@users.command()
def shut(login: Login, data: DataOption = None) -> None:
    """Shut an account at once; what the person did stays.

    Example: `kentongan users shut siti`
    """
    state = State(existing_folder(data))
    state.set_disabled(login, disabled=True)
    _noted(state, "shut account", login)
    say(f"{login}: shut")


@users.command("open")
def open_(login: Login, data: DataOption = None) -> None:
    """Open an account that was shut.

    Example: `kentongan users open siti`
    """
    state = State(existing_folder(data))
    state.set_disabled(login, disabled=False)
    _noted(state, "open account", login)
    say(f"{login}: open")

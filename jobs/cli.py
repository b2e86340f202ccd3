"""The command line `kentongan`: thin; each command calls one function of the other rooms.

What a person can put right is told in one line on standard error with exit code 2. Standard output is data only.
"""

from __future__ import annotations

import logging
import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from jobs import commands_data, commands_run
from jobs.commands_backup import backup
from jobs.commands_bench import bench
from jobs.commands_corrections import corrections
from jobs.commands_evaluate import evaluate
from jobs.commands_geo import geo
from jobs.commands_official import official
from jobs.commands_signals import signals
from jobs.commands_topics import topics
from jobs.commands_users import users
from jobs.shown import say
from warehouse.errors import KentonganError

app = typer.Typer(
    name="kentongan",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Listen to public health-related posts, count them, and raise the alarm when a topic in a place is out of the ordinary.",
)
for module in (commands_run, commands_data):
    for name, command in module.COMMANDS.items():
        app.command(name)(command)
app.command("backup")(backup)
app.add_typer(users, name="users")
app.add_typer(signals, name="signals")
app.add_typer(official, name="official")
app.add_typer(geo, name="geo")
app.add_typer(topics, name="topics")
app.add_typer(evaluate, name="evaluate")
app.add_typer(corrections, name="corrections")
app.add_typer(bench, name="bench")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"kentongan {version('kentongan')}")
        raise typer.Exit


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more about what happens.")] = False,
    _asked: Annotated[bool, typer.Option("--version", help="Show the version and exit.", callback=_version, is_eager=True)] = False,
) -> None:
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a job that takes longer than its interval is no news
    for noisy in ("httpx", "httpcore", "urllib3", "matplotlib", "fontTools", "websockets", "mastodon"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def main() -> None:
    """Entry point; turns the error tree into one line and exit code 2."""
    try:
        app()
    except KentonganError as error:
        say(f"kentongan: {error}")
        sys.exit(2)
    except BrokenPipeError:  # e.g. `kentongan sql ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if (told := _of_the_machine(error)) is None:
            raise
        say(f"kentongan: {told}")
        sys.exit(2)


def _of_the_machine(error: Exception) -> str | None:
    """A line on what no program can put right, such as a full disk or a missing right; None for a mistake of ours, with its traceback."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
    duckdb = sys.modules.get("duckdb")  # where it is not loaded, it is not its error
    if duckdb is not None and isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
        told = " ".join(str(error).split())[:400]
        return f"{told}; restore a backup (docs/operation.md)" if "orrupt" in told else told
    return None


if __name__ == "__main__":
    main()

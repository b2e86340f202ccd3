"""`kentongan topics`: check, see, export, import and restore one's own topics. The page and an editor are the other doors to the file."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import typer

from jobs.clock import utc_now
from jobs.options import ConfigOption, DataOption, FormatOption, data_folder, existing_folder, read_settings
from jobs.shown import print_table, say
from jobs.who import who
from warehouse.errors import InputError, SettingsError
from warehouse.settings import own_topics
from warehouse.state import State, TopicVersion

if TYPE_CHECKING:
    from analytics.text.topic_file import Topic

topics = typer.Typer(
    no_args_is_help=True,
    help="Check, see, export and restore the topics. docs/topics.md tells how to write one; a running worker takes up a change within "
    "seconds.\n\nExample: `kentongan topics check my-topics.toml`",
)


@topics.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A topic file; the one that the worker reads when left out.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Check a topic file: whether it can be read, and whether each topic finds its examples (`yes`) and leaves the others alone (`no`).

    Examples: `kentongan topics check my-topics.toml` · `kentongan topics check`
    """
    from analytics.text.topic_file import read_topics, shipped, topics_with

    path = file or own_topics(data_folder(data), read_settings(config))
    if not path.exists():
        raise InputError(
            f"{path}: {'there is no such file' if file else 'you have no topics of your own yet; docs/topics.md tells how to write one'}"
        )
    own = read_topics(path, shipped())
    topics = topics_with(path.read_text("utf-8"), path)
    wrong = [line for topic in topics if topic.code in own for line in _wrong_examples(topic, topics)]
    for line in wrong:
        say(f"{path.name}: {line}")
    if wrong:
        raise InputError(f"{path}: {len(wrong)} examples come out wrong")
    tried = sum(len(entry.yes) + len(entry.no) for entry in own.values())
    say(f"{path}: {len(own)} topics, {tried} examples: all well")


def _wrong_examples(topic: Topic, beside: tuple[Topic, ...]) -> list[str]:
    from analytics.text.topic_check import examples

    return [
        f"[{topic.code}] {'yes' if one.wanted else 'no'}: {one.text[:80]!r}: {'is not found' if one.wanted else 'is found'}"
        + (f" ({', '.join(one.because)})" if one.because else "")
        for one in examples(topic, beside)
        if not one.right
    ]


@topics.command("list")
def list_(form: FormatOption = "table", config: ConfigOption = None, data: DataOption = None) -> None:
    """List the topics: shipped, own (of your file), changed (shipped, but replaced by yours), off.

    Example: `kentongan topics list --format csv`
    """
    from analytics.text.topic_file import read_topics, shipped

    path = own_topics(data_folder(data), read_settings(config))
    own = read_topics(path, shipped()) if path.exists() else {}
    rows = [
        {
            "topic": code,
            "name_id": entry.name_id,
            "name_en": entry.name_en,
            "group": entry.group,
            "state": "off" if not entry.enabled else "shipped" if code not in own else "changed" if code in shipped() else "own",
        }
        for code, entry in {**shipped(), **own}.items()
    ]
    print_table(pa.Table.from_pylist(rows), form)


@topics.command()
def history(
    version: Annotated[int | None, typer.Argument(help="Show what this version changed.")] = None,
    form: FormatOption = "table",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """List the versions of your topics, the newest first: when, who, from where (page, import, restore, or file: changed by hand).

    Examples: `kentongan topics history` · `kentongan topics history 12`
    """
    state, path = _opened(config, data)
    state.topics_text(path, utc_now())  # so that a change by hand is in it
    if version is None:
        found = [_row(one) for one in state.topic_versions(1_000)]
        print_table(pa.Table.from_pylist(found), form)
        return
    from dashboard.topicdiff import lines

    _, before, after = state.topic_version(version)
    for line in lines(before, after):
        typer.echo(line)


def _row(one: TopicVersion) -> dict[str, str | int | datetime]:
    return {
        "version": one.version,
        "at": one.at.isoformat(timespec="seconds"),
        "who": one.who,
        "origin": one.origin,
        "changed": ", ".join(one.changed),
        "note": one.note,
    }


@topics.command()
def export(
    target: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Where to write; to the terminal when left out.")] = None,
    version: Annotated[int | None, typer.Option("--version", help="An older version; see `kentongan topics history`.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Write the file with your topics, as it is or as it was.

    Examples: `kentongan topics export > my-topics.toml` · `kentongan topics export --version 12 --output old.toml`
    """
    from jobs.written import written_aside

    state, path = _opened(config, data)
    now_text = state.topics_text(path, utc_now())
    text = now_text if version is None else state.topic_version(version)[2]
    if target is None:
        sys.stdout.write(text)
        return
    with written_aside(target) as aside:
        aside.write_bytes(text.encode())
    say(f"Wrote {target}")


@topics.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A topic file; it replaces yours, whose versions stay in the history.")],
    note: Annotated[str, typer.Option("--note", help="Words for the history.")] = "",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Replace your topics by those of a file, after checking it.

    Example: `kentongan topics import my-topics.toml --note "as agreed on Monday"`
    """
    from analytics.text.topic_file import topics_with

    topics_with(_text(file), file)
    _change(config, data, _text(file), "import", note or file.name)


@topics.command()
def restore(
    version: Annotated[int, typer.Argument(help="Number of the version, as `kentongan topics history` shows it.")],
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Go back to an older version of your topics; what came since stays in the history.

    Example: `kentongan topics restore 12`
    """
    state, _ = _opened(config, data)
    _change(config, data, state.topic_version(version)[2], "restore", f"version {version}")


def _change(config: Path | None, data: Path | None, text: str, origin: str, note: str) -> None:
    from analytics.text.topic_file import topics_with

    state, path = _opened(config, data)

    def change(_before: str) -> str:
        topics_with(text, path)
        return text

    name, now = who(), utc_now()
    done = state.change_topics(path, change, who=name, origin=origin, note=note, now=now)  # type: ignore[arg-type]
    state.audit(name, "topics", f"{origin}: version {done.version}: {', '.join(done.changed)}", now)
    say(f"{path}: version {done.version}, changed: {', '.join(done.changed) or 'nothing'}")


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file}: not TOML: {error}") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from None


def _opened(config: Path | None, data: Path | None) -> tuple[State, Path]:
    folder = existing_folder(data)
    return State(folder), own_topics(folder, read_settings(config))

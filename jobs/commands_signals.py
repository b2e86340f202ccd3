"""`kentongan signals`: see, verify and discard signals. Works while the worker runs, because people's steps stand in state.sqlite."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import pyarrow as pa
import typer

from jobs.clock import utc_now
from jobs.options import DataOption, FormatOption, data_folder, existing_folder
from jobs.shown import print_table, say
from jobs.who import who
from warehouse.errors import InputError, NothingPublished
from warehouse.state import REASONS, STATUSES, Episode, State

signals = typer.Typer(
    no_args_is_help=True,
    help="See, verify and discard signals. Days of one topic, place and detector are one signal with one life: "
    "new → verifying → verified or discarded → closed.\n\nExample: `kentongan signals list --status new`",
)
Id = Annotated[str, typer.Argument(metavar="ID", help="Id of the signal, as `kentongan signals list` shows it.")]
NoteOption = Annotated[str, typer.Option("--note", help="Words for the audit trail.")]


def _state(data: Any) -> State:
    return State(existing_folder(data))


def _told(one: Episode) -> None:
    say(f"{one.episode_id}: {one.status}{f', {one.owner} looks after it' if one.owner else ''}")


def _together(data: Any) -> dict[str, list[str]]:
    """Places of the signals that are clusters; none before the first publication."""
    from warehouse.queries import Catalog

    catalog = Catalog(data_folder(data))
    try:
        return catalog.places_of_episodes()
    except NothingPublished:
        return {}
    finally:
        catalog.close()


@signals.command("list")
def list_(
    status: Annotated[
        str, typer.Option("--status", help="new, verifying, verified, discarded, closed, open (not closed) or all.")
    ] = "open",
    form: FormatOption = "table",
    data: DataOption = None,
) -> None:
    """List the signals, the newest first; `places` are those of a signal of neighbouring places together.

    Examples: `kentongan signals list` · `kentongan signals list --status discarded --format csv`
    """
    if status not in (*STATUSES, "open", "all"):
        raise InputError(f"--status {status!r}: not one of {', '.join((*STATUSES, 'open', 'all'))}")
    found = [one for one in _state(data).episodes() if status in ("all", one.status) or (status == "open" and one.open)]
    names = ("episode_id", "status", "topic", "place_code", "detector", "first_day", "last_day", "owner", "reason", "places")
    together = _together(data)
    rows = [asdict(one) | {"places": " ".join(together.get(one.episode_id, ()))} for one in found]
    print_table(pa.table({name: pa.array([str(row[name]) for row in rows], pa.string()) for name in names}), form)


@signals.command()
def show(signal: Id, form: FormatOption = "table", data: DataOption = None) -> None:
    """Show every step that was taken with a signal, also those undone; first its places, where it is of several together.

    Example: `kentongan signals show 1f0c9a5e7b3d2468`
    """
    state = _state(data)
    _told(state.episode(signal))
    if places := _together(data).get(signal):
        say(f"places together: {' '.join(places)}")
    names = ("review_id", "at", "who", "action", "status", "owner", "reason", "note", "undoes")
    rows = [asdict(step) for step in state.reviews(signal)]
    columns = {name: pa.array([None if row[name] is None else str(row[name]) for row in rows], pa.string()) for name in names}
    print_table(pa.table(columns), form)


@signals.command("set")
def set_(
    signal: Id,
    status: Annotated[str, typer.Argument(help="verifying, verified, discarded or closed.")],
    reason: Annotated[str, typer.Option("--reason", help=f"Why it is discarded: {', '.join(REASONS)}.")] = "",
    note: NoteOption = "",
    data: DataOption = None,
) -> None:
    """Take a signal to its next status.

    Examples: `kentongan signals set 1f0c9a5e7b3d2468 verifying` · `kentongan signals set 1f0c9a5e7b3d2468 discarded --reason news`
    """
    _told(_state(data).move(signal, status, who=who(), now=utc_now(), reason=reason, note=note))


@signals.command()
def assign(
    signal: Id, owner: Annotated[str, typer.Argument(help="Who looks after it.")], note: NoteOption = "", data: DataOption = None
) -> None:
    """Give a signal another owner.

    Example: `kentongan signals assign 1f0c9a5e7b3d2468 siti`
    """
    _told(_state(data).assign(signal, owner, who=who(), now=utc_now(), note=note))


@signals.command()
def note(signal: Id, text: Annotated[str, typer.Argument(help="The note.")], data: DataOption = None) -> None:
    """Add a note to a signal.

    Example: `kentongan signals note 1f0c9a5e7b3d2468 "called the health centre"`
    """
    _told(_state(data).annotate(signal, text, who=who(), now=utc_now()))


@signals.command()
def undo(signal: Id, data: DataOption = None) -> None:
    """Take the last step back; the audit trail keeps both.

    Example: `kentongan signals undo 1f0c9a5e7b3d2468`
    """
    _told(_state(data).undo(signal, who=who(), now=utc_now()))


@signals.command()
def quality(form: FormatOption = "table", data: DataOption = None) -> None:
    """Show how good the signals were: positive predictive value, time to verification, false alarms a week, by topic and detector.

    Example: `kentongan signals quality`
    """
    from warehouse.queries import Catalog

    print_table(pa.Table.from_pandas(Catalog(data_folder(data)).signal_quality(), preserve_index=False), form)

"""Commands that move data: collect, import, sql, enrich, detect, report.

What only one command needs is imported within it: the whole pipeline takes seconds to load, and `kentongan sql` has no use for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from jobs.asking import ask
from jobs.author_key import author_key
from jobs.clock import utc_now
from jobs.options import ConfigOption, DataOption, FormatOption, data_folder, own_instance, read_settings, worker_runs
from jobs.shown import print_table, progress_bar, say
from jobs.sources import enabled_sources
from jobs.topics import topics_file_of
from jobs.who import who
from warehouse.errors import InputError, SettingsError
from warehouse.settings import DataFolder, Settings
from warehouse.state import State


def collect(
    source: Annotated[str | None, typer.Argument(help="One source of the settings; all enabled ones when left out.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Collect now, once. Where a worker runs, it does the work.

    Example: `kentongan collect who-don`
    """
    settings, folder = read_settings(config), data_folder(data)
    names = [source] if source else enabled_sources(settings, State(folder.create()))
    for name in names:
        if name not in settings.sources:
            raise SettingsError(f"no source {name!r} in the settings; one of {', '.join(sorted(settings.sources)) or '(none)'}")
    if not names:
        raise SettingsError("no source is enabled in the settings")
    failed = _collect_by_worker(folder, names) if worker_runs(folder) else _collect_here(folder, settings, names)
    if failed:
        raise InputError(f"{len(failed)} of {len(names)} sources failed: {', '.join(failed)}")


def _collect_by_worker(folder: DataFolder, names: list[str]) -> list[str]:
    failed = []
    for name in names:
        try:
            with progress_bar("Collecting") as progress:
                say(ask(folder, "collect", {"source": name}, who=who(), progress=progress))
        except InputError as error:
            say(f"{name}: {error}")
            failed.append(name)
    return failed


def _collect_here(folder: DataFolder, settings: Settings, names: list[str]) -> list[str]:
    from jobs import pipeline

    failed = []
    with own_instance(folder, settings) as instance, progress_bar("Collecting") as progress:
        for name in names:
            done = pipeline.collect(instance, name, utc_now(), progress)
            say(f"{name}: {done.new:,} new, {done.updated:,} updated, {done.deleted:,} deleted" + (f"; {done.error}" if done.error else ""))
            failed += [name] if done.error else []
        pipeline.detect(instance, utc_now())
        pipeline.publish_now(instance, utc_now())
    return failed


def import_(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSONL, Parquet, XLSX or an export of a tool; packed with gzip, too.")],
    source: Annotated[str | None, typer.Option("--source", help="Name under which the posts are kept; else from the file's name.")] = None,
    columns: Annotated[list[str] | None, typer.Option("--column", metavar="FIELD=COLUMN", help="Which column holds a field.")] = None,
    form: Annotated[str | None, typer.Option("--format", help="Format, where it is not recognised; see docs/import.md.")] = None,
    date: Annotated[
        str | None, typer.Option("--date", help="Time of posts that carry none, e.g. 2026-01-31 or 2026-01-31T12:00+07:00.")
    ] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="Encoding, where it is not recognised.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the file and say what would be taken; store nothing.")] = False,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Import a file of posts. The format is recognised; rejected rows are listed with line and reason; the rest is kept.

    Examples: `kentongan import posts.csv.gz` · `kentongan import export.csv --column text=Isi --column created_at=Tanggal`
    """
    from ingest.files import ImportOptions

    settings, folder = read_settings(config), data_folder(data)
    options = ImportOptions.from_options(columns or [], form=form, date=date, encoding=encoding, zone=settings.general.zone)
    if dry_run:  # needs no warehouse, so it is done here where a worker runs, too
        from jobs.importing import try_file

        with progress_bar("Checking") as progress:
            tried = try_file(settings, file, options, source=source, now=utc_now(), progress=progress)
        for line in (*tried.listed(), tried.forecast()):
            say(line)
        return
    if worker_runs(folder):
        payload = {"path": str(file.absolute()), "source": source, "options": options.to_payload()}
        with progress_bar("Importing") as progress:
            say(ask(folder, "import", payload, who=who(), progress=progress))
        return
    from jobs.importing import import_file
    from jobs.pipeline import publish_now

    with own_instance(folder, settings) as instance:
        with progress_bar("Importing") as progress:
            done = import_file(instance, file, options, source=source, now=utc_now(), progress=progress)
        for line in (*done.listed(), done.summary()):
            say(line)
        publish_now(instance, utc_now())


def sql(
    query: Annotated[str, typer.Argument(help="One SELECT statement.")],
    form: FormatOption = "table",
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Ask the published copy, while the worker goes on collecting.

    Example: `kentongan sql "select lang, count(*) from posts group by 1" --format csv`
    """
    from warehouse.sandbox import run_query

    settings, folder = read_settings(config), data_folder(data)
    if not folder.catalog.exists() and not worker_runs(folder):
        if not folder.warehouse.exists():
            raise InputError(f"{folder.root}: no data yet; try `kentongan import FILE`, `kentongan collect` or `kentongan demo`")
        from jobs.pipeline import publish_now

        with own_instance(folder, settings) as instance:
            publish_now(instance, utc_now())
    answer = run_query(folder, query, timeout=settings.sql.timeout, memory=settings.sql.memory, rows=settings.sql.rows)
    print_table(answer.table, form)
    if answer.truncated:
        say(f"kentongan: only the first {settings.sql.rows:,} rows are shown; add LIMIT, or raise sql.rows")


def enrich(
    source: Annotated[Path, typer.Option("--input", metavar="FILE", help="CSV, JSONL or Parquet with a column of text; gzip too.")],
    target: Annotated[Path, typer.Option("--output", metavar="FILE", help="Where the labels go: *.csv, *.jsonl or *.parquet (.gz too).")],
    text_column: Annotated[str | None, typer.Option("--text-column", help="The column of text, where it is not found.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Label a file of posts: language, topics, places, sentiment, intent; identities are redacted. Needs no warehouse.

    Example: `kentongan enrich --input posts.csv --output labels.parquet`
    """
    from jobs.kept_code import load_kept_code_alone

    load_kept_code_alone()
    from jobs.enrich_file import enrich_file
    from jobs.labelling import Labeller, keep_small

    keep_small()
    settings, folder = read_settings(config), data_folder(data)
    labeller = Labeller(settings, author_key(folder), topics_file_of(folder, settings))
    with progress_bar("Labelling") as progress:
        total, version = enrich_file(source, target, labeller, text_column=text_column, progress=lambda done, of: progress(done, of, ""))
    say(f"{target}: {total:,} posts labelled by {version}")


def relabel(config: ConfigOption = None, data: DataOption = None) -> None:
    """Label stored posts anew whose labels come from older models, topics or places. A running worker does it, and does it unasked, too.

    Example: `kentongan relabel`
    """
    settings, folder = read_settings(config), data_folder(data)
    with progress_bar("Relabelling") as progress:
        if worker_runs(folder):
            said = ask(folder, "relabel", {}, who=who(), progress=progress)
        else:
            from jobs.pipeline import publish_now
            from jobs.relabel import relabel as relabel_posts

            with own_instance(folder, settings) as instance:
                total = relabel_posts(instance, utc_now(), progress=progress)
                said = f"{total:,} posts relabelled by {instance.labeller.enricher.model_version}"
                publish_now(instance, utc_now())
    say(said)


def second_look(
    config: ConfigOption = None,
    data: DataOption = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Most posts to read, those of signals first.")] = 10_000,
) -> None:
    """Let the larger model read the posts that decide something: of signals, unsure ones, a sample. A running worker does it unasked, too.

    Example: `kentongan second-look --most 2000`
    """
    from jobs.second_look import available, look_again

    settings, folder = read_settings(config), data_folder(data)
    if (missing := available()) is not None:
        raise InputError(missing)
    with progress_bar("Second look") as progress:
        if worker_runs(folder):
            said = ask(folder, "second look", {"most": most}, who=who(), progress=progress)
        else:
            from jobs.pipeline import publish_now

            with own_instance(folder, settings) as instance:
                said = f"{look_again(instance, utc_now(), most, progress):,} posts read a second time"
                publish_now(instance, utc_now())
    say(said)


def detect(
    source: Annotated[Path | None, typer.Option("--input", metavar="FILE", help="A date column and one column a series.")] = None,
    target: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Long table: series, date, observed, expected, ...")
    ] = None,
    algorithm: Annotated[str, typer.Option("--algorithm", help="One of --list.")] = "gamma-Poisson",
    params: Annotated[list[str] | None, typer.Option("--param", metavar="KEY=VALUE", help="A parameter of the algorithm.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the algorithms with their parameters.")] = False,
) -> None:
    """Run a detector over a table of counts. Needs no warehouse.

    Example: `kentongan detect --input counts.csv --algorithm EARS-C1 --param baseline=14 --output out.csv`
    """
    from analytics.detect.base import build as build_detector
    from analytics.detect.base import detectors

    if listing:
        for name in sorted(detectors()):
            found = build_detector(name, {})
            typer.echo(f"{name}: {', '.join(f'{key}={value}' for key, value in vars(found.params).items())}")  # type: ignore[attr-defined]
        return
    if source is None or target is None:
        raise InputError("--input and --output are both needed; see kentongan detect --help")
    from jobs.detect_file import detect_file

    with progress_bar("Detecting"):
        alarms = detect_file(source, target, build_detector(algorithm, _pairs(params or []), "detect"))
    say(f"{target}: {alarms:,} alarms")


def _pairs(params: list[str]) -> dict[str, str]:
    pairs = {}
    for param in params:
        key, sign, value = param.partition("=")
        if not sign:
            raise InputError(f"--param {param!r}: write KEY=VALUE, e.g. --param alpha=0.01")
        pairs[key] = value
    return pairs


def report(
    kind: Annotated[Literal["daily", "weekly"], typer.Argument(help="On the last complete day, or the last complete week.")],
    target: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write *.pdf, *.html, *.txt or *.eml.")] = None,
    to: Annotated[list[str] | None, typer.Option("--to", metavar="ADDRESS", help="Send to this person; may be given again.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Send to the recipients of the settings.")] = False,
    language: Annotated[Literal["id", "en"] | None, typer.Option("--language", help="Language of the written file.")] = None,
    config: ConfigOption = None,
    data: DataOption = None,
) -> None:
    """Make a report from the published copy, and write it or send it. Nobody gets the same report twice.

    Examples: `kentongan report daily --output today.pdf` · `kentongan report weekly --send`
    """
    from jobs.mail import check_address, queue, send_queued, write_report
    from jobs.report import build as build_report

    settings, folder, now = read_settings(config), data_folder(data), utc_now()
    for address in to or []:
        check_address("--to", address)
    today = now.astimezone(settings.zone).date()
    recipients = [*(to or []), *(getattr(settings.report, f"{kind}_to") if send else [])]
    if target is None and not recipients:
        raise InputError(
            "name what to do with it: --output FILE, --to ADDRESS, or --send with report.{kind}_to set".replace("{kind}", kind)
        )
    if target is not None:
        write_report(build_report(folder, settings, kind, today, language), target, settings, now)
        say(f"Wrote {target}")
    if recipients:
        state = State(folder.create())
        queued = queue(state, kind, today, recipients, now)
        sent = send_queued(state, folder, settings, now)
        say(f"{len(recipients)} recipients: {len(recipients) - queued} had it already, {sent} mails sent")
        if sent < queued:
            raise InputError(f"{queued - sent} mails were not sent, see above; a running worker tries them again")


COMMANDS = {
    "collect": collect,
    "import": import_,
    "sql": sql,
    "enrich": enrich,
    "relabel": relabel,
    "second-look": second_look,
    "detect": detect,
    "report": report,
}

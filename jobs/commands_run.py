"""Commands that run an instance: init, demo, serve, worker, web, doctor. What only one command needs is imported within it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Annotated

import typer

from jobs.clock import utc_now
from jobs.options import ConfigOption, DataOption, PortOption, data_folder, read_settings
from jobs.serve import check_port, web_command
from jobs.serve import serve as supervise
from jobs.shown import progress_bar, say
from jobs.stopping import stop_on_signals
from jobs.written import written_aside
from warehouse.errors import InputError, SettingsError
from warehouse.settings import DataFolder, find_config, load

SHIPPED_CONFIG = Path(__file__).parents[1] / "config.toml"


def init(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="Where to write the settings.")] = Path("config.toml"),
    data: DataOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented config.toml that works without any key, and make the data folder.

    Example: `kentongan init --config dinkes.toml --data /srv/dinkes`
    """
    if config.exists() and not force:
        raise InputError(f"{config}: is there already; --force replaces it")
    folder = data_folder(data).create()
    if config.resolve() != SHIPPED_CONFIG.resolve():
        with written_aside(config) as aside:
            shutil.copyfile(SHIPPED_CONFIG, aside)
    read_settings(config)
    say(f"Wrote {config}; data will be kept in {folder.root}. Next: kentongan serve --config {config} --data {folder.root}")


def demo(
    data: Annotated[Path, typer.Option("--data", metavar="FOLDER", help="Where the demo keeps its files.")] = Path("demo-data"),
    port: PortOption = None,
    posts_per_day: Annotated[int, typer.Option(min=20, max=20_000, help="Average number of synthetic posts a day.")] = 200,
    days: Annotated[int, typer.Option(min=60, max=1_500, help="Days of history.")] = 730,
    fill_only: Annotated[bool, typer.Option("--fill-only", help="Fill the demo warehouse and stop.")] = False,
) -> None:
    """Fill a demo warehouse with two years of synthetic posts and serve it, while new posts keep coming.

    Example: `kentongan demo --port 8051`
    """
    from jobs.demo import World, fill, write_config

    folder = DataFolder(data)
    config = write_config(folder, World(utc_now().astimezone(load(None).zone).date(), days, posts_per_day))
    settings = read_settings(config, port)
    if not fill_only:
        check_port(settings)
    with progress_bar("Demo") as progress:
        say(fill(folder, settings, progress))
    if not fill_only:
        supervise(config, folder, settings, say)


def serve(config: ConfigOption = None, data: DataOption = None, port: PortOption = None) -> None:
    """Run worker and dashboard until Ctrl-C.

    Example: `kentongan serve --config dinkes.toml --data /srv/dinkes --port 8080`
    """
    supervise(find_config(config), data_folder(data).create(), read_settings(config, port), say)


def worker(config: ConfigOption = None, data: DataOption = None) -> None:
    """Run the worker alone: collect, label, count, detect, publish, mail. One worker owns a data folder.

    Example: `kentongan worker --data /srv/dinkes`
    """
    from jobs.worker import run_worker

    run_worker(data_folder(data).create(), read_settings(config), stop_on_signals())


def web(config: ConfigOption = None, data: DataOption = None, port: PortOption = None) -> None:
    """Run the dashboard alone, over what a worker publishes.

    Example: `kentongan web --data /srv/dinkes --port 8080`
    """
    settings = read_settings(config, port)
    check_port(settings)
    os.environ["KENTONGAN_DATA"] = str(data_folder(data).create().root)
    os.environ["KENTONGAN_CONFIG"] = str(find_config(config) or "")
    command = web_command(settings)
    os.execv(command[0], command)


def doctor(config: ConfigOption = None, data: DataOption = None) -> None:
    """Check settings, files, rights, disk, worker and freshness; says what to do about each trouble. Exit code 1 when one is serious.

    Example: `kentongan doctor --data /srv/dinkes`
    """
    from jobs import doctor as checks

    try:
        settings = read_settings(config)
    except SettingsError as error:
        say(f"FAIL  settings: {error}")
        raise typer.Exit(1) from None
    findings = checks.examine(data_folder(data), settings)
    for finding in findings:
        typer.echo(f"{finding.level:<5} {finding.what}: {finding.text}")
    if any(finding.level == checks.FAIL for finding in findings):
        sys.exit(1)


COMMANDS = {"init": init, "demo": demo, "serve": serve, "worker": worker, "web": web, "doctor": doctor}

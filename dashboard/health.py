"""How the instance itself does: the worker, the published copy, the disk, versions."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import duckdb
from dash import html
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.i18n import _, n_
from dashboard.shell import STALE
from dashboard.site import Site
from warehouse.errors import NothingPublished
from warehouse.lock import holder

SCARCE: Final = 2_000_000_000  #: bytes of free disk below which it is said so
_PACKAGES: Final = ("kentongan", "dash", "dash-mantine-components", "pyarrow")
_UNITS: Final = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def panel(site: Site) -> Component:
    tiles = [_worker(site), _published(site), _stored(site), _disk(site)]
    rows = [[name, number] for name, number in versions()]
    table = widgets.folded(_("Versions"), widgets.plain_table([_("Part"), _("Version")], rows, caption=_("Versions")))
    about = _("The worker collects, counts and publishes; pages read the copy that it published. Sizes are those on the disk.")
    return widgets.panel(_("System health"), [html.Div(tiles, className="tiles"), table], about=about)


def _worker(site: Site) -> Component:
    waiting = site.operations.waiting()
    note = n_("{n} request waits", "{n} requests wait", len(waiting)) if waiting else _("no request waits")
    if (pid := holder(site.folder)) is None:
        return widgets.tile(_("Worker"), _("Does not run"), [widgets.dot("bad"), " ", _("start it with: kentongan serve")])
    return widgets.tile(_("Worker"), _("Runs"), [widgets.dot("good"), " ", _("process {pid}", pid=str(pid)), " · ", note])


def _published(site: Site) -> Component:
    label = _("Last publication")
    try:
        found = site.catalog.freshness(site.now())
    except NothingPublished:
        return widgets.tile(label, _("never"), [widgets.dot("bad"), " ", _("nothing published")])
    age = site.now() - found.published_at
    kind = "good" if age.total_seconds() < STALE else "warn"
    return widgets.tile(label, i18n.ago(age), [widgets.dot(kind), " ", i18n.moment(found.published_at)])


def _stored(site: Site) -> Component:
    try:
        posts = site.catalog.freshness(site.now()).posts_total
    except NothingPublished:
        posts = 0
    sizes = [
        (_("warehouse"), _size(site.folder.warehouse)),
        (_("published"), _size(site.folder.published)),
        (_("state"), _size(site.folder.state)),
    ]
    note = ", ".join(f"{name} {size(found)}" for name, found in sizes)
    return widgets.tile(_("Posts stored"), i18n.number(posts), note)


def _disk(site: Site) -> Component:
    found = shutil.disk_usage(site.folder.root)
    kind = "good" if found.free > SCARCE else "bad"
    return widgets.tile(_("Free on the disk"), size(found.free), [widgets.dot(kind), " ", _("of {size}", size=size(found.total))])


def _size(path: Path) -> int:
    """Bytes of a file, or of the files of a folder; a file that is replaced meanwhile counts nothing."""
    return sum(_files(path))


def _files(path: Path) -> Iterator[int]:
    for one in path.rglob("*") if path.is_dir() else [path]:
        try:
            if one.is_file():
                yield one.stat().st_size
        except FileNotFoundError:
            continue


def size(found: float) -> str:
    """Bytes in the unit that fits, as disks are sold: 1 GB is 1,000,000,000 bytes."""
    for factor, unit in _UNITS:
        if found >= factor:
            return f"{i18n.number(found / factor, 1 if found < 10 * factor else 0)} {unit}"
    return f"{i18n.number(found)} B"


@cache
def versions() -> list[tuple[str, str]]:
    """What runs here, by name."""
    found = [(name, _version(name)) for name in _PACKAGES]
    return [*found, ("DuckDB", duckdb.__version__), ("SQLite", sqlite3.sqlite_version), ("Python", platform.python_version())]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "–"

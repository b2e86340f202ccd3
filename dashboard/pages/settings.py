"""Settings: one's own account, how the instance does, and for administrators what settings are in force."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from dashboard import account, health, inforce, widgets
from dashboard.auth import may
from dashboard.i18n import N_, _, n_
from dashboard.site import Page, Site
from dashboard.urlstate import Field

FIELDS: Final[tuple[Field, ...]] = ()
ORIGIN: Final = {"default": N_("default"), "file": N_("config.toml"), "environment": N_("environment")}


def layout(site: Site, values: dict[str, Any]) -> Component:
    parts = [account.panel(site), health.panel(site), *([_settings(site)] if may("administrator") else [])]
    return html.Div(parts, style={"display": "contents"})


def _settings(site: Site) -> Component:
    where = str(site.settings.config_file) if site.settings.config_file else _("no file: the defaults and the environment")
    tables = [_table(name, list(rows)) for name, rows in groupby(inforce.in_force(site.settings), lambda one: one.table)]
    about = _(
        "Read only: they are changed in config.toml, and count after a restart. The environment wins over the file, the file over the "
        "default. Passwords, tokens and keys are never shown."
    )
    return widgets.panel(_("Settings in force"), [html.P([_("Read from"), " ", html.Code(where)]), *tables], about=about)


def _table(name: str, rows: list[inforce.InForce]) -> Component:
    changed = sum(row.origin != "default" for row in rows)
    summary = f"[{name}]" + (" · " + n_("{n} of them set", "{n} of them set", changed) if changed else "")
    headings = [_("Setting"), _("Value"), _("From"), _("Meaning")]
    cells = [[html.Code(row.key), _value(row), _origin(row.origin), _about(row)] for row in rows]
    return widgets.folded(summary, widgets.plain_table(headings, cells, caption=name))


def _value(row: inforce.InForce) -> Component:
    parts: list[Any] = [html.Bdi(row.value, className="value")]
    if row.present is not None:
        parts += [" ", widgets.badge(_("is set") if row.present else _("is not set"), "good" if row.present else "")]
    return html.Span(parts)


def _about(row: inforce.InForce) -> list[Any]:
    """What the setting means; what stands between backticks is a command."""
    parts = _(row.about).split("`") if row.about else []
    return [html.Code(part) if index % 2 else part for index, part in enumerate(parts)]


def _origin(origin: str) -> Component:
    return widgets.badge(_(ORIGIN[origin]), "" if origin == "default" else "good")


PAGE: Final = Page(
    "/settings",
    N_("Settings"),
    N_("Your account, how this instance does, and what it was told."),
    "settings",
    FIELDS,
    layout,
    account.register,
    reads_posts=False,
)

"""The audit log on a page: who did what when, filtered, page by page, and as a file. Administrators read it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

import pandas as pd
from dash import Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.auth import require
from dashboard.exports import to_csv
from dashboard.i18n import N_, _, n_
from dashboard.site import Site
from dashboard.urlstate import DAYS, SPAN, Choice, Field, Whole, span_days
from dashboard.widgets import aria
from warehouse.state import AuditEntry
from warehouse.state.audit import MOST

WHO: Final = Field("who")
WHAT: Final = Field("what")
TEXT: Final = Field("q")
NUMBER: Final = Whole("entries", 1, 1, 100_000)
WHEN: Final = Choice(SPAN.key, "30d", SPAN.options)
FILTERS: Final[tuple[Field, ...]] = (WHO, WHAT, TEXT, WHEN, DAYS)
FIELDS: Final[tuple[Field, ...]] = (*FILTERS, NUMBER)
SIZE: Final = 50  #: entries of one page

#: Deeds in words; one that stands not here is shown as it was noted.
DEED: Final = {
    "log in": N_("Logged in"),
    "log in refused": N_("Log-in refused"),
    "log out": N_("Logged out"),
    "run source": N_("Asked to collect a source"),
    "add account": N_("Made an account"),
    "role": N_("Changed a role"),
    "shut account": N_("Shut an account"),
    "open account": N_("Opened an account"),
    "new password": N_("Made a new password for somebody"),
    "change password": N_("Changed the own password"),
    "end sessions": N_("Ended sessions"),
    "correct label": N_("Corrected a label"),
    "undo correction": N_("Took a correction back"),
    "export posts": N_("Exported posts"),
    "export audit": N_("Exported the audit log"),
}


def panel(site: Site, values: dict[str, Any]) -> Component:
    """The panel; `register` must have been called once."""
    people, kinds = site.operations.audit_kinds()
    anybody = {"": _("Anybody"), **{name: i18n.upright(name) for name in people}}
    anything = {"": _("Anything"), **{kind: _deed(kind) for kind in kinds}}
    first, last = _days(site)
    controls = [
        widgets.one("who", _("Who"), anybody, values["who"] if values["who"] in anybody else "", searchable=True),
        widgets.one("what", _("What"), anything, values["what"] if values["what"] in anything else "", searchable=True),
        widgets.text("q", _("In the details"), values["q"], _("Name, address, number …")),
        *widgets.span(values["span"], values["days"], first, last),
    ]
    pager = widgets.pager(NUMBER.key, values[NUMBER.key])
    head = [html.Span(id="deeds-count", className="quiet small num", **aria(live="polite")), pager]
    return widgets.panel(
        _("Audit log"),
        [html.Div(controls, className="controls"), html.Div(head, className="pager"), widgets.waiting(html.Div(id="deeds-list"), 320)],
        about=_(
            "Every deed that changed something, let somebody in or took data out: entries are only ever added. Passwords and texts of "
            "posts never stand in it."
        ),
        actions=widgets.csv_button("deeds-csv"),
    )


def register(site: Site) -> None:
    deciding = [Input(widgets.control(field.key), "value") for field in FILTERS]

    @site.callback(
        Output("deeds-list", "children"),
        Output("deeds-count", "children"),
        Output(widgets.control(NUMBER.key), "total"),
        Output(widgets.control(NUMBER.key), "value"),
        *deciding,
        Input(widgets.control(NUMBER.key), "value"),
        Input("accounts-changed", "data"),
        role="administrator",
    )
    def show(*values: Any) -> Any:
        *chosen, number, _changed = values
        turned = {found["key"] for found in ctx.triggered_prop_ids.values() if isinstance(found, dict)}
        restart = bool(turned) and NUMBER.key not in turned
        number = 1 if restart else number or 1
        entries, total = site.operations.audit_page(**_chosen(site, *chosen), offset=(number - 1) * SIZE, limit=SIZE)
        pages = max(1, -(-total // SIZE))
        return _table(entries), n_("{n} entry", "{n} entries", total), pages, number if restart else no_update

    @site.callback(
        Output("deeds-csv-file", "data"),
        Input("deeds-csv", "n_clicks"),
        *[State(dependency.component_id, "value") for dependency in deciding],
        prevent_initial_call=True,
        role="administrator",
    )
    def download(_clicks: int, *values: Any) -> Any:
        entries, total = site.operations.audit_page(**_chosen(site, *values), limit=MOST)
        site.operations.audit(require("administrator"), "export audit", f"{len(entries)} of {total} entries", site.now())
        frame = pd.DataFrame(
            [(one.at.isoformat(), one.who, one.what, one.detail) for one in entries], columns=["at", "who", "what", "detail"]
        )
        return dcc.send_string("\ufeff" + to_csv(frame), "kentongan-audit.csv")


def _chosen(site: Site, who: str | None, what: str | None, text: str | None, span: str | None, days: Any) -> dict[str, Any]:
    """What the controls mean, for `Audit.audit_page`."""
    first, last = span_days(span or str(WHEN.default), days or (), *_days(site))
    zone = site.settings.zone
    return {
        "who": who or "",
        "what": what or "",
        "text": (text or "").strip(),
        "first": datetime.combine(first, time(), zone),
        "until": datetime.combine(last + timedelta(days=1), time(), zone),
    }


def _days(site: Site) -> tuple[date, date]:
    """The days that the log can have entries on."""
    zone, now = site.settings.zone, site.now()
    return (site.operations.audit_since() or now).astimezone(zone).date(), now.astimezone(zone).date()


def _table(entries: list[AuditEntry]) -> Component:
    if not entries:
        return widgets.empty_state(_("No entries for this choice"), _("Choose a longer period or fewer filters."))
    rows = [[i18n.moment(one.at), _name(one.who), _deed(one.what), html.Bdi(i18n.upright(one.detail))] for one in entries]
    return html.Div(widgets.plain_table([_("When"), _("Who"), _("What"), _("Details")], rows, caption=_("Audit log")), className="deeds")


def _deed(kind: str) -> str:
    return _(DEED[kind]) if kind in DEED else i18n.upright(kind)


def _name(who: str) -> str:
    known = {"loopback": _("somebody at this machine"), "unknown": _("unknown")}
    return known.get(who) or i18n.upright(who)

"""People: who may log in and as what, and the audit log. For administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import accounts, auth, deeds, grids, i18n, sessions, widgets
from dashboard.i18n import N_, _
from dashboard.names import ROLE
from dashboard.site import Page, Site
from dashboard.urlstate import Code, Field
from dashboard.widgets import aria
from warehouse.state import Account, Session

CHOSEN: Final = Code("account")
FIELDS: Final[tuple[Field, ...]] = (CHOSEN, *deeds.FIELDS)
_SINGLE: Final = {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True}
_MAY: Final = {
    "viewer": N_("sees all pages"),
    "analyst": N_("also asks in SQL, exports posts and corrects labels"),
    "officer": N_("also verifies signals and runs sources"),
    "administrator": N_("also makes accounts and reads the audit log"),
}
_STEPS: Final[dict[str, Callable[..., accounts.Done]]] = {
    "role": accounts.give_role,
    "shut": accounts.shut,
    "open": accounts.reopen,
    "password": accounts.new_password,
    "end": accounts.end_sessions,
}


def layout(site: Site, values: dict[str, Any]) -> Component:
    listed = widgets.panel(
        _("Accounts"),
        [
            *_no_login(site),
            widgets.waiting(grids.grid("accounts-grid", _columns(), rowSelection=_SINGLE), 240),
            html.Div(id="account-detail", **aria(live="polite")),
            dcc.Store(id=widgets.kept("account"), data=values["account"]),
        ],
        about=_("Each role may do what the roles before it may do:")
        + " "
        + " · ".join(f"{_(ROLE[role])}: {_(_MAY[role])}" for role in ROLE),
        note=_("Choose a row to change the account."),
    )
    told = html.Div(id="accounts-told", role="status", className="told")
    parts = [told, html.Div([listed, _adding()], className="grid-main top"), deeds.panel(site, values), dcc.Store(id="accounts-changed")]
    return html.Div(parts, style={"display": "contents"})


def _no_login(site: Site) -> list[Component]:
    if site.needs_login:
        return []
    text = _("The dashboard listens on this machine only, so nobody logs in now; accounts count as soon as it listens on another address.")
    return [html.P(text, className="quiet small")]


def _adding() -> Component:
    login = dmc.TextInput(id="account-login", label=_("Login"), value="", autoComplete="off", className="wide", size="sm")
    button = dmc.Button(_("Make the account"), id="account-add", size="sm")
    body = [
        html.Div([login, _roles("account-role", "viewer")], className="controls"),
        html.Div(button, className="controls middle"),
        html.P(_("A password is made and shown once; its owner is asked to change it."), className="quiet small"),
    ]
    return widgets.panel(_("New account"), body)


def _roles(id: Any, value: str) -> Component:
    data = [{"value": role, "label": _(ROLE[role])} for role in ROLE]
    return dmc.Select(
        id=id,
        label=_("Role"),
        data=data,
        value=value,
        allowDeselect=False,
        comboboxProps={"shadow": "md", "withinPortal": True},
        className="mid",
        size="sm",
    )


def _columns() -> list[dict[str, Any]]:
    return [
        grids.column("login", _("Login"), minWidth=130, flex=2, tooltipField="login"),
        grids.column("role", _("Role"), minWidth=120),
        grids.column("state", _("State"), minWidth=130),
        grids.column("sessions", _("Sessions"), numeric=True, minWidth=95),
        grids.column("since", _("Since"), written="made", minWidth=120),
    ]


def register(site: Site) -> None:
    deeds.register(site)

    @site.callback(
        Output("accounts-grid", "rowData"),
        Output("accounts-grid", "style"),
        Input("accounts-changed", "data"),
        role="administrator",
    )
    def fill(_changed: Any) -> Any:
        logged_in = [one.login for one in site.operations.sessions(site.now())]
        rows = [_row(one, logged_in.count(one.login)) for one in site.operations.users()]
        return rows, grids.fitted(len(rows), 420)

    @site.callback(
        Output(widgets.kept("account"), "data"), Input("accounts-grid", "selectedRows"), prevent_initial_call=True, role="administrator"
    )
    def choose(selected: list[dict[str, Any]] | None) -> Any:
        return selected[0]["login"] if selected else no_update

    @site.callback(
        Output("account-detail", "children"),
        Input(widgets.kept("account"), "data"),
        Input("accounts-changed", "data"),
        role="administrator",
    )
    def detail(login: str | None, _changed: Any) -> Any:
        found = site.operations.user(login) if login else None
        return _detail(found, site.operations.sessions(site.now(), found.login)) if found else None

    @site.callback(
        Output("accounts-told", "children"),
        Output("accounts-changed", "data"),
        Output("account-login", "value"),
        Input("account-add", "n_clicks"),
        Input({"type": "account-do", "step": ALL}, "n_clicks"),
        State("account-login", "value"),
        State("account-role", "value"),
        State({"type": "role-of", "of": ALL}, "value"),
        State(widgets.kept("account"), "data"),
        prevent_initial_call=True,
        role="administrator",
    )
    def take(added: int | None, clicks: list[int | None], login: str, role: str, roles: list[str], chosen: str) -> Any:
        if ctx.triggered_id == "account-add" and added:
            return _told(accounts.add(site, login, role)), site.now().isoformat(), ""
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return no_update, no_update, no_update
        step = ctx.triggered_id["step"]
        more = [roles[0] if roles else None] if step == "role" else []
        return _told(_STEPS[step](site, chosen, *more)), site.now().isoformat(), no_update


def _row(one: Account, sessions_open: int) -> dict[str, Any]:
    state = _("Shut") if one.disabled else _("First password") if one.temporary else _("Open")
    return {
        "login": one.login,
        "role": _(ROLE[one.role]),
        "state": state,
        "sessions": sessions_open,
        "since": one.created_at.isoformat(),
        "made": i18n.day(i18n.local_day(one.created_at)),
    }


def _detail(one: Account, found: list[Session]) -> Component:
    steps = [
        _button("role", _("Give this role")),
        _button("password", _("New password")),
        *([_button("end", _("End all sessions"))] if found else []),
        _button("open", _("Open the account")) if one.disabled else _button("shut", _("Shut the account")),
    ]
    parts = [
        html.H3(one.login),
        html.Div([_roles({"type": "role-of", "of": one.login}, one.role)], className="controls"),
        html.Div(steps, className="controls middle"),
        sessions.table(found, auth.own_session()) if found else html.P(_("Not logged in anywhere."), className="quiet small"),
    ]
    return html.Div(parts, className="stack-small account")


def _button(step: str, label: str) -> Component:
    return dmc.Button(label, id={"type": "account-do", "step": step}, variant="default", size="sm")


def _told(done: accounts.Done) -> Component:
    password = [html.Code(done.password, className="password")] if done.password else []
    return dmc.Alert(
        [html.Span(done.said + " "), *password], color="green", withCloseButton=True, closeButtonLabel=_("Close"), className="told-box"
    )


PAGE: Final = Page(
    "/people",
    N_("People"),
    N_("Who may log in and do what, and who did what."),
    "people",
    FIELDS,
    layout,
    register,
    role="administrator",
    reads_posts=False,
)

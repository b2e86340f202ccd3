"""One's own account: the password, and where one is logged in. Everybody may do this for themselves and for nobody else."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component

from dashboard import auth, i18n, sessions, widgets
from dashboard.i18n import _, n_
from dashboard.names import ROLE
from dashboard.passwords import LONGEST, SHORTEST, hash_password, matches
from dashboard.site import Site
from dashboard.widgets import aria
from warehouse.errors import InputError
from warehouse.state import Account, Session


def panel(site: Site) -> Component:
    """The panel; `register` must have been called once."""
    found = auth.account()
    title = _("Your account")
    if found is None:
        told = _("Nobody logs in here: the dashboard is reached from this machine only, and whoever sits at it may do everything.")
        return widgets.panel(title, [html.P(told), html.P(_no_login(), className="quiet small")])
    body = [
        html.P([html.Strong(found.login), " ", widgets.badge(_(ROLE[found.role]))]),
        html.Div(_reminder(found), id="own-reminder"),
        html.Div(id="own-told", role="status", className="told"),
        _password() if found.has_password else html.P(_("You log in with a provider and have no password here."), className="quiet"),
        html.H3(_("Where you are logged in")),
        html.Div(_sessions(site), id="own-sessions", **aria(live="polite")),
    ]
    return widgets.panel(title, body)


def _no_login() -> str:
    return _("Set web.host or web.login in config.toml to have people log in; make the first account with: kentongan users add NAME")


def _reminder(found: Account) -> list[Component]:
    if not found.temporary:
        return []
    text = _("Somebody else made your password. Choose one that only you know.")
    return [dmc.Alert(text, color="yellow", className="told-box")]


def _password() -> Component:
    def field(id: str, label: str, fill: str) -> Component:
        return dmc.PasswordInput(id=id, label=label, value="", autoComplete=fill, className="wide", size="sm")

    fields = [
        field("own-password", _("Password now"), "current-password"),
        field("own-new", _("New password"), "new-password"),
        field("own-again", _("New password again"), "new-password"),
    ]
    hint = _("At least {n} characters. Your other sessions end.", n=i18n.number(SHORTEST))
    button = dmc.Button(_("Change the password"), id="own-change", size="sm")
    return html.Div(
        [html.Div(fields, className="controls"), html.Div([button, html.Span(hint, className="quiet small")], className="controls middle")],
        className="stack-small",
    )


def _sessions(site: Site) -> list[Component]:
    found = auth.account()
    if found is None:
        return []
    own, mine = auth.own_session(), site.operations.sessions(site.now(), found.login)
    parts = [sessions.table(mine, own, _end_button)]
    if len(mine) > 1:
        others = {"type": "own-end", "session": "others"}
        parts.append(dmc.Button(_("End all others"), id=others, variant="default", size="sm", w="fit-content"))
    return parts


def _end_button(one: Session) -> Component:
    label = _("End the session in {browser}", browser=sessions.browser(one.browser))
    button = {"type": "own-end", "session": one.session_id}
    return html.Button(_("End"), id=button, type="button", className="link-button", **aria(label=label))


def register(site: Site) -> None:
    @site.callback(
        Output("own-sessions", "children"),
        Input({"type": "own-end", "session": ALL}, "n_clicks"),
        prevent_initial_call=True,
        role="viewer",
    )
    def end(clicks: list[int | None]) -> Any:
        if not isinstance(ctx.triggered_id, dict) or not any(clicks):
            return no_update
        end_sessions(site, ctx.triggered_id["session"])
        return _sessions(site)

    @site.callback(
        Output("own-told", "children"),
        Output("own-reminder", "children"),
        Output("own-sessions", "children", allow_duplicate=True),
        Output("own-password", "value"),
        Output("own-new", "value"),
        Output("own-again", "value"),
        Input("own-change", "n_clicks"),
        State("own-password", "value"),
        State("own-new", "value"),
        State("own-again", "value"),
        prevent_initial_call=True,
        role="viewer",
    )
    def change(clicks: int | None, now: str | None, new: str | None, again: str | None) -> Any:
        if not clicks:
            return (no_update,) * 6
        change_password(site, now or "", new or "", again or "")
        told = dmc.Alert(_("The password is changed; other sessions have ended."), color="green", className="told-box")
        return told, [], _sessions(site), "", "", ""


def change_password(site: Site, now: str, new: str, again: str) -> None:
    """Replace one's own password. Wrong tries count as tries to log in, lest a stolen session be used to find the password."""
    auth.require("viewer")
    found = _own()
    if new != again:
        raise InputError(_("The two new passwords differ."))
    if len(new) < SHORTEST or len(new.encode("utf-8", "replace")) > LONGEST:
        raise InputError(_("The new password has to have {n} to {most} characters.", n=i18n.number(SHORTEST), most=i18n.number(LONGEST)))
    address = auth.address_of_request()
    wait = site.operations.attempt(found.login, address, site.now())
    if wait is not None:
        minutes = -(-int(wait.total_seconds()) // 60)
        raise InputError(n_("Too many attempts. Try again in {n} minute.", "Too many attempts. Try again in {n} minutes.", minutes))
    if not matches(now, found.password_hash):
        site.operations.audit(found.login, "change password", f"refused: wrong password, from {address}", site.now())
        raise InputError(_("The password now is not right."))
    if new == now:
        raise InputError(_("The new password is the old one."))
    site.operations.forgive(found.login, address)
    site.operations.set_password(found.login, hash_password(new), keep=auth.own_session())
    site.operations.audit(found.login, "change password", "", site.now())


def end_sessions(site: Site, session_id: str) -> None:
    """End one of one's own sessions, or all "others"; another person's id ends nothing."""
    auth.require("viewer")
    found, own = _own(), auth.own_session()
    ended = site.operations.end_sessions(found.login, session_id=None if session_id == "others" else session_id, keep=own)
    site.operations.audit(found.login, "end sessions", f"{found.login}: {ended}", site.now())


def _own() -> Account:
    found = auth.account()
    if found is None:
        raise InputError(_("Nobody logs in here, so there is no password and no session."))
    return found

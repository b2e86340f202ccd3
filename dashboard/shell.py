"""The frame around every page: header, navigation, banners, and what changes the address, the language and the theme."""

from __future__ import annotations

from typing import Any, Final

import dash_mantine_components as dmc
from dash import ClientsideFunction, Input, Output, State, dcc, html
from dash.dependencies import ALL
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.auth import csrf_token, logged_in, may, who
from dashboard.i18n import LANGUAGES, _
from dashboard.router import Opened
from dashboard.site import Page, Site
from dashboard.widgets import aria
from warehouse.errors import NothingPublished
from warehouse.queries import Freshness

PULSE: Final = 20_000  #: milliseconds between two looks at how fresh the copy is
STALE: Final = 180  #: seconds after which the copy counts as old
_NIGHT: Final = ["#e4e8ec", "#c3cbd2", "#a0abb4", "#7d8891", "#3b454e", "#2f3840", "#232a31", "#1a2026", "#161b20", "#12171b"]
_BLUES: Final = ["#e8f3fa", "#cfe5f3", "#9fcbe6", "#6cb0d9", "#4399cc", "#1f84be", "#0072b2", "#00629b", "#005283", "#00426b"]

THEME: Final[dict[str, Any]] = {
    "primaryColor": "kentongan",
    "primaryShade": {"light": 6, "dark": 4},
    "colors": {"kentongan": _BLUES, "dark": _NIGHT},
    "defaultRadius": "md",
    "fontFamily": "var(--k-font)",
    "fontFamilyMonospace": "var(--k-mono)",
    "fontSizes": {"xs": "12px", "sm": "13px", "md": "14px", "lg": "16px", "xl": "20px"},
    "cursorType": "pointer",
    "autoContrast": True,
}


def frame(site: Site, pages: tuple[Page, ...], tab: dict[str, Any], first: Opened | None = None) -> Component:
    """Everything around the page, in the language of the tab, and the first page where it is known already."""
    page = html.Div(first.children if first else None, id="page")
    shell = dmc.AppShell(
        [
            dmc.AppShellHeader(_header(site, tab)),
            dmc.AppShellNavbar(_navigation(site, pages)),
            dmc.AppShellMain([*_banners(site), html.Div([html.Div(id="notice", role="alert"), page], id="main", tabIndex=-1)]),
        ],
        id="frame",
        header={"height": 56},
        navbar={"width": 208, "breakpoint": "sm", "collapsed": {"mobile": True}},
        padding=0,
        transitionDuration=0,
    )
    parts = [
        dcc.Location(id="url", refresh="callback-nav"),
        dcc.Store(id="ui", data=tab),
        dcc.Store(id="route"),
        dcc.Store(id="written"),
        dcc.Store(id="first", data={"shown": first.shown, "query": first.query} if first else None),
        dcc.Store(id="title", data=first.title if first else None),
        dcc.Store(id="shown", data=first.made if first else None),
        dcc.Interval(id="pulse", interval=PULSE),
        html.A(_("Skip to the content"), href="#main", className="skip"),
        shell,
    ]
    dates = dmc.DatesProvider(parts, settings={"locale": tab["lang"], "firstDayOfWeek": 0 if site.settings.general.week == "skdr" else 1})
    return dmc.MantineProvider(dates, id="mantine", theme=THEME, forceColorScheme=tab["theme"])


def _header(site: Site, tab: dict[str, Any]) -> Component:
    burger = dmc.Burger(id="burger", opened=False, hiddenFrom="sm", size="sm", **aria(label=_("Menu")))
    brand = dcc.Link([widgets.icon("drum"), html.Span(site.settings.general.name)], href=widgets.href("/"), className="brand")
    language = dmc.SegmentedControl(
        id="language",
        data=[{"value": code, "label": code.upper()} for code in LANGUAGES],
        value=tab["lang"],
        size="xs",
        **aria(label=_("Language")),
    )
    fresh = [
        html.Span(id="fresh-badge", className="fresh"),
        html.Button(_("Show new data"), id="fresh-load", type="button", className="link-button hidden"),
    ]
    theme = html.Button(
        html.Span(id="theme-icon", className=theme_icon(tab["theme"])),
        id="theme",
        className="icon-button",
        type="button",
        title=_("Dark or light"),
        **aria(label=_("Dark or light")),
    )
    return html.Div([burger, brand, html.Span(className="spring"), *fresh, language, theme, *_log_out()], className="k-header")


def _log_out() -> list[Component]:
    """For somebody who has logged in, the way out."""
    if not logged_in():
        return []
    token = dcc.Input(type="hidden", name="csrf", value=csrf_token(), id="csrf")
    button = html.Button(_("Log out"), type="submit", className="link-button", title=who())
    return [html.Form([token, button], action="/logout", method="post")]


def theme_icon(theme: str) -> str:
    return "icon icon-moon" if theme == "light" else "icon icon-sun"


def _navigation(site: Site, pages: tuple[Page, ...]) -> Component:
    links = [
        dmc.NavLink(label=_(page.title), href=widgets.href(page.path), leftSection=widgets.icon(page.icon), active="exact")
        for page in pages
        if may(page.role)
    ]
    foot = [_("Signals are not cases: each needs a person to verify it.")]
    return html.Nav([*links, html.Div(foot, className="k-nav-foot")], className="k-nav", style={"height": "100%"}, **aria(label=_("Pages")))


def _banners(site: Site) -> list[Component]:
    found = []
    if site.is_demo:
        found.append(_("Demonstration: every post here is synthetic. Reached from this machine only, without log-in."))
    elif not site.needs_login:
        found.append(_("No log-in: the dashboard listens on this machine only."))
    return [html.Div(text, className="banner", role="note") for text in found]


def freshness_badge(site: Site, found: Freshness) -> list[Any]:
    """How old the copy is."""
    age = site.now() - found.published_at
    kind = "good" if age.total_seconds() < STALE else "warn"
    said: list[Any] = [html.Span(_("Published") + " ", className="long"), i18n.ago(age)]
    return [widgets.dot(kind), html.Span(said, title=i18n.moment(found.published_at))]


def register(site: Site) -> None:
    """The callbacks of the frame."""
    _register_browser(site)

    @site.callback(
        Output("fresh-badge", "children"), Output("fresh-load", "className"), Input("pulse", "n_intervals"), Input("shown", "data")
    )
    def freshen(_beats: int | None, shown: str | None) -> tuple[Any, str]:
        try:
            found = site.catalog.freshness(site.now())
        except NothingPublished:
            return [widgets.dot("bad"), _("nothing published")], "link-button hidden"
        newer = shown is not None and shown != found.published_at.isoformat()
        return freshness_badge(site, found), "link-button" if newer else "link-button hidden"


def _register_browser(site: Site) -> None:
    def browser(name: str, *dependencies: Any, **options: Any) -> None:
        site.app.clientside_callback(ClientsideFunction("kentongan", name), *dependencies, **options)

    browser(
        "route",
        Output("route", "data"),
        Input("url", "pathname"),
        Input("url", "search"),
        Input("fresh-load", "n_clicks"),
        State("first", "data"),
    )
    browser(
        "write",
        Output("written", "data"),
        Input({"type": "control", "key": ALL}, "value"),
        Input({"type": "kept", "key": ALL}, "data"),
        State({"type": "control", "key": ALL}, "id"),
        State({"type": "kept", "key": ALL}, "id"),
        State("controls", "data"),
        State("ui", "data"),
        prevent_initial_call=True,
    )
    browser("language", Input("language", "value"), State("ui", "data"), prevent_initial_call=True)
    browser(
        "theme",
        Output("mantine", "forceColorScheme"),
        Output("ui", "data"),
        Output("theme-icon", "className"),
        Input("theme", "n_clicks"),
        State("ui", "data"),
        prevent_initial_call=True,
    )
    browser("menu", Output("frame", "navbar"), Input("burger", "opened"), prevent_initial_call=True)
    browser("days", Output("days-box", "className"), Input(widgets.control("span"), "value"), prevent_initial_call=True)
    browser("close", Output("burger", "opened"), Input("route", "data"), prevent_initial_call=True)
    browser("title", Input("title", "data"))

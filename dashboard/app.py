"""Makes the dashboard: one Dash app over the published catalog of one data folder.

Every file that the browser needs is served from here; a content security policy makes sure that nothing else is fetched, even if a
stored text should slip into the page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import dash_ag_grid
from dash import Dash, Input, Output, html
from flask import Flask, Request, Response, request

from analytics.geo import coastline
from dashboard import answers, plotlyscript, shell, widgets
from dashboard.auth import gate, may, protect
from dashboard.compressed import compress
from dashboard.i18n import LANGUAGES, _, language
from dashboard.names import ROLE
from dashboard.pages import PAGES
from dashboard.site import COPY, Page, Site, clock
from dashboard.urlstate import parse
from dashboard.warmup import Opening, warm
from dashboard.why import models
from warehouse.errors import NothingPublished, OutdatedCopy
from warehouse.queries import Catalog
from warehouse.settings import DataFolder, Settings
from warehouse.state import State as Operations

YEAR: Final = 31_536_000
#: The script of the grids, a quarter of what the first page would load: assets/kentongan.js loads it before the first page that may have
#: one. Dash would put it into every page.
_GRIDS: Final = f"/_dash-component-suites/dash_ag_grid/dash_ag_grid.min.js?v={dash_ag_grid.__version__}"
_WHEN_NEEDED: Final = "lazy"

#: Scripts that Dash puts into every page and no page of ours needs: tables of another kind, and what browsers of before 2017 lack (see
#: assets/first.js).
_NOT_NEEDED: Final = ("dash/dash_table/bundle", "dash/deps/polyfill@")

_INDEX: Final = """<!DOCTYPE html>
<html lang="{%lang%}" data-mantine-color-scheme="{%theme%}" data-grids="{%grids%}" data-root="{%root%}">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="{%icon%}">
<script src="{%first%}"></script>
{%css%}
</head>
<body>
{%app_entry%}
<noscript>{%noscript%}</noscript>
<footer>
{%config%}
{%scripts%}
{%renderer%}
</footer>
</body>
</html>"""


class Dashboard(Dash):
    """Dash whose page says its language and theme before any script has run."""

    settings: Settings
    openings: list[tuple[Opening, dict[str, Any]]]
    prepare: Callable[[], int]  #: works out what the pages show when they are opened, once; see warmup.py

    def interpolate_index(self, **parts: Any) -> str:  # type: ignore[override]
        tab = preferences(request, self.settings)
        page = (
            _INDEX.replace("{%lang%}", tab["lang"])
            .replace("{%theme%}", tab["theme"])
            .replace("{%icon%}", self.get_asset_url("favicon.svg"))
            .replace("{%grids%}", self.get_relative_path(_GRIDS))
            .replace("{%root%}", self.get_relative_path("/"))
            .replace("{%first%}", self.get_asset_url("first.js"))
            .replace("{%noscript%}", "Kentongan needs JavaScript. / Kentongan memerlukan JavaScript.")
        )
        parts["scripts"] = "\n".join(line for line in parts["scripts"].splitlines() if not any(name in line for name in _NOT_NEEDED))
        for name in ("metas", "title", "css", "app_entry", "config", "scripts", "renderer"):
            page = page.replace("{%" + name + "%}", parts.get(name, ""))
        return page


def create_app(folder: DataFolder, settings: Settings, *, live: bool = True, now: Callable[[], datetime] = clock) -> Dashboard:
    """The dashboard of one data folder; `.server` is the WSGI application.

    `live` is False where no worker runs: then nothing offers to run a source. `now` is the clock. Raises SettingsError when what protects
    it is not set up.
    """
    server = Flask("kentongan")
    app = Dashboard(
        __name__,
        server=server,  # type: ignore[arg-type]  # Dash takes a Flask, whatever its types say
        title=settings.general.name,
        update_title="",
        serve_locally=True,
        suppress_callback_exceptions=True,
        assets_ignore=r"^(first|plotly-basic\.min)\.js$",
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}, {"name": "referrer", "content": "same-origin"}],
    )
    app.settings = settings
    answers.install()
    next(one for one in dash_ag_grid._js_dist if one["relative_package_path"] == "dash_ag_grid.min.js")["async"] = _WHEN_NEEDED
    operations = Operations(folder, gate)
    site = Site(app, folder, settings, Catalog(folder), operations, live, now)
    app.layout = lambda: _frame(site)
    shell.register(site)
    _register_router(site)
    app.openings = _register_pages(site)
    app.prepare = partial(_prepare, site, app.openings)
    compress(server)
    _harden(app, settings)
    protect(server, operations, settings, now)
    plotlyscript.serve_small(server)
    return app


def preferences(asked: Request, settings: Settings) -> dict[str, Any]:
    """Language, theme and width of the tab that asks: from its address, else from the cookies, else from the settings."""
    address = asked.args.get("lang") or _referred(asked)
    wanted = address if address in LANGUAGES else asked.cookies.get("kentongan_lang")
    theme = asked.cookies.get("kentongan_theme")
    return {
        "lang": wanted if wanted in LANGUAGES else settings.general.language,
        "theme": theme if theme in ("light", "dark") else "light",
        "narrow": asked.cookies.get("kentongan_narrow") == "1",
    }


def _referred(asked: Request) -> str | None:
    """The language in the address of the page from which the request came."""
    referrer = urlsplit(asked.referrer or "")
    return parse_qs(referrer.query).get("lang", [None])[0] if referrer.netloc == asked.host else None


def _frame(site: Site) -> Any:
    tab = preferences(request, site.settings)
    with site.speaking(tab):
        return shell.frame(site, PAGES, tab)


def _register_router(site: Site) -> None:
    @site.callback(
        Output("page", "children"),
        Output("title", "data"),
        Output("shown", "data"),
        Output("notice", "children", allow_duplicate=True),
        Input("route", "data"),
        prevent_initial_call=True,
    )
    def open_page(route: dict[str, str]) -> tuple[Any, str, str | None, None]:
        page = next((page for page in PAGES if page.path == route["path"].rstrip("/") or page.path == route["path"]), None)
        if page is None:
            return _not_found(), f"{_('Not found')} · {site.settings.general.name}", "", None
        shown = route["path"] + route["search"]
        title = f"{_(page.title)} · {site.settings.general.name}"
        try:
            if not may(page.role):
                return [widgets.address((), shown), _head(page), _not_for_you(page)], title, None, None
            values = parse(page.fields, route["search"])
            made = site.catalog.published_at().isoformat() if page.reads_posts else None
            return [widgets.address(page.fields, shown), _head(page), _laid_out(site, page, values)], title, made, None
        except NothingPublished as error:
            told = _outdated() if isinstance(error, OutdatedCopy) else _nothing_published()
            return [widgets.address((), shown), _head(page), told], title, "", None


def _register_pages(site: Site) -> list[tuple[Opening, dict[str, Any]]]:
    """Register their callbacks; gives those that answer everybody alike, with the values that the page opens with."""
    found: list[tuple[Opening, dict[str, Any]]] = []
    for page in PAGES:
        known, values = len(site.openings), parse(page.fields, "")
        page.register(site)
        if page.shared:
            laid_out = Opening(lambda _tab, page=page, values=values: _laid_out(site, page, values), (), page.shared == COPY)
            found.append((laid_out, values))
        found += [(opening, values) for opening in site.openings[known:]]
    return found


def _prepare(site: Site, openings: list[tuple[Opening, dict[str, Any]]]) -> int:
    """Work out once what pages show when they are opened; returns how many answers that were."""
    tab = {"lang": site.settings.general.language, "theme": "light", "narrow": False}
    with site.speaking(tab):
        answered = warm(site.app.server, openings, tab, open_here=not site.needs_login)
    models(site.settings.enrich.topics_file).explain(_("Why?"))  # what explains a post's labels takes a second to load
    coastline("world")  # a third of one
    return answered


def _laid_out(site: Site, page: Page, values: dict[str, Any]) -> Any:
    if not page.shared:
        return page.layout(site, values)
    return site.shared(("page", page.path, repr(sorted(values.items())), language()), lambda: page.layout(site, values), page.shared)


def _head(page: Page) -> Any:
    return html.Header([html.H1(_(page.title)), html.P(_(page.about))], className="page-head")


def _not_found() -> Any:
    return widgets.empty_state(_("There is no such page"), widgets.link(_("Go to the overview"), "/"))


def _not_for_you(page: Page) -> Any:
    told = _("Your account may not see this page; it needs the role {role}.", role=_(ROLE[page.role]).lower())
    return widgets.empty_state(told, _("An administrator can give it to you."), widgets.link(_("Go to the overview"), "/"))


def _outdated() -> Any:
    return widgets.empty_state(
        _("What was published is of an older version of the program"),
        [_("The worker of this version publishes anew when it starts; start it:"), " ", html.Code("kentongan serve")],
        _("This page says so as soon as there is something to show."),
    )


def _nothing_published() -> Any:
    return widgets.empty_state(
        _("Nothing has been published yet"),
        [_("Collect posts once:"), " ", html.Code("kentongan collect")],
        [_("Keep collecting, and serve this page:"), " ", html.Code("kentongan serve")],
        [_("Bring your own posts:"), " ", html.Code("kentongan import FILE")],
        _("This page says so as soon as there is something to show."),
    )


def _harden(app: Dash, settings: Settings) -> None:
    """Headers that keep the page to itself, and the cookie that remembers the language."""
    scripts = " ".join(app.csp_hashes())
    policy = (
        f"default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'none'"
    )

    @app.server.after_request
    def finish(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "same-origin")
        if response.mimetype == "text/html" and request.args.get("lang") in LANGUAGES:
            response.set_cookie("kentongan_lang", request.args["lang"], max_age=YEAR, samesite="Lax")
        return response

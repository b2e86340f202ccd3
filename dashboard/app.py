"""Makes the dashboard: one Dash app over the published catalog of one data folder.

Every file that the browser needs is served from here; a content security policy makes sure that nothing else is fetched, even if a
stored text should slip into the page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs

import dash_ag_grid
from dash import Dash
from flask import Flask, Request, Response, request

from analytics.geo import coastline
from dashboard import answers, plotlyscript, router, shell
from dashboard.auth import gate, protect
from dashboard.compressed import compress
from dashboard.i18n import LANGUAGES, _
from dashboard.pages import PAGES
from dashboard.site import COPY, Site, clock
from dashboard.urlstate import parse
from dashboard.warmup import Opening, warm
from dashboard.why import models
from warehouse.queries import Catalog
from warehouse.settings import DataFolder, Settings
from warehouse.state import State as Operations

YEAR: Final = 31_536_000
#: The script of the grids, a quarter of what the overview would load: it stands in the document of every other page, and after the overview
#: assets/kentongan.js loads it, once somebody moves there or before the first page that may have one. Dash would put it into every page.
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
        scripts = [line for line in parts["scripts"].splitlines() if not any(name in line for name in _NOT_NEEDED)]
        if request.path != self.get_relative_path("/"):
            scripts.append(f'<script src="{self.get_relative_path(_GRIDS)}"></script>')
        parts["scripts"] = "\n".join(scripts)
        for name in ("metas", "title", "css", "app_entry", "config", "scripts", "renderer"):
            page = page.replace("{%" + name + "%}", parts.get(name, ""))
        return page

    def serve_layout(self) -> Any:
        """The frame with the first page in it. Dash's own way of writing does not know what is JSON already."""
        return Response(answers.to_json(self.get_layout()), mimetype="application/json")


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
    router.register(site, PAGES)
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
    here = router.referrer(asked)
    return parse_qs(here.query).get("lang", [None])[0] if here is not None else None


def _frame(site: Site) -> Any:
    tab = preferences(request, site.settings)
    with site.speaking(tab):
        return shell.frame(site, PAGES, tab, router.first(site, PAGES, request))


def _register_pages(site: Site) -> list[tuple[Opening, dict[str, Any]]]:
    """Register their callbacks; gives those that answer everybody alike, with the values that the page opens with."""
    found: list[tuple[Opening, dict[str, Any]]] = []
    for page in PAGES:
        known, values = len(site.openings), parse(page.fields, "")
        page.register(site)
        if page.shared:
            laid_out = Opening(lambda _tab, page=page, values=values: router.laid_out(site, page, values), (), page.shared == COPY)
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

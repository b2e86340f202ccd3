"""The page to log in, and the one after logging out: plain HTML that needs no script, so that it works wherever a browser does."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from flask import Response, make_response, render_template_string

from dashboard.i18n import LANGUAGES, _, language

_TEMPLATE: Final = Path(__file__).with_name("login.html")


def page(
    name: str,
    csrf: str,
    target: str,
    *,
    login: str = "",
    trouble: str = "",
    no_accounts: bool = False,
    provider: str = "",
    status: int = HTTPStatus.OK,
) -> Response:
    """The page in the current language. `name` is the instance's, `target` where to go afterwards, `trouble` what was wrong.

    `provider` is what people call the OpenID Connect provider, empty where there is none.
    """
    return _page(
        status,
        others=[(code, called) for code, called in LANGUAGES.items() if code != language()],
        name=name,
        csrf=csrf,
        next=target,
        login=login,
        trouble=trouble,
        title=_("Log in"),
        about=_("Please log in to see what the public says about health."),
        nobody=_("There is no account yet. The first one is made on the server:") if no_accounts else "",
        login_label=_("Login"),
        password_label=_("Password"),
        provider_label=_("Log in with {provider}", provider=provider) if provider else "",
        or_label=_("or with a password of this dashboard"),
    )


def goodbye(name: str, provider: str, out: str) -> Response:
    """The page after logging out here, which goes on to log out at the provider: `out` is where."""
    return _page(
        HTTPStatus.OK,
        name=name,
        title=_("Log out"),
        about=_("You are logged out here. {provider} ends your log-in there, too.", provider=provider),
        out=out,
        on_label=_("Go on to {provider}", provider=provider),
    )


def _page(status: int, **words: Any) -> Response:
    nonce = secrets.token_urlsafe(16)
    response = make_response(render_template_string(_TEMPLATE.read_text("utf-8"), nonce=nonce, language=language(), **words), status)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return response

"""Who may see the dashboard, and who does what.

On loopback, asked straight from this machine, nobody logs in: whoever sits at the machine may do everything. Elsewhere everything but
the assets needs a session. A session is a random token in a signed cookie; state.sqlite keeps its hash, so that logging out, a new
password or a shut account ends it at once.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import urlsplit

from flask import Flask, Response, g, has_request_context, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from dashboard import login_page
from dashboard.i18n import LANGUAGES, N_, _, n_, speaking
from dashboard.names import ROLE
from dashboard.openid import Provider, Refused
from dashboard.passwords import hash_password, matches, outdated
from dashboard.session_key import session_key
from warehouse.errors import InputError, KentonganError
from warehouse.settings import Settings
from warehouse.state import Account, Role, State
from warehouse.state.accounts import NO_PASSWORD

LASTING: Final = timedelta(hours=12)  #: a session ends so long after it began, whatever happens
LOOPBACK: Final = "loopback"  #: who acts where nobody logs in

_ASSETS: Final = ("/assets/", "/_dash-component-suites/", "/_favicon.ico")
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")
_LARGEST_FORM: Final = 20_000
_LARGEST_TOKEN: Final = 2_000  #: characters of an ID token that are kept in the cookie, which browsers drop from 4,096 bytes on
_DOORS: Final = ("log_in", "log_out", "openid_answer")  #: what writes before anybody's role can be asked for
_WITHOUT: Final = ("/login", "/login/openid", "/login/openid/answer")  #: pages for people who have not logged in
_EXPIRED: Final = N_("The form had expired. Please try again.")
_WRONG: Final = N_("Login or password is wrong.")
_NOT_BELIEVED: Final = N_("{provider} did not let you in. Try again, or ask an administrator, who finds the reason in the audit log.")
_NOT_KNOWN: Final = N_("{provider} knows you, but there is no open account for you here. Ask an administrator.")


class NotAllowed(KentonganError):
    """The person's role does not allow it."""


class RoleNotAsked(RuntimeError):
    """A fault of the program: something writes for a person whose role nobody asked for."""


class Visitor(UserMixin):
    """Somebody with a session."""

    def __init__(self, account: Account, token: str) -> None:
        self.account = account
        self._token = token

    def get_id(self) -> str:
        return self._token


def who() -> str:
    """The login of the person who asks, for the audit log; "loopback" where nobody needs to log in. Raises RuntimeError inside
    `for_everybody`."""
    if g.get("for_everybody"):
        raise RuntimeError("an answer that all people of a role share may not depend on who asks")
    return current_user.account.login if current_user.is_authenticated else LOOPBACK if g.get("open_here") else "nobody"


@contextmanager
def for_everybody() -> Iterator[None]:
    """Inside, nothing may depend on who asks, but for the role."""
    before, g.for_everybody = g.get("for_everybody"), True
    try:
        yield
    finally:
        g.for_everybody = before


def may(role: Role) -> bool:
    """Whether the person who asks has at least this role; without log-in everybody at the machine has every role."""
    return current_user.account.may(role) if current_user.is_authenticated else bool(g.get("open_here"))


def require(role: Role) -> str:
    """Go on only with this role or a higher one, and say who it is. Raises NotAllowed, which becomes a message or a page 403.

    Until it was asked, nothing that this request does can be written: see `gate`.
    """
    if not may(role):
        raise NotAllowed(_("Your account may not do this; it needs the role {role}.", role=_(ROLE[role]).lower()))
    g.role_asked = True
    return who()


def gate() -> None:
    """Let a request write state.sqlite only after `require`, so that a callback which forgets to ask cannot write at all."""
    if has_request_context() and request.endpoint not in _DOORS and not g.get("role_asked"):
        raise RoleNotAsked(f"{request.endpoint}: writes without auth.require(role); declare it: site.callback(..., role=...)")


def account() -> Account | None:
    """The account of the person who asks; None where nobody logs in."""
    return current_user.account if current_user.is_authenticated else None


def own_session() -> str | None:
    """The hash of the token of the session that asks, as state.sqlite keeps it."""
    return _hashed(current_user.get_id()) if current_user.is_authenticated else None


def logged_in() -> bool:
    """Whether there is somebody to log out."""
    return bool(current_user.is_authenticated)


def csrf_token() -> str:
    """The token that a form of this session must send back as `csrf`, e.g. the one that posts to /logout."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(32)
    return session["csrf"]


def login_needed(settings: Settings) -> bool:
    """Whether people have to log in; on loopback this is about requests that come straight from this machine."""
    return settings.web.login == "always" or not _is_loopback(settings.web.host)


def protect(server: Flask, state: State, settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
    """Make everything that `server` serves need a log-in where `login_needed`; adds /login and /logout.

    Call it last, when all routes are there. `now` is the clock (aware). Raises SettingsError when the session key cannot be used.
    """
    server.config.update(
        SECRET_KEY=session_key(state.folder, settings),
        SESSION_COOKIE_NAME="kentongan_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LASTING,
    )
    server.session_interface = _Cookie()
    manager = LoginManager(server)
    manager.session_protection = None  # it would end the sessions of phones, whose addresses change
    manager.user_loader(lambda token: _visitor(state, token, now()))
    door = _Door(state, settings, now, Provider(server, settings.openid) if settings.openid.issuer else None)
    server.before_request(lambda: _guard(settings))
    server.after_request(_keep_out_of_caches)
    server.register_error_handler(NotAllowed, lambda error: (str(error), HTTPStatus.FORBIDDEN))
    server.add_url_rule("/login", "login_form", door.form, methods=["GET"])
    server.add_url_rule("/login", "log_in", door.log_in, methods=["POST"])
    server.add_url_rule("/logout", "log_out", door.log_out, methods=["POST"])
    if door.provider:
        server.add_url_rule("/login/openid", "openid_ask", door.ask_provider, methods=["GET"])
        server.add_url_rule("/login/openid/answer", "openid_answer", door.provider_answered, methods=["GET"])


def safe_target(target: str | None) -> str:
    """`target` when it is a path of this server, else "/": after logging in nobody is sent to another site."""
    text = target or ""
    if not re.match(r"/(?!/)", text) or "\\" in text or not text.isprintable():  # browsers take "/\" and "/<tab>/" for "//"
        return "/"
    return "/" if re.split(r"[?#]", text)[0] in (*_WITHOUT, "/logout") else text


class _Cookie(SecureCookieSessionInterface):
    """Secure wherever the browser came by https, also when a proxy took the https off."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure or request.headers.get("X-Forwarded-Proto", "").strip().lower() == "https"


def _visitor(state: State, token: str, now: datetime) -> Visitor | None:
    account = state.session(_hashed(token), now)
    return Visitor(account, token) if account else None


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _guard(settings: Settings) -> BaseResponse | tuple[dict[str, str], int] | None:
    """Let through who may come in; send people to the log-in page, and tell programs."""
    g.open_here = _is_open(settings)
    if g.open_here or request.path in _WITHOUT or request.path.startswith(_ASSETS) or current_user.is_authenticated:
        return None
    if request.method == "GET" and request.accept_mimetypes.accept_html and not request.path.startswith("/_"):
        return redirect(url_for("login_form", next=safe_target(request.full_path.rstrip("?"))))
    return {"error": "log in first", "login": "/login"}, HTTPStatus.UNAUTHORIZED


def _is_open(settings: Settings) -> bool:
    """Whether this request comes straight from a browser on this machine to a server that only this machine reaches.

    A foreign Host means that a web page elsewhere had its name point to 127.0.0.1 (DNS rebinding); forwarding headers, or HTTP/1.0, which
    browsers no longer speak, mean a proxy that lets the world in.
    """
    if login_needed(settings):
        return False
    forwarded = any(name in request.headers for name in _FORWARDED) or request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0"
    return not forwarded and _is_loopback(_name_of(request.host))


def _name_of(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _keep_out_of_caches(response: Response) -> Response:
    if not g.get("open_here") and not request.path.startswith(_ASSETS):
        response.headers["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True)
class _Door:
    """The log-in page and what it does."""

    state: State
    settings: Settings
    now: Callable[[], datetime]
    provider: Provider | None = None

    def form(self) -> BaseResponse:
        target = safe_target(request.args.get("next"))
        if current_user.is_authenticated:
            return redirect(target)
        return self._page(target)

    def log_in(self) -> BaseResponse:
        request.max_content_length = _LARGEST_FORM
        target, login = safe_target(request.form.get("next")), request.form.get("login", "")
        if not _is_ours(request.form.get("csrf")):
            return self._page(target, login, _EXPIRED, HTTPStatus.BAD_REQUEST)
        address = address_of_request()
        wait = self.state.attempt(login[:64], address, self.now())
        if wait is not None:
            return self._wait(target, login, wait)
        account = self.state.user(login)
        usable = account if account and not account.disabled else None
        password = request.form.get("password", "")
        if not matches(password, usable.password_hash if usable and usable.has_password else None) or usable is None:
            # a login that is none may be a password in the wrong field
            self.state.audit(account.login if account else "unknown", "log in refused", f"from {address}", self.now())
            return self._page(target, login, _WRONG, HTTPStatus.UNAUTHORIZED)
        self.state.forgive(usable.login, address)
        if outdated(usable.password_hash):
            self.state.set_password(usable.login, hash_password(password), temporary=usable.temporary)
        self._welcome(usable, f"from {address}")
        return redirect("/settings" if usable.temporary else target, HTTPStatus.SEE_OTHER)

    def ask_provider(self) -> BaseResponse:
        """Send the browser to the provider; where it wanted to go waits in its cookie."""
        assert self.provider is not None
        session["next"] = safe_target(request.args.get("next"))
        try:
            return self.provider.ask()
        except Refused as refused:
            return self._refuse("unknown", str(refused), _NOT_BELIEVED)

    def provider_answered(self) -> BaseResponse:
        """Let in whom the provider sends back, when there is an account."""
        assert self.provider is not None
        target = safe_target(session.pop("next", None))
        try:
            known = self.provider.person()
        except Refused as refused:
            return self._refuse("unknown", str(refused), _NOT_BELIEVED)
        account = self.state.user(known.login) or self._newcomer(known.login)
        if account is None or account.disabled:
            # the login may be anything that the provider calls a name
            return self._refuse(account.login if account else "unknown", "no open account of this name", _NOT_KNOWN)
        self._welcome(account, f"from {address_of_request()}, by {self.settings.openid.issuer}")
        session["id_token"] = known.id_token if len(known.id_token) <= _LARGEST_TOKEN else ""
        return redirect(target, HTTPStatus.SEE_OTHER)

    def _newcomer(self, login: str) -> Account | None:
        """A new account for somebody whom the provider knows, where the settings want that."""
        if self.settings.openid.accounts == "known":
            return None
        try:
            made = self.state.add_user(login, NO_PASSWORD, "viewer", self.now())
        except InputError:  # a name that no account can have
            return None
        self.state.audit(made.login, "add account", f"viewer, by {self.settings.openid.issuer}", self.now())
        return made

    def _refuse(self, login: str, reason: str, trouble: str) -> BaseResponse:
        self.state.audit(login, "log in refused", f"from {address_of_request()}: {reason}", self.now())
        with self._speaking():
            told = _(trouble, provider=self.settings.openid.name)
        return self._page("/", "", told, HTTPStatus.UNAUTHORIZED)

    def log_out(self) -> BaseResponse:
        if not _is_ours(request.form.get("csrf")):
            return Response(status=HTTPStatus.BAD_REQUEST)
        if current_user.is_authenticated:
            self.state.end_session(_hashed(current_user.get_id()))
            self.state.audit(who(), "log out", "", self.now())
            logout_user()
        token = session.get("id_token")  # of those whom the provider has sent
        session.clear()
        out = self.provider.way_out(token) if self.provider and token is not None else None
        return self._goodbye(out) if out else redirect(url_for("login_form"), HTTPStatus.SEE_OTHER)

    def _goodbye(self, out: str) -> Response:
        """Go on to the provider. A page and no redirect: the policy of the page that was left lets no form lead to another host."""
        with self._speaking():
            return login_page.goodbye(self.settings.general.name, self.settings.openid.name, out)

    def _welcome(self, account: Account, how: str) -> None:
        token = secrets.token_urlsafe(32)
        browser, address = request.user_agent.string, address_of_request()
        self.state.start_session(_hashed(token), account.login, self.now(), LASTING, address=address, browser=browser)
        self.state.audit(account.login, "log in", how, self.now())
        session.clear()  # nothing that was set before logging in goes on after it
        session.permanent = True
        login_user(Visitor(account, token))

    def _wait(self, target: str, login: str, wait: timedelta) -> BaseResponse:
        minutes = -(-wait // timedelta(minutes=1))
        with self._speaking():
            trouble = n_("Too many attempts. Try again in {n} minute.", "Too many attempts. Try again in {n} minutes.", minutes)
        response = self._page(target, login, trouble, HTTPStatus.TOO_MANY_REQUESTS)
        response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
        return response

    def _page(self, target: str, login: str = "", trouble: str = "", status: int = HTTPStatus.OK) -> Response:
        with self._speaking():
            return login_page.page(
                self.settings.general.name,
                csrf_token(),
                target,
                login=login[:64],
                trouble=_(trouble) if trouble else "",
                no_accounts=not self.state.users(),
                provider=self.settings.openid.name if self.provider else "",
                status=status,
            )

    def _speaking(self) -> Any:
        asked = (request.values.get("lang"), request.cookies.get("kentongan_lang"), self.settings.general.language)
        return speaking(next(code for code in asked if code in LANGUAGES), self.settings.zone)


def _is_ours(token: str | None) -> bool:
    return "csrf" in session and hmac.compare_digest(session["csrf"].encode(), (token or "").encode("utf-8", "replace"))


def address_of_request() -> str:
    """Where the browser is: behind a proxy on this machine, what the proxy says last."""
    direct = request.remote_addr or ""
    if _is_loopback(direct) and request.access_route:
        return cast(str, request.access_route[-1])[:64]
    return direct

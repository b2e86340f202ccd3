"""Log in with an OpenID Connect provider, such as a ministry's own: who somebody is, is asked there; what they may do stands here.

OpenID Connect Core 1.0, authorization code flow with state, nonce and PKCE (RFC 7636), by Authlib. The provider's keys and endpoints
come from its discovery document, whose issuer must be the one of the settings (OpenID Connect Discovery 1.0, section 4.3). Who logs out
here is sent there to log out, too, where the provider offers that (OpenID Connect RP-Initiated Logout 1.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, url_for
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response

from warehouse.errors import KentonganError, SettingsError
from warehouse.settings import OpenId, secret

_PATIENCE: Final = 10  #: seconds that the provider may take for one answer
_DISCOVERY: Final = "/.well-known/openid-configuration"
_TROUBLE: Final = (AuthlibBaseError, JoseError, RequestException, ValueError, RuntimeError, KeyError, TypeError)


@dataclass(frozen=True)
class Known:
    """Somebody whom the provider has sent: the login of an account here, and the ID token, by which the provider knows its own session."""

    login: str
    id_token: str


class Refused(KentonganError):
    """The provider, or what it says of a person, lets nobody in; the text is for the log."""


class Provider:
    """The provider of the settings, for one server."""

    def __init__(self, server: Flask, settings: OpenId) -> None:
        """Raises SettingsError when the client's secret is missing."""
        key = secret(settings.secret_env, settings.secret_file)
        if not key:
            raise SettingsError(f"[openid] secret: missing; put it into {settings.secret_env} or name a file in openid.secret_file")
        self.settings = settings
        self._issuer = settings.issuer.rstrip("/")
        self._client = OAuth(server).register(
            "openid",
            client_id=settings.client_id,
            client_secret=key,
            server_metadata_url=self._issuer + _DISCOVERY,
            client_kwargs={"scope": settings.scope, "code_challenge_method": "S256", "default_timeout": _PATIENCE},
        )

    def ask(self) -> Response:
        """Send the browser to the provider. Raises Refused when the provider cannot be asked."""
        try:
            self._discover()
            return self._client.authorize_redirect(self.settings.answer_to or url_for("openid_answer", _external=True))
        except _TROUBLE as error:
            raise Refused(f"the provider cannot be asked: {_said(error)}") from error

    def person(self) -> Known:
        """The person whom the provider sends back with this request. Raises Refused when there is none to believe."""
        try:
            self._discover()
            token = self._client.authorize_access_token()
            told = dict(token.get("userinfo") or {})
            if not told.get("sub"):
                raise Refused("the provider gave no ID token")
            if self.settings.claim not in told:
                told = {**self._more(token, told["sub"]), **told}
        except _TROUBLE as error:
            raise Refused(f"the answer is not valid: {_said(error)}") from error
        return Known(self._login(told), str(token.get("id_token") or ""))

    def way_out(self, id_token: str) -> str | None:
        """Where a browser logs out at the provider, from where it is sent back to the log-in page; None where there is no such address.

        Without an ID token the provider may ask the person first.
        """
        try:
            found = self._discover().get("end_session_endpoint")
        except (*_TROUBLE, Refused):
            return None  # the session here has ended all the same
        if not isinstance(found, str) or urlsplit(found).scheme != urlsplit(self._issuer).scheme:
            return None
        given = {"id_token_hint": id_token} if id_token else {}
        given |= {"client_id": self.settings.client_id, "post_logout_redirect_uri": self._back()}
        return f"{found}{'&' if urlsplit(found).query else '?'}{urlencode(given)}"

    def _back(self) -> str:
        """The log-in page as a browser elsewhere reaches it."""
        answer = self.settings.answer_to
        return answer.removesuffix("/openid/answer") if answer else url_for("login_form", _external=True)

    def _discover(self) -> Mapping[str, Any]:
        """What the provider says of itself. Raises Refused when it is not the one of the settings."""
        found: Mapping[str, Any] = self._client.load_server_metadata()
        issuer = found.get("issuer")
        if not isinstance(issuer, str) or issuer.rstrip("/") != self._issuer:
            raise Refused(f"the provider says that it is {issuer!r}, not {self.settings.issuer!r}")
        return found

    def _more(self, token: Any, subject: str) -> Mapping[str, Any]:
        """What the provider tells beside the ID token; of nobody else than the person of the ID token (Core, section 5.3.2)."""
        more = self._client.userinfo(token=token)
        if more.get("sub") != subject:
            raise Refused("the provider speaks of two people")
        return more

    def _login(self, told: Mapping[str, Any]) -> str:
        claim = self.settings.claim
        login = told.get(claim)
        if not isinstance(login, str) or not login:
            raise Refused(f"the provider does not tell {claim}")
        if claim == "email" and told.get("email_verified") is not True and not self.settings.trust_email:
            raise Refused("the provider has not verified the e-mail address")
        return login


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"

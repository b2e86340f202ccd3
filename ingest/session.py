"""A `requests` session over our own HTTP client, for libraries that bring `requests` along (Mastodon.py, snscrape)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import httpx
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

if TYPE_CHECKING:
    from ingest.http import Http


class PacedSession(requests.Session):
    """A requests session that sends through `Http`: for libraries that bring `requests` along. `sent` counts its requests,
    `last` is its latest answer (libraries tend to hide what a server really said).

    It follows redirects as requests does, guarded as Http guards them; keeps no cookies; reads neither .netrc nor proxy variables
    (the network under Http reads those). Failures come out as CollectError, not as requests' own exceptions.
    """

    def __init__(self, http: Http) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 5
        self.sent = 0
        self.last: requests.Response | None = None
        self._http = http
        self.headers["User-Agent"] = http.user_agent
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(http, self))

    def rebuild_auth(self, prepared_request: Any, response: Any) -> None:
        """Called by requests with each next hop: the place to look where it leads."""
        super().rebuild_auth(prepared_request, response)
        prepared_request.public_only = self._http.guard_redirect(response.url, prepared_request.url)


def paced_session(http: Http) -> PacedSession:
    """A `requests.Session` with the pace, retries, limits, guard and User-Agent of `http`."""
    return PacedSession(http)


class _Adapter(BaseAdapter):
    def __init__(self, http: Http, session: PacedSession) -> None:
        super().__init__()
        self._http, self._session = http, session

    def send(self, request: Any, *_: Any, **__: Any) -> requests.Response:
        body = request.body.encode("utf-8") if isinstance(request.body, str) else request.body
        public_only = getattr(request, "public_only", False)
        headers = dict(request.headers)
        got = self._http.request(request.method, request.url, headers=headers, content=body, follow=False, public_only=public_only)
        self._session.sent += got.requests
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = got.status, got.url, request
        answer.reason = httpx.codes.get_reason_phrase(got.status)
        answer.headers = CaseInsensitiveDict({name: value for name, value in got.headers.items() if name != "content-encoding"})
        answer.encoding = requests.utils.get_encoding_from_headers(answer.headers)
        answer._content = got.content  # type: ignore[assignment]
        answer.raw = io.BytesIO(got.content)
        self._session.last = answer
        return answer

    def close(self) -> None:
        """Connections belong to Http."""

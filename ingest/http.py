"""The one HTTP client of all collectors: polite to the server, and on guard against what it answers.

Retry with growing pauses and jitter, Retry-After, a pace for each host, conditional GET, limits on size (after decompression), time
and redirects, and no way from a public host into a private network. Libraries that bring `requests` along (Mastodon.py, snscrape)
are given `paced_session`, which sends through this same client. Messages name an address without its query, and never a header.
"""

from __future__ import annotations

import json
import logging
import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import urljoin

import httpx
import stamina

from ingest.network import Network, Resolve, is_public, system_addresses
from ingest.session import PacedSession, paced_session
from ingest.wire import TooLarge, read_body, redact_url, wait_asked
from warehouse.errors import CollectError, SourceMalformed, SourceRefused, SourceThrottled, SourceUnreachable
from warehouse.settings import Collect

_log = logging.getLogger("kentongan.http")
__all__ = ["REDIRECTS", "Http", "PacedSession", "Response", "paced_session", "redact_url", "user_agent"]

REDIRECTS = 5  #: hops that are followed
_REDIRECT_CODES = frozenset({301, 302, 303, 307, 308})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})  #: may be sent again without harm
_LONGEST_PAUSE = 30.0  #: seconds
_DOWN_FOR = 300.0  #: seconds in which a host that used up all its retries gets one attempt a request
_OURS = frozenset({"user-agent", "accept-encoding", "host", "connection", "transfer-encoding", "content-length"})


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, read to its end. `requests` counts what was sent for it: redirects and failed attempts too."""

    url: str
    status: int
    headers: httpx.Headers
    content: bytes
    requests: int = 1

    @property
    def not_modified(self) -> bool:
        """304: what we were given last time still holds."""
        return self.status == 304

    @property
    def etag(self) -> str | None:
        return self.headers.get("etag")

    @property
    def last_modified(self) -> str | None:
        return self.headers.get("last-modified")

    @property
    def text(self) -> str:
        """The body as text; what its declared encoding cannot read becomes U+FFFD."""
        declared = re.search(r"charset=[\"']?([\w-]+)", self.headers.get("content-type", ""))
        try:
            return self.content.decode(declared[1] if declared else "utf-8", "replace")
        except LookupError:
            return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; raises SourceMalformed."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError) as error:
            raise SourceMalformed(f"{redact_url(self.url)}: answer is not JSON: {str(error)[:100]}") from None


class _Transient(Exception):
    """An attempt failed in a way that may pass; `error` is what is raised when no attempt is left."""

    def __init__(self, host: str, error: CollectError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.host, self.error, self.wait = host, error, wait


class _Hosts:
    """When each host may be asked next: pace, pauses after failures and Retry-After are one and the same moment."""

    def __init__(self, pace: float, patience: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._pace, self._patience, self._clock, self._sleep = pace, patience, clock, sleep
        self._next: dict[str, float] = {}
        self._down_until: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait_turn(self, host: str) -> None:
        """Sleep until the host may be asked; raises SourceThrottled when that is beyond our patience."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next.get(host, now))
            if turn - now > self._patience:
                raise SourceThrottled(f"{host}: asked us to wait {turn - now:.0f} s more; tried again at a later run", turn - now)
            self._next[host] = turn + self._pace
        if turn > now:
            self._sleep(turn - now)

    def hold_off(self, host: str, seconds: float) -> None:
        with self._lock:
            self._next[host] = max(self._next.get(host, 0.0), self._clock() + seconds)

    def note(self, host: str, *, down: bool) -> None:
        with self._lock:
            if down:
                self._down_until[host] = self._clock() + _DOWN_FOR
            else:
                self._down_until.pop(host, None)

    def is_down(self, host: str) -> bool:
        return self._clock() < self._down_until.get(host, float("-inf"))


def _say_retry(details: stamina.instrumentation.RetryDetails) -> None:
    _log.info("%s; tried again (%d)", details.caused_by, details.retry_num)


stamina.instrumentation.set_on_retry_hooks([_say_retry])  # instead of its own warning, which says neither where nor why


class Http:
    """`clock` is monotonic seconds; `sleep` may be the wait of a stop event; `now` serves dates in Retry-After. Thread-safe."""

    def __init__(
        self,
        settings: Collect,
        contact: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        transport: httpx.BaseTransport | None = None,
        resolve: Resolve = system_addresses,
    ) -> None:
        self.settings = settings
        self.clock, self.pause = clock, sleep  #: for collectors that follow a stream beside this client
        self.user_agent = user_agent(contact)
        self._clock, self._now, self._resolve = clock, now, resolve
        self._patience = settings.patience.total_seconds()
        self._hosts = _Hosts(settings.pace.total_seconds(), self._patience, clock, sleep)
        self._network = transport or Network(clock, resolve)

    def close(self) -> None:
        self._network.close()

    def __enter__(self) -> Http:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Response:
        """Fetch an address: status 2xx, or 304 when `etag` or `last_modified` was given and still holds.

        Raises SourceRefused (other 4xx), SourceThrottled (429), SourceUnreachable (network, time, 5xx), SourceMalformed (size ...).
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        known = {name: value for name, value in conditions.items() if value}
        answer = self.request("GET", url, params=params, headers={**(headers or {}), **known})
        if 200 <= answer.status < 300 or (answer.not_modified and known):
            return answer
        where = f"GET {redact_url(answer.url)}: HTTP {answer.status}"
        if 400 <= answer.status < 500:
            raise SourceRefused(f"{where}: {_advice(answer.status)}")
        raise SourceMalformed(f"{where}: not an answer that can be used")

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        follow: bool = True,
        public_only: bool = False,
    ) -> Response:
        """Send, with retries, and return the answer whatever its status; 429 and 5xx come out as errors after the last attempt.

        `follow=False` returns a redirect as it is; `public_only=True` refuses to connect to private addresses.
        """
        first = self._build(method, url, params, headers, content)
        host = _host(first.url)
        attempts = 1 if method not in _SAFE_METHODS or self._hosts.is_down(host) else self.settings.retries + 1
        sent = [0]
        try:
            for attempt in stamina.retry_context(on=self._again(), attempts=attempts, timeout=None):
                with attempt:
                    answer = self._try(first, follow, public_only, sent)
        except _Transient as failed:
            self._hosts.note(host, down=True)
            raise failed.error from failed.__cause__
        self._hosts.note(host, down=False)
        return answer

    def _again(self) -> Callable[[Exception], bool | float]:
        """The retry rule for one request: hold the host off (the wait is ours, so that it can be injected) and try again at once."""
        failures = [0]

        def again(error: Exception) -> bool | float:
            if not isinstance(error, _Transient):
                return False
            failures[0] += 1
            pause = min(_LONGEST_PAUSE, 2.0 ** (failures[0] - 1)) * random.uniform(1.0, 1.5)
            self._hosts.hold_off(error.host, pause if error.wait is None else error.wait + random.uniform(0.0, 1.0))
            return 0.0

        return again

    def _build(
        self, method: str, url: str, params: Mapping[str, Any] | None, headers: Mapping[str, str] | None, content: bytes | None
    ) -> httpx.Request:
        kept = {name: value for name, value in (headers or {}).items() if name.lower() not in _OURS}
        kept = {"Accept": "*/*", **kept, "User-Agent": self.user_agent, "Accept-Encoding": "gzip, deflate"}
        try:
            request = httpx.Request(method, url, params=params, headers=kept, content=content)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise SourceRefused(f"{redact_url(url)}: not an address") from None
        if request.url.scheme not in ("http", "https") or not re.fullmatch(rb"[A-Za-z0-9._:-]+", request.url.raw_host):
            raise SourceRefused(f"{redact_url(url)}: not an http or https address")
        return request

    def _try(self, request: httpx.Request, follow: bool, public_only: bool, sent: list[int]) -> Response:
        for _ in range(REDIRECTS + 1):
            self._hosts.wait_turn(_host(request.url))
            sent[0] += 1
            answer = self._exchange(request, public_only, sent)
            target = answer.headers.get("location")
            if not follow or answer.status not in _REDIRECT_CODES or not target:
                return answer
            request, public_only = self._redirected(request, answer.status, target)
        raise SourceRefused(f"{redact_url(str(request.url))}: more than {REDIRECTS} redirects")

    def _exchange(self, request: httpx.Request, public_only: bool, sent: list[int]) -> Response:
        """One request, one answer, no redirect."""
        where, host = f"{request.method} {redact_url(str(request.url))}", _host(request.url)
        deadline = self._clock() + self.settings.timeout.total_seconds()
        request.extensions = {"deadline": deadline, "public_only": public_only}
        try:
            answer = self._network.handle_request(request)
            try:
                content = self._read(answer, deadline, where)
            finally:
                answer.close()
        except httpx.TimeoutException as error:
            limit = f"no whole answer within {self.settings.timeout.total_seconds():g} s"
            raise _Transient(host, SourceUnreachable(f"{where}: {limit}")) from error
        except httpx.TransportError as error:
            raise _Transient(host, SourceUnreachable(f"{where}: {str(error)[:200] or type(error).__name__}")) from error
        self._raise_for_busy(answer, where, host)
        return Response(str(request.url), answer.status_code, answer.headers, content, sent[0])

    def _read(self, answer: httpx.Response, deadline: float, where: str) -> bytes:
        limit = self.settings.max_bytes

        def chunks() -> Any:
            for chunk in answer.stream:  # type: ignore[union-attr]
                if self._clock() > deadline:
                    raise httpx.ReadTimeout("the body is too slow")
                yield chunk

        try:
            declared = answer.headers.get("content-length", "")
            if declared.isdecimal() and int(declared[:20]) > limit:
                raise TooLarge
            return read_body(chunks(), answer.headers.get("content-encoding", ""), limit)
        except TooLarge:
            advice = "raise [collect] max_bytes if this source is to be trusted"
            raise SourceMalformed(f"{where}: answer is larger than {limit:,} bytes; {advice}") from None
        except SourceMalformed as error:
            raise SourceMalformed(f"{where}: {error}") from None

    def _raise_for_busy(self, answer: httpx.Response, where: str, host: str) -> None:
        """Turn 408, 425, 429 and 5xx into something to be tried again, or into SourceThrottled when the wait is too long."""
        status = answer.status_code
        if status not in (408, 425, 429) and status < 500:
            return
        wait = wait_asked(answer.headers, self._now()) if status in (429, 503) else None
        if wait is not None and wait > self._patience:
            self._hosts.hold_off(host, wait)
            raise SourceThrottled(f"{where}: HTTP {status}: asks us to wait {wait:.0f} s", wait)
        if status == 429:
            raise _Transient(host, SourceThrottled(f"{where}: HTTP 429 at every attempt; ask less often (every = ...)", wait), wait)
        raise _Transient(host, SourceUnreachable(f"{where}: HTTP {status}"), wait)

    def _redirected(self, request: httpx.Request, status: int, target: str) -> tuple[httpx.Request, bool]:
        """The request for the next hop, and whether it may reach public addresses only."""
        url = urljoin(str(request.url), target)
        headers = dict(request.headers)
        next_request = self._build(request.method, url, None, headers, request.content or None)
        if (request.url.scheme, _host(request.url)) != (next_request.url.scheme, _host(next_request.url)):
            for name in ("authorization", "cookie", "proxy-authorization"):
                next_request.headers.pop(name, None)
        if status == 303 or (status in (301, 302) and request.method == "POST"):
            next_request = self._build("GET", url, None, dict(next_request.headers), None)
        return next_request, self.guard_redirect(str(request.url), url)

    def guard_redirect(self, origin: str, target: str) -> bool:
        """Raise SourceRefused when a public host redirects to a private address; True when only public ones may be reached."""
        if self._inside(httpx.URL(origin)):
            return False
        if self._inside(httpx.URL(target)):
            raise SourceRefused(f"{redact_url(origin)}: redirects to {redact_url(target)}, which is private: not followed")
        return True

    def _inside(self, url: httpx.URL) -> bool:
        """Whether a host is on this machine or its private network; a name that does not resolve here (proxy) is taken as outside."""
        try:
            found = self._resolve(url.host, url.port or 443)
        except (OSError, UnicodeError):
            return url.host.lower().rstrip(".").endswith("localhost")
        return not any(is_public(address) for address in found)


def user_agent(contact: str) -> str:
    """`Kentongan/0.1.0 (+contact)`: who asks, and how to reach them."""
    printable = re.sub(r"[^\x20-\x7e]|[()]", "", contact).strip()[:200]
    return f"Kentongan/{version('kentongan')}" + (f" (+{printable})" if printable else "")


def _host(url: httpx.URL) -> str:
    return url.netloc.decode("ascii")


def _advice(status: int) -> str:
    known = {401: "it wants a login or a token", 403: "it refuses us", 404: "no such page; check the address", 410: "it is gone for good"}
    return known.get(status, "it refuses the request")

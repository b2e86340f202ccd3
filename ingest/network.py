"""The network under the HTTP client: where it may connect, how long it may take, and through which proxy.

Two things that a usual client leaves open are closed here. A deadline holds over every single read, so a server that drips one byte
at a time (headers too) cannot hold a thread. And a request that came from a redirect of a public host connects to public addresses
only: the address that was checked is the address that is connected, whatever the name resolves to a moment later.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from warehouse.errors import SettingsError, SourceRefused

Resolve = Callable[[str, int], list[str]]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def system_addresses(host: str, port: int) -> list[str]:
    """All addresses of a host, as the system resolves it. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet: not loopback, private, link-local, shared, reserved or multicast."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = inner or ip
    return ip.is_global and not ip.is_multicast


class _Exchange(threading.local):
    """What the request that this thread is making may do; httpcore works in the thread that called it."""

    deadline: float = 0.0
    public_only: bool = False


class _Stream(httpcore.NetworkStream):
    """A connection whose every read and write ends at the deadline of the exchange it serves."""

    def __init__(self, inner: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._inner, self._left = inner, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> _Stream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._left()), self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, network: Network, guarded: bool) -> None:
        self._network, self._guarded, self._inner = network, guarded, httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> _Stream:
        """Try each permitted address of the host in turn."""
        failure: Exception = httpcore.ConnectError("the host name has no address")
        for address in self._network.permitted(host, port, guarded=self._guarded):
            try:
                inner = self._inner.connect_tcp(address, port, self._network.left(), local_address, socket_options)
                return _Stream(inner, self._network.left)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class Network(httpx.BaseTransport):
    """The transport of `ingest.http.Http`; a request's extensions carry its `deadline` (on `clock`) and `public_only`."""

    def __init__(self, clock: Callable[[], float], resolve: Resolve, proxies: Mapping[str, str] | None = None) -> None:
        self._clock, self._resolve = clock, resolve
        self._proxies = getproxies() if proxies is None else proxies
        self._exchange = _Exchange()
        self._pools: dict[tuple[str, str], httpcore.ConnectionPool] = {}
        self._lock = threading.Lock()

    def left(self) -> float:
        """Seconds until the deadline of this thread's exchange; raises httpcore.ReadTimeout when none are left."""
        seconds = self._exchange.deadline - self._clock()
        if seconds <= 0:
            raise httpcore.ReadTimeout("the time limit for one answer passed")
        return seconds

    def permitted(self, host: str, port: int, *, guarded: bool) -> list[str]:
        """Addresses that this thread's exchange may connect to; raises SourceRefused when a redirect leads inside."""
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host[:100]!r} does not resolve: {error}") from None
        if not (guarded and self._exchange.public_only):
            return found
        if not (public := [address for address in found if is_public(address)]):
            raise SourceRefused(f"a public host redirects to {host[:100]}, which is on this machine or its private network: not followed")
        return public

    def proxy_of(self, scheme: str, host: str) -> str:
        """The proxy that the environment names for a host, or an empty string."""
        return "" if proxy_bypass(host) else self._proxies.get(scheme, "")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._exchange.deadline = request.extensions["deadline"]
        self._exchange.public_only = request.extensions["public_only"]
        url = request.url
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": {"connect": self.left(), "read": self.left(), "write": self.left(), "pool": self.left()}},
        )
        with _as_httpx(request):
            answer = self._pool(url.scheme, self.proxy_of(url.scheme, url.host)).handle_request(inner)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer, request), extensions=answer.extensions)

    def _pool(self, scheme: str, proxy: str) -> httpcore.ConnectionPool:
        with self._lock:
            if (scheme, proxy) not in self._pools:
                self._pools[scheme, proxy] = self._make_pool(scheme, proxy)
            return self._pools[scheme, proxy]

    def _make_pool(self, scheme: str, proxy: str) -> httpcore.ConnectionPool:
        # Certificates take a while to load: not before they are needed.
        context = httpx.create_ssl_context() if "https" in (scheme, proxy.partition(":")[0]) else None
        if not proxy:
            return httpcore.ConnectionPool(ssl_context=context, network_backend=_Backend(self, guarded=True), keepalive_expiry=15)
        try:
            known = httpx.Proxy(proxy if "://" in proxy else f"http://{proxy}")
        except (ValueError, httpx.InvalidURL):
            raise SettingsError("environment: the proxy for collectors must be an http:// or https:// address") from None
        url = httpcore.URL(scheme=known.url.raw_scheme, host=known.url.raw_host, port=known.url.port, target=known.url.raw_path)
        backend = _Backend(self, guarded=False)
        return httpcore.HTTPProxy(proxy_url=url, proxy_auth=known.raw_auth, ssl_context=context, network_backend=backend)

    def close(self) -> None:
        for pool in self._pools.values():
            pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, request: httpx.Request) -> None:
        self._answer, self._request = answer, request

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx(self._request):
            yield from self._answer.stream  # type: ignore[misc]

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """Speak httpx's errors, so that every transport fails alike."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.ReadTimeout(str(error) or "timed out", request=request) from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError, httpcore.UnsupportedProtocol) as error:
        raise httpx.NetworkError(str(error) or type(error).__name__, request=request) from error

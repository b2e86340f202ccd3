"""Open a websocket and read its messages; what goes wrong is said in the words of the error tree.

Collectors that follow a stream use this as the others use `ingest/http.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.http11 import Response
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from ingest.wire import redact_url
from warehouse.errors import CollectError, SourceMalformed, SourceRefused, SourceThrottled, SourceUnreachable

TOO_BIG = 1009  #: close code of RFC 6455 for a message over `max_bytes`
_FAREWELL = 0.1  #: seconds that a server has to answer our good-bye; on a busy stream its answer waits behind all that we do not read


class StreamRefused(SourceRefused):
    """The server answered the opening request with 4xx; `error` is the name in its XRPC body ("" without one)."""

    def __init__(self, message: str, error: str) -> None:
        super().__init__(message)
        self.error = error


@contextmanager
def opened(address: str, *, user_agent: str, max_bytes: int, timeout: float, subprotocol: str | None = None) -> Iterator[ClientConnection]:
    """A connection, closed at the end; `timeout` is seconds to open it, `max_bytes` the largest message, unpacked. Raises CollectError."""
    with ExitStack() as stack:
        try:
            socket = stack.enter_context(
                connect(
                    address,
                    user_agent_header=user_agent,
                    max_size=max_bytes,
                    open_timeout=timeout,
                    close_timeout=_FAREWELL,
                    subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
                )
            )
        except InvalidStatus as error:
            raise _refusal(address, error.response) from None
        except InvalidURI:
            raise SourceRefused(f"{redact_url(address)}: not a websocket address; it begins with wss:// or ws://") from None
        except (OSError, InvalidHandshake, EOFError) as error:
            raise SourceUnreachable(f"{redact_url(address)}: cannot be opened: {str(error)[:200] or type(error).__name__}") from None
        yield socket


def receive(socket: ClientConnection, address: str, timeout: float) -> bytes | None:
    """The next message, or None when none came within `timeout` seconds. Raises CollectError when the connection is gone.

    Text comes as bytes too: decoding is the caller's, because one message that is not UTF-8 must not close the stream.
    """
    try:
        return socket.recv(timeout, decode=False)
    except TimeoutError:
        return None
    except ConnectionClosed as error:
        if error.sent is not None and error.sent.code == TOO_BIG:
            raise SourceMalformed(f"{redact_url(address)}: a message is larger than [collect] max_bytes") from None
        raise SourceUnreachable(f"{redact_url(address)}: the server closed the stream: {str(error)[:200]}") from None
    except OSError as error:
        raise SourceUnreachable(f"{redact_url(address)}: the stream broke: {str(error)[:200]}") from None


def check_alive(socket: ClientConnection, address: str, timeout: float) -> None:
    """Tell silence from a dead connection: raises SourceUnreachable when no answer to a ping comes within `timeout` seconds."""
    try:
        answered = socket.ping().wait(timeout)
    except (ConnectionClosed, OSError) as error:
        raise SourceUnreachable(f"{redact_url(address)}: the server closed the stream: {str(error)[:200]}") from None
    if not answered:
        raise SourceUnreachable(f"{redact_url(address)}: no answer to a ping within {timeout:g} s; the connection is dead")


def _refusal(address: str, response: Response) -> CollectError:
    error, message = _xrpc_error(response.body or b"")
    said = f"{redact_url(address)}: answered HTTP {response.status_code}" + (f", {error}: {message}" if error else "")
    if response.status_code == 429:
        wait = response.headers.get("Retry-After", "")
        return SourceThrottled(said, float(wait) if wait.isdecimal() else None)
    if response.status_code >= 500:
        return SourceUnreachable(said)
    return StreamRefused(said, error)


def _xrpc_error(body: bytes | bytearray) -> tuple[str, str]:
    """Name and message of an XRPC error body, shortened; empty strings when it is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(said, dict):
        return "", ""
    return str(said.get("error", ""))[:80], str(said.get("message", ""))[:200]

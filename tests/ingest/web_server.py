"""A real web server on loopback whose answers a test dictates: status, headers, body, broken bytes, slowness."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as the server got it; `query` holds the last value of each name, `headers` has lower-case names."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What the server says. A body of several chunks is sent piece by piece with `drip` seconds between them; `raw` replaces all."""

    body: bytes | Iterable[bytes] = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    raw: bytes | None = None


Reply = Answer | Callable[[Asked], Answer]


class WebServer:
    """`on(path, answer, ...)` queues answers for a path; the last one stays. A path that nobody set is 404."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._replies: dict[str, list[Reply]] = {}
        self._closing = threading.Event()
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                outer._serve(self)

            do_GET = do_POST = do_HEAD = handle_one

            def log_message(self, *_: object) -> None:
                """Tests read `asked`, not a log."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A client that hangs up is what many of these tests are about."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def on(self, path: str, *replies: Reply) -> str:
        """Answer a path with these, in turn; returns its address."""
        with self._lock:
            self._replies[path] = list(replies)
        return self.url + path

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def _reply(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            queue = self._replies.get(asked.path) or self._replies.get("*") or [Answer(b"nothing here", 404)]
            reply = queue.pop(0) if len(queue) > 1 else queue[0]
        return reply(asked) if callable(reply) else reply

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        path = parts.path if not parts.netloc else f"{parts.netloc}{parts.path}"  # a proxy is asked for whole addresses
        headers = {name.lower(): value for name, value in handler.headers.items()}
        answer = self._reply(Asked(handler.command, path, query, headers, body))
        if answer.raw is not None:
            handler.wfile.write(answer.raw)
            handler.close_connection = True
            return
        self._send(handler, answer)

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        handler.send_response(answer.status)
        whole = answer.body if isinstance(answer.body, bytes) else None
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        if whole is not None and "Content-Length" not in answer.headers:
            handler.send_header("Content-Length", str(len(whole)))
        if whole is None:
            handler.send_header("Connection", "close")
        handler.end_headers()
        if handler.command == "HEAD" or answer.status == 304:
            return
        for chunk in self._chunks(answer):
            handler.wfile.write(chunk)
            handler.wfile.flush()
        handler.close_connection = whole is None

    def _chunks(self, answer: Answer) -> Iterator[bytes]:
        if isinstance(answer.body, bytes):
            yield answer.body
            return
        for chunk in answer.body:
            yield chunk
            if answer.drip and self._closing.wait(answer.drip):
                return

"""A websocket server on loopback that keeps a stream and sends it from a cursor on, as Jetstream and a PDS do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

Frame = str | bytes


class StreamServer:
    """`push` adds a frame at a position; a client gets all frames from its cursor on (`inclusive` or not), then what is pushed later.

    oldest: positions below it are gone. first: frames that every connection gets before all others, or a function of the cursor.
    refuse: status and body with which the opening request is answered. cut_after: close each connection after so many frames.
    """

    def __init__(self, *, inclusive: bool = True, subprotocol: str | None = None) -> None:
        self.inclusive = inclusive
        self.frames: list[tuple[int, Frame]] = []
        self.oldest = 0
        self.first: Callable[[int | None], list[Frame]] = lambda cursor: []
        self.refuse: Callable[[Mapping[str, str]], tuple[int, bytes] | None] = lambda query: None
        self.cut_after: int | None = None
        self.asked: list[dict[str, str]] = []
        self.user_agents: list[str] = []
        self._news = threading.Condition()
        self._closing = False
        self._server = serve(
            self._handle,
            "127.0.0.1",
            0,
            process_request=self._check,
            subprotocols=[subprotocol] if subprotocol else None,  # type: ignore[list-item]
        )
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        host, port = self._server.socket.getsockname()[:2]
        return f"ws://{host}:{port}/subscribe"

    def push(self, position: int, frame: Frame) -> None:
        with self._news:
            self.frames.append((position, frame))
            self._news.notify_all()

    def __enter__(self) -> StreamServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._news:
            self._closing = True
            self._news.notify_all()
        self._server.shutdown()
        self._thread.join(timeout=5)

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        query = dict(parse_qsl(urlsplit(request.path).query))
        self.asked.append(query)
        self.user_agents.append(request.headers.get("User-Agent", ""))
        refused = self.refuse(query)
        if refused is None:
            return None
        status, body = refused
        return Response(status, "no", Headers({"Content-Type": "application/json", "Content-Length": str(len(body))}), body)

    def _handle(self, connection: ServerConnection) -> None:
        query = dict(parse_qsl(urlsplit(connection.request.path).query))  # type: ignore[union-attr]
        cursor = int(query["cursor"]) if "cursor" in query else None
        sent, index = 0, 0 if cursor is not None else len(self.frames)
        try:
            for frame in self.first(cursor):
                connection.send(frame)
            while (item := self._next(index)) is not None:
                position, frame = item
                index += 1
                if self._wanted(position, cursor):
                    connection.send(frame)
                    sent += 1
                    if sent == self.cut_after:
                        return
        except ConnectionClosed:
            return  # the client has read enough

    def _next(self, index: int) -> tuple[int, Frame] | None:
        with self._news:
            self._news.wait_for(lambda: self._closing or index < len(self.frames))
            return None if self._closing else self.frames[index]

    def _wanted(self, position: int, cursor: int | None) -> bool:
        return position >= self.oldest and (cursor is None or position > cursor or (self.inclusive and position == cursor))

"""Answers as gzip, and how long a browser may keep them.

Files of the page are squeezed once a process and kept; what a callback says is squeezed each time, quickly. Pages that carry the token
against forged forms stay as they are: their length would tell of it (the attack is called BREACH). Flask-Compress, the library for this,
chooses by kind of file alone, and so would squeeze those pages too.
"""

from __future__ import annotations

import gzip
from typing import Final

from flask import Flask, Request, Response, request

FILES: Final = ("/_dash-component-suites/", "/assets/")
ANSWERS: Final = ("/_dash-update-component", "/_dash-dependencies")
KINDS: Final = {"text/javascript", "application/javascript", "text/css", "image/svg+xml", "application/json"}
LEAST: Final = 1_000  #: bytes; what is smaller fits into one packet anyway
MOST: Final = 256  #: files that are kept: there are about sixty
FOREVER: Final = "public, max-age=31536000, immutable"
HOUR: Final = "public, max-age=3600"


def compress(server: Flask) -> None:
    """Squeeze the answers of `server` for browsers that can read gzip."""
    kept: dict[tuple[str, str | None], bytes] = {}

    @server.after_request
    def squeeze(response: Response) -> Response:
        _keep(request, response)
        if not _worth(request, response):
            return response
        response.vary.add("Accept-Encoding")
        if not request.accept_encodings["gzip"]:
            return response
        response.direct_passthrough = False
        file = response.response
        if request.path in ANSWERS:
            body = gzip.compress(response.get_data(), 3, mtime=0)
        else:
            known = (request.path, response.headers.get("ETag"))
            body = kept.get(known) or gzip.compress(response.get_data(), 9, mtime=0)
            if len(kept) < MOST:
                kept[known] = body
        response.set_data(body)
        if hasattr(file, "close"):
            file.close()
        response.headers["Content-Encoding"] = "gzip"
        return response


def _worth(asked: Request, response: Response) -> bool:
    """A whole answer of a kind that gets smaller, without a secret in it."""
    if response.status_code != 200 or asked.method == "HEAD" or "Content-Encoding" in response.headers or response.mimetype not in KINDS:
        return False
    return (asked.path in ANSWERS or asked.path.startswith(FILES)) and (response.content_length or LEAST) >= LEAST


def _keep(asked: Request, response: Response) -> None:
    """Files of ours whose address changes with them are never asked for again; icons, which are named by the style, once an hour."""
    if response.status_code not in (200, 304) or not asked.path.startswith("/assets/"):
        return
    if "m" in asked.args:
        response.headers["Cache-Control"] = FOREVER
    elif asked.path.startswith("/assets/icons/"):
        response.headers["Cache-Control"] = HOUR

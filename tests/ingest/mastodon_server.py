"""A server that speaks the Mastodon API the awkward way: opaque ids, no Link header, no min_id, and whatever else a test asks for."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from web_server import Answer, Asked, WebServer

from ingest.http import Http
from ingest.mastodon import Mastodon, MastodonOptions


@dataclass
class AwkwardServer:
    """Posts in timeline order, newest first. `honours_max_id=False` gives the same page for ever."""

    web: WebServer
    statuses: list[dict[str, Any]] = field(default_factory=list)
    honours_max_id: bool = True
    page: int = 40
    written: int = 0

    def __post_init__(self) -> None:
        for path in ("/api/v1/timelines/public", "/api/v1/timelines/tag/demam"):
            self.web.on(path, self.timeline)

    def timeline(self, asked: Asked) -> Answer:
        shown = self.statuses
        if self.honours_max_id and (last := asked.query.get("max_id")):
            ids = [status["id"] for status in shown]
            shown = shown[ids.index(last) + 1 :] if last in ids else []
        size = min(self.page, int(asked.query.get("limit", 20)))
        return Answer(json.dumps(shown[:size]).encode(), headers={"Content-Type": "application/json"})

    def post(self, text: str, at: datetime, **changes: Any) -> dict[str, Any]:
        """A new post at the top."""
        self.written += 1
        own_id = hashlib.sha256(f"{text}{self.written}".encode()).hexdigest()[:20]
        status = {
            "id": own_id,
            "uri": f"https://awkward.example/p/{own_id}",
            "url": f"https://awkward.example/p/{own_id}",
            "created_at": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "edited_at": None,
            "content": f"<p>{text}</p>",
            "spoiler_text": "",
            "visibility": "public",
            "sensitive": False,
            "language": "id",
            "account": {"id": "1", "acct": "ana", "username": "ana"},
            "in_reply_to_id": None,
            "reblog": None,
            "favourites_count": 0,
            "reblogs_count": 0,
            "replies_count": 0,
            "media_attachments": [],
            "tags": [],
            **changes,
        }
        self.statuses.insert(0, status)
        return status

    def fill(self, count: int, until: datetime, step: timedelta = timedelta(minutes=1)) -> None:
        """`count` posts, the newest one `step` before `until`."""
        for number in range(count):
            self.post(f"kiriman {number}", until - (count - number) * step)

    def asked(self) -> int:
        return len(self.web.asked)


def collector(server: str, http: Http, **options: Any) -> Mastodon:
    """A collector of posts with #demam, unless the options say otherwise."""
    return Mastodon("fedi", MastodonOptions.model_validate({"server": server, "tags": ["demam"], **options}), http)

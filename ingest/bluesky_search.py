"""Fill in some of Bluesky's past, once, with `app.bsky.feed.searchPosts`.

Bluesky asks not to collect by search, and answers it to logged-in callers only; the stream is the way for all that is new. So this
runs page by page over a fixed span, then never again. What search gives is what its index holds: the span counts as partly covered.
https://docs.bsky.app/docs/api/app-bsky-feed-search-posts
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from ingest.bluesky_post import to_post
from ingest.checked import Unreadable, moment
from ingest.credentials import credential
from ingest.http import Http
from ingest.jetstream import POSTS, Event
from ingest.keywords import Wanted
from warehouse.errors import SourceMalformed, SourceRefused
from warehouse.records import Checkpoint, Item, Post

if TYPE_CHECKING:
    from ingest.bluesky import BlueskyOptions

_PAGE = 100  #: posts; the most that searchPosts gives
_PAGES_A_RUN = 50  #: of all keywords together; the next run goes on
_NOTE = "the past was filled in by search, which may leave posts out"


class Backfill:
    """Walks each keyword from the newest post of the span to the oldest."""

    def __init__(self, source: str, options: BlueskyOptions, http: Http, wanted: Wanted) -> None:
        self._source, self._options, self._http, self._wanted = source, options, http, wanted
        self._server = options.search_service.rstrip("/")

    def collect(self, query: str, cursor: Mapping[str, Any] | None, now: datetime) -> Iterator[Item]:
        """Go on where `cursor` (None at first) stopped; its span is [from, to), and `keyword` has come back to `until`."""
        assert self._options.backfill is not None
        state = dict(cursor or {"from": (now - self._options.backfill).isoformat(), "to": now.isoformat(), "keyword": 0, "until": None})
        token = "" if self._finished(state) else self._login()
        for _ in range(_PAGES_A_RUN):
            if self._finished(state):
                return
            answer, sent = self._page(token, state)
            yield from self._posts(answer, query)
            state = _further_back(state, answer)
            if self._finished(state):
                yield Checkpoint(state, moment(state["from"]), moment(state["to"]), complete=False, note=_NOTE, requests=sent)
            else:
                yield Checkpoint(state, requests=sent)

    def _finished(self, state: Mapping[str, Any]) -> bool:
        return state["keyword"] >= len(self._options.keywords)

    def _login(self) -> str:
        """A token that is good for about two hours. Raises SourceRefused when the login is wrong."""
        # imported here: its thousands of models take a second, and only a backfill needs them
        from atproto_client import Client
        from atproto_client.exceptions import RequestErrorBase
        from atproto_client.request import Request
        from atproto_core.exceptions import AtProtocolError

        password = credential(self._source, "app_password", self._options.app_password_env, self._options.app_password_file)
        client = Client(self._server, request=Request(transport=_Seam(self._http)))
        try:
            return client.com.atproto.server.create_session(
                {"identifier": self._options.identifier, "password": password}  # type: ignore[arg-type]
            ).access_jwt
        except RequestErrorBase as error:
            status = error.response.status_code if error.response else "no answer"
            where = f"{self._server}: login as {self._options.identifier}"
            raise SourceRefused(f"{where}: {status}; check identifier and app_password_env") from None
        except (AtProtocolError, ValueError) as error:
            raise SourceMalformed(f"{self._server}: login: answer cannot be read ({type(error).__name__})") from None

    def _page(self, token: str, state: Mapping[str, Any]) -> tuple[Mapping[str, Any], int]:
        """One page of the newest posts before `until`, and the requests that it took."""
        words = self._options.keywords[state["keyword"]].replace("*", "")
        params = {"q": f'"{words}"' if " " in words else words, "sort": "latest", "limit": _PAGE}
        params |= {"since": state["from"], "until": state["until"] or state["to"]}
        if len(self._options.languages) == 1:
            params["lang"] = self._options.languages[0]
        address = f"{self._server}/xrpc/app.bsky.feed.searchPosts"
        answer = self._http.get(address, params=params, headers={"Authorization": f"Bearer {token}"})
        said = answer.json()
        if not isinstance(said, dict) or not isinstance(said.get("posts"), list):
            raise SourceMalformed(f"{address}: the answer has no list of posts")
        return said, answer.requests

    def _posts(self, answer: Mapping[str, Any], query: str) -> Iterator[Post]:
        for view in answer["posts"]:
            try:
                did, rkey, record = _parts(view)
                event = Event(0, moment(view.get("indexedAt")), "create", did, rkey, "", record)
                post = to_post(event, self._source, query, self._wanted, counts=view)
            except Unreadable:
                continue  # one post of a stranger; the note of the span says that posts may be missing
            if post is not None:
                yield post


def _further_back(state: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """On before the oldest post of this page, or to the next keyword when the server has no more."""
    moments = [when for view in answer["posts"] if (when := _sort_time(view))]
    if not moments or not answer.get("cursor"):
        return {**state, "keyword": state["keyword"] + 1, "until": None}
    until = moment(state["until"] or state["to"])
    # `until` is exclusive: a second of overlap, so that posts of one moment are not cut apart; and always a second of progress
    return {**state, "until": min(min(moments) + timedelta(seconds=1), until - timedelta(seconds=1)).isoformat()}


def _parts(view: Any) -> tuple[str, str, Mapping[str, Any]]:
    """did, record key and record of a post view; raises Unreadable."""
    if not isinstance(view, dict) or not isinstance(view.get("record"), dict):
        raise Unreadable("not a post")
    did, _, rest = str(view.get("uri", "")).removeprefix("at://").partition("/")
    collection, _, rkey = rest.partition("/")
    if collection != POSTS:
        raise Unreadable("not the address of a post")
    return did, rkey, view["record"]


def _sort_time(view: Any) -> datetime | None:
    """Where search puts a post: at its `createdAt`, unless it was indexed before that."""
    try:
        return min(moment(view.get("indexedAt")), moment(_parts(view)[2].get("createdAt")))
    except (Unreadable, AttributeError):
        return None


class _Seam(httpx.BaseTransport):
    """Lets atproto's client send through our one HTTP client."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        sent = self._http.request(request.method, str(request.url), headers=dict(request.headers), content=request.read(), follow=False)
        headers = {name: value for name, value in sent.headers.items() if name not in _OF_THE_WIRE}
        return httpx.Response(sent.status, headers=headers, content=sent.content, request=request)


_OF_THE_WIRE = frozenset({"content-encoding", "content-length", "transfer-encoding"})

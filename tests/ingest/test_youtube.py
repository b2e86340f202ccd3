"""The YouTube collector against a server that answers as the Data API v3 does."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from collector_contract import Case, CollectorContract, Served, checkpoints, posts, run
from web_server import Answer, Asked, WebServer

from ingest.base import Request
from ingest.http import Http
from ingest.youtube import Youtube, YoutubeOptions
from warehouse.errors import CollectError, SourceRefused, SourceThrottled
from warehouse.records import Deletion, Item

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
KEY = "AIzaSySecretSecretSecretSecret"
QUERY = "demam berdarah"


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def zulu(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


class Tube:
    """YouTube: videos, their comments, and the three requests that are made of it."""

    def __init__(self, web: WebServer, page: int = 3) -> None:
        self.videos: dict[str, dict[str, Any]] = {}
        self.threads: dict[str, list[Any]] = {}
        self.closed: dict[str, str] = {}
        self.page = page
        self.asked: list[tuple[str, dict[str, str]]] = []
        for resource in ("search", "videos", "commentThreads"):
            web.on(f"/{resource}", self._answer)

    def add(self, video: str, when: datetime, title: Any = "Cegah DBD", **snippet: Any) -> str:
        said = {
            "publishedAt": zulu(when),
            "channelId": "UC1",
            "title": title,
            "description": "Menguras & menutup",
            "channelTitle": "Dinkes",
        }
        counts = {"viewCount": "120", "likeCount": "9", "favoriteCount": "0", "commentCount": "2"}
        snippet = {**said, "defaultAudioLanguage": "id", **snippet}
        self.videos[video] = {"kind": "youtube#video", "id": video, "snippet": snippet, "statistics": counts}
        self.threads.setdefault(video, [])
        return video

    def comment(self, video: str, comment: Any, when: datetime, text: Any = "anak saya demam", **snippet: Any) -> None:
        said = {"videoId": video, "textDisplay": text, "textOriginal": text, "authorDisplayName": "@budi", "likeCount": 1}
        said |= {"authorChannelId": {"value": "UC9"}, "publishedAt": zulu(when), "updatedAt": zulu(when), **snippet}
        top = {"kind": "youtube#comment", "id": comment, "snippet": said}
        self.threads[video].append({"id": comment, "snippet": {"videoId": video, "topLevelComment": top, "totalReplyCount": 0}})

    def _answer(self, asked: Asked) -> Answer:
        resource = asked.path.removeprefix("/")
        self.asked.append((resource, asked.query))
        if asked.headers.get("x-goog-api-key") != KEY:
            return refusal(400, "badRequest", "API key not valid. Please pass a valid API key.")
        return getattr(self, f"_{resource}")(asked.query)

    def _search(self, query: dict[str, str]) -> Answer:
        after = query["publishedAfter"]
        found = [video for video in self.videos.values() if str(video["snippet"]["publishedAt"]) >= after]
        found.sort(key=lambda video: str(video["snippet"]["publishedAt"]), reverse=True)
        items = [{"kind": "youtube#searchResult", "id": {"kind": "youtube#video", "videoId": video["id"]}} for video in found]
        return self._paged(items, query)

    def _videos(self, query: dict[str, str]) -> Answer:
        return _json({"items": [self.videos[video] for video in query["id"].split(",") if video in self.videos]})

    def _commentThreads(self, query: dict[str, str]) -> Answer:
        video = query["videoId"]
        if video in self.closed:
            return refusal(403, self.closed[video], "closed")
        if video not in self.videos:
            return refusal(404, "videoNotFound", "gone")
        made = [thread for thread in self.threads[video] if isinstance(thread, dict)]
        newest = sorted(made, key=lambda thread: str(thread["snippet"]["topLevelComment"]["snippet"].get("publishedAt")), reverse=True)
        return self._paged([*newest, *(thread for thread in self.threads[video] if thread not in made)], query)

    def _paged(self, items: list[Any], query: dict[str, str]) -> Answer:
        start = int(query.get("pageToken", 0))
        more = {"nextPageToken": str(start + self.page)} if len(items) > start + self.page else {}
        return _json({"items": items[start : start + self.page], **more})

    def searches(self) -> int:
        return sum(resource == "search" for resource, _ in self.asked)


def _json(said: Any, status: int = 200) -> Answer:
    return Answer(json.dumps(said).encode(), status, {"Content-Type": "application/json; charset=UTF-8"})


def refusal(status: int, reason: str, message: str) -> Answer:
    error = {"code": status, "message": message, "errors": [{"message": message, "domain": "youtube", "reason": reason}]}
    return _json({"error": error}, status)


@contextmanager
def serve() -> Iterator[Served]:
    with WebServer() as web, pytest.MonkeyPatch.context() as patch:
        patch.setenv("KENTONGAN_TEST_KEY", KEY)
        tube = Tube(web)
        for hour in range(1, 6):
            tube.comment(tube.add(f"video{hour}", ago(hours=hour)), f"Ug{hour}comment", ago(minutes=hour))

        def fail() -> None:
            web.on("/search", refusal(403, "accessNotConfigured", f"not enabled for {KEY}"))

        options = {"queries": [QUERY], "key_env": "KENTONGAN_TEST_KEY", "base": web.url}
        yield Served(options, lambda: tube.add("newvideo", ago(minutes=1)) and None, fail, now=lambda: NOW, secret=KEY)


class TestYoutubeContract(CollectorContract):
    case = Case("youtube", serve)


@pytest.fixture
def tube(web: WebServer) -> Tube:
    return Tube(web)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_text(KEY)
    return file


@pytest.fixture
def youtube(web: WebServer, http: Http, key_file: Path) -> Youtube:
    return Youtube("yt", YoutubeOptions(queries=[QUERY], key_file=key_file, base=web.url), http)


def collect(collector: Youtube, cursor: Any = None, now: datetime = NOW) -> list[Item]:
    return run(collector, QUERY, cursor or {}, now)


def notes(items: list[Item]) -> str:
    return " | ".join(mark.note for mark in checkpoints(items) if mark.note)


def test_a_video_and_a_comment_say_who_when_where_and_how_many(tube: Tube, youtube: Youtube) -> None:
    tube.add("abcDEF_12-3", ago(hours=2))
    tube.comment("abcDEF_12-3", "UgxComment", ago(hours=1), "trombosit\nturun", updatedAt=zulu(ago(minutes=30)))
    found = posts(collect(youtube))
    video, comment = found["video/abcDEF_12-3"], found["comment/UgxComment"]
    assert video.text == "Cegah DBD\nMenguras & menutup"
    assert (video.views, video.likes, video.replies, video.lang_hint, video.author) == (120, 9, 2, "id", "UC1")
    assert (video.url, video.created_at, video.reply) == ("https://www.youtube.com/watch?v=abcDEF_12-3", ago(hours=2), False)
    assert (comment.text, comment.author, comment.likes, comment.reply) == ("trombosit\nturun", "UC9", 1, True)
    assert (comment.created_at, comment.edited_at) == (ago(hours=1), ago(minutes=30))
    assert comment.url == "https://www.youtube.com/watch?v=abcDEF_12-3&lc=UgxComment"


def test_the_key_is_in_no_address(tube: Tube, youtube: Youtube, web: WebServer) -> None:
    tube.add("video1", ago(hours=1))
    collect(youtube)
    assert all(KEY not in " ".join(query.values()) for _, query in tube.asked)
    assert all(asked.headers["x-goog-api-key"] == KEY for asked in web.asked)


def test_new_comments_under_followed_videos_are_found_without_reading_the_old_ones(tube: Tube, youtube: Youtube) -> None:
    tube.add("video1", ago(hours=5))
    for index in range(10):
        tube.comment("video1", f"Ug{index}comment", ago(minutes=60 - index))
    first = collect(youtube)
    asked = len(tube.asked)
    later = NOW + timedelta(hours=4)
    tube.comment("video1", "Ugnewcomment", later - timedelta(minutes=1))
    second = collect(youtube, checkpoints(first)[-1].cursor, later)
    assert len(posts(first)) == 11
    assert posts(second).keys() - posts(first).keys() == {"comment/Ugnewcomment"}
    assert [resource for resource, _ in tube.asked[asked:]].count("commentThreads") == 1
    assert tube.asked[asked][1]["publishedAfter"] == zulu(ago(hours=3)), "search finds a video some time after it was published"


def test_a_video_is_followed_for_so_long_and_no_longer(tube: Tube, youtube: Youtube) -> None:
    tube.add("video1", ago(hours=5))
    first = collect(youtube)
    asked = len(tube.asked)
    collect(youtube, checkpoints(first)[-1].cursor, NOW + timedelta(days=4))
    assert [resource for resource, _ in tube.asked[asked:]] == ["search"]


def test_a_followed_video_that_is_gone_is_a_deletion_once(tube: Tube, youtube: Youtube) -> None:
    tube.add("video1", ago(hours=5))
    first = collect(youtube)
    del tube.videos["video1"]
    second = collect(youtube, checkpoints(first)[-1].cursor, NOW + timedelta(hours=1))
    assert [item.native_id for item in second if isinstance(item, Deletion)] == ["video/video1"]
    third = collect(youtube, checkpoints(second)[-1].cursor, NOW + timedelta(hours=2))
    assert not [item for item in third if isinstance(item, Deletion)]


def test_closed_comments_do_not_stop_the_others(tube: Tube, youtube: Youtube) -> None:
    for number in (1, 2):
        tube.add(f"video{number}", ago(hours=number))
        tube.comment(f"video{number}", f"Ug{number}comment", ago(minutes=5))
    tube.closed["video2"] = "commentsDisabled"
    items = collect(youtube)
    assert {"comment/Ug1comment", "video/video2"} <= posts(items).keys()
    assert "comment/Ug2comment" not in posts(items)
    assert not notes(items)


def test_more_than_a_run_takes_is_said(tube: Tube, youtube: Youtube) -> None:
    for index in range(8):
        tube.add(f"video{index}", ago(hours=index + 1))
    for index in range(20):
        tube.comment("video0", f"Ug{index}comment", ago(minutes=index))
    items = collect(youtube)
    assert "more than 2 pages of videos" in notes(items)
    assert "more than 5 pages of comments under video0" in notes(items)
    assert tube.searches() == 2
    assert not checkpoints(items)[0].complete


def test_the_end_of_the_quota_says_until_when(tube: Tube, youtube: Youtube, web: WebServer) -> None:
    web.on("/search", refusal(403, "quotaExceeded", "The request cannot be completed because you have exceeded your quota."))
    with pytest.raises(SourceThrottled, match="quota of today is used up") as caught:
        collect(youtube)
    assert caught.value.retry_after == 24 * 3600, "midnight in California is 8:00 UTC in winter"


def test_a_quota_that_ends_among_the_comments_keeps_the_videos(tube: Tube, youtube: Youtube, web: WebServer) -> None:
    tube.add("video1", ago(hours=1))
    web.on("/commentThreads", refusal(403, "quotaExceeded", "no more"))
    kept: list[Item] = []
    with pytest.raises(SourceThrottled):
        deque(map(kept.append, youtube.collect(Request(QUERY, {}, NOW))))
    assert posts(kept).keys() == {"video/video1"}
    assert checkpoints(kept)[0].covered_to == NOW


@pytest.mark.parametrize(
    ("status", "reason", "error"),
    [(400, "badRequest", SourceRefused), (403, "ipRefererBlocked", SourceRefused), (403, "rateLimitExceeded", SourceThrottled)],
)
def test_a_refusal_says_the_reason_and_never_the_key(
    tube: Tube, youtube: Youtube, web: WebServer, status: int, reason: str, error: type[Exception]
) -> None:
    web.on("/search", refusal(status, reason, f"bad key\n{KEY}"))
    with pytest.raises(error, match=f"HTTP {status} {reason}") as caught:
        collect(youtube)
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bad_items_are_counted_and_skipped(tube: Tube, youtube: Youtube) -> None:
    tube.page = 50
    tube.add("good1", ago(hours=1))
    tube.add("notitle", ago(hours=1), title=7, description=None)
    tube.add("nodate", ago(hours=1), publishedAt="2026-02-31T00:00:00Z")
    tube.add("huge1", ago(hours=1), title="x" * 90_000)
    tube.comment("good1", "Uggoodcomment", ago(minutes=3), "<b>tebal</b>\x00")
    tube.comment("good1", "../../x y", ago(minutes=3))
    tube.comment("good1", "Ugwhencomment", ago(minutes=3), publishedAt=5)
    tube.threads["good1"] += ["thread", {"snippet": {"topLevelComment": {"snippet": {}}}}]
    items = collect(youtube)
    assert posts(items).keys() == {"video/good1", "video/huge1", "comment/Uggoodcomment"}
    assert len(posts(items)["video/huge1"].text) == 10_000
    assert posts(items)["comment/Uggoodcomment"].text == "<b>tebal</b>", "plain text is taken as it is written"
    assert "6 items could not be read" in notes(items)


@pytest.mark.parametrize("body", [b"[]", b"null", b"{", b'{"items": {}}'])
def test_odd_answers_are_errors_of_the_source(web: WebServer, youtube: Youtube, body: bytes) -> None:
    web.on("/search", Answer(body))
    with pytest.raises(CollectError):
        collect(youtube)


def test_without_a_key_the_run_says_what_to_set(http: Http, monkeypatch: pytest.MonkeyPatch, key_file: Path) -> None:
    monkeypatch.delenv("NO_SUCH_KEY", raising=False)
    with pytest.raises(SourceRefused, match=r"\[sources\.video\] key_env: the environment variable NO_SUCH_KEY is not set"):
        collect(Youtube("video", YoutubeOptions(queries=[QUERY], key_env="NO_SUCH_KEY"), http))
    key_file.chmod(0o644)
    with pytest.raises(SourceRefused, match=r"\[sources\.video\] key_file: .*chmod 600"):
        collect(Youtube("video", YoutubeOptions(queries=[QUERY], key_file=key_file), http))

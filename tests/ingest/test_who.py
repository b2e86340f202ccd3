"""WHO Disease Outbreak News against a local service of the same shape: OData, oldest first unless told otherwise, 100 at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from collector_contract import Case, CollectorContract, Served, checkpoints, posts, run
from web_server import Answer, Asked, WebServer

from ingest.http import Http
from ingest.who import QUERY, Who, WhoOptions
from warehouse.errors import SourceMalformed, SourceRefused
from warehouse.records import Checkpoint, Post

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class OData:
    """The news service; its ways can be made worse."""

    web: WebServer
    rows: list[dict[str, Any]] = field(default_factory=list)
    orders: bool = True
    filters: bool = True
    skips: bool = True

    def __post_init__(self) -> None:
        self.url = self.web.on("/api/news/diseaseoutbreaknews", self.answer)

    def answer(self, asked: Asked) -> Answer:
        rows = sorted(self.rows, key=lambda row: str(row.get("PublicationDateAndTime")))
        if self.filters and (wanted := asked.query.get("$filter")):
            name, operator, value = wanted.split()
            assert (name, operator) == ("PublicationDateAndTime", "ge")
            rows = [row for row in rows if str(row.get(name)) >= value]
        if self.orders and asked.query.get("$orderby") == "PublicationDateAndTime desc":
            rows.reverse()
        start = int(asked.query.get("$skip", 0)) if self.skips else 0
        shown = rows[start : start + min(100, int(asked.query.get("$top", 50)))]
        body = {"@odata.context": "https://www.who.int/api/news/$metadata#diseaseoutbreaknews", "value": shown}
        return Answer(json.dumps(body).encode(), headers={"Content-Type": "application/json; odata.metadata=minimal"})

    def publish(self, number: int, days_ago: float, **changes: Any) -> dict[str, Any]:
        at = (NOW - days_ago * DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
        row = {
            "Id": str(uuid5(NAMESPACE_URL, str(number))),
            "DonId": f"2026-DON{number}",
            "UrlName": f"2026-DON{number}",
            "ItemDefaultUrl": f"/2026-DON{number}",
            "Title": f"Dengue {number}  - Indonesia",
            "OverrideTitle": "",
            "UseOverrideTitle": False,
            "PublicationDate": at,
            "PublicationDateAndTime": at,
            "LastModified": at,
            "Summary": None,
            "Overview": f"<p>On 1 August, <strong>{number}</strong> cases &amp; 2 deaths.</p><p>Second paragraph.</p>",
            "Epidemiology": None,
            "Assessment": "<p>High.</p>",
            "Provider": "dynamicProvider372",
            **changes,
        }
        self.rows.append(row)
        return row


@pytest.fixture
def service(web: WebServer) -> OData:
    return OData(web)


def collector(service: OData, http: Http, **options: Any) -> Who:
    return Who("who", WhoOptions.model_validate({"url": service.url, **options}), http)


@pytest.fixture
def who(service: OData, http: Http) -> Who:
    return collector(service, http)


def turn(who: Who, cursor: Any = None, at: datetime = NOW) -> tuple[list[Post], Checkpoint]:
    items = run(who, QUERY, cursor or {}, at)
    return list(posts(items).values()), checkpoints(items)[-1]


@contextmanager
def news_service() -> Iterator[Served]:
    with WebServer() as web:
        service = OData(web)
        service.publish(600, 20)
        service.publish(601, 3)
        yield Served(
            options={"url": service.url},
            add=lambda: service.publish(602, 0) and None,
            fail=lambda: web.on("/api/news/diseaseoutbreaknews", Answer(status=500)) and None,
            now=lambda: NOW,
        )


class TestWhoContract(CollectorContract):
    case = Case("who", news_service)


def test_a_piece_of_news_becomes_a_post(service: OData, who: Who) -> None:
    row = service.publish(615, 2, LastModified="2026-08-31T09:02:11Z")
    (post,), mark = turn(who)
    assert post.text == "Dengue 615 - Indonesia\nOn 1 August, 615 cases & 2 deaths.\nSecond paragraph."
    assert post.url == service.web.url + "/emergencies/disease-outbreak-news/item/2026-DON615"
    assert (post.native_id, post.author, post.lang_hint) == (row["Id"], "World Health Organization", "en")
    assert (post.created_at, post.edited_at) == (NOW - 2 * DAY, datetime(2026, 8, 31, 9, 2, 11, tzinfo=UTC))
    assert (mark.covered_from, mark.covered_to, mark.complete, mark.requests) == (NOW - 90 * DAY, NOW, True, 1)


def test_a_title_that_replaces_another_and_a_summary_are_preferred(service: OData, who: Who) -> None:
    service.publish(1, 2, UseOverrideTitle=True, OverrideTitle="Measles<br>- Bangladesh", Summary="<p>Short.</p>")
    assert turn(who)[0][0].text == "Measles - Bangladesh\nShort."


@pytest.mark.parametrize("trouble", [{}, {"orders": False}])
def test_all_pages_are_read_whatever_their_order(service: OData, who: Who, trouble: dict[str, bool]) -> None:
    for number in range(130):
        service.publish(number, 80 - number / 2)
    service.__dict__.update(trouble)
    found, mark = turn(who)
    assert len(found) == 130
    assert [post.created_at for post in found] == sorted(post.created_at for post in found)
    assert (mark.complete, mark.requests) == (True, 3)


def test_a_service_that_ignores_the_page_or_the_date_is_noticed(service: OData, http: Http) -> None:
    for number in range(60):
        service.publish(number, 60 - number)
    service.skips = False
    _, mark = turn(collector(service, http))
    assert not mark.complete
    assert "same page again" in mark.note
    service.skips, service.filters, service.orders = True, False, False
    for number in range(100, 200):
        service.publish(number, 4000 - number)
    found, mark = turn(collector(service, http, pages=2))
    assert (found, mark.complete) == ([], False)
    assert "more than 2 pages" in mark.note
    found, mark = turn(collector(service, http))
    assert (len(found), mark.complete) == (60, True)


def test_the_next_run_asks_for_recent_news_only_and_passes_on_changes(service: OData, who: Who) -> None:
    service.publish(1, 60)
    changed = service.publish(2, 10)
    service.publish(3, 9)
    _, first = turn(who)
    changed |= {"Overview": "<p>Corrected.</p>", "LastModified": "2026-09-01T13:00:00Z"}
    service.publish(4, -0.5)
    found, second = turn(who, first.cursor, NOW + DAY)
    assert [post.text.split("\n")[1][:9] for post in found] == ["Corrected", "On 1 Augus"[:9]]
    assert service.web.asked[-1].query["$filter"] == "PublicationDateAndTime ge 2026-08-02T00:00:00Z"
    assert (second.covered_from, second.covered_to) == (NOW, NOW + DAY)
    assert turn(who, second.cursor, NOW + 2 * DAY)[0] == []


def test_an_empty_list_is_suspected_where_there_was_recent_news(service: OData, who: Who) -> None:
    service.publish(1, 5)
    _, first = turn(who)
    kept, service.rows = service.rows, []
    _, second = turn(who, first.cursor, NOW + DAY)
    assert not second.complete
    assert "empty although it had recent news" in second.note
    service.rows = kept
    service.publish(2, -1.5)
    found, third = turn(who, second.cursor, NOW + 2 * DAY)
    assert len(found) == 1
    assert (third.covered_from, third.complete) == (NOW, True)


def test_a_quiet_month_is_no_suspicion(service: OData, who: Who) -> None:
    service.publish(1, 60)
    _, first = turn(who)
    assert turn(who, first.cursor, NOW + DAY)[1].complete


def test_news_that_cannot_be_read_are_counted_and_left_out(service: OData, who: Who) -> None:
    service.publish(1, 2)
    service.publish(2, 2, PublicationDateAndTime="2026-13-45", PublicationDate=None)
    service.publish(3, 2, Title=None, Overview=None)
    service.publish(4, 2, Id=None, DonId="", UrlName=None)
    body = {"value": [*service.rows, {"PublicationDateAndTime": "2026-08-30T00:00:00Z"}, None, "x", [1], 7]}
    service.web.on("/api/news/diseaseoutbreaknews", Answer(json.dumps(body).encode()))
    found, mark = turn(who)
    assert len(found) == 1
    assert (mark.complete, mark.note) == (False, "8 news cannot be read and were left out")


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/2008_01_21-en", "/emergencies/disease-outbreak-news/item/2008_01_21-en"),
        ("/emergencies/disease-outbreak-news/item/x", "/emergencies/disease-outbreak-news/item/x"),
        ("//evil.example/x", "/emergencies/disease-outbreak-news/item/evil.example/x"),
        ('/a b"><script>', "/emergencies/disease-outbreak-news/item/a%20b%22%3E%3Cscript%3E"),
    ],
)
def test_links_stay_at_the_services_own_site(service: OData, who: Who, path: str, url: str) -> None:
    service.publish(1, 2, ItemDefaultUrl=path)
    assert turn(who)[0][0].url == service.web.url + url


def test_news_dated_in_the_future_count_from_today(service: OData, who: Who) -> None:
    service.publish(1, -30)
    assert turn(who)[0][0].created_at == NOW


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (Answer(b"<html>Access denied</html>"), SourceMalformed, "not JSON"),
        (Answer(b"[]"), SourceMalformed, "holds no list of news"),
        (Answer(b'{"value": {}}'), SourceMalformed, "holds no list of news"),
        (Answer(b'{"error": {"code": "BadRequest"}}', 400), SourceRefused, "HTTP 400"),
    ],
)
def test_an_answer_of_another_shape_is_told(service: OData, who: Who, answer: Answer, error: type, said: str) -> None:
    service.web.on("/api/news/diseaseoutbreaknews", answer)
    with pytest.raises(error, match=said):
        turn(who)

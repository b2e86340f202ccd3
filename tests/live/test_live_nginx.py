"""Feeds and the HTTP client against nginx: validators, compression, and its own rate limit."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from servers import free_port, running

from ingest.base import Request
from ingest.http import Http
from ingest.rss import Rss, RssOptions
from warehouse.errors import SourceMalformed, SourceRefused, SourceThrottled
from warehouse.records import Checkpoint, Item, Post
from warehouse.settings import Collect

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(not NGINX, reason="nginx is not installed; on Debian: apt install nginx-light")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

CONFIG = """
daemon off; master_process off; pid {home}/pid; error_log {home}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log {home}/access.log; default_type application/rss+xml;
    client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;
    uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
    etag on; gzip on; gzip_min_length 100; gzip_types *;
    limit_req_zone $binary_remote_addr zone=brisk:1m rate=2r/s;
    limit_req_zone $binary_remote_addr zone=slow:1m rate=1r/m;
    limit_req_status 429;
    server {{
        listen 127.0.0.1:{port}; root {home}/www;
        location /brisk/ {{ limit_req zone=brisk; alias {home}/www/; }}
        location /slow/ {{ limit_req zone=slow; alias {home}/www/; }}
        location /moved {{ return 301 /feed.xml; }}
        location /secret {{ return 403; }}
    }}
}}
"""


@dataclass
class Nginx:
    url: str
    home: Path

    def publish(self, *titles: str) -> None:
        """Write the feed anew; its time moves on so that its validators change."""
        items = "".join(
            f"<item><title>{title}</title><guid isPermaLink='false'>{title}</guid><pubDate>Sun, 01 Mar 2026 11:00:00 GMT</pubDate>"
            f"<description>{'kata ' * 50}</description></item>"
            for title in titles
        )
        file = self.home / "www" / "feed.xml"
        before = file.stat().st_mtime if file.exists() else 1_700_000_000
        file.write_text(f"<?xml version='1.0'?><rss version='2.0'><channel><title>T</title>{items}</channel></rss>")
        os.utime(file, (before + 60, before + 60))

    def statuses(self, count: int) -> list[str]:
        """What nginx answered, from its own log, which it writes a moment after the answer."""
        pause, lines = threading.Event(), list[str]()
        for _ in range(100):
            lines = (self.home / "access.log").read_text().splitlines()
            if len(lines) >= count:
                break
            pause.wait(0.05)
        return [line.split('"')[2].split()[0] for line in lines]


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    port = free_port()
    (tmp_path / "www").mkdir()
    config = tmp_path / "nginx.conf"
    config.write_text(CONFIG.format(home=tmp_path, port=port))
    server = Nginx(f"http://127.0.0.1:{port}", tmp_path)
    server.publish("satu", "dua")
    assert NGINX
    with running([NGINX, "-p", tmp_path, "-e", tmp_path / "error.log", "-c", config], port, tmp_path / "out.log"):
        yield server


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(Collect(pace=0), "live@example.org") as client:
        yield client


def poll(rss: Rss, cursor: Checkpoint | None, at: datetime) -> tuple[list[str], Checkpoint]:
    items: list[Item] = list(rss.collect(Request(rss.queries()[0], cursor.cursor if cursor else {}, at)))
    assert isinstance(items[-1], Checkpoint)
    return [item.text.split("\n")[0] for item in items if isinstance(item, Post)], items[-1]


def test_a_feed_is_sent_compressed_once_and_then_only_when_it_changed(nginx: Nginx, http: Http) -> None:
    rss = Rss("live", RssOptions.model_validate({"feeds": [nginx.url + "/feed.xml"]}), http)
    found, mark = poll(rss, None, NOW)
    assert found == ["satu", "dua"]
    found, mark = poll(rss, mark, NOW + timedelta(hours=1))
    assert (found, mark.complete, mark.covered_from) == ([], True, NOW)
    nginx.publish("tiga", "satu", "dua")
    found, mark = poll(rss, mark, NOW + timedelta(hours=2))
    assert (found, mark.complete) == (["tiga"], True)
    found, _ = poll(rss, mark, NOW + timedelta(hours=3))
    assert nginx.statuses(4) == ["200", "304", "200", "304"]


def test_compression_and_validators_are_those_of_nginx(nginx: Nginx, http: Http) -> None:
    answer = http.get(nginx.url + "/feed.xml")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content.startswith(b"<?xml")
    assert answer.etag
    assert answer.etag.startswith('W/"')
    assert http.get(nginx.url + "/feed.xml", etag=answer.etag).not_modified
    assert http.get(nginx.url + "/feed.xml", last_modified=answer.last_modified).not_modified
    assert http.get(nginx.url + "/moved").url == nginx.url + "/feed.xml"
    with pytest.raises(SourceRefused, match="HTTP 403"):
        http.get(nginx.url + "/secret?key=SECRET")


def test_a_compressed_bomb_from_nginx_stops_at_the_limit(nginx: Nginx) -> None:
    (nginx.home / "www" / "bomb.xml").write_bytes(bytes(50_000_000))
    with Http(Collect(pace=0, max_bytes=1_000_000), "") as http, pytest.raises(SourceMalformed, match="larger than 1,000,000"):
        http.get(nginx.url + "/bomb.xml")


def test_nginx_says_429_and_is_given_time(nginx: Nginx, http: Http) -> None:
    answers = [http.get(nginx.url + "/brisk/feed.xml") for _ in range(3)]
    assert all(answer.content.startswith(b"<?xml") for answer in answers)
    assert sum(answer.requests for answer in answers) > 3
    assert "429" in nginx.statuses(4)


def test_a_pace_keeps_us_below_the_limit_of_nginx(nginx: Nginx) -> None:
    with Http(Collect(pace=0.6), "") as http:
        for _ in range(4):
            http.get(nginx.url + "/brisk/feed.xml")
    assert nginx.statuses(4) == ["200"] * 4


def test_a_limit_beyond_our_patience_ends_the_run(nginx: Nginx) -> None:
    naps: list[float] = []
    with Http(Collect(pace=0, retries=2), "", sleep=naps.append) as http:
        http.get(nginx.url + "/slow/feed.xml")
        with pytest.raises(SourceThrottled, match="429 at every attempt"):
            http.get(nginx.url + "/slow/feed.xml")
    assert nginx.statuses(4) == ["200", "429", "429", "429"]
    assert len(naps) == 2

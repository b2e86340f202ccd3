"""Mastodon timelines of snac, a small ActivityPub server: no Link header, opaque ids, a connection that closes after each answer."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from servers import free_port, running

from ingest.base import Request
from ingest.http import Http
from ingest.mastodon import Mastodon, MastodonOptions
from warehouse.records import Checkpoint, Post
from warehouse.settings import Collect

HOME = Path(__file__).parents[2] / ".venv" / "live" / "snac"
BINARY = HOME / "usr" / "bin" / "snac"
WHY_NOT = HOME / "why-not.txt"


def reason() -> str:
    return (
        WHY_NOT.read_text().strip() if WHY_NOT.exists() else "snac is not there; `make test-live` fetches it (tests/live/install_snac.sh)"
    )


pytestmark = pytest.mark.skipif(not BINARY.exists(), reason=reason())


@dataclass
class Snac:
    base: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str, given: str = "") -> None:
        subprocess.run([BINARY, words[0], self.base, *words[1:]], input=given.encode(), check=True, capture_output=True, timeout=30)

    def note(self, user: str, text: str) -> None:
        self.command("note", user, text)

    def raw(self, path: str) -> tuple[str, Any, bool]:
        """Headers and body of one answer as they come over the socket, and whether a second request got one on the same connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n".encode()
            connection.sendall(request)
            head, _, body = _whole_answer(connection).partition(b"\r\n\r\n")
            try:
                connection.sendall(request)
                kept = bool(connection.recv(10))
            except ConnectionError:
                kept = False
        return head.decode().lower(), json.loads(body), kept


def _whole_answer(connection: socket.socket) -> bytes:
    whole = b""
    while chunk := connection.recv(65536):
        whole += chunk
        head, _, body = whole.lower().partition(b"\r\n\r\n")
        length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if length and len(body) >= int(length):
            break
    return whole


@pytest.fixture(scope="module")
def snac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snac]:
    """Two people and 90 public posts about a fever, one of them with markup."""
    home = tmp_path_factory.mktemp("snac")
    server = Snac(home / "data", free_port())
    server.command("init", given=f"127.0.0.1\n{server.port}\nlocalhost:{server.port}\n\nadmin@example.org\n")
    settings = server.base / "server.json"
    # Without the last two it would be busy sending each post to itself.
    changes = {"protocol": "http", "disable_inbox_collection": True, "num_threads": 8}
    settings.write_text(json.dumps(json.loads(settings.read_text()) | changes))
    for user in ("ana", "budi"):
        server.command("adduser", user, given=f"{user}\n")
    for number in range(89):
        server.note(("ana", "budi")[number % 2], f"anak demam hari ke-{number} #DemamBerdarah")
    server.note("ana", "Posyandu <b>besok</b> & lusa\nBawa buku KIA #DemamBerdarah #Bandung")
    with running([BINARY, "httpd", server.base], server.port, home / "log"):
        yield server


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(Collect(pace=0.05), "live@example.org") as client:
        yield client


def turn(snac: Snac, http: Http, query: str, cursor: Any = None, **options: Any) -> tuple[dict[str, Post], list[Checkpoint]]:
    given = {"server": snac.url, "tags": ["demamberdarah", "bandung", "tidakada"], "public": ["local", "federated"], **options}
    collector = Mastodon("snac", MastodonOptions.model_validate(given), http)
    items = list(collector.collect(Request(query, json.loads(json.dumps(cursor or {})), datetime.now(UTC) + timedelta(seconds=2))))
    found = [item for item in items if isinstance(item, Post)]
    assert len({post.native_id for post in found}) == len(found)
    return {post.native_id: post for post in found}, [item for item in items if isinstance(item, Checkpoint)]


def test_snac_is_as_awkward_as_it_is_said_to_be(snac: Snac) -> None:
    head, page, kept = snac.raw("/api/v1/timelines/tag/demamberdarah?limit=5")
    assert "x-creator: snac/" in head
    assert "\nlink:" not in head
    assert "connection: close" not in head
    assert kept is False
    ids = [status["id"] for status in page]
    assert ids != sorted(ids, reverse=True) or not all(own_id.isdecimal() for own_id in ids)


def test_every_post_of_a_tag_is_found_over_several_pages(snac: Snac, http: Http) -> None:
    found, marks = turn(snac, http, "#demamberdarah")
    assert len(found) == 90
    assert sum(mark.requests for mark in marks) == 4, "a closed connection must not cost a retry"
    assert marks[-1].complete
    assert {post.author for post in found.values()} == {f"{user}@localhost:{snac.port}" for user in ("ana", "budi")}
    assert len([post for post in found.values() if post.text.startswith("anak demam hari ke-")]) == 89


def test_markup_becomes_text_and_a_tag_of_one_post_gives_one_post(snac: Snac, http: Http) -> None:
    (post,) = turn(snac, http, "#bandung")[0].values()
    assert post.text == "Posyandu besok & lusa\nBawa buku KIA #DemamBerdarah #Bandung"
    assert post.url.startswith(f"http://localhost:{snac.port}/ana/p/")


def test_a_tag_nobody_used_is_empty_and_not_an_error(snac: Snac, http: Http) -> None:
    found, marks = turn(snac, http, "#tidakada")
    assert (found, marks[-1].complete, marks[-1].requests) == ({}, True, 1)


def test_a_small_page_limit_goes_on_without_a_hole(snac: Snac, http: Http) -> None:
    first, marks = turn(snac, http, "#demamberdarah", pages=2)
    assert (len(first), marks[-1].complete) == (80, False)
    second, marks = turn(snac, http, "#demamberdarah", marks[-1].cursor, pages=2)
    assert len(first.keys() | second.keys()) == 90


def test_a_new_post_is_found_and_nothing_else(snac: Snac, http: Http) -> None:
    before, marks = turn(snac, http, "local")
    snac.note("budi", "Demam sudah turun #sembuh")
    found, later = turn(snac, http, "local", marks[-1].cursor)
    assert [found[own_id].text for own_id in found.keys() - before.keys()] == ["Demam sudah turun #sembuh"]
    assert (later[-1].covered_from, later[-1].complete) == (marks[-1].covered_to, True)

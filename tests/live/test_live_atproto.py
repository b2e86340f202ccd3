"""Bluesky from a real PDS: accounts and posts are made as any app makes them, and collected from its firehose."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from atproto import Client, models
from servers import free_port

from ingest.base import Request
from ingest.bluesky import Bluesky, BlueskyOptions
from ingest.http import Http
from jobs.pipeline import Instance
from jobs.pipeline import collect as collect_source
from warehouse.errors import CollectError, SourceRefused
from warehouse.records import Checkpoint, Deletion, Item, Post
from warehouse.settings import Collect, DataFolder, Enrich, Settings, SourceSettings
from warehouse.store import Warehouse

HOME = Path(__file__).parents[2] / ".venv" / "live" / "atproto"
START = Path(__file__).parent / "atproto" / "start.mjs"
WHY_NOT = HOME / "why-not.txt"
PASSWORD = "kata-sandi-uji-coba"


def reason() -> str:
    return WHY_NOT.read_text().strip() if WHY_NOT.exists() else "not there; `make test-live` fetches it (tests/live/install_atproto.sh)"


pytestmark = pytest.mark.skipif(not (HOME / "installed").exists(), reason=f"AT Protocol network: {reason()}")


@dataclass
class Person:
    """An account on the PDS, using it with atproto's own client."""

    client: Client
    did: str

    def post(self, text: str) -> str:
        """Publish; the record key."""
        return self.client.send_post(text, profile_identify=self.did, langs=["id"]).uri.rpartition("/")[2]

    def edit(self, rkey: str, text: str) -> None:
        collection = models.ids.AppBskyFeedPost
        record = models.AppBskyFeedPost.Record(text=text, created_at=self.client.get_current_time_iso(), langs=["id"])
        self.client.com.atproto.repo.put_record(
            models.ComAtprotoRepoPutRecord.Data(repo=self.did, collection=collection, rkey=rkey, record=record)
        )

    def delete(self, rkey: str) -> None:
        assert self.client.delete_post(f"at://{self.did}/{models.ids.AppBskyFeedPost}/{rkey}")

    def like(self, rkey: str) -> None:
        uri = f"at://{self.did}/{models.ids.AppBskyFeedPost}/{rkey}"
        cid = self.client.com.atproto.repo.get_record({"repo": self.did, "collection": models.ids.AppBskyFeedPost, "rkey": rkey}).cid
        subject = models.ComAtprotoRepoStrongRef.Main(uri=uri, cid=cid or "")
        self.client.app.bsky.feed.like.create(
            self.did, models.AppBskyFeedLike.Record(created_at=self.client.get_current_time_iso(), subject=subject)
        )


@dataclass
class Network:
    pds: str
    clients: list[Client] = field(default_factory=list)

    @property
    def firehose(self) -> str:
        return f"{self.pds.replace('http', 'ws')}/xrpc/com.atproto.sync.subscribeRepos"

    def person(self, handle: str) -> Person:
        client = Client(self.pds)
        self.clients.append(client)
        made = client.com.atproto.server.create_account({"handle": handle, "email": f"{handle}@example.org", "password": PASSWORD})
        client.login(handle, PASSWORD, fetch_bsky_profile=False)
        return Person(client, made.did)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    log = tmp_path_factory.mktemp("atproto") / "log"
    command = ["node", START, HOME, str(free_port()), str(free_port())]
    environment = {**os.environ, "LOG_ENABLED": "false"}
    with (
        log.open("wb") as errors,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment) as process,
    ):
        assert process.stdout is not None
        assert process.stdin is not None
        ready = process.stdout.readline()
        if not ready:
            raise RuntimeError(f"the network did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
        started = Network(json.loads(ready)["pds"])
        yield started
        for client in started.clients:
            client.request.close()
        process.stdin.close()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.fixture(scope="module")
def ali(network: Network) -> Person:
    return network.person("ali.test")


@pytest.fixture(scope="module")
def budi(network: Network) -> Person:
    return network.person("budi.test")


@pytest.fixture
def http() -> Iterator[Http]:
    with Http(Collect(pace=0, retries=1), "tests@example.org") as client:
        yield client


@pytest.fixture
def bluesky(network: Network, http: Http) -> Bluesky:
    return Bluesky("bluesky", options(network), http)


def options(network: Network, **more: Any) -> BlueskyOptions:
    settings = {"keywords": ["dbd", "demam berdarah"], "stream": "firehose", "service": network.firehose, "lookback": "1 day", "idle": 1}
    return BlueskyOptions.model_validate({**settings, **more})


def collect(collector: Bluesky, cursor: Any = None) -> list[Item]:
    """One run; the cursor passes through JSON as it does in the warehouse."""
    return list(collector.collect(Request("posts", json.loads(json.dumps(dict(cursor or {}))), datetime.now(UTC))))


def posts(items: list[Item]) -> dict[str, Post]:
    return {item.native_id: item for item in items if isinstance(item, Post)}


def deletions(items: list[Item]) -> set[str]:
    return {item.native_id for item in items if isinstance(item, Deletion)}


def marks(items: list[Item]) -> list[Checkpoint]:
    return [item for item in items if isinstance(item, Checkpoint)]


def test_posts_made_with_the_real_client_are_collected(bluesky: Bluesky, ali: Person, budi: Person) -> None:
    before = datetime.now(UTC)
    wanted = ali.post("Kasus #DBD naik di Bandung 🦟")
    ali.post("Cuaca cerah")
    ali.like(wanted)
    phrase = budi.post("anak saya kena demam\nberdarah")
    found = posts(collect(bluesky))
    assert found.keys() == {f"{ali.did}/{wanted}", f"{budi.did}/{phrase}"}
    post = found[f"{ali.did}/{wanted}"]
    assert post.text == "Kasus #DBD naik di Bandung 🦟"
    assert (post.author, post.lang_hint, post.reply, post.edited_at) == (ali.did, "id", False, None)
    assert before - timedelta(seconds=5) <= post.created_at <= datetime.now(UTC)
    assert post.url == f"https://bsky.app/profile/{ali.did}/post/{wanted}"


def test_the_next_run_goes_on_from_the_cursor_with_new_posts_edits_and_deletions(bluesky: Bluesky, ali: Person, budi: Person) -> None:
    edited, withdrawn, deleted = ali.post("dbd pertama"), ali.post("dbd kedua"), budi.post("dbd ketiga")
    first = collect(bluesky)
    assert {f"{ali.did}/{edited}", f"{ali.did}/{withdrawn}", f"{budi.did}/{deleted}"} <= posts(first).keys()
    ali.edit(edited, "dbd pertama, sudah diperbaiki")
    ali.edit(withdrawn, "maaf, salah tulis")
    budi.delete(deleted)
    new = budi.post("dbd keempat")
    second = collect(bluesky, marks(first)[-1].cursor)
    assert posts(second).keys() == {f"{ali.did}/{edited}", f"{budi.did}/{new}"}
    assert posts(second)[f"{ali.did}/{edited}"].text == "dbd pertama, sudah diperbaiki"
    assert posts(second)[f"{ali.did}/{edited}"].edited_at is not None
    assert deletions(second) == {f"{ali.did}/{withdrawn}", f"{budi.did}/{deleted}"}
    assert marks(second)[0].covered_from == next(mark.covered_to for mark in reversed(marks(first)) if mark.covered_to)
    third = collect(bluesky, marks(second)[-1].cursor)
    assert not posts(third)
    assert not deletions(third)
    assert "nothing new came" in marks(third)[-1].note


def test_a_run_that_is_stopped_in_the_middle_loses_nothing(
    network: Network, http: Http, ali: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.bluesky_run._EVERY_MESSAGES", 3)
    collector = Bluesky("bluesky", options(network), http)
    made = {f"{ali.did}/{ali.post(f'dbd nomor {number}')}" for number in range(12)}
    stream = collector.collect(Request("posts", {}, datetime.now(UTC)))
    kept: list[Item] = []
    for item in stream:
        kept.append(item)
        if len(marks(kept)) == 5:
            break
    stream.close()
    rest = collect(collector, marks(kept)[-1].cursor)
    assert made <= posts(kept).keys() | posts(rest).keys()
    assert not made & posts(kept).keys() & posts(rest).keys()


def test_a_cursor_that_the_server_never_gave_is_said_to_be_a_hole(bluesky: Bluesky, ali: Person) -> None:
    strange = {"stream": "firehose", "service": bluesky.service, "position": 10**9, "time": "2026-01-01T00:00:00+00:00"}
    first = collect(bluesky, strange)
    assert "hole" in marks(first)[-1].note
    assert "Cursor in the future" in marks(first)[-1].note
    assert all(mark.covered_from is None for mark in marks(first))


def test_a_login_that_a_backfill_needs_is_a_real_one(network: Network, http: Http, ali: Person, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.touch(0o600)
    password.write_text(PASSWORD)
    login = {"backfill": "1 day", "search_service": network.pds, "identifier": "ali.test", "app_password_file": password}
    with pytest.raises(CollectError, match="searchPosts") as refused:  # this PDS has no AppView behind it, so there is nothing to search
        collect(Bluesky("bluesky", options(network, **login), http))
    assert "login" not in str(refused.value)
    password.write_text("bukan itu")
    with pytest.raises(SourceRefused, match=r"login as ali\.test: 401"):
        collect(Bluesky("bluesky", options(network, **login), http))


def test_events_of_other_kinds_are_read_and_move_the_cursor(bluesky: Bluesky, network: Network) -> None:
    citra = network.person("citra.test")
    citra.post("dbd dari citra")
    first = collect(bluesky)
    citra.client.com.atproto.server.deactivate_account({})
    second = collect(bluesky, marks(first)[-1].cursor)
    assert not marks(second)[-1].note
    assert marks(second)[-1].cursor["position"] > marks(first)[-1].cursor["position"]


def test_posts_reach_the_warehouse_and_leave_it_when_their_authors_delete_them(network: Network, ali: Person, tmp_path: Path) -> None:
    source = {"collector": "bluesky", **options(network).model_dump(include={"keywords", "stream", "service", "lookback", "idle"})}
    settings = Settings(
        collect=Collect(pace=timedelta(0)), enrich=Enrich(processes=1), sources={"sky": SourceSettings.model_validate(source)}
    )
    folder = DataFolder(tmp_path).create()
    kept, gone = ali.post("kasus dbd di Kota Bandung naik, hubungi 081234567890"), ali.post("dbd, nanti dihapus")
    with Warehouse.open(folder, settings) as warehouse:
        instance = Instance.of(folder, settings, warehouse)
        first = collect_source(instance, "sky", datetime.now(UTC))
        assert first.error is None
        assert first.new >= 2
        ali.delete(gone)
        second = collect_source(instance, "sky", datetime.now(UTC))
        assert (second.new, second.deleted, second.error) == (0, 1, None)
        ask = "SELECT text, author_key, deleted_at IS NOT NULL FROM posts WHERE native_id = ?"
        text, author, deleted = warehouse.con.execute(ask, [f"{ali.did}/{kept}"]).fetchone()  # type: ignore[misc]
        assert "dbd" in text
        assert "081234567890" not in text
        assert (author != ali.did, deleted) == (True, False)
        assert warehouse.con.execute(ask, [f"{ali.did}/{gone}"]).fetchone() == (None, None, True)
        assert warehouse.con.execute("SELECT count(*) FROM coverage WHERE source = 'sky' AND seconds > 0").fetchone() != (0,)

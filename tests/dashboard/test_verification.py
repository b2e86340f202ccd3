"""People work through signals: what they see, what they may do, and what stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from published_folder import HOSTILE, NOW, copied, settings
from test_auth import PASSWORD
from test_pages import page, texts
from told_reason import signal

from dashboard.app import create_app
from dashboard.passwords import hash_password
from warehouse import publish, triage
from warehouse.queries import Catalog
from warehouse.settings import DataFolder, Settings
from warehouse.state import State
from warehouse.store import Warehouse

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def folder(pristine: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A folder of its own, because these tests change its state."""
    return copied(pristine, tmp_path_factory.mktemp("verified"))


@pytest.fixture
def state(folder: DataFolder) -> Iterator[State]:
    """Fresh episodes for each test."""
    folder.state.unlink(missing_ok=True)
    state = State(folder)
    _follow(folder, state)
    return state


def _follow(folder: DataFolder, state: State) -> None:
    with Warehouse.open(folder, settings()) as wh:
        triage.follow(wh, state)
        publish.publish(wh, NOW)


@pytest.fixture
def app(folder: DataFolder, state: State) -> Any:
    return create_app(folder, settings(), now=lambda: NOW + timedelta(hours=1))


def bogor(state: State) -> Any:
    return next(one for one in state.episodes() if one.place_code == "32.71")


def take(
    ask: Ask, state: State, step: str, *, note: str = "", reason: str | None = None, seen: int | None = None, lang: str = "en"
) -> dict[str, Any]:
    one = bogor(state)
    given = {
        "review-step.n_clicks": [({"step": step}, 1)],
        "review-of.data": {"id": one.episode_id, "seen": one.last_step if seen is None else seen},
        "review-note.value": note,
        "review-reason.value": reason,
    }
    changed = json.dumps({"step": step, "type": "review-step"}, separators=(",", ":")) + ".n_clicks"
    return ask("review-box.children", given, lang=lang, changed=changed)


def listed(ask: Ask, status: str, lang: str = "en") -> list[dict[str, Any]]:
    return ask("episodes-grid.rowData", {"status.value": status}, lang=lang)["response"]["episodes-grid"]["rowData"]


def test_two_days_of_an_outbreak_are_one_row(ask: Ask) -> None:
    rows = listed(ask, "open")
    assert len(rows) == 4
    assert {row["days"] for row in rows if row["topic"] == "Dengue"} == {"10–11 Mar 2026"}
    assert {row["status"] for row in rows} == {"New"}
    assert {row["status"] for row in listed(ask, "new", "id")} == {"Baru"}
    assert listed(ask, "discarded") == []


def test_a_person_verifies_a_signal_step_by_step(ask: Ask, state: State) -> None:
    assert "Nobody looks after it yet" in texts(ask("episode-detail.children", {"episode.data": bogor(state).episode_id}))
    assert "loopback looks after it" in texts(take(ask, state, "verifying"))
    assert "verified it" in texts(take(ask, state, "verified", note="called the health office"))
    assert "Closed, verified" in texts(take(ask, state, "closed"))
    assert [row["status"] for row in listed(ask, "closed")] == ["Closed, verified"]
    signals = ask(
        "signals-grid.rowData", {"topic.value": [], "place.value": [], "span.value": "all", "level.value": "any", "order.value": "newest"}
    )
    by_place = {(row["place"], row["status"]) for row in signals["response"]["signals-grid"]["rowData"] if row["topic"] == "Dengue"}
    assert ("Kota Bogor", "Closed, verified") in by_place
    assert ("All places", "New") in by_place


def test_discarding_needs_a_reason_and_can_be_undone(ask: Ask, state: State) -> None:
    take(ask, state, "verifying")
    assert "Pilih alasannya dulu." in texts(take(ask, state, "discarded", lang="id"))
    assert bogor(state).status == "verifying"
    assert "One text copied many times" in texts(take(ask, state, "discarded", reason="copies"))
    shown = texts(take(ask, state, "undo"))
    assert "undone later" in shown
    assert bogor(state).status == "verifying"


def test_a_hostile_note_is_shown_as_text(ask: Ask, state: State) -> None:
    answer = take(ask, state, "note", note=HOSTILE)
    assert HOSTILE.replace("‮", "").replace("‬", "") in texts(answer)
    assert "dangerously_allow_html" not in json.dumps(answer)


def test_who_was_slower_is_told_and_changes_nothing(ask: Ask, state: State) -> None:
    take(ask, state, "verifying")
    assert "Somebody else has just changed this signal" in texts(take(ask, state, "verified", seen=0))
    assert bogor(state).status == "verifying"


def test_outcomes_are_counted_after_the_next_publication(ask: Ask, folder: DataFolder, state: State) -> None:
    quality = ask("episodes-grid.rowData", {"status.value": "all"})["response"]["quality"]
    assert "Nothing was verified or discarded yet" in texts(quality)
    take(ask, state, "verifying")
    take(ask, state, "verified")
    _follow(folder, state)
    quality = texts(ask("episodes-grid.rowData", {"status.value": "all"})["response"]["quality"])
    assert "100%" in quality
    assert "21% – 100%" in quality  # one of one: Wilson's interval


def test_the_file_for_spreadsheets_has_every_time_of_the_life(ask: Ask, state: State) -> None:
    take(ask, state, "verifying")
    content = ask("episodes-csv-file.data", {"episodes-csv.n_clicks": 1, "status.value": "verifying"})
    lines = content["response"]["episodes-csv-file"]["data"]["content"].splitlines()
    assert lines[0].startswith("\ufeffepisode_id,topic,place_code")
    assert len(lines) == 2
    assert "2026-03-14" in lines[1]


def test_a_signal_that_newer_data_withdrew_says_so(ask: Ask) -> None:
    assert "no longer there" in texts(ask("episode-detail.children", {"episode.data": "0123456789abcdef"}))


@pytest.mark.parametrize(("role", "status"), [("viewer", "new"), ("analyst", "new"), ("officer", "verifying")])
def test_only_officers_may_act_whatever_their_browser_sends(
    folder: DataFolder, state: State, asking: Callable[..., Ask], role: Any, status: str
) -> None:
    closed = Settings.model_validate({**settings().model_dump(), "web": {"login": "always"}})
    state.add_user("siti", hash_password(PASSWORD), role, NOW)
    app = create_app(folder, closed, now=lambda: NOW)
    client = app.server.test_client()
    token = client.get("/login").text.split('name="csrf" value="')[1].split('"')[0]
    assert client.post("/login", data={"csrf": token, "login": "siti", "password": PASSWORD, "next": "/"}).status_code == 303

    ask = asking(app, client)
    shown = texts(ask("episode-detail.children", {"episode.data": bogor(state).episode_id}))
    assert ("Only officers may change it" in shown) == (role != "officer")
    answer = texts(take(ask, state, "verifying"))
    assert ("it needs the role officer" in answer) == (role != "officer")
    assert bogor(state).status == status
    assert [step.who for step in state.reviews()] == (["siti"] if role == "officer" else [])


def test_the_page_opens_on_the_signal_in_its_address(ask: Ask, state: State) -> None:
    made = json.dumps(page(ask, "/verification", f"?status=all&episode={bogor(state).episode_id}"))
    assert bogor(state).episode_id in made


def test_who_decides_reads_why_it_was_raised_and_which_claims_its_posts_speak_of(
    ask: Ask, state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = [{"title": f"{HOSTILE} jus pepaya", "url": "https://cek.example/1", "posts": 3}]
    kept = Catalog.signal
    monkeypatch.setattr(Catalog, "signal", lambda self, key: {**kept(self, key), **signal(claims=claimed, claims_sought=20)})  # type: ignore[dict-item]
    given = {"episode.data": bogor(state).episode_id}
    shown = json.dumps(ask("episode-detail.children", given))
    assert "Since 3 May" in shown
    assert "First-hand reports" in shown
    assert "jus pepaya" in shown
    assert '"href": "https://cek.example/1"' in shown
    assert "\\u202e" not in shown
    assert "Sejak 3 Mei" in json.dumps(ask("episode-detail.children", given, lang="id"))


def test_a_signal_without_a_reason_is_decided_on_without_one(ask: Ask, state: State) -> None:
    shown = json.dumps(ask("episode-detail.children", {"episode.data": bogor(state).episode_id}))
    assert "Open its series and posts" in shown
    assert '"className": "lead"' not in shown


def test_a_folder_without_signals_says_what_is_missing(tmp_path: Path, asking: Callable[..., Ask]) -> None:
    folder = DataFolder(tmp_path / "empty").create()
    with Warehouse.open(folder, settings()) as wh:
        publish.publish(wh, NOW)
    app = create_app(folder, settings(), now=lambda: NOW)
    answer = asking(app, app.server.test_client())("episodes-grid.rowData", {"status.value": "open"})
    assert "No signal has this status." in texts(answer)
    assert "The first decision gives the first figure." in texts(answer)

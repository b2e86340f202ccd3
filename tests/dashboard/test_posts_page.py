"""Posts: why one has its labels, corrections with who and when, and what leaves as a file."""

from __future__ import annotations

import base64
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from published_folder import HOSTILE, NOW, settings
from test_pages import SHARED, page, texts

from dashboard import corrections, extract, i18n
from dashboard.app import create_app
from dashboard.names import Names
from warehouse.queries import Catalog, Selection
from warehouse.queries.claims import Claim
from warehouse.settings import DataFolder
from warehouse.state import State

Ask = Callable[..., dict[str, Any]]
CHOSEN = {
    **SHARED,
    "q.value": "",
    "sentiment.value": "any",
    "intent.value": "any",
    "emotion.value": "any",
    "hand.value": "any",
    "claim.value": "any",
}


@pytest.fixture
def state(folder: DataFolder, tmp_path: Path) -> State:
    own = DataFolder(tmp_path / "data")
    shutil.copytree(folder.published, own.published)
    return State(own)


@pytest.fixture
def ask(state: State, asking: Callable[..., Ask]) -> Ask:
    app = create_app(state.folder, settings(), now=lambda: NOW + timedelta(seconds=12))
    return asking(app, app.server.test_client())


@pytest.fixture
def dengue(state: State) -> dict[str, Any]:
    """The newest post on dengue."""
    catalog = Catalog(state.folder)
    found = catalog.posts(Selection(topics=("dengue",), first=date(2025, 1, 1), last=date(2026, 12, 31)), "trombosit", limit=1).rows
    return found.to_dict("records")[0]


def key(post: dict[str, Any]) -> str:
    return corrections.key_of(post["source"], post["native_id"], post["day"].date())


def why(ask: Ask, post: dict[str, Any]) -> str:
    return texts(ask("why-body.children", {"post.data": key(post)}))


def correct(ask: Ask, post: dict[str, Any], label: str, value: Any) -> str:
    given = {
        "correct.n_clicks": [({"label": label}, 1)],
        "correct-value.value": [({"label": label}, value)],
        "correct-value.id": [({"label": label}, {"label": label, "type": "correct-value"})],
        "post.data": key(post),
    }
    return texts(ask("corrected.data", given, changed=f'{{"label":"{label}","type":"correct"}}.n_clicks'))


def undo(ask: Ask, number: int) -> str:
    pressed = {"undo.n_clicks": [({"correction": number}, 1)]}
    return texts(ask("corrected.data", pressed, changed=f'{{"correction":{number},"type":"undo"}}.n_clicks'))


def listed(ask: Ask, **given: Any) -> str:
    return json.dumps(ask("posts-list.children", {**CHOSEN, "page.value": 1, **given})["response"]["posts-list"])


# ---- why


def test_a_post_says_which_terms_made_its_topic_and_how_sure_each_label_is(ask: Ask, dengue: dict[str, Any]) -> None:
    shown = why(ask, dengue)
    assert "dbd" in shown
    assert "trombosit" in shown
    for label in ("Sentiment", "Emotion", "What it is for", "First-hand report of illness", "Language", "Places"):
        assert label in shown
    assert shown.count("%") > 10


def test_the_words_that_name_a_place_are_told_with_what_stands_beside_them(ask: Ask, state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Demam berdarah di Kota Bogor, kata orang di Batu"
    post = {"source": "x", "native_id": "1", "day": date(2026, 3, 1), "text": text, "deleted_at": None}
    labels = {
        "topics": [],
        "places": ["32.71"],
        "sentiment": "neutral",
        "emotion": None,
        "intent": "other",
        "firsthand_p": None,
        "lang": "id",
    }
    monkeypatch.setattr(Catalog, "post", lambda *_: {**post, **labels, "text_hash": 1, "model_version": "test", "second_look": False})
    shown = why(ask, {**post, "day": pd.Timestamp(post["day"])})
    assert "bogor → Kota Bogor (a word such as Kota, Kabupaten or Provinsi before it)" in " ".join(shown.split())


def test_a_post_that_speaks_of_a_checked_claim_says_so_on_its_card_and_in_its_window(
    ask: Ask, dengue: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = Claim(HOSTILE + " jus pepaya menyembuhkan DBD", "https://cek.example/1", 0.93)
    asked: list[Any] = []

    def claims_of(_: Catalog, posts: Any) -> Any:
        asked.extend(posts)
        return {(dengue["source"], dengue["native_id"]): claim}

    monkeypatch.setattr(Catalog, "claims_of", claims_of)
    shown = why(ask, dengue)
    assert "Checked claim" in shown
    assert "jus pepaya menyembuhkan DBD" in shown
    assert "93" in shown
    assert asked == [(dengue["source"], dengue["native_id"], dengue["text_hash"])]
    cards = listed(ask)
    assert "Checked claim" in cards
    assert "\\u202e" not in cards


def test_posts_are_narrowed_to_those_that_speak_of_a_claim(ask: Ask, state: State) -> None:
    known = Catalog(state.folder).claims()
    measles = next(key for key, headline in known.items() if "campak" in headline)
    week = {"span.value": "7d", "page.value": 1}
    of_topic = ask("posts-count.children", {**CHOSEN, **week, "topic.value": ["measles"]})["response"]["posts-count"]["children"]
    of_claim = ask("posts-count.children", {**CHOSEN, **week, "claim.value": measles})["response"]["posts-count"]["children"]
    assert of_claim == of_topic
    cards = listed(ask, **week, **{"claim.value": "checked"})
    assert cards.count('"badge claim"') == cards.count('"className": "post"') > 0
    assert "No posts for this choice" in listed(ask, **week, **{"claim.value": "0123456789abcdef"})


def test_an_address_with_a_claim_that_is_gone_says_so_and_one_that_is_none_is_left_out(ask: Ask) -> None:
    assert "A claim that is no longer there" in json.dumps(page(ask, "/posts", "?claim=0123456789abcdef"))
    assert "A claim that is no longer there" not in json.dumps(page(ask, "/posts", "?claim=%3Cscript%3E"))


def test_a_post_that_is_gone_or_was_never_there_says_so(ask: Ask) -> None:
    for wrong in (
        "nonsense",
        "é",
        base64.urlsafe_b64encode(b'["a", "b", "no day"]').decode(),
        corrections.key_of("a", "b", date(2026, 1, 1)),
    ):
        assert "no longer there" in texts(ask("why-body.children", {"post.data": wrong}))


def test_a_hostile_post_is_explained_as_text(ask: Ask, state: State) -> None:
    found = Catalog(state.folder).posts(Selection(first=date(2025, 1, 1), last=date(2026, 12, 31)), "HYPERLINK", limit=1).rows
    made = json.dumps(ask("why-body.children", {"post.data": key(found.to_dict("records")[0])}))
    assert HOSTILE.split()[0] in made
    assert "\\u202e" not in made
    assert '"type": "Markdown"' not in made


def test_the_address_opens_the_window_on_its_post(ask: Ask, dengue: dict[str, Any]) -> None:
    made = json.dumps(page(ask, "/posts", f"?post={key(dengue)}"))
    assert key(dengue) in made
    assert '"opened": true' in made


# ---- corrections


@pytest.mark.parametrize(
    ("label", "value", "told"),
    [
        ("emotion", "fear", "Fear"),
        ("intent", "request", "Request for help"),
        ("firsthand", "yes", "Yes"),
        ("topics", ["measles", "dengue"], "Dengue, Measles"),
        ("places", [], "none"),
        ("lang", "en", "English"),
    ],
)
def test_every_label_can_be_corrected_and_the_correction_stands_beside_it(
    ask: Ask, state: State, dengue: dict[str, Any], label: str, value: Any, told: str
) -> None:
    assert "Noted" in correct(ask, dengue, label, value)
    (found,) = state.corrections()
    assert (found.label, found.who, found.post.text_hash, found.post.model_version) == (label, "loopback", dengue["text_hash"], "test")
    assert found.at == NOW + timedelta(seconds=12)
    assert told in why(ask, dengue)
    assert "corrected by" in listed(ask, **{"q.value": f"({dengue['native_id']})"})


def test_the_window_of_a_post_closes_also_while_the_list_behind_it_is_made_anew(ask: Ask, dengue: dict[str, Any]) -> None:
    buttons = {"why.n_clicks": [({"post": key(dengue)}, None)], "post.data": key(dengue)}
    for first_named in ("why.opened", f'{{"post":"{key(dengue)}","type":"why"}}.n_clicks'):
        closed = ask("post.data", {**buttons, "why.opened": False}, changed=first_named)
        assert closed["response"]['{"key":"post","type":"kept"}'] == {"data": ""}
    assert ask("post.data", {**buttons, "why.opened": True}, changed=first_named)["response"] == {}


def test_a_correction_changes_no_label_that_is_counted(ask: Ask, state: State, dengue: dict[str, Any]) -> None:
    before = Catalog(state.folder).post(dengue["source"], dengue["native_id"])
    correct(ask, dengue, "topics", ["measles"])
    assert Catalog(state.folder).post(dengue["source"], dengue["native_id"]) == before


def test_a_correction_can_be_taken_back_and_the_one_before_it_counts_again(ask: Ask, state: State, dengue: dict[str, Any]) -> None:
    correct(ask, dengue, "emotion", "fear")
    correct(ask, dengue, "emotion", "anger")
    first, second = (one.correction_id for one in state.correction_steps(dengue["source"], dengue["native_id"]))
    assert "does not stand any more" in undo(ask, first)
    assert "taken back" in undo(ask, second)
    assert [one.new for one in state.corrections()] == ["fear"]
    assert "taken back" in undo(ask, first)
    assert state.corrections() == []
    assert "took the correction back" in why(ask, dengue)
    deeds = [entry.what for entry in state.audit_log()]
    assert deeds == ["undo correction", "undo correction", "correct label", "correct label"]


@pytest.mark.parametrize(
    ("label", "value", "told"),
    [
        ("sentiment", "wonderful", "not one of"),
        ("topics", ["<script>"], "is not known"),
        ("places", ["99.99"], "is not known"),
        ("emotion", "", "Choose a value first"),
        ("text", "x", "not one of"),
        ("lang", "x" * 500, "at most"),
    ],
)
def test_what_is_no_value_of_a_label_is_refused(ask: Ask, state: State, dengue: dict[str, Any], label: str, value: Any, told: str) -> None:
    assert told in correct(ask, dengue, label, value)
    assert state.corrections() == []


def test_the_label_that_it_has_is_no_correction(ask: Ask, state: State, dengue: dict[str, Any]) -> None:
    assert "labelled so already" in correct(ask, dengue, "sentiment", dengue["sentiment"])
    assert "labelled so already" in correct(ask, dengue, "topics", ["dengue"])
    assert state.corrections() == []


# ---- files


def archive(ask: Ask, form: str, **given: Any) -> dict[str, bytes]:
    """The files of the zip that the button gives."""
    pressed = {**CHOSEN, f"posts-{form}.n_clicks": 1, **given}
    data = ask("posts-file.data", pressed, changed=f"posts-{form}.n_clicks")["response"]["posts-file"]["data"]
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(data["content"]))) as found:
        return {name: found.read(name) for name in found.namelist()}


def test_a_file_of_posts_has_no_way_back_to_the_person(ask: Ask, state: State) -> None:
    found = archive(ask, "csv")
    table = pd.read_csv(io.BytesIO(found["kentongan-posts.csv"]))
    assert not {"url", "native_id", "author_key", "created_at", "query"} & set(table.columns)
    assert {"day", "source", "text", "topics", "places", "sentiment", "sentiment_p"} <= set(table.columns)
    assert set(table["day"].str.len()) == {10}
    notes = found["README.txt"].decode()
    assert f"{len(table):,} posts" in notes
    assert "Mastodon #kesehatan" in notes
    assert "terms of each source" in notes
    assert state.audit_log()[0].what == "export posts"
    assert f"{len(table)} posts as csv" in state.audit_log()[0].detail


def test_the_file_of_posts_cannot_run_in_a_spreadsheet(ask: Ask) -> None:
    content = archive(ask, "csv", **{"q.value": "HYPERLINK"})["kentongan-posts.csv"].decode()
    assert "<script>" in content
    assert not [cell for line in content.splitlines() for cell in line.split(",") if cell.startswith(("=", "+", "@"))]


def test_parquet_has_the_same_posts_and_carries_its_notes(ask: Ask) -> None:
    table = pq.read_table(io.BytesIO(archive(ask, "parquet")["kentongan-posts.parquet"]))
    csv = pd.read_csv(io.BytesIO(archive(ask, "csv")["kentongan-posts.csv"]))
    assert table.num_rows == len(csv)
    assert b"Privacy" in (table.schema.metadata or {})[b"notes"]
    assert str(table.schema.field("topics").type) == "list<element: string>"


def test_the_file_follows_the_choice_and_says_it(ask: Ask) -> None:
    found = archive(ask, "csv", **{"topic.value": ["haze"], "sentiment.value": "negative", "span.value": "30d"})
    table = pd.read_csv(io.BytesIO(found["kentongan-posts.csv"]))
    assert set(table["topics"]) == {"haze"}
    assert set(table["sentiment"]) == {"negative"}
    assert "Topics: Haze <i>; Negative" in found["README.txt"].decode()


def test_the_file_of_posts_that_speak_of_a_claim_says_which(ask: Ask, state: State) -> None:
    measles = next(key for key, headline in Catalog(state.folder).claims().items() if "campak" in headline)
    found = archive(ask, "csv", **{"claim.value": measles, "span.value": "7d"})
    assert set(pd.read_csv(io.BytesIO(found["kentongan-posts.csv"]))["topics"]) == {"measles"}
    assert "Checked claims: [SALAH] Vaksin campak membuat anak autis" in found["README.txt"].decode()


def test_a_choice_without_posts_gives_an_empty_file(ask: Ask) -> None:
    assert len(pd.read_csv(io.BytesIO(archive(ask, "csv", **{"q.value": "nothinghasthis"})["kentongan-posts.csv"]))) == 0


def _names() -> Names:
    parents = {"32.71": "32", "32.01": "32", "32": "ID", "33": "ID", "ID": None}
    return Names({}, {code: {"parent_code": parent} for code, parent in parents.items()}, {}, ())


def _suppressed(*places: list[str]) -> tuple[list[list[str]], int]:
    frame = pd.DataFrame({"day": pd.Timestamp("2026-03-10"), "places": pd.Series(list(places), dtype=object)})
    found, coarsened = extract.suppressed(frame, _names())
    return list(found["places"]), coarsened


def test_places_of_few_posts_become_the_province_then_the_country_then_nothing() -> None:
    assert _suppressed(*[["32.71"]] * 5) == ([["32.71"]] * 5, 0)
    assert _suppressed(*[["32.71"]] * 3, *[["32.01"]] * 2) == ([["32"]] * 5, 5)
    assert _suppressed(*[["32.71"]] * 3, *[["33"]] * 2) == ([["ID"]] * 5, 5)
    assert _suppressed(["32.71"], ["unheard-of"]) == ([[], []], 2)


def test_no_place_of_the_file_has_fewer_posts_of_a_week_than_promised(ask: Ask) -> None:
    table = pd.read_csv(io.BytesIO(archive(ask, "csv", **{"span.value": "all"})["kentongan-posts.csv"]))
    weeks = pd.to_datetime(table["day"]).dt.to_period("W")
    cells = table.assign(week=weeks, place=table["places"].fillna("").str.split("; ")).explode("place")
    counts = cells[cells["place"] != ""].groupby(["week", "place"]).size()
    assert len(counts)
    assert counts.min() >= extract.FEWEST


def test_a_number_of_posts_in_the_notes_is_written_as_its_readers_do() -> None:
    with i18n.speaking("id", NOW.tzinfo):
        told = extract.notes("Kentongan", [], 1234, True, 5, ["Berita"], NOW)
    assert "1.234 unggahan. Masih ada lagi" in told
    assert "Privasi" in told

"""What strangers wrote is text wherever it is shown: posts, names of topics and sources, notes, logs, corrections, files.

All pages are opened and all callbacks asked; so those of pages to come are looked at, too.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from published_folder import HOSTILE, HOSTILE_TITLE, NOW, settings
from test_pages import page, texts
from test_posts_page import CHOSEN, key
from test_roles import _bodies, _callbacks

from dashboard.app import create_app
from dashboard.exports import guard
from dashboard.pages import PAGES
from warehouse import publish, triage
from warehouse.queries import Catalog, Selection
from warehouse.settings import DataFolder
from warehouse.state import Labelled, State
from warehouse.store import Warehouse

Ask = Callable[..., dict[str, Any]]
NOTE = '=HYPERLINK("http://evil") <script>window.hacked=9</script><img src=x onerror="window.hacked=10"> \u202eevil\u202c'
TURNS = [f"\\u{code:04x}" for code in (0x202A, 0x202B, 0x202D, 0x202E, 0x2066, 0x2067)]


@pytest.fixture(scope="module")
def own(folder: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A folder whose posts, topics and sources are hostile, and whose people were as well."""
    own = DataFolder(tmp_path_factory.mktemp("hostile") / "data")
    shutil.copytree(folder.root, own.root, ignore=shutil.ignore_patterns("state.sqlite*"))
    state = State(own)
    with Warehouse.open(own, settings()) as wh:
        triage.follow(wh, state)
        publish.publish(wh, NOW)
    for one in state.episodes():
        state.move(one.episode_id, "verifying", who=NOTE, now=NOW, note=NOTE)
    name = NOTE.split(" \u202e")[0]  # what is chosen from a list goes back as it is; nobody's login turns the direction
    state.audit(name, name, NOTE, NOW)
    post = hostile_post(own)
    labelled = Labelled(post["source"], post["native_id"], post["day"].date(), post["text_hash"], NOTE)
    state.correct(labelled, "emotion", "", "fear", who=NOTE, now=NOW)  # the walk below takes this one back
    state.correct(labelled, "topics", (), ("haze",), who=NOTE, now=NOW)
    state.save_query(NOTE[:40], f"SELECT '{NOTE}'", NOTE, NOW)
    return own


@pytest.fixture(scope="module")
def app(own: DataFolder) -> Any:
    return create_app(own, settings(), now=lambda: NOW + timedelta(seconds=12))


def hostile_post(folder: DataFolder) -> dict[str, Any]:
    found = Catalog(folder).posts(Selection(first=NOW.date() - timedelta(days=2), last=NOW.date()), "HYPERLINK", limit=1)
    return found.rows.to_dict("records")[0]


@pytest.fixture
def ask(app: Any, asking: Callable[..., Ask]) -> Ask:
    return asking(app, app.server.test_client())


def assert_text(answer: Any, where: str) -> None:
    """Nothing in it is more than text: no markup, no code, no address that runs, no sign that turns what follows."""
    made = json.dumps(answer)
    assert '"type": "Markdown"' not in made, where
    assert "dangerously_allow_html" not in made, where
    assert '"dangerously_allow_code": true' not in made, where
    assert '"href": "javascript' not in made.lower(), where
    assert not [turn for turn in TURNS if turn in made], where


@pytest.mark.parametrize("path", [one.path for one in PAGES])
def test_every_page_shows_what_is_hostile_as_text(ask: Ask, path: str) -> None:
    for lang in ("id", "en"):
        assert_text(page(ask, path, lang=lang), path)


def test_every_callback_answers_with_text(app: Any) -> None:
    client, told = app.server.test_client(), ""
    for found, callback in _callbacks(app):
        for body in _bodies(found, callback):
            answer = client.post("/_dash-update-component", json=body)
            if answer.status_code == 200 and "-file.data" not in found:
                assert_text(answer.get_json(), found)
                told += texts(answer.get_json())
    for hostile in ("<script>window.hacked=1</script>", HOSTILE_TITLE, "Haze <i>", "<script>window.hacked=9</script>"):
        assert hostile in told, f"{hostile} is shown nowhere: the test looks at nothing"


def test_a_hostile_post_with_a_hostile_correction_is_text(ask: Ask, own: DataFolder) -> None:
    post = hostile_post(own)
    for answer in (
        ask("why-body.children", {"post.data": key(post)}),
        ask("posts-list.children", {**CHOSEN, "page.value": 1, "q.value": "HYPERLINK"}),
    ):
        assert_text(answer, "post")
        assert "<script>window.hacked=9</script>" in json.dumps(answer)  # who corrected it
        assert HOSTILE.split()[0] in json.dumps(answer)


@pytest.mark.parametrize("output", ["episodes-csv-file.data", "deeds-csv-file.data", "sources-csv-file.data", "signals-csv-file.data"])
def test_no_cell_of_a_file_runs_in_a_spreadsheet(ask: Ask, output: str) -> None:
    given = {**CHOSEN, "status.value": "all", "back.value": "7d", "level.value": "any", "order.value": "newest", "span.value": "all"}
    data = ask(output, {**given, output.replace("-file.data", ".n_clicks"): 1})["response"][output.removesuffix(".data")]["data"]
    assert_guarded(data["content"])


def test_no_cell_of_the_posts_runs_in_a_spreadsheet(ask: Ask) -> None:
    pressed = {**CHOSEN, "span.value": "all", "posts-csv.n_clicks": 1}
    data = ask("posts-file.data", pressed, changed="posts-csv.n_clicks")["response"]["posts-file"]["data"]
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(data["content"]))) as found:
        assert_guarded(found.read("kentongan-posts.csv").decode())


def assert_guarded(content: str) -> None:
    """Every cell that is no number would be written as it stands."""
    cells = [cell for row in csv.reader(io.StringIO(content.removeprefix("\ufeff"))) for cell in row]
    assert len(cells) >= 8
    assert [cell for cell in cells if guard(cell) != cell and not is_number(cell)] == []


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True

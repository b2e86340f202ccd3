"""Topics on the page: what is shown, tried, saved, refused and undone."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from published_folder import HOSTILE, NOW, copied, settings
from test_auth import PASSWORD
from test_pages import page, texts
from topic_steps import NEW, add_hiccups, answer, checked, drafted, listed, nodes, opened, pressed, previewed, restore, save, uploaded

from analytics.text import rules
from analytics.text.topic_file import shipped
from dashboard import topicform, topicwords
from dashboard.app import create_app
from dashboard.passwords import hash_password
from dashboard.topicbook import shipped_examples
from warehouse.settings import DataFolder, Settings
from warehouse.state import State

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def folder(pristine: DataFolder, tmp_path_factory: pytest.TempPathFactory) -> DataFolder:
    """A folder of its own, because these tests change its topics."""
    return copied(pristine, tmp_path_factory.mktemp("topics"))


@pytest.fixture(autouse=True)
def fresh(folder: DataFolder) -> None:
    folder.state.unlink(missing_ok=True)
    folder.topics.unlink(missing_ok=True)


@pytest.fixture
def app(folder: DataFolder, fresh: None) -> Any:
    return create_app(folder, settings(), now=lambda: NOW)


def test_every_shipped_topic_comes_out_of_the_form_as_it_went_in() -> None:
    for code, entry in shipped().items():
        examples = shipped_examples()[code]
        read, wrong = topicform.read(topicform.filled(code, entry, examples), entry, examples, new=False, taken=False)
        assert wrong == {}, code
        assert read == entry, code


def test_the_page_is_laid_out_in_both_languages(ask: Ask) -> None:
    assert "On last week's posts" in texts(page(ask, "/topics", "?lang=en"))
    assert "Pada unggahan pekan lalu" in texts(page(ask, "/topics", "?lang=id", lang="id"))


def test_topics_are_listed_with_their_posts_and_found_by_their_terms(ask: Ask) -> None:
    rows = listed(ask)
    assert rows["dengue"]["name"] == "Dengue"
    assert rows["dengue"]["kind"] == "Shipped"
    assert rows["dengue"]["posts"] > 50
    assert listed(ask, lang="id")["dengue"]["name"] == "Demam berdarah dengue"
    assert list(listed(ask, q="wolbachia")) == ["dengue"]
    assert listed(ask, show="off") == {}


def test_a_new_topic_is_saved_into_the_file_and_listed(ask: Ask, folder: DataFolder) -> None:
    done = add_hiccups(ask)
    assert "Saved as version 2" in texts(done)
    assert answer(done, "topic-go", "data") == "hiccups"
    table = tomllib.loads(folder.topics.read_text("utf-8"))["hiccups"]
    assert table["terms"] == {"id": ["cegukan"]}
    assert table["rules"] == ["posyandu AND jadwal"]
    assert "enabled" not in table
    assert listed(ask, show="own")["hiccups"]["kind"] == "Own"
    history = texts(ask("topic-history.children", {}))
    assert "asked for by the clinic" in history
    assert "hiccups" in history
    assert [entry.what for entry in State(folder).audit_log()] == ["topics"]


def test_a_topic_as_shipped_is_no_change_and_leaves_the_file_alone(ask: Ask, folder: DataFolder) -> None:
    given, values = opened(ask, "dengue")
    answered = checked(ask, answer(given, "topic-of", "data"), values)
    assert answer(answered, "topic-save", "disabled") is True
    assert "As it stands in the file" in texts(answered)
    number = sum(len(posts) for posts in shipped_examples()["dengue"].values())
    assert f"All {number} examples come out as they should" in texts(answered)
    assert not folder.topics.exists()


def test_what_is_wrong_is_told_at_its_field_with_line_and_column(ask: Ask) -> None:
    given, values = opened(ask, "dengue")
    of = answer(given, "topic-of", "data")
    typed = values | {"rules": "demam\n\n(anak NEAR/5", "terms_id": "dbd\nd*", "only": "aids", "name_en": " "}
    answered = checked(ask, of, typed)
    errors = {json.loads(key)["name"]: found["error"] for key, found in answered["response"].items() if key.startswith("{")}
    assert errors["rules"] == "line 3, column 13: NEAR needs two terms, one on each side; there is none after NEAR/5"
    assert errors["terms_id"] == "line 2: 'd*' would match too much; write at least 3 letters beside the star"
    assert errors["only"].startswith("line 1: write the code of the language")
    assert errors["name_en"] == "missing"
    assert errors["terms_en"] is None
    assert answer(answered, "topic-draft", "data") is None
    assert answer(answered, "topic-save", "disabled") is True
    assert "4 fields need a look" in texts(answered)
    indonesian = checked(ask, of, typed, lang="id")["response"]
    assert any("baris 3, kolom 13: NEAR memerlukan dua istilah" in str(found.get("error")) for found in indonesian.values())


def test_every_message_of_the_rules_has_its_translation() -> None:
    source = Path(rules.__file__).read_text("utf-8")
    for template in topicwords.TEMPLATES[:-1]:
        assert template in source or template.replace('"', '\\"') in source, template
    assert source.count("RuleError(") - 1 == len(topicwords.TEMPLATES) - 1


def test_examples_are_tried_while_somebody_types(ask: Ask) -> None:
    given, values = opened(ask, "dengue")
    answered = texts(checked(ask, answer(given, "topic-of", "data"), values | {"yes": "sakit gigi", "no": "positif DBD"}))
    assert "2 of 2 examples come out wrong" in answered
    assert "not found, but should be" in answered
    assert "found, but should not be" in answered


def test_the_preview_counts_and_shows_what_would_have_been_found(ask: Ask) -> None:
    draft, _of = drafted(ask, "dengue")
    tally = previewed(ask, draft)
    assert tally["counts"]["found"] == tally["counts"]["now"] > 50
    assert (tally["counts"]["gained"], tally["counts"]["lost"]) == (0, 0)
    shown = ask("topic-said.children", {"topic-tally.data": tally, "topic-draft.data": draft, "view.value": "found"})
    assert "the same posts as now" in texts(shown)
    marks = [node["props"]["children"] for node in nodes(answer(shown, "topic-posts"), "Mark")]
    assert len(tally["rows"]["found"]) == 20
    assert {"DBD", "#DBD"} & set(marks)


def test_the_preview_says_which_posts_come_and_go(ask: Ask) -> None:
    draft, _of = drafted(ask, "dengue", terms_id="campak", terms_en="", rules="", terms_more="", guards="")
    tally = previewed(ask, draft)
    counts = tally["counts"]
    assert counts["lost"] == counts["now"]
    assert counts["gained"] == counts["found"] > 0
    assert all("ampak" in row["text"] for row in tally["rows"]["gained"])
    lost = ask("topic-said.children", {"topic-tally.data": tally, "topic-draft.data": draft, "view.value": "lost"})
    assert nodes(answer(lost, "topic-posts"), "Mark")
    assert previewed(ask, draft, ["xx"])["counts"]["found"] == 0


def test_terms_that_go_with_the_topic_are_offered_and_added(ask: Ask) -> None:
    draft, _of = drafted(ask, "dengue", terms_id="dbd", terms_en="", rules="", terms_more="")
    offered = ask("topic-suggested.children", {"topic-tally.data": previewed(ask, draft), "topic-draft.data": draft})
    terms = [node["props"]["id"]["term"] for node in nodes(answer(offered, "topic-suggested"), "Button")]
    assert any("nyamuk" in term or "trombosit" in term for term in terms)
    assert not any("dbd" in term for term in terms)
    changed = json.dumps({"lang": "id", "term": "nyamuk", "type": "topic-add"}, separators=(",", ":")) + ".n_clicks"
    given = {
        "topic-add.n_clicks": [({"term": "nyamuk", "lang": "id"}, 1)],
        "topic-field.value": [({"name": "terms_id"}, "dbd\n"), ({"name": "rules"}, "a")],
        "topic-field.id": [({"name": name}, {"type": "topic-field", "name": name}) for name in ("terms_id", "rules")],
    }
    grown = ask("topic-field.value", given, changed=changed)["response"]
    assert [found["value"] for found in grown.values()] == ["dbd\nnyamuk"]


def test_a_shipped_topic_is_switched_off_and_on_with_one_line_in_the_file(ask: Ask, folder: DataFolder) -> None:
    given, _values = opened(ask, "malaria")
    pressed(ask, "topic-switch", **{"topic-of.data": answer(given, "topic-of", "data")})
    assert folder.topics.read_text("utf-8") == "[malaria]\nenabled = false\n"
    assert listed(ask, show="off")["malaria"]["kind"] == "Off"
    given, _values = opened(ask, "malaria")
    assert answer(given, "topic-switch") == "Switch on"
    pressed(ask, "topic-switch", **{"topic-of.data": answer(given, "topic-of", "data")})
    assert folder.topics.read_text("utf-8").strip() == ""
    assert listed(ask)["malaria"]["kind"] == "Shipped"


def test_a_change_of_somebody_else_is_not_overwritten(ask: Ask, folder: DataFolder) -> None:
    add_hiccups(ask)
    mine, of = drafted(ask, "hiccups", terms_id="cegukan\nsegukan")
    theirs, their_of = drafted(ask, "hiccups", terms_id="hiks")
    assert "Saved as version 3" in texts(save(ask, theirs, their_of))
    refused = save(ask, mine, of)
    assert "loopback changed this at" in texts(refused)
    assert "Nothing was overwritten" in texts(refused)
    assert "topics-saved" not in refused["response"]
    assert "hiks" in folder.topics.read_text("utf-8")
    over = nodes(answer(refused, "topic-outcome"), "Button")[-1]["props"]["id"]
    changed = json.dumps(over, separators=(",", ":"), sort_keys=True) + ".n_clicks"
    given = {"topic-over.n_clicks": [({"mark": over["mark"]}, 1)], "topic-draft.data": mine, "topic-of.data": of}
    assert "Saved as version 4" in texts(ask("topics-saved.data", given, changed=changed))
    assert "segukan" in folder.topics.read_text("utf-8")


def test_changes_of_two_topics_do_not_get_in_each_others_way(ask: Ask, folder: DataFolder) -> None:
    mine, of = drafted(ask, "*new", **NEW)
    other, other_of = drafted(ask, "dengue", terms_id="dbd saja")
    save(ask, other, other_of)
    assert "Saved as version 3" in texts(save(ask, mine, of))
    assert tomllib.loads(folder.topics.read_text("utf-8")).keys() == {"dengue", "hiccups"}


def test_an_edit_of_the_file_shows_on_the_page_and_in_the_history_with_its_comments_kept(ask: Ask, folder: DataFolder) -> None:
    add_hiccups(ask)
    text = "# written by hand\n" + folder.topics.read_text("utf-8").replace("cegukan", "cekukan")
    folder.topics.write_text(text, "utf-8")
    _given, values = opened(ask, "hiccups")
    assert values["terms_id"] == "cekukan"
    assert "changed in the file" in texts(ask("topic-history.children", {}))
    other, of = drafted(ask, "*new", **{**NEW, "code": "sneezing"})
    save(ask, other, of)
    assert folder.topics.read_text("utf-8").startswith("# written by hand\n[hiccups]")


def test_a_file_with_a_mistake_is_told_and_not_saved_into(ask: Ask, folder: DataFolder) -> None:
    draft, of = drafted(ask, "*new", **NEW)
    folder.topics.write_text('[x]\nname_id = "a"\nname_en = "b"\ngroup = "g"\nrules = ["flu NEAR/2"]\n', "utf-8")
    shown, _values = opened(ask, "dengue")
    assert "topics.toml: [x] rule: column 11: NEAR needs two terms" in texts(shown)
    assert "has a mistake; put that right first" in texts(save(ask, draft, of))
    assert "hiccups" not in folder.topics.read_text("utf-8")


def test_a_version_shows_its_lines_and_can_be_undone(ask: Ask, folder: DataFolder) -> None:
    add_hiccups(ask)
    before = folder.topics.read_text("utf-8")
    draft, of = drafted(ask, "hiccups", terms_id="cegukan\nsegukan")
    save(ask, draft, of)
    shown = ask("topic-version.children", {"version.data": 3})
    assert '-terms.id = ["cegukan"]' in texts(shown)
    assert '+terms.id = ["cegukan", "segukan"]' in texts(shown)
    button = nodes(answer(shown, "topic-version"), "Button")[0]["props"]["id"]
    assert button["kind"] == "undo"
    restored = restore(ask, button)
    assert "Saved as version 4" in texts(restored)
    assert folder.topics.read_text("utf-8") == before
    assert "undid version 3" in texts(ask("topic-history.children", {}))
    assert "changed this at" in texts(restore(ask, button))


def test_a_file_is_uploaded_checked_and_put_in_place(ask: Ask, folder: DataFolder) -> None:
    text = '[cough]\nname_id = "Batuk"\nname_en = "Cough"\ngroup = "syndrome"\nterms.id = ["batuk"]\n'
    told = uploaded(ask, text.encode())
    assert "1 topic would change: cough" in texts(told)
    assert not folder.topics.exists()
    changed = json.dumps({"seen": 1, "type": "topic-import"}, separators=(",", ":")) + ".n_clicks"
    given = {"topic-import.n_clicks": [({"seen": 1}, 1)], "topic-upload-text.data": [({"of": "it"}, {"text": text, "name": "new.toml"})]}
    assert "Saved as version 2" in texts(ask("topics-saved.data", given, changed=changed))
    assert folder.topics.read_text("utf-8") == text
    assert answer(ask("topic-export-file.data", {"topic-export.n_clicks": 1}), "topic-export-file", "data")["content"] == text


@pytest.mark.parametrize(
    ("text", "message"),
    [(b"[x]\nname_id='a'", "name_en: missing"), (b"\xff\xfe", "no text in UTF-8"), (b"= 3", "not TOML")],
)
def test_a_file_that_is_no_topic_file_is_refused_on_upload(ask: Ask, text: bytes, message: str) -> None:
    assert message in texts(uploaded(ask, text))


def test_hostile_texts_are_shown_as_texts(ask: Ask) -> None:
    add_hiccups(ask, name_en=HOSTILE, yes=HOSTILE)
    shown, values = opened(ask, "hiccups")
    plain = HOSTILE.replace("‮", "").replace("‬", "")
    assert plain in texts(shown)
    answered = checked(ask, answer(shown, "topic-of", "data"), values)
    assert plain in texts(answered)
    assert listed(ask, show="own")["hiccups"]["name"] == plain
    assert "dangerously_allow_html" not in json.dumps(shown)


def test_the_page_says_whether_the_worker_has_taken_the_topics_up(ask: Ask, folder: DataFolder) -> None:
    assert "No worker has read the topics yet" in texts(ask("topic-worker.children", {}))
    add_hiccups(ask)
    state = State(folder)
    state.note_topics_in_use("", "", NOW)
    assert "has not read this version yet" in texts(ask("topic-worker.children", {}))
    state.note_topics_in_use(folder.topics.read_text("utf-8"), "", NOW)
    assert "labels new posts with this version since" in texts(ask("topic-worker.children", {}))
    state.note_topics_in_use("", "topics.toml: not TOML: <b>", NOW)
    assert "topics.toml: not TOML: <b>" in texts(ask("topic-worker.children", {}))


def test_old_posts_are_relabelled_on_request_and_progress_shows(ask: Ask, folder: DataFolder) -> None:
    given = {"topic-relabel.n_clicks": [({"of": "all"}, 1)]}
    ask("topic-asked.data", given)
    ask("topic-asked.data", given)
    state = State(folder)
    (request,) = state.waiting()
    assert request.kind == "relabel"
    state.take(NOW)
    state.progress(request.id, 250, 1000, "relabelling")
    shown = ask("topic-worker.children", {})
    assert "Relabelling: 250 of 1,000 posts" in texts(shown)
    assert answer(shown, "topic-watch", "disabled") is False


@pytest.fixture
def guarded(folder: DataFolder, fresh: None, asking: Any) -> Callable[[str], Ask]:
    """Asks as somebody of a role who had to log in."""

    def by(role: str) -> Ask:
        secured = Settings.model_validate(settings().model_dump() | {"web": {"login": "always"}})
        app = create_app(folder, secured, now=lambda: NOW)
        State(folder).add_user(role, hash_password(PASSWORD), role, NOW)  # type: ignore[arg-type]
        client = app.server.test_client()
        form = client.get("/login").get_data(as_text=True)
        token = form.split('name="csrf" value="')[1].split('"')[0]
        client.post("/login", data={"login": role, "password": PASSWORD, "csrf": token})
        return asking(app, client)

    return by


def test_who_only_reads_cannot_change_topics(guarded: Callable[[str], Ask], folder: DataFolder) -> None:
    ask = guarded("viewer")
    given, values = opened(ask, "dengue")
    assert "Only analysts may change it" in texts(given)
    assert answer(given, "topic-bar", "className") == "hidden"
    of = answer(given, "topic-of", "data")
    draft = answer(checked(ask, of, values | {"terms_id": "dbd"}), "topic-draft", "data")
    assert previewed(ask, draft)["counts"]["found"] > 0
    for button in ("topic-save", "topic-switch", "topic-remove"):
        refused = pressed(ask, button, **{"topic-draft.data": draft, "topic-of.data": of})
        assert "it needs the role analyst" in texts(refused)
    assert "it needs the role analyst" in texts(uploaded(ask, b""))
    assert not folder.topics.exists()


def test_an_analyst_changes_topics_but_does_not_relabel(guarded: Callable[[str], Ask], folder: DataFolder) -> None:
    ask = guarded("analyst")
    assert "Saved as version 2" in texts(add_hiccups(ask))
    assert State(folder).topic_versions()[0].who == "analyst"
    assert "it needs the role officer" in texts(ask("topic-asked.data", {"topic-relabel.n_clicks": [({"of": "all"}, 1)]}))
    assert State(folder).waiting() == []

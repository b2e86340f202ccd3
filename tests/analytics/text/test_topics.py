from __future__ import annotations

import pickle
import random
import tomllib
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text import topic_file
from analytics.text.matching import Matching, normal_form
from analytics.text.rules import term
from analytics.text.topic_file import SHIPPED, read_topics
from analytics.text.topics import SCHEMA, TopicIndex
from warehouse.errors import SettingsError

EXAMPLES = tomllib.loads((SHIPPED.parent / "topics_examples.toml").read_text("utf-8"))
INDEX = TopicIndex()


def own(folder: Path, text: str) -> Path:
    file = folder / "my-topics.toml"
    file.write_text(text, "utf-8")
    return file


def codes(text: str, lang: str | None = None, index: TopicIndex = INDEX) -> list[str]:
    return index.match([text], [lang])[0]


@pytest.mark.parametrize("topic", sorted(read_topics(SHIPPED)))
def test_shipped_topic_finds_its_examples_and_leaves_the_others_alone(topic: str) -> None:
    assert len(EXAMPLES[topic]["yes"]) >= 5
    assert len(EXAMPLES[topic]["no"]) >= 5
    missed = [text for text in EXAMPLES[topic]["yes"] if topic not in codes(text)]
    wrong = [text for text in EXAMPLES[topic]["no"] if topic in codes(text)]
    assert (missed, wrong) == ([], [])


def test_there_are_at_least_forty_topics_named_and_described_in_both_languages() -> None:
    assert len(INDEX.topics) >= 40
    assert EXAMPLES.keys() == {topic.code for topic in INDEX.topics}
    for topic in INDEX.topics:
        entry = topic.entry
        assert all((entry.name_id, entry.name_en, entry.description_id, entry.description_en, entry.group))


def test_no_shipped_topic_lists_a_term_twice() -> None:
    for topic in INDEX.topics:
        written = [term(word) for words in topic.entry.terms.values() for word in words]
        repeated = {each for each in written if written.count(each) > 1}
        assert not repeated, topic.code


def test_table_has_the_columns_of_the_warehouse() -> None:
    table = INDEX.table()
    assert table.schema == SCHEMA
    assert table.num_rows == len(INDEX.topics)
    assert table.column("topic").to_pylist() == [topic.code for topic in INDEX.topics]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("#DemamBerdarah", "dengue"),
        ("#demamberdarah di kampung", "dengue"),
        ("#cegahdemamberdarah yuk", "dengue"),
        ("#STOPSTUNTING", "nutrition"),
        ("DEMAM BERDARAH!!!", "dengue"),
        ("demaaaam berdarah", "dengue"),
        ("demam-berdarah", "dengue"),
        ("dbd-nya belum sembuh", "dengue"),
        ("demam\nberdarah", "dengue"),
        ("ｄｂｄ", "dengue"),
        ("masuk rs lagi", "health_service"),
        ("nyamuk2 aedes", "dengue"),
        ("severe diarrhea", "diarrhoea"),
    ],
)
def test_spelling_of_posts_does_not_hide_a_topic(text: str, topic: str) -> None:
    assert topic in codes(text)
    assert topic in codes(text, "en")


def test_a_guard_covers_only_the_words_that_it_holds() -> None:
    assert codes("demam panggung") == []
    assert "fever" in codes("demam panggung, eh ternyata demam sungguhan")


def test_words_inside_links_handles_and_placeholders_are_not_read() -> None:
    assert codes("lihat https://contoh.id/dbd-dengue @infodbd [phone] [address]") == []


def test_terms_of_one_language_count_only_in_its_posts() -> None:
    text = "technology aids and aids again"
    assert codes(text, "en") == []
    assert "hiv" in codes("kasus aids naik", "id")


def test_explain_tells_what_fired_what_was_guarded_and_what_took_the_topic_away() -> None:
    by_topic = {each.topic: each for each in INDEX.explain("Trombosit anak turun, dbd. Bukan demam panggung; zodiak cancer hari ini")}
    assert by_topic["dengue"].matched
    assert "dbd" in by_topic["dengue"].terms
    assert any("trombosit" in rule for rule in by_topic["dengue"].rules)
    assert not by_topic["fever"].matched
    assert by_topic["fever"].guarded == ("demam panggung",)
    assert not by_topic["cancer"].matched
    assert by_topic["cancer"].excluded_by


@given(st.lists(st.sampled_from([text for example in EXAMPLES.values() for texts in example.values() for text in texts]), max_size=4))
def test_explain_and_match_agree(texts: list[str]) -> None:
    text = " . ".join(texts)
    assert [each.topic for each in INDEX.explain(text) if each.matched] == codes(text)


def test_own_file_adds_topics_and_replaces_those_of_the_same_code(tmp_path: Path) -> None:
    file = own(
        tmp_path,
        """
        [hiccups]
        name_id = "Cegukan"
        name_en = "Hiccups"
        group = "syndrome"
        terms.id = ["cegukan"]

        [dengue]
        name_id = "Dengue saja"
        name_en = "Dengue only"
        group = "vector"
        terms.en = ["dengue"]
        """,
    )
    index = TopicIndex(file)
    assert index.match(["cegukan terus", "dbd", "dengue"]) == [["hiccups"], [], ["dengue"]]
    assert len(index.topics) == len(INDEX.topics) + 1
    assert index.version != INDEX.version == TopicIndex().version


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[x]\nname_id="a"\nname_en="a"\ngroup="g"\nrules=["demam NEAR/5"]', "my-topics.toml: [x] rule: column 13: NEAR needs two terms"),
        ('[x]\nname_id="a"\nname_en="a"\ngroup="g"\nrules=["flu", "(flu"]', "my-topics.toml: [x] rule 2: column 1: this ( is never"),
        ('[x]\nname_id="a"\nname_en="a"\ngroup="g"\nterms.id=["d*"]', "my-topics.toml: [x] terms.id: 'd*' would match too much"),
        ('[x]\nname_id="a"\nname_en="a"\ngroup="g"\n', "neither terms nor rules"),
        ('[x]\nname_id="a"\nname_en="a"\ngroup="g"\ncolour="red"', "my-topics.toml: [x] colour: not a setting"),
        ('[x]\nname_en="a"\ngroup="g"\n', "my-topics.toml: [x] name_id: missing"),
        ('[Bad code]\nname_id="a"', "not TOML"),
        ('["*"]\nname_id="a"', "not a topic code"),
        ("x = 3", "my-topics.toml: [x]"),
        ("\x00", "not TOML"),
    ],
)
def test_mistakes_in_a_topic_file_are_told_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        TopicIndex(own(tmp_path, text))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_undecodable_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        TopicIndex(tmp_path / "nothing.toml")
    (tmp_path / "latin.toml").write_bytes(b'[x]\nname_id="caf\xe9"')
    with pytest.raises(SettingsError, match="not TOML"):
        TopicIndex(tmp_path / "latin.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        TopicIndex(tmp_path)


def test_deeply_nested_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"not TOML|\[x\]"):
        TopicIndex(own(tmp_path, "x = " + "[" * 50_000 + "]" * 50_000))


def test_more_terms_or_bytes_than_a_machine_should_carry_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    head = '[x]\nname_id="a"\nname_en="a"\ngroup="g"\n'
    million = own(tmp_path, head + "terms.id = [" + ",".join(f'"k{number}"' for number in range(1_000_000)) + "]")
    with pytest.raises(SettingsError, match=r"1,0\d\d,\d\d\d terms over all topics; 250,000 is the most"):
        TopicIndex(million)
    monkeypatch.setattr(topic_file, "LARGEST_FILE", 1000)
    with pytest.raises(SettingsError, match="bytes; a topic file may hold 1,000 at most"):
        TopicIndex(million)


@settings(max_examples=60)
@given(st.text(max_size=300), st.sampled_from([None, "id", "en", "jv", "xx"]))
def test_any_text_in_any_language_is_answered(text: str, lang: str | None) -> None:
    assert set(codes(text, lang)) <= {topic.code for topic in INDEX.topics}


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_normal_form_has_single_spaces_and_is_stable(text: str) -> None:
    form = normal_form(text)
    assert form.startswith(" ")
    assert form.endswith(" ")
    assert "  " not in form.strip() or form.strip() == ""


@pytest.mark.parametrize("piece", ["demam berdarah ", "😷", "a", "#dbd ", "(", "vaksin takut ", "\n"])
def test_time_grows_with_the_length_of_a_post_and_no_faster(piece: str) -> None:
    def seconds(text: str) -> float:
        start = process_time()
        codes(text)
        return process_time() - start

    short, long = piece * (50_000 // len(piece)), piece * (1_000_000 // len(piece))
    seconds(short)
    assert seconds(long) < 60 * max(seconds(short), 0.005)


def test_index_travels_to_another_process_and_answers_alike() -> None:
    copy = pickle.loads(pickle.dumps(INDEX))  # noqa: S301 - made two words ago
    texts = [random.Random(1).choice(example["yes"]) for example in EXAMPLES.values()]
    assert copy.match(texts) == INDEX.match(texts)


def test_forgetting_words_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.text.matching.REMEMBERED", 3)
    small = Matching()
    for text in ("nyamuk2 di rs penuhhhh", "dbd-nya sembuh", "rs rs rs dbd"):
        assert small.form(text) == normal_form(text)

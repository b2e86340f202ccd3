"""A draft tried on posts: what it gains and loses, what is marked, which examples fail, what makes labels stale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from analytics.text.topic_check import examples, troubles
from analytics.text.topic_file import Topic, TopicEntry, compiled, load_topics, shipped, topics_with
from analytics.text.topic_marks import Marker
from analytics.text.topic_preview import Comparison
from analytics.text.topics import TopicIndex

ALL = load_topics(None)
DENGUE = next(topic for topic in ALL if topic.code == "dengue")
POSTS = pa.table(
    {
        "text": ["Anak kena DBD, trombositnya turun", "#CegahDemamBerdarah yuk", "demam berdarah biru", "cegukan terus", None],
        "lang": ["id", "id", "id", None, "en"],
    }
)


def draft(**changes: object) -> Topic:
    return compiled("draft", TopicEntry.model_validate({"name_id": "a", "name_en": "a", "group": "g"} | changes), "draft")


def test_a_draft_finds_what_the_whole_index_would_find() -> None:
    compared = Comparison(DENGUE, DENGUE, ALL)(POSTS)
    whole = ["dengue" in codes for codes in TopicIndex.of(ALL).match([text or "" for text in POSTS["text"].to_pylist()])]
    assert compared.draft.tolist() == compared.now.tolist() == whole == [True, True, False, False, False]
    assert not compared.gained.any()
    assert not compared.lost.any()


def test_posts_gained_and_lost_are_told_apart() -> None:
    compared = Comparison(draft(terms={"id": ["cegukan", "dbd"]}), DENGUE, ALL)(POSTS)
    assert compared.gained.tolist() == [False, False, False, True, False]
    assert compared.lost.tolist() == [False, True, False, False, False]


def test_without_a_topic_before_everything_is_gained() -> None:
    compared = Comparison(draft(terms={"id": ["cegukan"]}), None, ALL)(POSTS)
    assert compared.gained.tolist() == compared.draft.tolist()
    assert np.count_nonzero(compared.draft) == 1


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Anak kena DBD-nya!", ["DBD"]),
        ("trombositnya langsung anjlok", ["trombositnya", "anjlok"]),
        ("uang langsung anjlok", []),
        ("#CegahDemamBerdarah dan demaaam berdarah", ["#CegahDemamBerdarah", "demaaam berdarah"]),
        ("<b>DENGUE</b>", ["DENGUE"]),
        ("", []),
    ],
)
def test_what_made_a_post_match_is_marked_where_it_was_written(text: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in Marker(DENGUE, ALL).spans(text)] == marked


def test_examples_say_what_decided_and_identities_are_redacted_first() -> None:
    topic = draft(
        terms={"id": ["flu", "0812*"]}, guards=["flu burung"], yes=["kena flu", "hubungi 081234567890"], no=["flu burung", "kena flu"]
    )
    told = {(one.text, one.wanted): one for one in examples(topic)}
    assert told["kena flu", True].right
    assert told["kena flu", True].because == ("flu",)
    assert not told["hubungi 081234567890", True].found
    assert told["flu burung", False].right
    assert "flu burung" in told["flu burung", False].because
    assert not told["kena flu", False].right


def test_every_trouble_has_its_place_and_the_words_of_the_file() -> None:
    entry = TopicEntry(name_id="a", name_en="a", group="g", terms={"jv": ["a", "d*"]}, rules=["flu", "flu AND"], guards=["?"])
    found = [(one.key, one.line, one.column, one.message) for one in troubles(entry)]
    assert [place[:3] for place in found] == [("terms.jv", 2, 0), ("guards", 1, 0), ("rules", 2, 8)]
    with pytest.raises(Exception, match=r"rule 2: column 8: a term is missing after AND") as caught:
        compiled("x", entry.model_copy(update={"terms": {}, "guards": []}), "x")
    assert found[2][3] in str(caught.value)
    assert [one.message for one in troubles(TopicEntry(name_id="a", name_en="a", group="g"))] == [
        "neither terms nor rules; the topic can never match"
    ]


def test_a_new_name_or_example_makes_no_label_stale_but_a_new_term_does() -> None:
    def version(**changes: object) -> str:
        entry = shipped()["malaria"].model_copy(update=changes)
        return TopicIndex.of((compiled("malaria", entry, "x"),)).version

    assert version() == version(name_en="Ague", yes=["demam malaria"], description_id="x")
    assert version() != version(guards=["malaria rindu"])


def test_a_table_of_one_key_switches_only_topics_that_are_shipped() -> None:
    with pytest.raises(Exception, match=r"\[hiccups\] name_id: missing"):
        topics_with("[hiccups]\nenabled = false\n", Path("mine.toml"))

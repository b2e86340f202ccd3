"""Topics written as TOML, and put into a file that a person keeps by hand."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text.topic_file import SHIPPED, TopicEntry, parse_topics, shipped, topics_with
from analytics.text.topic_write import as_table, as_toml, with_topic

MINE = """# my file
# about dengue
[dengue]
enabled = false

# about hiccups, asked for by the clinic
[hiccups]
name_id = "Cegukan"  # inside
name_en = "Hiccups"
group = "syndrome"
rules = [
  "a OR b",
]
[hiccups.terms]
id = ["cegukan"]

# the end
"""
ENTRY = TopicEntry(name_id="Bersin", name_en="Sneezing", group="syndrome", terms={"id": ["bersin"]})


def test_a_topic_is_changed_in_its_place_and_everything_else_stays() -> None:
    table = as_table("hiccups", ENTRY)
    text = with_topic(MINE, "hiccups", table)
    assert text.startswith(MINE[: MINE.index("[hiccups]")])
    assert text.endswith("\n\n# the end\n")
    assert tomllib.loads(text) == {"dengue": {"enabled": False}, "hiccups": table}


def test_a_topic_is_added_at_the_end_and_taken_out_again() -> None:
    added = with_topic(MINE, "sneezing", as_table("sneezing", ENTRY))
    assert added.startswith(MINE.rstrip())
    assert with_topic(added, "sneezing", None).rstrip() == MINE.rstrip()
    assert with_topic("", "sneezing", as_table("sneezing", ENTRY)).startswith("[sneezing]\n")


def test_comments_before_the_next_topic_stay_with_it() -> None:
    text = with_topic(MINE, "dengue", None)
    assert "# about hiccups, asked for by the clinic\n[hiccups]" in text
    assert "enabled" not in text


@pytest.mark.parametrize(
    "text",
    ['x = {name_id = "a"}\n[y]\nname_id = "b"\n', '[y]\nname_id = """\n[x]\n"""\n[x]\nname_id = "a"\n', '["x"]\na = 1\n[y]\nb = 2\n'],
)
def test_a_file_written_in_an_unusual_way_still_gets_the_right_topic(text: str) -> None:
    before = tomllib.loads(text)
    changed = tomllib.loads(with_topic(text, "x", {"name_id": "new"}))
    assert changed == before | {"x": {"name_id": "new"}}


words = st.lists(st.text(max_size=12), max_size=3)


@settings(max_examples=60)
@given(st.text(max_size=20), words, st.dictionaries(st.text(min_size=1, max_size=5), words, max_size=2), words)
def test_whatever_is_written_is_read_back(name: str, rules: list[str], terms: dict[str, list[str]], examples: list[str]) -> None:
    table = {"name_id": name, "rules": rules, "yes": examples, **({"terms": terms} if terms else {})}
    assert tomllib.loads(as_toml("x", table)) == {"x": table}


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert tomllib.loads(as_toml("x", {"name_id": "a\ud800"})) == {"x": {"name_id": "a?"}}


def test_every_shipped_topic_survives_being_written() -> None:
    text = "\n".join(as_toml(code, entry.model_dump(exclude_defaults=True)) for code, entry in shipped().items())
    assert parse_topics(text, Path("copy.toml")) == dict(shipped())


def test_a_topic_as_shipped_needs_no_words_in_the_file_and_one_switched_off_needs_one() -> None:
    entry = shipped()["malaria"]
    assert as_table("malaria", entry) is None
    assert as_table("malaria", entry.model_copy(update={"enabled": False})) == {"enabled": False}
    changed = as_table("malaria", entry.model_copy(update={"name_en": "Ague"}))
    assert changed is not None
    assert changed["name_en"] == "Ague"


def test_a_topic_that_is_switched_off_labels_nothing_and_the_rest_goes_on() -> None:
    codes = [topic.code for topic in topics_with("[malaria]\nenabled = false\n", SHIPPED)]
    assert "malaria" not in codes
    assert len(codes) == len(shipped()) - 1

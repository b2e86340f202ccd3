"""The demo's world: the same for the same seed, its events visible, its gap empty, and the same however it is collected."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from collector_contract import Case, CollectorContract, Served, run

from ingest.base import Collector, build
from ingest.demo import SOURCES, generate, truth, write_truth
from ingest.demodata.epidemiology import NOISE, TOPICS, place_index, places
from ingest.demodata.phrases import book
from ingest.http import Http
from warehouse.records import Checkpoint, Deletion, Item, Post
from warehouse.settings import SourceSettings

END = date(2026, 5, 31)
ZONE = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 5, 31, 8, 30, tzinfo=UTC)
FACTS = truth(END)
HAPPENED = [event for event in FACTS["outbreaks"] if event["state"] != "upcoming"]
LATE = timedelta(days=1)


@contextmanager
def serve() -> Iterator[Served]:
    moment = [NOW]

    def add() -> None:
        moment[0] += timedelta(hours=12)

    yield Served({"channel": "forum", "days": 60, "end": END}, add, None, now=lambda: moment[0])


class TestDemoContract(CollectorContract):
    case = Case("demo", serve)


def demo(http: Http, **options: Any) -> Collector:
    return build("demo-microblog", SourceSettings.model_validate({"collector": "demo", "end": END, **options}), http)


def recent() -> list[Post]:
    return list(generate(END - timedelta(days=75), END))


@pytest.fixture(scope="module")
def posts() -> list[Post]:
    return recent()


def day_of(post: Post) -> date:
    return post.created_at.astimezone(ZONE).date()


def daily(posts: list[Post], terms: list[str], names: tuple[str, ...]) -> Counter[date]:
    """Posts a day that say one of the terms and, if there are any, one of the names."""
    said, where = ("|".join(re.escape(word.lower()) for word in words) for words in (terms, names))
    return Counter(day_of(post) for post in posts if re.search(said, post.text.lower()) and re.search(where, post.text.lower()))


def names(event: dict[str, Any]) -> tuple[str, ...]:
    return places()[place_index()[event["place_code"]]].aliases if event["level"] != "country" else ()


def final_state(items: list[Item]) -> dict[str, Post]:
    """What a warehouse would hold after these items."""
    state: dict[str, Post] = {}
    for item in items:
        if isinstance(item, Post):
            state[item.native_id] = item
        elif isinstance(item, Deletion):
            state.pop(item.native_id, None)
    return state


def test_the_same_seed_gives_the_same_posts_and_another_gives_others(posts: list[Post]) -> None:
    week = END - timedelta(days=6)
    assert list(generate(week, END)) == [post for post in posts if day_of(post) >= week]
    assert {post.text for post in generate(END, END, seed=1)}.isdisjoint(
        {post.text for post in posts if day_of(post) == END and len(post.text) > 90 and "mandul" not in post.text.lower()}
    )


@pytest.mark.parametrize("event", [event for event in HAPPENED if event["start"] > "2026-04"], ids=lambda event: event["id"])
def test_an_outbreak_stands_out_in_plain_counts_of_words(posts: list[Post], event: dict[str, Any]) -> None:
    counts = daily(posts, event["terms"], names(event))
    window = [date.fromisoformat(day) for day, expected in event["daily"].items() if expected >= 4 and day <= END.isoformat()]
    outside = [day for number in range(75) if not event["start"] <= (day := END - timedelta(days=number)).isoformat() <= event["end"]]
    assert window
    inside = sum(counts[day] for day in window) / len(window)
    assert inside > 10 * max(sum(counts[day] for day in outside) / len(outside), 0.1)
    assert inside == pytest.approx(sum(event["daily"][day.isoformat()] for day in window) / len(window), rel=0.5)


def test_an_outbreak_is_spread_so_thin_that_no_place_shows_it_but_all_together_do(posts: list[Post]) -> None:
    running, past = FACTS["clusters"]
    assert (running["state"], past["state"]) == ("running", "past")
    for event in FACTS["clusters"]:
        span = [day for day in event["daily"] if day <= END.isoformat()]
        each = [daily(posts, event["terms"], places()[place_index()[code]].aliases) for code in event["places"]]
        assert max(count for counts in each for count in counts.values()) < 5
        inside = sum(counts[date.fromisoformat(day)] for counts in each for day in span)
        assert inside / len(span) > 8 * sum(count for counts in each for day, count in counts.items() if day.isoformat() not in span) / (
            75 - len(span)
        )
        assert inside > 20
        assert all(sum(counts.values()) >= 2 for counts in each)


def test_one_outbreak_runs_now_one_began_yesterday_and_several_are_recent() -> None:
    assert sum(event["state"] == "running" for event in HAPPENED) >= 2
    assert any(event["start"] == (END - timedelta(days=1)).isoformat() for event in HAPPENED)
    assert sum(event["start"] >= (END - timedelta(days=60)).isoformat() for event in HAPPENED) >= 5


def test_the_hoax_is_copied_by_many_in_few_wordings(posts: list[Post]) -> None:
    wave = FACTS["hoaxes"][0]
    copies = [post for post in posts if any(text[:60] in post.text for text in wave["texts"])]
    assert len(copies) > 100
    assert all(wave["start"] <= day_of(post).isoformat() <= wave["end"] for post in copies)
    assert len({post.author for post in copies}) > 50


def test_the_campaign_is_seen_and_mostly_liked(posts: list[Post]) -> None:
    campaign = FACTS["campaigns"][0]
    counts = daily(posts, ["pin polio"], names(campaign))
    assert sum(counts[day] for day in counts if campaign["start"] <= day.isoformat() <= campaign["end"]) > 100


def test_no_source_posts_in_the_gap(posts: list[Post]) -> None:
    whole, partial = sorted(FACTS["gaps"], key=lambda gap: -len(gap["sources"]))
    assert set(whole["sources"]) == set(SOURCES)
    for gap in (whole, partial):
        assert not [post for post in posts if post.source in gap["sources"] and gap["first"] <= day_of(post).isoformat() <= gap["last"]]
        after = date.fromisoformat(gap["last"]) + timedelta(days=1)
        assert [post for post in posts if post.source in gap["sources"] and day_of(post) == after]


def test_fact_checkers_look_at_what_the_hoax_says_while_it_spreads(posts: list[Post]) -> None:
    wave, checks = FACTS["hoaxes"][0], [post for post in posts if post.source == "demo-factcheck"]
    on_it = [post for post in checks if wave["start"] <= day_of(post).isoformat() <= wave["end"]]
    assert [post.lang_hint for post in on_it] == ["id", "en", "id"]
    assert all("rekaan" in post.text or "invented" in post.text for post in checks)
    assert all(post.url.endswith(f".example/{post.native_id}") for post in checks)
    assert len({post.native_id for post in checks}) == len(checks) > len(on_it)


def test_fact_checks_come_once_and_on_their_own_days_however_they_are_collected(http: Http) -> None:
    source, until = demo(http, channel="factcheck", days=75), NOW - timedelta(days=12)
    first = run(source, "factcheck", {}, until)
    later = run(source, "factcheck", first[-1].cursor, NOW)
    whole = run(demo(http, channel="factcheck", days=75), "factcheck", {}, NOW)
    assert [item for item in first + later if isinstance(item, Post)] == [item for item in whole if isinstance(item, Post)]
    assert {post.native_id for post in final_state(first).values()} < {post.native_id for post in final_state(whole).values()}


def test_the_gap_is_left_uncovered_and_everything_else_is_covered_without_a_hole(http: Http) -> None:
    marks = [item for item in run(demo(http, days=75), "microblog", {}, NOW) if isinstance(item, Checkpoint)]
    spans = [(mark.covered_from, mark.covered_to) for mark in marks if mark.covered_from and mark.covered_to]
    holes = [(one, other) for (_, one), (other, _) in pairwise(spans) if one != other]
    first = datetime(2026, 5, 8, tzinfo=ZONE)
    assert holes == [(first, first + timedelta(days=2))]
    assert spans[-1][1] == NOW


def test_collecting_minute_by_minute_ends_where_one_run_ends(http: Http) -> None:
    kept, start = demo(http, days=1, volume=2000), NOW - timedelta(hours=3)
    pieces = run(kept, "microblog", {}, start)
    for minute in range(1, 181):
        restarted = demo(http, days=1, volume=2000) if minute % 60 == 0 else kept
        pieces += run(restarted, "microblog", pieces[-1].cursor, start + timedelta(minutes=minute))
    assert any(isinstance(item, Deletion) for item in pieces)
    assert final_state(pieces) == final_state(run(demo(http, days=1, volume=2000), "microblog", {}, NOW))


def test_edits_and_deletions_happen_to_posts_that_were_there(http: Http) -> None:
    source = demo(http, days=3, volume=4000)
    first = run(source, "microblog", {}, NOW - LATE)
    later = run(source, "microblog", first[-1].cursor, NOW)
    known = final_state(first)
    edited = [item for item in later if isinstance(item, Post) and item.native_id in known]
    assert edited
    assert all(post.edited_at and post.edited_at >= NOW - LATE and post.text != known[post.native_id].text for post in edited)
    assert any(isinstance(item, Deletion) for item in later)


def test_the_demo_goes_on_after_its_last_day_with_new_outbreaks() -> None:
    event = next(event for event in FACTS["outbreaks"] if event["state"] == "upcoming")
    first, last = date.fromisoformat(event["start"]), date.fromisoformat(event["end"])
    posts = list(generate(first, last, today=END))
    assert sum(daily(posts, event["terms"], names(event)).values()) > event["size"] / 2


def test_volume_scales_the_posts() -> None:
    few, many = (sum(1 for _ in generate(END - timedelta(days=9), END, volume=volume)) for volume in (100, 400))
    assert many / few == pytest.approx(4, rel=0.15)


def test_the_rainy_season_is_the_season_of_dengue() -> None:
    wet, dry = (
        sum(1 for post in generate(date(2025, month, 1), date(2025, month, 28), today=END) if "DBD" in post.text) for month in (2, 8)
    )
    assert wet > 2 * dry


def test_posts_of_four_months_are_of_all_provinces_in_several_tongues_and_carry_what_must_be_redacted() -> None:
    text = "\n".join(post.text for post in generate(END - timedelta(days=120), END))
    assert all(any(alias in text for alias in place.aliases) for place in places() if place.level == "province")
    assert sum(place.level == "province" for place in places()) == 38
    for needle in (
        r"0812-0000-\d{4}",
        r"@example\.com",
        r"\b\d{16}\b",
        r"(?m)^@\w+",
        r"RT @",
        r"gk |bgt|yg ",
        r"nang |jarene",
        r"hospitals|waited",
        "demam panggung",
    ):
        assert re.search(needle, text), needle


def test_every_topic_has_phrases_terms_and_signs() -> None:
    pages = book()
    for topic in TOPICS:
        if topic.code != NOISE:
            assert pages.terms["id", topic.code]
            assert pages.signs[topic.code]
            assert pages.lines["id", topic.code, "personal"]
    assert len({line for own in pages.lines.values() for line in own}) > 150


def test_the_truth_is_a_file_that_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    write_truth(path, FACTS)
    facts = json.loads(path.read_text("utf-8"))
    assert facts == FACTS
    lists = {"sources", "outbreaks", "clusters", "hoaxes", "campaigns", "gaps"}
    assert {"schema", "seed", "zone", "volume", "start", "end"} | lists == facts.keys()
    for event in facts["outbreaks"] + facts["clusters"]:
        assert event["start"] <= event["peak"] <= event["end"]
        assert sum(event["daily"].values()) == pytest.approx(event["size"], abs=0.2)

"""Why there is a signal, as its page shows it, whatever strangers wrote."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from told_reason import signal

from dashboard import i18n, reason
from dashboard.names import Names

KNOWN = Names(topics={}, places={"32.05": {"name": "Kabupaten Garut"}}, sources={"forum": {"title": "Forum"}}, languages=())
HOSTILE = '<script>alert(1)</script> =HYPERLINK("x") \u202e'


def shown(component: Any) -> str:
    return json.dumps(component.to_plotly_json(), default=lambda part: part.to_plotly_json())


@pytest.mark.parametrize(
    ("language", "sentence", "kind"), [("id", "Sejak 3 Mei", "Cerita tangan pertama"), ("en", "Since 3 May", "First-hand reports")]
)
def test_the_sentence_the_class_and_the_shares_are_in_the_language_of_the_page(language: str, sentence: str, kind: str) -> None:
    with i18n.speaking(language, ZoneInfo("Asia/Jakarta")):
        text = shown(reason.panel(signal(), KNOWN))
    assert sentence in text
    assert kind in text
    assert "Forum" in text


def test_what_strangers_wrote_is_text_and_an_address_that_is_no_web_page_is_no_link() -> None:
    hostile = {
        "terms": [{"term": HOSTILE}], "hashtags": [{"name": HOSTILE}], "places": [{"name": "32.05"}],
        "claims": [{"title": HOSTILE, "url": "javascript:alert(2)", "posts": 3}], "claims_sought": 12,
        "examples": [{"text": HOSTILE, "url": "javascript:alert(1)", "source": "forum"}],
    }  # fmt: skip
    text = shown(reason.panel(signal(**hostile), KNOWN))
    assert "javascript" not in text
    assert "\\u202e" not in text
    assert "Kabupaten Garut" in text
    assert "dangerously" not in text


@pytest.mark.parametrize(("language", "heading"), [("id", "Klaim terperiksa"), ("en", "Checked claims")])
def test_the_claims_that_posts_speak_of_stand_with_their_posts_and_link_to_the_fact_check(language: str, heading: str) -> None:
    claims = [{"title": "Jus pepaya menyembuhkan DBD", "url": "https://cek.example/1", "posts": 3}]
    with i18n.speaking(language, ZoneInfo("Asia/Jakarta")):
        text = shown(reason.panel(signal(claims=claims, claims_sought=20), KNOWN))
        before = json.loads(signal()["reason"])
        del before["claims"], before["claims_sought"]  # as it was stored before there were any
        old = shown(reason.panel({"kind": None, "reason": json.dumps(before)}, KNOWN))
    assert heading in text
    assert "Jus pepaya menyembuhkan DBD" in text
    assert '"href": "https://cek.example/1"' in text
    assert heading not in old


@pytest.mark.parametrize("stored", [None, "", "no json", "[]", "null"])
def test_a_signal_without_a_reason_that_can_be_read_has_no_panel(stored: str | None) -> None:
    assert reason.panel({"kind": None, "reason": stored}, KNOWN) is None

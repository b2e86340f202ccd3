"""The first page comes with the frame around it, for the address that the browser says it is at."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.pages import PAGES, posts


def _layout(client: FlaskClient, referrer: str | None) -> str:
    return client.get("/_dash-layout", headers={"Referer": referrer} if referrer else {}).get_data(as_text=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_page_comes_with_its_frame_as_it_comes_when_it_is_asked_for(client: FlaskClient, ask: Any, page: Any) -> None:
    given = {"route.data": {"path": page.path, "search": "?lang=en", "at": 1}}
    asked = ask("page.children", given, as_sent=True)["response"]["page"]["children"]
    frame = _layout(client, f"http://localhost{page.path}?lang=en")
    assert json.dumps(asked[1], separators=(",", ":"), ensure_ascii=False) in frame
    assert f'"shown":"{page.path}?lang=en"' in frame


def test_its_address_comes_in_order(client: FlaskClient) -> None:
    frame = _layout(client, "http://localhost/posts?nonsense=1&q=demam&lang=en")
    assert '{"shown":"/posts?nonsense=1&q=demam&lang=en","query":"?lang=en&q=demam"}' in frame


@pytest.mark.parametrize("referrer", [None, "http://elsewhere.example/posts?lang=en", "nonsense", "http://[::1"])
def test_a_browser_that_says_nothing_or_nonsense_gets_the_frame_alone(client: FlaskClient, referrer: str | None) -> None:
    assert '"id":"first","data":null' in _layout(client, referrer).replace('"data":null,"id":"first"', '"id":"first","data":null')


def test_a_page_that_cannot_be_made_leaves_the_frame_standing(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: Any) -> Any:
        raise RuntimeError("broken")

    monkeypatch.setitem(posts.PAGE.__dict__, "layout", broken)
    frame = _layout(client, "http://localhost/posts?lang=en")
    assert '"id":"page"' in frame
    assert "broken" not in frame

"""Fixtures of the collectors' tests: a web server on loopback, and a client that does not sleep."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

pytest.register_assert_rewrite("collector_contract")

from collector_contract import quick_http  # noqa: E402
from mastodon_server import AwkwardServer  # noqa: E402
from web_server import WebServer  # noqa: E402

from ingest.http import Http  # noqa: E402

for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):  # the machine's proxy is no part of these tests
    os.environ.pop(name, None)
    os.environ.pop(name.upper(), None)


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture
def http() -> Iterator[Http]:
    with quick_http() as client:
        yield client


@pytest.fixture
def awkward(web: WebServer) -> AwkwardServer:
    return AwkwardServer(web)

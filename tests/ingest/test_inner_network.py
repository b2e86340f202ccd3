"""What a public host says must not lead into our own network."""

from __future__ import annotations

import httpx
import pytest
from web_server import Answer, WebServer

from ingest.http import Http
from ingest.network import is_public
from warehouse.errors import SourceRefused
from warehouse.settings import Collect

PUBLIC = "93.184.215.14"


def redirecting(target: str) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"Location": target}) if request.url.path == "/feed" else httpx.Response(200, content=b"inside")

    return httpx.MockTransport(answer)


def names(host: str, _: int) -> list[str]:
    return {"public.example": [PUBLIC], "inner.example": ["10.0.0.7"], "both.example": [PUBLIC, "127.0.0.1"]}.get(host, [host])


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:8050/admin",
        "http://[::1]/x",
        "http://169.254.169.254/latest/meta-data",
        "http://inner.example/x",
        "http://[::ffff:10.0.0.1]/x",
        "http://[64:ff9b::a00:1]/x",
        "//0.0.0.0/x",
    ],
)
def test_a_public_host_cannot_send_us_into_our_own_network(target: str) -> None:
    client = Http(Collect(pace=0), "", transport=redirecting(target), resolve=names)
    with client, pytest.raises(SourceRefused, match="private: not followed"):
        client.get("http://public.example/feed")


@pytest.mark.parametrize(("origin", "target"), [("public.example", "both.example"), ("inner.example", "127.0.0.1"), ("127.0.0.1", PUBLIC)])
def test_other_redirects_between_hosts_are_followed(origin: str, target: str) -> None:
    with Http(Collect(pace=0), "", transport=redirecting(f"http://{target}/x"), resolve=names) as client:
        assert client.get(f"http://{origin}/feed").content == b"inside"


def test_a_name_that_turns_private_after_it_was_checked_is_not_connected(web: WebServer) -> None:
    answers = iter([[PUBLIC], [PUBLIC]])

    def rebinding(host: str, port: int) -> list[str]:
        if host == "evil.example":
            return next(answers, ["127.0.0.1"])
        return ["127.0.0.1"]

    url = web.on("/secret", Answer(b"inside"))
    client = Http(Collect(pace=0, retries=0), "", resolve=rebinding)
    with client:
        assert client.guard_redirect("http://evil.example/", "http://evil.example/") is True
        with pytest.raises(SourceRefused, match="private network: not followed"):
            client.request("GET", url.replace("127.0.0.1", "evil.example"), public_only=True)
    assert web.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (PUBLIC, True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:192.168.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
    ],
)
def test_addresses_of_the_open_internet_are_told_from_inner_ones(address: str, public: bool) -> None:
    assert is_public(address) is public

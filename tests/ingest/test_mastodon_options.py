"""What a Mastodon source is told in the settings: server, tags, timelines, a token."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from collector_contract import run
from mastodon_server import AwkwardServer, collector
from web_server import Answer

from ingest.base import build
from ingest.http import Http
from warehouse.errors import SettingsError, SourceRefused
from warehouse.settings import SourceSettings

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_a_token_comes_from_the_environment_or_a_file_and_is_sent_but_not_told(
    awkward: AwkwardServer, http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FEDI_TOKEN", "SECRET")
    file = tmp_path / "token"
    file.write_text("SECRET\n")
    file.chmod(0o600)
    for options in ({"token_env": "FEDI_TOKEN"}, {"token_file": str(file)}):
        run(collector(awkward.web.url, http, **options), "#demam", {}, NOW)
        assert awkward.web.asked[-1].headers["authorization"] == "Bearer SECRET"
    awkward.web.on("/api/v1/timelines/tag/demam", Answer(b'{"error": "The access token is invalid"}', 401))
    with pytest.raises(SourceRefused) as caught:
        run(collector(awkward.web.url, http, token_env="FEDI_TOKEN"), "#demam", {}, NOW)
    assert "SECRET" not in str(caught.value)
    monkeypatch.delenv("FEDI_TOKEN")
    with pytest.raises(SourceRefused, match="FEDI_TOKEN is not set"):
        run(collector(awkward.web.url, http, token_env="FEDI_TOKEN"), "#demam", {}, NOW)
    os.chmod(file, 0o644)
    with pytest.raises(SourceRefused, match="chmod 600"):
        run(collector(awkward.web.url, http, token_file=str(file)), "#demam", {}, NOW)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"server": "mastodon.social"}, "nothing to collect"),
        ({"server": "https://mastodon.social/@ana", "tags": ["x"]}, "server = .*not a server"),
        ({"server": "ftp://mastodon.social", "tags": ["x"]}, "not a server"),
        ({"server": "https://user:pw@mastodon.social", "tags": ["x"]}, "not a server"),
        ({"server": "mastodon.social", "tags": ["demam/../x"]}, "not a tag"),
        ({"server": "mastodon.social", "tags": ["#"]}, "not a tag"),
        ({"server": "mastodon.social", "public": ["home"]}, "local"),
        ({"server": "mastodon.social", "tags": ["x"], "backfill": "long"}, "not a duration"),
        ({"tags": ["x"]}, "server: missing"),
    ],
)
def test_wrong_options_are_told_in_one_line(http: Http, options: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        build("fedi", SourceSettings.model_validate({"collector": "mastodon", **options}), http)
    assert "\n" not in str(caught.value)


def test_tags_and_timelines_are_named_once(http: Http) -> None:
    fedi = collector("Mastodon.social", http, tags=["Demam", "#demam", "DBD"], public=["local", "local"])
    assert fedi.queries() == ("#demam", "#dbd", "local")

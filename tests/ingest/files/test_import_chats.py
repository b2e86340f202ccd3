"""Chats and what tools saw of platforms: the oddities of WhatsApp, Telegram, twarc and Zeeschuimer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from import_samples import HERE, NOW

from ingest.files import ImportOptions, Rejected, read
from warehouse.errors import InputError
from warehouse.records import Post


def rows(path: Path, options: ImportOptions = ImportOptions(), notes: list[str] | None = None) -> list[Post | Rejected]:
    told = notes if notes is not None else []
    return list(read(path, source="s", now=NOW, options=options, note=told.append))


def said(path: Path) -> list[tuple[str, str]]:
    return [(row.author, row.text) for row in rows(path) if isinstance(row, Post)]


@pytest.mark.parametrize(
    "line",
    [
        "31/05/2026 13.45 - Andi: DBD", "31/05/26, 13:45 - Andi: DBD", "5/31/26, 1:45 PM - Andi: DBD", "[31/05/26 13.45.00] Andi: DBD",
        "[5/31/26, 1:45:00\u202fPM] ~\u202fAndi: DBD", "\u200e[31/05/26, 13.45.00] Andi: DBD", "2026-05-31, 13:45 - Andi: DBD",
        "31.05.26, 13:45 - Andi: DBD", "31/05/2026 1.45 PM - Andi: DBD",
    ],
)  # fmt: skip
def test_a_whatsapp_message_is_read_in_every_form_of_phone_and_language(line: str, tmp_path: Path) -> None:
    path = tmp_path / "_chat.txt"
    path.write_text(f"{line}\n", "utf-8")
    (post,) = rows(path)
    assert isinstance(post, Post)
    assert (post.author, post.text, post.created_at) == ("Andi", "DBD", datetime(2026, 5, 31, 6, 45, tzinfo=UTC))


def test_whatsapp_lines_that_belong_together_stay_together_and_notices_are_left_out_and_counted() -> None:
    notes: list[str] = []
    found = rows(HERE / "chat_android.txt", notes=notes)
    assert isinstance(found[0], Post)
    assert found[0].text == "anak saya demam\nsudah tiga hari\napa DBD ya?"
    assert isinstance(found[-1], Post)
    assert found[-1].text == "ke puskesmas saja"
    assert notes == [f"{HERE / 'chat_android.txt'}: 4 notices and messages without text left out"]


def test_a_longer_export_of_the_same_chat_keeps_the_ids(tmp_path: Path) -> None:
    content = (HERE / "chat_android.txt").read_text("utf-8")
    path = tmp_path / "chat.txt"
    path.write_text("20/05/2026 10.00 - Siti: lebih awal\n" + content, "utf-8")
    old, new = ({row.native_id for row in rows(file) if isinstance(row, Post)} for file in (HERE / "chat_android.txt", path))
    assert old < new


def test_a_chat_that_goes_forward_in_time_tells_day_from_month(tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("01/02/26, 09:00 - A: satu\n02/02/26, 09:00 - A: dua\n01/03/26, 09:00 - A: tiga\n", "utf-8")
    assert [row.created_at.month for row in rows(path) if isinstance(row, Post)] == [2, 2, 3]
    path.write_text("01/02/26, 09:00 - A: satu\n", "utf-8")
    with pytest.raises(InputError, match="may be day/month or month/day"):
        rows(path)
    (post,) = rows(path, ImportOptions.from_options(["created_at=:m/d/y"]))
    assert isinstance(post, Post)
    assert post.created_at.month == 1


def test_telegram_texts_with_marked_parts_are_joined() -> None:
    assert said(HERE / "result.json")[0] == ("Info Dinkes Contoh", "Waspada DBD di #Garut\nkuras bak")


def chat(kind: str, number: int, *texts: str) -> dict:
    messages = [{"id": at, "type": "message", "date_unixtime": "1778029260", "from": "x", "text": text} for at, text in enumerate(texts)]
    return {"name": f"chat {number}", "type": kind, "id": number, "messages": messages}


@pytest.mark.parametrize("indent", [None, 1])
def test_of_all_chats_of_an_account_only_groups_and_channels_are_read(indent: int | None, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    chats = [
        chat("personal_chat", 1, 'rahasia "messages": ['),
        chat("private_supergroup", 2, "warga"),
        chat("public_channel", 3, "dinkes", "}, {"),
    ]
    path.write_text(
        json.dumps({"about": "x", "personal_information": {"user_id": 9}, "chats": {"about": "y", "list": chats}}, indent=indent), "utf-8"
    )
    assert [row.native_id for row in rows(path) if isinstance(row, Post)] == ["2/0", "3/0", "3/1"]
    path.write_text(json.dumps(chat("personal_chat", 1, "rahasia"), indent=indent), "utf-8")
    with pytest.raises(InputError, match=r"a private talk \('personal_chat'\)"):
        rows(path)


def test_a_broken_telegram_message_costs_itself_alone(tmp_path: Path) -> None:
    content = json.dumps(chat("public_channel", 3, "satu", "dua", "tiga"), indent=1).replace('"text": "dua"', '"text": dua')
    path = tmp_path / "result.json"
    path.write_text(content, "utf-8")
    found = rows(path)
    assert [row.text for row in found if isinstance(row, Post)] == ["satu", "tiga"]
    assert [row.reason for row in found if isinstance(row, Rejected)] == ["broken JSON"]


def test_a_retweet_has_the_whole_text_of_what_it_repeats() -> None:
    found = {row.native_id: row for row in rows(HERE / "twarc.jsonl") if isinstance(row, Post)}
    assert found["2"].text == "RT @lain: panjang sekali sampai akhir"
    assert found["2"].repost
    assert (found["1"].author, found["1"].likes, found["1"].lang_hint) == ("warga_7", 3, "id")
    assert found["5"].author == "tua"


def test_a_page_of_twarc_longer_than_the_first_look_is_recognised(tmp_path: Path) -> None:
    tweets = [{"id": str(number), "text": "DBD " * 60, "author_id": "7", "created_at": "2026-05-05T01:00:00Z"} for number in range(4_000)]
    path = tmp_path / "pages.jsonl"
    path.write_text(json.dumps({"data": tweets, "includes": {"users": [{"id": "7", "username": "a"}]}, "meta": {}}) + "\n", "utf-8")
    assert len([row for row in rows(path) if isinstance(row, Post)]) == 4_000


def test_platforms_seen_by_zeeschuimer_are_told_apart() -> None:
    found = {row.native_id: row for row in rows(HERE / "zeeschuimer.ndjson") if isinstance(row, Post)}
    assert found["71"].url == "https://www.tiktok.com/@warga/video/71"
    assert found["Cx_1"].url == "https://www.instagram.com/p/Cx/"
    assert (found["99"].text, found["99"].author) == ("a < b & DBD", "warga_x")
    assert found["urn:li:activity:7123456789012345678"].created_at.year == 2023


def test_crowdtangle_times_are_of_the_zone_they_name_and_a_shared_link_speaks_for_its_page() -> None:
    first, second = (row for row in rows(HERE / "crowdtangle.csv") if isinstance(row, Post))
    assert first.created_at == datetime(2026, 5, 3, 1, tzinfo=UTC)
    assert second.created_at == datetime(2026, 5, 3, 13, tzinfo=UTC)
    assert second.text == "Judul tautan\nIsi ringkas"
    assert (first.likes, first.reposts, first.replies) == (1000, 100, 150)


def test_an_unknown_format_is_named_with_those_that_are_known(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\nx\n")
    with pytest.raises(InputError, match="--format 'sprinklr': not known; one of 4cat, brandwatch"):
        rows(path, ImportOptions(format="sprinklr"))

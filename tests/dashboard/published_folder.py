"""A small data folder, filled through the real writer and published: 150 days, six topics, five sources, and things that go wrong.

There is an outbreak of dengue in Kota Bogor, a gap of three days in which nothing was collected, a source that fails, a source that
was never run, and posts whose text, hashtags and names were made to break pages.
"""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from analytics.geo import places
from warehouse import coverage, publish, reference, signals, write
from warehouse.records import ENRICHED_SCHEMA, Checkpoint
from warehouse.settings import DataFolder, Settings
from warehouse.store import Warehouse

NOW = datetime(2026, 3, 14, 7, 5, tzinfo=UTC)  #: 14.05 in Jakarta
ZONE = ZoneInfo("Asia/Jakarta")
DAYS = 150
GAP = (date(2026, 2, 3), date(2026, 2, 5))
OUTBREAK = date(2026, 3, 10)
HOSTILE = '<script>window.hacked=1</script><img src=x onerror="window.hacked=2"> "=HYPERLINK(1)" {{7*7}} ‮evil‬ demam'
HOSTILE_TITLE = '<b>Bold</b> source <img src=x onerror="window.hacked=3">'
#: By their number: the fact-check's text, its address, and the topic whose posts of the last seven days speak of it.
CLAIMS = {
    "1": ("[SALAH] Vaksin campak membuat anak autis\nFaktanya tidak.", "https://cek.example/1", "measles"),
    "2": (f"{HOSTILE} <i>", "javascript:window.hacked=6", "haze"),
}
SOURCES = ("mastodon", "news", "bluesky", "telegram", "import")
TOPICS = {
    "dengue": ("Demam berdarah", "Dengue", "vector"),
    "measles": ("Campak", "Measles", "respiratory"),
    "immunisation": ("Imunisasi", "Immunisation", "programme"),
    "bpjs": ("BPJS Kesehatan", "National health insurance", "service"),
    "haze": ("Kabut asap <i>", "Haze <i>", "environment"),
    "mental": ("Kesehatan jiwa", "Mental health", "mental"),
}
PLACES = ("32.71", "31.71", "35.78", "73.71", "33", "ID")
WORDS = {
    "dengue": ("Demam tinggi tiga hari, trombosit turun, katanya DBD", "Fogging di RT kami baru jalan sekarang, nyamuk banyak #DBD"),
    "measles": ("Ada anak kena campak di sekolah", "Campak itu berbahaya, vaksin dulu #campak"),
    "immunisation": ("Jadwal imunisasi di posyandu kapan ya?", "Terima kasih bidan, imunisasi lancar 👍 #posyandu"),
    "bpjs": ("Antre BPJS dari pagi belum dipanggil juga!", "Cara pindah faskes BPJS bagaimana?"),
    "haze": ("Kabut asap makin pekat, sesak napas", "Haze is back, masks on #kabutasap"),
    "mental": ("Cerita dong ke teman kalau lagi berat #kesehatanmental", "Konseling gratis di puskesmas, lumayan"),
}


def settings() -> Settings:
    """An instance whose sources are those of the folder; nothing is collected in tests."""
    table = {name: {"collector": "rss", "urls": []} for name in SOURCES if name != "import"}
    return Settings(general={"name": "Kentongan", "language": "id"}, sources=table)  # type: ignore[arg-type]


def build(root: Path, now: datetime = NOW, days: int = DAYS) -> DataFolder:
    """Write and publish the folder."""
    folder = DataFolder(root).create()
    with Warehouse.open(folder, settings()) as wh:
        reference.replace_places(wh.con, places())
        reference.replace_topics(wh.con, _topics())
        reference_sources(wh, now)
        rows = _posts(now, days)
        for source in SOURCES:
            own = [row for row in rows if row["source"] == source]
            write.commit(wh, source=source, query="q", enriched=_batch(own), deletions=[], checkpoint=None, now=now)
        _cover(wh, now, days)
        _raise_signals(wh, now)
        _hold_against_claims(wh, now)
        publish.publish(wh, now)
    return folder


def copied(folder: DataFolder, root: Path, now: datetime = NOW) -> DataFolder:
    """A copy that a test may change, which takes less than to build one. It is published anew, for a catalog names the files of its own
    folder."""
    copy = DataFolder(Path(shutil.copytree(folder.root, root, dirs_exist_ok=True)))
    with Warehouse.open(copy, settings()) as wh:
        publish.publish(wh, now)
    return copy


def _topics() -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"topic": code, "name_id": name_id, "name_en": name_en, "grp": grp, "description_id": "", "description_en": ""}
            for code, (name_id, name_en, grp) in TOPICS.items()
        ]
    )


def reference_sources(wh: Warehouse, now: datetime) -> None:
    titles = {
        "mastodon": "Mastodon #kesehatan",
        "news": "Berita kesehatan",
        "bluesky": "Bluesky",
        "telegram": HOSTILE_TITLE,
        "import": "import",
    }
    for source in SOURCES:
        failed = source == "telegram"
        row = {
            "source": source,
            "collector": None if source == "import" else "rss",
            "kind": "news" if source == "news" else "social",
            "enabled": source != "import",
            "every_seconds": 900,
            "last_run_at": None if source == "import" else now - timedelta(minutes=600 if source == "bluesky" else 4),
            "last_ok_at": None if source == "import" else now - timedelta(hours=50 if failed else 0, minutes=4),
            "last_error": "t.me: timed out after 30 s <img src=x onerror=alert(1)>" if failed else None,
            "last_posts_at": now - timedelta(minutes=20),
            "next_run_at": None if source == "import" else now + timedelta(minutes=11),
            "title": titles[source],
        }
        wh.con.execute(f"INSERT INTO sources ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def _posts(now: datetime, days: int) -> list[dict[str, Any]]:
    random = np.random.default_rng(7)
    today = now.astimezone(ZONE).date()
    rows = []
    for back in range(days):
        day = today - timedelta(days=back)
        if GAP[0] <= day <= GAP[1]:
            continue
        for topic in TOPICS:
            burst = 40 if topic == "dengue" and OUTBREAK <= day <= OUTBREAK + timedelta(days=1) else 0
            for place in [*random.choice(PLACES, random.poisson(2.4)), *["32.71"] * burst]:
                if (row := _post(len(rows), day, topic, str(place), random, now)) is not None:
                    rows.append(row)
    rows.append(_hostile(len(rows), now))
    return rows


def _post(number: int, day: date, topic: str, place: str, random: np.random.Generator, now: datetime) -> dict[str, Any] | None:
    created = datetime.combine(day, datetime.min.time(), ZONE) + timedelta(seconds=int(random.integers(86_400)))
    if created > now:
        return None
    text = str(random.choice(WORDS[topic]))
    return {
        **_blank(number, created, str(random.choice(SOURCES, p=[0.35, 0.25, 0.2, 0.15, 0.05]))),
        "text": f"{text} ({number})",
        "hashtags": [word[1:].lower() for word in text.split() if word.startswith("#")],
        "topics": [topic],
        "places": [{"code": place, "level": _level(place), "confidence": 0.9}],
        "sentiment": str(random.choice(["negative", "neutral", "positive"], p=[0.4, 0.35, 0.25])),
        "intent": "question" if text.endswith("?") else "complaint" if text.endswith("!") else "other",
        "lang": "en" if text.startswith("Haze") else "id",
        "likes": int(random.integers(0, 50)),
        "url": f"https://example.org/{number}",
    }


def _level(place: str) -> str:
    return "country" if place.isalpha() else "regency" if "." in place else "province"


def _hostile(number: int, now: datetime) -> dict[str, Any]:
    return {
        **_blank(number, now - timedelta(minutes=20), "telegram"),
        "text": HOSTILE,
        "hashtags": ["<img src=x onerror=window.hacked=4>"],
        "url": "javascript:window.hacked=5",
    }


def _blank(number: int, created: datetime, source: str) -> dict[str, Any]:
    return {
        "source": source,
        "query": "q",
        "native_id": str(number),
        "url": "",
        "author_key": "",
        "created_at": created.astimezone(UTC),
        "collected_at": created.astimezone(UTC),
        "text_hash": number,
        "hashtags": [],
        "lang": "id",
        "lang_p": 0.9,
        "topics": [],
        "places": [],
        "sentiment": "neutral",
        "sentiment_p": 0.7,
        "intent": "other",
        "intent_p": 0.8,
        "repost": False,
        "reply": False,
        "model_version": "test",
    }


def _batch(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=ENRICHED_SCHEMA)


def _cover(wh: Warehouse, now: datetime, days: int) -> None:
    start = now - timedelta(days=days)
    gap = [datetime.combine(GAP[0], datetime.min.time(), ZONE), datetime.combine(GAP[1] + timedelta(days=1), datetime.min.time(), ZONE)]
    for source in SOURCES[:-1]:
        for first, last in ((start, gap[0]), (gap[1], now - timedelta(minutes=5))):
            if source == "telegram":
                last = min(last, now - timedelta(hours=50))
            point = Checkpoint(cursor={}, covered_from=first.astimezone(UTC), covered_to=last.astimezone(UTC))
            coverage.record(wh.con, source, "q", point, now)
    coverage.fill_gaps(wh.con, now, {name: ["q"] for name in SOURCES[:-1]})
    for hour in range(49):
        coverage.record_failure(wh.con, "telegram", "q", now - timedelta(hours=hour), "t.me: timed out after 30 s")
    coverage.record(
        wh.con,
        "news",
        "q2",
        Checkpoint(
            cursor={}, covered_from=now - timedelta(days=4), covered_to=now - timedelta(days=3), complete=False, note="feed truncated"
        ),
        now,
    )


def _raise_signals(wh: Warehouse, now: datetime) -> None:
    where = (("32.71", "regency"), ("32", "province"), ("*", "all"))
    rows = [_signal(OUTBREAK + timedelta(days=later), "dengue", *place, 43.0 + later, 1e-9) for later in (0, 1) for place in where]
    rows.append(_signal(now.date(), "haze", "73.71", "regency", 6.0, 0.0021))
    table = pa.Table.from_pylist(rows, schema=signals.ROWS)
    signals.store(wh.con, table, {row["day"] for row in rows}, "EARS-C2", now, "run")


def _hold_against_claims(wh: Warehouse, now: datetime) -> None:
    """All posts of the last seven days were held against the claims; those of two topics speak of one."""
    today = now.astimezone(ZONE).date()
    for number, (text, url, topic) in CLAIMS.items():
        wh.con.execute("INSERT INTO claims VALUES ('cek', ?, ?, ?, ?, ?, ?)", [number, today, text, url, -int(number), now])
        wh.con.execute(
            """INSERT INTO claim_matches BY NAME
            SELECT source, native_id, day, text_hash, 'cek' AS claim_source, $number AS claim_native_id, 0.93 AS probability,
                'test' AS claims_version, $now AS looked_at
            FROM posts WHERE day > $today - 7 AND list_contains(topics, $topic)""",
            {"number": number, "topic": topic, "today": today, "now": now},
        )
    wh.con.execute(
        """INSERT INTO claim_matches BY NAME
        SELECT source, native_id, day, text_hash, 'test' AS claims_version, $now AS looked_at FROM posts
        WHERE day > $today - 7 AND text_hash NOT IN (SELECT text_hash FROM claim_matches)""",
        {"today": today, "now": now},
    )


def _signal(day: date, topic: str, place: str, level: str, observed: float, pvalue: float) -> dict[str, Any]:
    found = {"day": day, "topic": topic, "place_code": place, "level": level, "observed": observed, "pvalue": pvalue}
    return found | {"expected": 0.9, "upper": 4.2, "exposure": 0.99, "rule": "EARS-C2: above mean + 3.1 sd of 7 days"}

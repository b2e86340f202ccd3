"""What a post wants: a question, a complaint, or something else. Written rules, each with its measured precision.

A question asks readers or an institution for an answer, information or help; a complaint is dissatisfied with a service, product or
authority that the writer or their family dealt with. Rhetorical questions, quoted ones, debates and headlines are neither: they end
in the same question mark, so a mark alone proves nothing here. What tells them apart is whom the writer speaks to and how: "dok",
"min", "kak", "ya?", "mohon info", "saya mau tanya".

The strongest rule that fires decides. Its intent and probability come from posts labelled by hand (`analytics/models/intent.json`,
made by `python -m training.measure_intent`, described in `intent.md` beside it), so that each says what it was measured to be.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from analytics.text.normalise import READ_AT_MOST, without_placeholders

PRECISION = Path(__file__).parents[1] / "models" / "intent.json"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Whom one asks: doctors, administrators, keepers of anonymous accounts ("sender" is "nder"), readers.
VOCATIVES = _set(
    "dok dokter docter doc min mimin admin kak kakak ka kakk mas mbak mba gan agan sis sist guys gais gaes gaiss gess gays ners nder sender nders bun "
    "bunda bund mom moms bang bg om pak bu teman temen kalian"
)
POLITE = _set(
    "mohon maaf punten permisi tolong terima makasih makasi trims thanks please pls bantu nuhun suwun mksh trimakasih terimakasih"
)
OWN = _set("aku ak saya sy sya gua gue gw w gwe ane kami anakku suamiku istriku ibuku ayahku mamaku papaku i my we our me")
ASKING = _set(
    "apa apakah apaan siapa kapan kapankah dimana dmn dmana kemana darimana mana bagaimana gimana gmn gmna bgmn bgm piye kumaha kenapa knp "
    "mengapa napa kok berapa brp brapa bisakah bolehkah adakah haruskah perlukah benarkah kah pie opo naha boleh bisa bs blh ada beda "
    "what when where why who which how is are was do does did can could should would will has have anyone"
)
#: Words without which no request is spelt out; `_REQUEST` is tried only where one stands.
_REQUEST_WORDS = _set(
    "tanya nanya bertanya tnya tau tahu info infonya informasi infoin penjelasan pencerahan saran rekomendasi anyone someone"
)
_REQUEST = re.compile(
    r"\b(?:mau|mo|pengen|ingin|izin|ijin|numpang|boleh|ikut|sy|saya|aku)\s{1,2}(?:nume?pang\s)?(?:tanya|tnya|nanya|bertanya)\b"
    r"|\bada\s(?:yg|yang)\s(?:tau|tahu|punya\sinfo)\b"
    r"|\b(?:mohon|minta|tolong|butuh|mnta)\s(?:info|informasi|infonya|penjelasan|pencerahan|saran|saranny?a|rekomendasi)\b"
    r"|\binfo(?:in|nya|kan)?\s(?:dong|donk|dunk|dng|kak|min|gan)\b|\b(?:tanya|nanya)\s(?:dong|donk|dunk|min|dok|ya|serius|kak)\b"
    r"|\b(?:does\sanyone|anyone\s(?:know|knows)|can\s(?:someone|anyone)|could\ssomeone)\b"
)
#: Services that people deal with, and what is wrong with one.
SERVICES = _set(
    "pelayanan layanan pelayan pelayannya servis antre antrean antri antrian antriannya petugas perawat suster rs rsud rsup rumahsakit puskesmas pkm "
    "faskes klinik kliniknya bpjs jkn loket pendaftaran rujukan igd ugd nakes dokter dokternya aplikasi cs call operator admin telkomsel indosat driver kurir "
    "paket pesanan bank restoran resto makanan min hospital clinic nurse staff service insurance appointment pharmacy"
)
GRIEVANCES = _set(
    "kecewa mengecewakan lelet lemot ribet berbelit dipersulit mempersulit ditolak dioper dipingpong judes jutek galak kasar cuek diabaikan dicuekin "
    "terlantar ditelantarkan error eror kapok kesal kesel jengkel dongkol pungli nunggak komplain komplen complain disappointed disappointing terrible "
    "awful worst horrible useless rude ridiculous unacceptable dibatalin ditindaklanjuti diperbaiki"
)
_WAIT = re.compile(
    r"\b(?:lama|mahal|buruk|jelek|lambat|parah)\s(?:banget|bgt|bgtt|sekali+|amat|bener)\b"
    r"|\b(?:gak|ga|nggak|ngga|tidak|tdk|gk|belum|blm|kagak)\s(?:dilayani|dapat|dapet|ditanggung|diurus|ditangani|dibales|dibalas|direspon|respon|jelas|becus|"
    r"manusiawi|profesional|sampai|sampe|masuk|nyaman|ramah|sesuai)\b"
)
_TOKEN = re.compile(r"[a-z]{1,30}|\?")
_LINK = re.compile(r"https?://\S{1,500}|www\.\S{1,500}")
_NEWS = re.compile(r"\b(?:baca|simak|selengkapnya|read more|berikut|begini|ini (?:penjelasan|kata|cara|gejala|penyebab|dia)|yuk)\b|[|»›]")
CLOSING = 3  #: words that may follow the last question mark: "terima kasih dok"


def evidence(text: str) -> str:
    """The rule that decides.

    `request` says that it asks; `addressed` asks somebody by name of office or politely, with a question mark; `own` asks about the
    writer's own matter; `ends` has a question word and ends in the mark; `mark` any other question mark; `headline` a mark beside a
    link or in news wording; `calls` asks somebody without a mark; `grievance` names a service and what is wrong with it, `aggrieved`
    what is wrong alone; `none`.
    """
    plain = without_placeholders(text[:READ_AT_MOST]).lower()
    words = _TOKEN.findall(plain)
    said = frozenset(words)
    if not said.isdisjoint(_REQUEST_WORDS) and _REQUEST.search(plain):
        return "request"
    complaint = _complaint(plain, said)
    if complaint == "grievance":
        return complaint
    if "?" in said:
        return _marked(plain, words, said)
    return complaint or "none"


def _complaint(plain: str, said: frozenset[str]) -> str:
    if said.isdisjoint(GRIEVANCES) and not _WAIT.search(plain):
        return ""
    return "aggrieved" if said.isdisjoint(SERVICES) else "grievance"


def _marked(plain: str, words: list[str], said: frozenset[str]) -> str:
    called = not said.isdisjoint(VOCATIVES) or not said.isdisjoint(POLITE)
    if not called and (_LINK.search(plain) or _NEWS.search(plain)):
        return "headline"
    asks = not said.isdisjoint(ASKING)
    if called and asks:
        return "addressed"
    if asks and not said.isdisjoint(OWN):
        return "own"
    return "ends" if asks and "?" in words[-1 - CLOSING :] else "mark"


@cache
def _measured() -> dict[str, tuple[str, float]]:
    table = json.loads(PRECISION.read_text("utf-8"))["rules"]
    return {name: (row["intent"], float(row["probability"])) for name, row in table.items()}


@cache
def version() -> str:
    """Eight hex digits that change when the rules or what was measured of them do."""
    return hashlib.sha256(PRECISION.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:8]


def classify(texts: Sequence[str]) -> tuple[list[str], list[float]]:
    """Intent (`question`, `complaint`, `other`) and its measured probability for each text."""
    rules = _measured()
    found = [rules[evidence(text)] for text in texts]
    return [intent for intent, _ in found], [probability for _, probability in found]

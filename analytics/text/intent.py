"""What a post wants: a question, a complaint, or something else. Written rules, each with its measured precision.

A question asks readers or an institution for an answer, information or help; a complaint is dissatisfied with a service, product or
authority that the writer or their family dealt with. Rhetorical questions, quoted ones, debates and headlines are neither: they end
in the same question mark, so a mark alone proves nothing here. What tells them apart is whom the writer speaks to and how: "dok",
"min", "kak", "ya?", "mohon info", "saya mau tanya".

The strongest rule that fires decides. Its intent and probability come from posts labelled by hand (`analytics/models/intent.json`,
made by `python -m training.measure_intent`, described in `intent.md` beside it), so that each says what it was measured to be.
Every pattern is bounded in length, and words are looked up in sets, so the time is linear in the text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from analytics.text.normalise import READ_AT_MOST, without_placeholders

PRECISION = Path(__file__).parents[1] / "models" / "intent.json"

#: Every rule, the strongest first.
RULES = ("request", "grievance", "headline", "addressed", "permission", "aggrieved", "wonders", "short", "mark", "calls", "none")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Whom one asks: doctors, nurses, administrators, keepers of anonymous accounts ("sender" is "nder"), readers.
VOCATIVES = _set(
    "dok min mimin admin kak kakak gan agan sis sist guys gais gaes gaiss gess ges gays ners nder nders nderr sender tweps twips"
)
OWN = _set("aku ak saya sy gua gue gw w ane kami anakku suamiku istriku ibuku ayahku adikku adekku mamaku papaku aq i my we our me")
ASKING = _set(
    "apa apakah apaan siapa kapan dimana dmn dmana kemana darimana mana bagaimana gimana gmn gmna bgmn bgm piye kumaha kenapa knp mengapa "
    "napa berapa brp brapa adakah bisakah bolehkah pie opo naha apkh apkah what when where why who which how anyone"
)
#: What closes a sentence that wants an answer: "boleh ga ya?", "aman kah?", "sama ga sih dok?".
CLOSINGS = _set("ya yaa yak y yh sih si sii ga gak g gk ngga nggak engga enggak kah belum blm blom bukan bkn tidak tdk ngak ndak nda blum")
#: Words without which no request is spelt out; `_REQUEST` is tried only where one stands.
_REQUEST_WORDS = _set(
    "tanya tanyaa tanyaaa tnya nanya nanyaa nanyaaa bertanya tau tahu info infonya informasi infoin penjelasan penjelasannya pencerahan "
    "pencerahannya saran sarannya rekomendasi rekomendasinya anyone someone pernah butuh bantuan bantuannya"
)
_REQUEST = re.compile(
    r"\b(?:mau|mo|pengen|ingin|izin|ijin|numpang|nmpang|boleh|ikut(?:an)?|maaf|misi|punten)\s{1,2}(?:num?pang\s)?(?:tanya{1,9}|tnya|"
    r"nanya{1,9}|bertanya)\b(?!\s(?:sama|ke|pada|mak)\b)"
    r"|(?<!ga\s)(?<!gak\s)(?<!tidak\s)(?<!tdk\s)\bada\s(?:yg|yang)\s(?:tau|tahu|punya\sinfo)\b"
    r"|\bada\s(?:yg|yang)\spernah\b[^.!?\n]{0,80}\b(?:ga|gak|g|ngga|nggak)\s?(?:ya|sih|si)?\s?\?"
    r"|\b(?:mohon|minta|tolong|butuh|mnta|mhn)\s(?:info|informasi|penjelasan|pencerahan|saran|rekomendasi)(?:nya)?\b(?!\s(?:surat|publik))"
    r"|\binfo(?:in|nya|kan)?\s(?:dong|donk|dunk|dng|kak|min|gan)\b|\b(?:tanya|nanya)\s(?:dong|donk|dunk|min|dok|ya|serius|kak)\b"
    r"|\bbutuh\b[^\n]{0,40}\b(?:darah|donor|pendonor)\b[^\n]{0,200}\b(?:hub|hubungi|menghubungi|kontak|cp|wa|segera|silahkan|silakan)\b|\b(?:mohon\sbantuan|minta\sbantuannya|mohon\sbantuannya)\b"
    r"|\b(?:does\sanyone|anyone\s(?:know|knows)|can\s(?:someone|anyone)|could\ssomeone)\b"
)
_PERMISSION = re.compile(
    r"\b(?:apa(?:kah)?|apkh|apkah)\s(?:\w{1,12}\s){0,2}(?:boleh|bisa|bs|perlu|harus|hrs|aman)\b"
    r"|\b(?:boleh|bisa|bs|blh|perlu|aman|normal|efek)\s(?:\w{1,15}\s){1,3}(?:ga|gak|g|gk|ngga|nggak|engga|enggak|kah|tidak|tdk)\b"
    r"|\b(?:boleh|bisa|bs|blh|perlu|aman|normal)\s(?:ga|gak|g|gk|ngga|nggak|engga|enggak|kah|tidak|tdk)\b(?!\ssih?\b)"
    r"|\b(?:bisakah|bolehkah|perlukah|amankah|haruskah)\b"
    r"|\b(?:berapa|brp)\s(?:lama|hari|bulan|bln|biaya|harga|jarak)|\b(?:biaya|harga)nya\s(?:berapa|brp)\b"
    r"|\b(?:gimana|bagaimana|gmn|gmna)\s(?:caranya|cara|prosedur)"
    r"|\b(?:daftar|beli|cari|vaksin|syarat)(?:nya)?\s(?:\w{1,12}\s)?(?:dimana|di\smana|dmn|gimana|gmn)\b"
)
_WONDERS = re.compile(
    r"\b(?:apa|kapan|dimana|dmn|mana|berapa|brp|siapa|(?:gimana|gmn|bagaimana)(?!\ssih?\s?$))\s(?:\w{1,15}\s){0,8}(?:ya|yaa|yak|y|sih|si)\s?$"
    r"|\b(?:ga|gak|g|gk|ngga|nggak|engga|enggak|belum|blm|belom|blom)\s(?:ya|yaa|yak|y)\s?$"
    r"|\b(?:ga|gak|ngga|nggak)\s(?:ka|kaka|bang|pak|bu|mas|mbak|mba)\s?$|\b(?:apa|atau|ato)\s(?:\w{1,15}\s){0,2}(?:ya|yaa|yak|y)\s?$"
    r"|\b(?:kapan|dimana|gimana|berapa|brp)\s(?:ya|sih|si|dong)\b"
    r"|\bkalian\b.{0,120}\b(?:ga|gak|g|ngga|nggak)\s?(?:ya|sih|si|sii)?\s?$"
)
_REPORTED = re.compile(r"\b(?:nanya|bertanya|ditanya|tanya|nanyain|bilang)\b")
_CALLS = re.compile(
    r"\b(?:kapan|dimana|gimana|gmn|berapa|brp)\s(?:ya|yak|dong)\b|\bkapan\s(?:ya|yak|sih)?\s?$|\b(?:ga|gak)\s(?:ya|yak)\s?\.{2}"
)

#: Services that people deal with; what is wrong with them is in `_BROKEN`, near them.
_SERVICE = (
    r"pelayan(?:an|annya)?|layanan|servi[sc]e?|antre?i?(?:an)?(?:nya)?|petugas(?:nya)?|perawat(?:nya)?|suster(?:nya)?|rs|rsud|rsup|rumah\ssakit|"
    r"puskes(?:mas)?|pkm|faskes|klinik(?:nya)?|bpjs|jkn|loket|pendaftaran|rujukan|igd|ugd|nakes|dokternya|dokter\s(?:igd|ugd|umum)|"
    r"aplikasi(?:nya)?|app|web(?:site)?|cs|call\scenter|operator|telkomsel|indosat|indihome|xl|pln|pdam|kurir|jne|paket|pesanan|makanan\snya|"
    r"waitress|kasir|pegawai|sinyal|server|koneksi|internet|jaringan(?:nya)?|listrik|air|insentif|sertifikat|"
    r"hospital|clinic|doctor|nurse|staff|insurance|appointment|pharmacy"
)
_NOT = r"(?:gak|ga|nggak|ngga|tidak|tdk|gk|g|belum|blm|kagak|ndak|kurang|krg)"
#: What is wrong wherever it stands; what is wrong only after the service ("sertifikat belum keluar", but not "belum masuk rs").
_WRONG = (
    rf"{_NOT}\s(?:\w{{1,12}}\s)?(?:dilayani|ditanggung|diurus|ditangani|dibales|dibalas|direspon|diperiksa|boleh\sopname|mau\smelayani)"
    r"|(?:lama|lambat|lelet|lemot|buruk|jelek|mahal)\s(?:banget|bgt+|sekali+|amat|bener)|super\slambat|kenapa\slama"
    r"|judes|jutek|galak|dipersulit|mempersulit|ditolak|dioper|dipingpong|ditelantarkan|diabaikan|dicuekin|disuruh\s(?:pulang|nunggu|balik)"
    r"|salah\sdiagnos\w{1,5}|(?:ga|gak)\sbnr\sdiperiksa|rude|terrible|awful|worst|useless|refused"
)
_WRONG_AFTER = (
    rf"{_NOT}\s(?:\w{{1,12}}\s)?(?:respon|jelas|becus|manusiawi|profesional|(?:sampai|sampe)(?!\s\d)|masuk|ramah|sopan|memuaskan|maksimal|gesit|baik|"
    r"dibuka|dibayar|keluar|cair|hidup|nyala|akurat|ada\s(?:kabar|info|perkembangan|respon|solusi)|"
    r"(?:bs|bisa)\s(?:terus|dibuka|daftar|login|diakses|dihubungi|masuk|dipakai|diklaim|klaim|digunakan|internetan|ditelpon))"
    r"|(?:malah|bpjs|selalu)\spenuh|error|eror|gangguan"
)
_GRIEVANCE = re.compile(
    rf"\b(?:{_SERVICE})\b[^\n?.!]{{0,40}}?\b(?:{_WRONG}|{_WRONG_AFTER})\b|\b(?:{_WRONG})\b[^\n?.!]{{0,30}}?\b(?:{_SERVICE})\b"
    r"|\b(?:obat|kamar|stok|vaksin)(?:nya)?\s(?:\w{1,12}\s){0,2}(?:kosong|habis|penuh)\s(?:terus|mulu|lagi)\b"
    r"|\b(?:telp|telepon|telpon|ditelpon|wa|chat|email)\s(?:\w{1,12}\s){0,4}(?:ga|gak|tidak|tdk|ngga|nggak)\s(?:diangkat|dibalas|dibales|direspon)\b"
    r"|\b(?:antre|antri|nunggu|menunggu|disuruh\snunggu)\s(?:\w{1,12}\s){0,4}(?:berjam-jam|(?:\d{1,2}|beberapa|hampir\s\d)\s?jam|sejam|seharian)\b"
    r"|\b(?:susah|sulit|ribet)\s(?:banget|bgt|sekali)\s(?:\w{1,12}\s){0,2}(?:daftar|dapet|dapat|cari|dapetin)\s(?:\w{1,12}\s)?"
    r"(?:vaksin|kamar|rs|obat|dokter|rujukan)\b"
    r"|\b(?:ga|gak|ngga|nggak|tidak)\spernah\s(?:dapet|dapat|dikasih)\s(?:info|kabar|respon)\b"
    r"|\b(?:listrik|lampu|air|pdam|sinyal|internet|jaringan(?:nya)?)\s(?:\w{1,12}\s){0,3}mati\b"
)
#: Words that name a displeasure; after "tidak", "tanpa", "biar ga" they do not.
_DISPLEASED = re.compile(
    r"\b(?:tidak|tdk|tak|ga|gak|nggak|ngga|jangan|tanpa|anti|pernah|males|malas)\s(?:\w{1,12}\s){0,2}"
    r"(?:kecewa|mengecewakan|kapok|menyesal|nyesel|ribet|error)\b"
    r"|\b(kecewa|dikecewakan|mengecewakan|kapok|menyesal|nyesel|nyesal|ditindaklanjuti|diperbaiki|dievaluasi|ditipu|komplain|komplen|ribet|"
    r"dibatalin|"
    r"(?:tidak|ga|gak)\sakan\s(?:\w{1,10}\s){0,4}lagi|kok\s(?:gk|ga|gak|belum|blm|tidak|malah)\s(?:dapat|dapet|masuk|bisa|kena|lama|sampai|muncul)|"
    r"disappointed|disappointing|ridiculous|unacceptable)\b"
)
#: Words of somebody who was there, or paid.
_DEALT = _set(
    "saya aku gue gw gua sy kami saldo pulsa pesan memesan order beli membeli bayar harga promo hotel resto restoran "
    "pelanggan konsumen warga menunggu nunggu makan paket paketnya jasa indosat telkomsel jne produk toko bus penumpang "
    "driver cashback token rasa tempat tiket loket pelayanan pelayanannya pelayan antrian antrean petugas perawat suster bpjs "
    "puskesmas rsud igd klinik aplikasi"
)
_TOKEN = re.compile(r"[a-z]{1,30}|\?")
_LINK = re.compile(r"(?:https?://|www\.)\S{1,500}|\[url\]")
_NEWS = re.compile(
    r"\b(?:baca|simak|selengkapnya|read more|berikut|begini|ini (?:penjelasan|kata|cara|gejala|penyebab|dia)|"
    r"sobat|semua lawan dbd|kalian u?dah|kita semua)\b|[|»›]"
)
SHORT = 14  #: words of a post that asks and does nothing else
SENTENCE = 240  #: letters before a question mark that are read as its sentence


def evidence(text: str) -> str:
    """The rule that decides, one of `RULES`.

    `request` says that it asks; `grievance` names a service and, close by, what is wrong with it; `headline` has a mark beside a link
    or news wording; `addressed` asks somebody by what they are called ("dok", "min"); `permission` asks what one may, must or pays;
    `aggrieved` is displeased with something bought or visited; `wonders` closes softly ("apa ya?"); `short` is a brief post with a
    question word or closing; `mark` any other question mark; `calls` asks softly without a mark; `none`.
    """
    given = without_placeholders(text[:READ_AT_MOST]).lower()
    plain = _LINK.sub(" ", given) if "http" in given or "www." in given or "[url]" in given else given
    linked = plain != given
    words = _TOKEN.findall(plain)
    said = frozenset(words)
    marked = "?" in said
    if not said.isdisjoint(_REQUEST_WORDS) and _REQUEST.search(plain):
        return "request"
    if marked and said.isdisjoint(OWN) and (linked or _NEWS.search(plain)):
        return "headline"
    asks = _asks(plain, words, said) if marked else ""
    if asks in ("addressed", "permission"):
        return asks
    complaint = _complains(plain, said)
    if complaint and linked and said.isdisjoint(OWN):
        complaint = ""  # a report of somebody else's
    return complaint or asks or ("calls" if _CALLS.search(plain) else "none")


def _complains(plain: str, said: frozenset[str]) -> str:
    if _GRIEVANCE.search(plain):
        return "grievance"
    if not said.isdisjoint(_DEALT) and any(found[1] for found in _DISPLEASED.finditer(plain)):
        return "aggrieved"
    return ""


def _asks(plain: str, words: list[str], said: frozenset[str]) -> str:
    sentences = list(_sentences(plain))
    asked = [frozenset(_TOKEN.findall(sentence)) for sentence in sentences]
    wants = [one for one in asked if not (one.isdisjoint(ASKING) and one.isdisjoint(CLOSINGS))]
    ends = frozenset(words[:4] + words[-5:])
    if wants and not said.isdisjoint(VOCATIVES) and not VOCATIVES.isdisjoint(ends.union(*wants)):
        return "addressed"
    if any(_PERMISSION.search(sentence) for sentence in sentences):
        return "permission"
    if any(_WONDERS.search(sentence) for sentence in sentences):
        return "wonders"
    return "short" if wants and len(words) <= SHORT else "mark"


def _sentences(plain: str) -> Iterator[str]:
    """What stands before each question mark, back to the end of the sentence before; of the first 20 marks."""
    for piece in plain.split("?", 20)[:-1]:
        sentence = re.split(r"[.!\n]", piece[-SENTENCE:])[-1].strip()
        if sentence.count('"') != 1 and not _REPORTED.search(sentence):  # else the mark stands within quotes, or somebody else asked
            yield sentence


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

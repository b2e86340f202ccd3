"""Privacy at the door: authors become keyed hashes, and what names a person in a text becomes a typed placeholder.

What is redacted: e-mail addresses, telephone numbers, NIK (national identity number, 16 digits), BPJS card numbers (13 digits beginning
with 000), medical record numbers, street addresses with a house number or RT/RW, and @mentions, also in the addresses of profiles. Short
public numbers (119, 1500-567), doses, dates, prices, counts and coordinates stay: officers want them.

NIK, by Permendagri 31/2019: province (2 digits), regency (2), district (2), date of birth (day, for women plus 40; month;
year), serial (4).
Every pattern is bounded in length, so the time is linear in the text, whatever a stranger writes.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np

from analytics.text.codes import DIGIT, Written, kinds
from analytics.text.letters import spliced
from analytics.text.normalise import PLACEHOLDERS
from analytics.text.signs import AT, DISGUISED, STREET, signs, signs_of

#: Kemendagri codes of the provinces (Kepmendagri 300.2.2-2138/2025); a NIK begins with one.
_PROVINCES = frozenset(
    str(code) for code in (*range(11, 20), 21, *range(31, 37), *range(51, 54), *range(61, 66), *range(71, 77), 81, 82, *range(91, 97))
)

#: What is not seen beside letters and digits: soft hyphens, zero-width and direction marks, the frame of a keycap emoji.
_UNSEEN = re.compile(
    "[\u00ad\u180e\u200b\u2060-\u2064\ufeff]+|(?<=[!-~])[\u200c-\u200f]+|[\u200c-\u200f]+(?=[!-~])|(?<=[0-9])\ufe0f?\u20e3"
)
_OTHER_DIGITS = {code: str(unicodedata.decimal(chr(code))) for code in np.flatnonzero(kinds() & DIGIT).tolist() if code > 127}
_OTHER_SIGNS = {**_OTHER_DIGITS, ord("＠"): "@", ord("﹫"): "@"}
_DISGUISED = re.compile(f"[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff\u20e3{''.join(map(chr, _OTHER_SIGNS))}]")

_AT = r"\s?(?:@|[\[({<]\s?at\s?[\])}>])\s?"
_DOT = r"(?:\.|\s?[\[({<]\s?dot\s?[\])}>]\s?)"
_EMAIL = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}(?:{_AT}[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,5}}{_DOT}[^\W\d_][\w-]{{0,62}}"
    r"|\sat\s[\w-]{1,63}(?:\sdot\s[\w-]{1,63}){1,4})(?!\w)",
    re.IGNORECASE,
)
_PARTED_EMAIL = re.compile(  # "rina88 @gmail.com": with a space it counts only before a host of mailboxes
    r"(?<![\w.+-])[\w.+-]{1,64}\s@\s?(?:gmail|googlemail|yahoo|ymail|rocketmail|hotmail|outlook|icloud|live|proton|protonmail)"
    r"\.(?:com|co\.id|id|net|me)(?!\w)",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"[\[({<]\s?at")
_PRICE = r"(?:\d{1,3}(?:[.,]\d{3})+|\d{1,6}(?:k|rb|ribu)?)(?![\w@])"  # "masker @5.000"
_MENTION = re.compile(rf"(?<![\w@])(?<!\w\.)@(?!{_PRICE})\w[\w.-]{{0,62}}\w?(?:@[\w-]{{1,63}}(?:\.[\w-]{{1,63}}){{1,6}})?")
_LONG_NAME = re.compile(r"@[\w.@-]{60}")
_SEP = r"[ .\u00a0\u2010-\u2013-]?"
_NIK = re.compile(rf"(?<![\d.,])(?:\d{_SEP}){{15}}\d(?!\d|[.,]\d)")
_NIK_WORD = re.compile(r"(?:nik|ktp|kependudukan|kk|kartu keluarga)\b[^\n]{0,24}$", re.IGNORECASE)
_BPJS = re.compile(rf"(?<![\d.,])000(?:{_SEP}\d){{10}}(?!\d|[.,]\d)")
_OWNER = r"(?:\s(?:saya|sy|aku|gue|gw|anak|ibu|bapak|bpk|ayah|mama|papa|suami|istri|adik|kakak|nenek|kakek|pasien)(?:nya|ku)?){0,2}"
_MRN = re.compile(
    r"\b(?:no(?:mor|\.)?\s{0,2})?(?:rekam\s{1,2}medi[sk]|medical\s{1,2}record|no\.?\s?rm|nomor\s{1,2}rm|norm|rm|mrn|no\.?\s?mr|nomor\s{1,2}mr"
    r"|(?:no\.?|nomor)\s{1,2}pasien|mr(?=\s?(?:no|\d{2}[-.]\d{2}[-.]\d{2})))(?:nya|ku)?"
    rf"{_OWNER}(?:\s{{0,2}}(?:no|nomor|number)\.?)?\s{{0,2}}[:#.=]?\s{{0,2}}"
    r"(\d{2}[-. ]?\d{2}[-. ]?\d{2}(?:[-. ]?\d{2})?|\d{5,10})(?![\d])",
    re.IGNORECASE,
)
_RINGGIT = re.compile(r"rm\s?\d{1,7}00", re.IGNORECASE)  # "RM 250000": Malaysia's money, which is mostly round
_GAP = r"[ .()/_*\u00a0\u2010-\u2013-]{0,3}"
_PAIRED = r"[ .-](?!19|20)\d{3,4}[ .-]?\d{2,4}[ .-]?\d{2,4}"  # 08 1234 56 7890
_MOBILE = rf"(?:\+\s?62|62|[0O]){_GAP}8(?:[1-9]\d?(?:{_GAP}\d){{6,10}}| [1-9](?: \d){{7,10}}|{_PAIRED})"
_AFTER_NAME = r"(?-i:(?<=[a-z][a-z][.-]))(?=[06]\d{9})"  # Andi-085219876543
_PHONE = re.compile(
    r"(?=[+(06o])(?:(?<![\d.,/\w+-])|(?<=\bwa)|(?<=\bwa\.)|(?<=\bhp)|(?<=\bhp\.)|(?<=\btelp)|(?<=\btelp\.)|(?<=\bhub\.)"
    rf"|{_AFTER_NAME})(?:"
    rf"{_MOBILE}(?:\s?/\s?{_MOBILE}){{0,5}}"
    r"|\(\s?0\d{2,3}\s?\)[ -]?\d{3,4}[ -]?\d{2,4}(?:[ -]?\d{1,2})?"  # (021) 555 1234
    r"|0[2-79]\d{1,2}[ -]\d{3,4}[ -]?\d{3,4}"  # 021-5551234
    r"|0[2-79]\d{1,2}\.\d{6,8}"  # 021.5551234
    r"|01\d[ -]\d{3,4}[ -]?\d{4}"  # 012-345 6789, a mobile of Malaysia
    r"|\+(?!\d{1,3}(?:[.,]\d{3})+(?!\d))[1-9](?:[ ()\u00a0\u2010-\u2013.-]{0,2}\d){8,14}"  # +44 20 7946 0958
    r")(?!\d|[.,]\d)",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(  # "wa 81234567890": without its 0 a number counts only after a word for telephones
    r"\b((?:wa|whatsapp|hp|telp|tlp|telepon|hub|hubungi|kontak|cp)[\s:.]{1,3})8[1-9]\d(?:[ -]?\d){6,9}(?!\d|[.,]\d)", re.IGNORECASE
)
_PHONE_IN_LINK = re.compile(
    r"((?:wa\.me/|t\.me/(?=\+)|(?:api\.whatsapp\.com/send/?|whatsapp://send/?)\?(?:[\w=&]{0,40}&)?phone=|tel:))\+?\d{8,15}", re.IGNORECASE
)
_ROADS = "jalan|jln?|gang|gg|lorong|lrg|perumahan|perum|komplek|kompleks|komp|dusun|kampung|kp"
_ROAD = rf"(?=[jgpkdl])\b(?:{_ROADS})\b(?:\.\s{{0,2}}|\s{{1,2}})(?=[a-z])"
_RT = r"\brt(?=[\W\d])[ .:/]{0,2}\d{1,3}"
_STREET = re.compile(
    rf"{_ROAD}(?:[\w.'’/-]{{1,24}}[ ,]{{1,2}}){{1,6}}?"
    r"(?:(?:no|nomor|nmr|blok|kav)(?=[\W\d])\.?\s{0,2}:?\s{0,2}(?:[a-z]{1,2}\s?[-/]?\s?)?\d{1,4}(?:\s?[a-z]\b)?(?:[/-]\d{1,3})?\b"
    r"(?:[ ,]{1,2}(?:no|nomor|nmr)(?=[\W\d])\.?\s{0,2}\d{1,4}(?:\s?[a-z]\b)?)?"  # "Blok C3 No 7"
    r"(?:[ ,]{1,2}(?:rt|rw)(?=[\W\d])[ .:/]{0,2}\d{1,3}(?:\s?/\s?(?:rw\b[ .:]{0,2})?\d{1,3})?){0,2}"
    rf"|{_RT}(?:[ ,/]{{1,3}}rw(?=[\W\d])[ .:]{{0,2}}\d{{1,3}}|\s?/\s?\d{{1,3}})?)",
    re.IGNORECASE,
)
_RT_RW = re.compile(rf"{_RT}[ ,/]{{1,3}}(?:rw(?=[\W\d])[ .:]{{0,2}})?\d{{1,3}}\b", re.IGNORECASE)
_HOME = re.compile(  # "alamat Jl Sudirman 45": a number without "No." counts only where somebody says that it is a home
    rf"(\b(?:alamat|rumah|tinggal|domisili)(?:ku|nya)?\s?:?\s(?:saya\s)?(?:di\s)?){_ROAD}(?:[a-z.'’-]{{1,24}}\s){{1,4}}?\d{{1,3}}[a-d]?\b"
    r"(?!\s?(?:%|menit|km|m\b|meter|hari|jam|orang|kasus|tahun|kali|rb|ribu))",
    re.IGNORECASE,
)
#: What makes a number after the name of a street something else than a house: what is counted, hours, kilometres.
_COUNTED = (
    r"%|menit|km|m\b|cm|meter|hari|jam|orang|kasus|tahun|thn|kali|rb|ribu|juta|jt|titik|lokasi|korban|warga|mobil|motor|arah|lajur|jalur|rumah"
    r"|anak|pasien|kk\b|tewas|meninggal|luka|januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember|:|\.\d"
)
_NO_STREET = r"(?:km|no|lantai|pukul|jam|tanggal|tgl|tahun|usia|umur|ada|sudah|total|sekitar|selama|sejak|dan|ke|di|dari|sampai)"
_NUMBERED = (
    re.compile(  # "Jl. Ahmad Yani 23, Bekasi"; of "jalan", which is also to walk, only "jalan kenanga 45B" and "No. 25, Jalan Ampang"
        rf"\b(?:jl|jln)\b(?:\.\s{{0,2}}|\s{{1,2}})(?:(?!{_NO_STREET}\b)[a-z][\w.'’]{{0,23}}\s){{1,4}}?\d{{1,3}}(?!\d|\s?(?:{_COUNTED}))"
        r"(?=\s?(?:$|[,;)\n]|\.(?!\d)|(?:kota|kab|kec|kel|rt|depan|dekat|samping|sebelah|belakang)\b|(?-i:[A-Z][a-z])))"
        rf"|\b(?:jalan|jln?|gang|gg|lorong)\b(?:\.\s{{0,2}}|\s{{1,2}})(?:(?!{_NO_STREET}\b)[a-z][\w.'’]{{0,23}}\s){{1,4}}?\d{{1,3}}[a-d]\b"
        r"|\bno\.?\s{0,2}\d{1,4}[a-z]?,\s{0,2}(?:jalan|jln?|lorong)\b(?:\.\s{0,2}|\s{1,2})[a-z][\w/]{0,24}(?:\s[a-z][\w/]{0,24})?",
        re.IGNORECASE,
    )
)
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+")  # 3.201.014.506.990.001 is an amount
_PHONE_WORDS = ("wa", "whatsapp", "hp", "telp", "tlp", "telepon", "hub", "kontak", "cp")
_PHONE_LINKS = ("me/", "phone=", "tel:")
_MRN_WORDS = ("rekam", "med", "rm", "mr", "pasien")
_DIGITS_OF_NIK, _DIGITS_OF_PHONE = 16, 8
_NO_DIGITS = re.compile(r"\D+")
_DIGIT = re.compile("[0-9]")
_MANY_DIGITS = re.compile(r"(?:\d\D{0,3}){6}")

_EMAIL_IS, _MENTION_IS, _NIK_IS, _BPJS_IS, _MRN_IS, _PHONE_IS, _ADDRESS_IS = (
    f"[{name}]" for name in ("email", "mention", "nik", "bpjs", "mrn", "phone", "address")
)
assert {"email", "mention", "nik", "bpjs", "mrn", "phone", "address"} == set(PLACEHOLDERS)


def author_key(source: str, author: str, key: bytes) -> str:
    """The pseudonym of an author: HMAC-SHA256 of source and name under the instance's key, its first 16 bytes as 32 hex digits.

    One name on two sources gives two pseudonyms, because nothing says that it is one person.
    """
    return hmac.digest(key, f"{source}\x1f{author}".encode("utf-8", "replace"), "sha256").hex()[:32]


def redact(text: str) -> str:
    """The text with a placeholder in place of everything that names or reaches a person.

    Disguises are looked through (full-width and other scripts' digits, zero-width characters, other signs for @); a text that holds
    nothing to redact comes back as it was written, disguised text is kept plain.
    """
    if text.isascii() or not _DISGUISED.search(text):
        return _redact(text)
    plain = _UNSEEN.sub("", text).translate(_OTHER_SIGNS)
    redacted = _redact(plain)
    return text if redacted == plain else redacted


def _redact(text: str) -> str:
    lowered = text.lower()
    if "@" in text or any(sign in lowered for sign in _AT_SIGNS):
        text = _without_mentions(_PARTED_EMAIL.sub(_EMAIL_IS, text) if " @" in text else text)
        if _may_hold_email(text.lower()):
            text = _EMAIL.sub(_EMAIL_IS, text)
    if not _DIGIT.search(text):
        return text
    if _MANY_DIGITS.search(text):
        text = _numbers(text)
    if any(word in lowered for word in _STREET_WORDS):
        text = _without_streets(text)
    return text


def _may_hold_email(lowered: str) -> bool:
    return "@" in lowered or "dot" in lowered or _IN_BRACKETS.search(lowered) is not None


def _without_mentions(text: str) -> str:
    """What `_MENTION.sub` gives, tried only where there is an @: ten times as fast."""
    pieces, done, at = list[str](), 0, text.find("@")
    while at >= 0:
        if match := _MENTION.match(text, at):
            pieces += (text[done:at], _MENTION_IS)
            done = match.end()
        at = text.find("@", max(at + 1, done))
    return "".join((*pieces, text[done:])) if pieces else text


def _without_streets(text: str) -> str:
    lowered = text.lower()
    if any(word in lowered for word in _HOME_WORDS):
        text = _HOME.sub(rf"\1{_ADDRESS_IS}", text)
    return _RT_RW.sub(_ADDRESS_IS, _NUMBERED.sub(_ADDRESS_IS, _STREET.sub(_ADDRESS_IS, text)))


def _mentions_alone(text: str) -> str | None:
    """`redact` of a text without any sign but those of an address, or None where it may hold more than mentions.

    What a mention leaves behind lies too far apart to become a number, and begins no word unless the mention was too long for its pattern.
    """
    if " @" in text and _PARTED_EMAIL.search(text):
        return None
    plain = _without_mentions(text)
    if _may_hold_email(plain.lower()) or _LONG_NAME.search(text):
        return None
    return plain


def redact_all(texts: Sequence[str]) -> list[str]:
    """`redact` for each text, in order; quickly, because most texts hold no sign of anything to redact."""
    redacted, found = list(texts), signs(texts)
    for row in np.flatnonzero(found).tolist():
        redacted[row] = _by_signs(texts[row], found[row])
    return redacted


def redact_read(texts: list[str], read: Written) -> tuple[list[str], Written]:
    """`redact_all` of texts that have been read, and how the redacted ones read."""
    redacted, found, changed = list(texts), signs_of(read), list[int]()
    for row in np.flatnonzero(found).tolist():
        redacted[row] = _by_signs(texts[row], found[row])
        if redacted[row] is not texts[row]:
            changed.append(row)
    return redacted, spliced(read, changed, [redacted[row] for row in changed])


def _by_signs(text: str, found: int) -> str:
    if found == STREET:
        return _without_streets(text)
    return (_mentions_alone(text) if found == AT else None) or (redact(text) if found & DISGUISED else _redact(text))


_AT_SIGNS = ("(at", "[at", "{at", "<at", "( at", "[ at", " dot ")
_HOME_WORDS = ("alamat", "rumah", "nggal", "dom")  # of letters that have no other case beyond ASCII
_STREET_WORDS = ("jalan", "jl", "gang", "gg", "perum", "komp", "dusun", "kampung", "kp", "rt", "lorong", "lrg")


def _numbers(text: str) -> str:
    """Each pattern is looked for where there are as many digits as it needs, or a word without which it does not match."""
    lowered = text.lower()
    if any(sign in lowered for sign in _PHONE_LINKS):
        text = _PHONE_IN_LINK.sub(rf"\1{_PHONE_IS}", text)
        lowered = text.lower()
    if any(word in lowered for word in _MRN_WORDS):
        text = _MRN.sub(lambda match: match[0] if _RINGGIT.fullmatch(match[0]) else match[0].replace(match[1], _MRN_IS), text)
    digits = len(_NO_DIGITS.sub("", text))
    if digits >= _DIGITS_OF_NIK:
        text = _NIK.sub(_if(_is_nik, _NIK_IS), text)
    if "000" in text:
        text = _BPJS.sub(_BPJS_IS, text)
    if digits < _DIGITS_OF_PHONE:
        return text
    text = _PHONE.sub(_if(_is_phone, _PHONE_IS), text)
    return _ANNOUNCED.sub(rf"\1{_PHONE_IS}", text) if any(word in lowered for word in _PHONE_WORDS) else text


def _if(judge: Callable[[re.Match[str]], bool], placeholder: str) -> Callable[[re.Match[str]], str]:
    return lambda match: placeholder if judge(match) else match[0]


def _digits(match: re.Match[str]) -> str:
    return re.sub(r"\D", "", match[0])


def _is_nik(match: re.Match[str]) -> bool:
    """A known province, a day 1 to 31 (for women 41 to 71) and a month 1 to 12; or any 16 digits right after the word NIK or KTP."""
    if _GROUPED.fullmatch(match[0]):
        return False
    digits = _digits(match)
    day, month = int(digits[6:8]), int(digits[8:10])
    built = digits[:2] in _PROVINCES and (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12
    return built or bool(_NIK_WORD.search(match.string[max(0, match.start() - 40) : match.start()]))


def _is_phone(match: re.Match[str]) -> bool:
    """At least 8 digits (the patterns allow 15 at most: ITU-T E.164), and not a date, an hour or a decimal number written like one."""
    digits = _digits(match)
    return len(digits) >= 8 and not re.fullmatch(r"\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2,4}", match[0])

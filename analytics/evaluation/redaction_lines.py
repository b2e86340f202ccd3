"""Lines with identities of known kind and place, and lines that only look as if they had one, made from a seed.

Each line is made of a frame and fillings; an identity line says which placeholders its redacted form must hold, and which characters
must be gone from it.
"""

# ruff: noqa: E501 - one kind of harmless line to a line
from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

PROVINCES = [*range(11, 20), 21, *range(31, 37), *range(51, 54), *range(61, 66), *range(71, 77), 81, 82, *range(91, 95)]
NAMES = ["budi", "siti.aminah", "agus_w", "Dewi88", "rizky-p", "nur", "wayan.k", "Putri_Ayu", "joko"]
STREETS = ["Melati", "Kebon Sirih", "Raya Bogor", "Diponegoro", "Gatot Subroto", "Mawar III", "Letjen Suprapto", "Cempaka Putih Tengah"]
FRAMES = [
    "{} tolong dibantu ya",
    "Info lengkap hubungi {} segera",
    "pasien atas nama ibu saya, {}, belum dilayani",
    "({})",
    "🙏 {} 🙏",
    "Kata petugas: {}. Terima kasih",
    "please contact {} for help",
]


@dataclass(frozen=True)
class Line:
    text: str
    kind: str  #: the placeholder's name, or "" where nothing may be redacted
    secret: str


def digits(rng: random.Random, count: int) -> str:
    return "".join(rng.choice("0123456789") for _ in range(count))


def grouped(rng: random.Random, number: str, sizes: list[int]) -> str:
    sep = rng.choice(["", " ", "-", "."])
    parts, at = [], 0
    for size in sizes:
        parts.append(number[at : at + size])
        at += size
    return sep.join([*parts, number[at:]] if at < len(number) else parts)


def mobile(rng: random.Random) -> str:
    body = rng.choice(["11", "12", "13", "21", "22", "52", "57", "77", "78", "95", "99"]) + digits(rng, rng.choice([7, 8]))
    return rng.choice(["08", "+628", "628", "+62 8"]) + grouped(rng, body, [2, 4])


def landline(rng: random.Random) -> str:
    area = rng.choice(["021", "022", "031", "0274", "0361", "0411"])
    body = f"{rng.randint(2, 8)}{digits(rng, 6)}"
    return rng.choice([f"({area}) {body}", f"{area}-{body}", f"({area}){body[:3]} {body[3:]}"])


def foreign(rng: random.Random) -> str:
    return rng.choice(["+60 12-", "+65 8", "+44 20 79", "+1 415 555 "]) + f"{digits(rng, 3)} {digits(rng, 4)}"


def nik(rng: random.Random) -> str:
    day = rng.randint(1, 31) + rng.choice([0, 40])
    home = f"{rng.choice(PROVINCES)}{rng.randint(1, 79):02d}{rng.randint(1, 30):02d}"
    number = f"{home}{day:02d}{rng.randint(1, 12):02d}{digits(rng, 2)}{rng.randint(1, 60):04d}"
    return rng.choice([number, grouped(rng, number, [6, 6]), grouped(rng, number, [4, 4, 4])])


def email(rng: random.Random) -> str:
    return f"{rng.choice(NAMES)}{rng.randint(1, 99)}@{rng.choice(['gmail.com', 'yahoo.co.id', 'dinkes.go.id', 'mail.ugm.ac.id'])}"


def record(rng: random.Random) -> str:
    number = digits(rng, 6)
    return rng.choice(["No. RM {}", "no rekam medis: {}", "rekam medik {}", "Nomor RM {}", "MRN {}", "medical record no {}"]).format(
        rng.choice([number, f"{number[:2]}-{number[2:4]}-{number[4:]}", f"{number[:2]}.{number[2:4]}.{number[4:]}"])
    )


def address(rng: random.Random) -> str:
    street = f"{rng.choice(['Jl.', 'Jln', 'Jalan', 'Gang', 'jl'])} {rng.choice(STREETS)} {rng.choice(['No.', 'no', 'Nomor'])} {rng.randint(1, 250)}"
    return street + rng.choice(
        ["", f" RT {rng.randint(1, 12):02d}/RW {rng.randint(1, 12):02d}", f" RT.{rng.randint(1, 9)} RW.{rng.randint(1, 9)}"]
    )


IDENTITIES: dict[str, list[Callable[[random.Random], str]]] = {
    "phone": [mobile, mobile, mobile, landline, foreign],
    "email": [email],
    "nik": [nik],
    "bpjs": [lambda rng: "000" + grouped(rng, digits(rng, 10), [4, 3])],
    "mrn": [record],
    "address": [address],
    "mention": [lambda rng: f"@{rng.choice(NAMES)}{rng.randint(1, 999)}", lambda rng: f"@{rng.choice(NAMES)}@mastodon.social"],
}

HARMLESS: list[Callable[[random.Random], str]] = [
    lambda rng: (
        f"Paracetamol {rng.choice([250, 500, 650])} mg {rng.randint(2, 4)}x{rng.randint(1, 2)} sehari selama {rng.randint(2, 9)} hari"
    ),
    lambda rng: (
        f"tanggal {rng.randint(1, 28):02d}-{rng.randint(1, 12):02d}-{rng.randint(1990, 2026)} pukul {rng.randint(0, 23):02d}.{rng.randint(0, 59):02d}"
    ),
    lambda rng: (
        f"{rng.randint(1990, 2026)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d} {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:00"
    ),
    lambda rng: f"{rng.randint(1, 9)}.{rng.randint(100, 999)}.{rng.randint(100, 999)} kasus di {rng.randint(2, 38)} provinsi",
    lambda rng: f"harga Rp {rng.randint(1, 99)}.{rng.randint(100, 999)}.000,00 per {rng.randint(1, 30)} hari",
    lambda rng: f"Rp{rng.randint(100, 999)}.{rng.randint(100, 999)}.{rng.randint(100, 999)}.000 dianggarkan",
    lambda rng: f"koordinat -{rng.randint(0, 9)}.{digits(rng, 6)}, 1{rng.randint(10, 40)}.{digits(rng, 6)}",
    lambda rng: f"tensi {rng.randint(90, 180)}/{rng.randint(60, 110)}, gula {rng.randint(80, 400)}, trombosit {rng.randint(20, 150)}.000",
    lambda rng: f"naik {rng.randint(1, 99)},{digits(rng, 2)} persen dari {rng.randint(1000, 99999)} menjadi {rng.randint(1000, 99999)}",
    lambda rng: f"hubungi 119 ext {rng.randint(1, 9)} atau hotline 1500-{rng.randint(100, 999)}",
    lambda rng: f"Permenkes No. {rng.randint(1, 99)} Tahun {rng.randint(2000, 2026)} pasal {rng.randint(1, 40)} ayat {rng.randint(1, 5)}",
    lambda rng: f"ISBN 978-602-{digits(rng, 2)}-{digits(rng, 4)}-{rng.randint(0, 9)}",
    lambda rng: f"https://berita.example/2026/{rng.randint(1, 12):02d}/artikel-{digits(rng, 8)}",
    lambda rng: f"https://x.example/status/{rng.randint(1, 9)}{digits(rng, 18)}",
    lambda rng: (
        f"+{rng.randint(1, 99)}.{rng.randint(100, 999)} kasus baru, total {rng.randint(1, 9)}.{rng.randint(100, 999)}.{rng.randint(100, 999)}"
    ),
    lambda rng: f"skor {rng.randint(0, 5)}-{rng.randint(0, 5)}, IPK {rng.randint(2, 3)}.{digits(rng, 2)}, usia {rng.randint(1, 90)} tahun",
    lambda rng: f"macet di Jalan {rng.choice(STREETS)} sejak jam {rng.randint(5, 9)} pagi",
    lambda rng: (
        f"gelombang {rng.randint(1, 4)}: {rng.randint(10, 99)} {rng.randint(10, 99)} {rng.randint(10, 99)} orang per {rng.randint(2, 9)} jam"
    ),
    lambda rng: f"batch vaksin {rng.choice('ABCDEF')}{digits(rng, 6)} kedaluwarsa {rng.randint(1, 12):02d}/{rng.randint(2026, 2029)}",
    lambda rng: (
        f"suhu {rng.randint(36, 41)},{rng.randint(0, 9)} derajat, berat {rng.randint(2, 90)}.{rng.randint(0, 9)} kg, tinggi {rng.randint(50, 190)} cm"
    ),
]


def lines(count: int, seed: int) -> list[Line]:
    """Half with one identity, half with none."""
    rng = random.Random(seed)
    made = []
    kinds = sorted(IDENTITIES)
    for number in range(count // 2):
        kind = kinds[number % len(kinds)]
        secret = rng.choice(IDENTITIES[kind])(rng)
        made.append(Line(rng.choice(FRAMES).format(secret), kind, secret))
    for number in range(count - count // 2):
        made.append(Line(rng.choice(FRAMES).format(HARMLESS[number % len(HARMLESS)](rng)), "", ""))
    return made

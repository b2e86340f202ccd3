"""Sentences that tell of somebody ill, in so many words: "anakku demam 3 hari", "my son has measles", "wis rong dina watuk".

The model of firsthand.py learnt from posts on dengue and misses most reports of other diseases. These patterns need a person who is the
writer's own (or a duration, a relapse, a bite) and the name of an illness within a few words, and none of the words of news, advice, sale
or jest; so they are seldom wrong, and they only ever add. Indonesian, Javanese, Sundanese, Minangkabau, Malay, English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.text.cues import NAMES
from analytics.text.normalise import READ_AT_MOST
from warehouse.records import FIRSTHAND

#: The probability of a post that a pattern finds: of 48 such posts among the 12,497 labelled ones all 48 are first-hand, ten of them in
#: the parts set aside. These are few, and posts that nobody has labelled are less sure.
TOLD = 0.9
#: Probability by the model below which no pattern is tried, as in most posts: with a word of an illness among the cues, and with none.
LEAST, LEAST_UNNAMED = 0.04, 0.1
_NAMED = [NAMES.index(name) for name in ("illness", "ailment", "caught")]
_WHOSE = [NAMES.index(name) for name in ("own", "family")]

_SELF = "aku|gue|gw|gua|saya|ambo|kulo|kula|abdi|urang|inyong"
_OTHERS = (
    "(?:anak|bayi|ibu|bapak|ayah|mama|papa|suami|istri|adik|adek|adhi|adiak|kakak|abang|nenek|kakek|mbah|simbah|keponakan|ponakan|sepupu"
    "|tetangga|tangga|temen|teman|konco|kanca|bojo|om|tante|mertua|pacar|sodara|saudara|bapa|amak|apak)"
)
_KIN = (
    rf"{_OTHERS}ku|(?:si kecil|{_OTHERS}(?: \w+)?) (?:saya|sy|aku|gue|gw|gua|kami|ambo|den|kulo)|nyokap|bokap|si kecil|serumah|sekeluarga"
)
_ENGLISH_KIN = "my (?:son|daughter|kid|mom|mum|dad|husband|wife|mother|father|baby|brother|sister|grandma|grandpa|uncle|aunt|friend)"
_RELAPSING = "asma|maag|gerd|asam urat|asam lambung|vertigo|migrain|alergi|anxiety"
_SYMPTOM = (
    "demam|batuk|diare|pilek|mual|muntah|pusing|meriang|panas|watuk|damam|muriang|mriyang|mencret"
    "|sakit (?:gigi|kepala|perut|tenggorokan|pinggang|dada|mata|telinga)"
)
_PART = "trombosit|badan|awak|kepala|perut|tenggorokan|sirah|weteng|kaki|mata|tensi|asma|maag|gigi"
_ACHES = (
    "sakit|panas|turun|drop|lemes|lemas|pusing|melilit|mules|ngelu|lara|loro|gatal|gatel|bengkak|merah|nyeri|kambuh|kumat|naik|mumet|adem"
    "|linu|pegal|pegel|demam"
)
_ILL = (
    "dbd|demam berdarah|denggi|dengue|tbc|tibi|tipes|tifus|tipus|campak|cacar|hepatitis|positif|pneumonia|stroke|strok|kanker|kanser|kemo"
    "|kemoterapi|tumor|kambuh|kumat|menggigil|sesak|sesek|kejang|radang|hfmd|flu|chikungunya|malaria|mimisan|bengkak|icu|igd|ugd|opname"
    f"|dirawat|diinfus|rawat inap|cuci darah|isoman|kuning|mules|lara|loro|gering|demensia|{_RELAPSING}|{_SYMPTOM}"
)
_ENGLISH_ILL = "dengue|chickenpox|measles|covid|the flu|flu|fever|a fever|pneumonia|tb|typhoid|malaria|rabies|cancer|food poisoning"
#: Words after which the illness is feared, denied, wished away, seen in a film or only a comparison.
_NOT_SO = (
    r"(?!(?:takut|mau|pengen|pengin|ingin|bisa|akan|ga|gak|gk|nggak|ngga|tidak|tdk|tak|bukan|belum|blm|belom|vaksin\w*|suka|kalau|kalo|klo"
    r"|jika|biar|jangan|lebih|doain|doakan|liat|lihat|nonton|baca|jual|semoga|tau|tahu|percaya|pikir|kira|harus|wajib|kayak|seperti|ora"
    r"|teu|indak|ndak|wedi|sieun)\b)"
)
_SOME = rf"(?:[ ,]{{1,3}}{_NOT_SO}[\w.]{{1,24}})"  # a word between the person and the illness
_COMES = "(?:kena|lagi|abis|habis|baru|udah|sudah|masih|didiagnosis|divonis|positif)"
_HAS_BEEN = "(?:udah|udh|sudah|sdh|wis|dah|lah|alah|geus)"
_YESTERDAY = "(?:kemarin|kemaren|kmrn|semalam|semalem|tadi|td|barusan|wingi|kamari|kapatang)"
_DAYS = "(?:hari|hr|minggu|mgg|bulan|bln|dina|poe|poé)"
_SEVERAL = r"(?:\d{1,3}|dua|tiga|empat|lima|rong|telung|patang|tilu|opat|duo|tigo)"
_PATTERNS = (
    rf"(?:{_KIN})\b{_SOME}{{0,4}}?[ ,]{{1,3}}(?:{_ILL})\b",
    rf"(?:{_SELF})\b(?: {_NOT_SO}[\w.]{{1,24}}){{0,2}}? (?:{_COMES} ){{1,3}}(?:{_ILL})\b",
    r"(?:trombosit|tensi)ku\b(?:[ ,]{1,3}[\w.]{1,24}){0,3}?[ ,]{1,3}\d",
    rf"(?:{_PART})ku\b(?:[ ,]{{1,3}}(?!(?:ga|gak|tidak|kalo)\b)[\w.]{{1,24}}){{0,3}}?[ ,]{{1,3}}(?:{_ACHES})\b",
    rf"{_HAS_BEEN}\s(?:\w{{1,10}}\s)?(?:se(?:hari|minggu|bulan)|{_SEVERAL}\s?{_DAYS})\s(?:\w{{1,20}}\s){{0,2}}?(?:{_SYMPTOM})\b",
    rf"(?:{_SYMPTOM})(?:nya|ku)?\s(?:\w{{1,20}}\s){{0,2}}?{_HAS_BEEN}\s(?:se(?:hari|minggu|bulan)|{_SEVERAL}\s?{_DAYS})\b",
    rf"(?:{_SYMPTOM})(?:\s\w{{1,20}})?\s(?:dari|sejak|kawit|ket|ti)\s{_YESTERDAY}\b",
    r"hari ke[ -]?\d{1,2}\s(?:isoman|demam|opname|dirawat|sakit)\b",
    rf"{_YESTERDAY}\b{_SOME}{{0,4}}?[ ,]{{1,3}}(?:digigit (?:anjing|kucing|ular)|opname|diinfus|dilarikan)\b",
    r"(?<!saat )(?<!ketika )(?<!jika )(?<!bila )(?<!agar )(?<!penderita )"
    rf"(?:{_RELAPSING})(?:ku| gue| gw| aku| saya)? (?:kambuh|kumat)\b(?!\s?[?:])",
    r"i(?:['’]m|['’]ve| am| have) (?:(?:been|got|just|now) )*"
    r"(?:diagnosed|coughing|vomiting|throwing up|down with|tested positive|bedridden)\b",
    rf"(?:i|{_ENGLISH_KIN}) (?:just |still |also )?(?:has|have|got|caught|had|tested|was diagnosed with|is down with) "
    rf"(?:{_ENGLISH_ILL}|positive)\b",
)
_TOLD = re.compile(rf"\b(?:{'|'.join(_PATTERNS)})")
#: Words that make the whole post news, advice, sale, a story or a jest; and what an idiom says is sick of.
_SOMETHING_ELSE = re.compile(
    r"\b(?:(?:alergi|batuk|mual|muntah|pusing|sakit|kambuh|stroke|kejang|sesak|sesek|panas|demam) (?:sama|ama|liat|lihat|denger|dengar|baca"
    r"|mikir\w*|hati|orang|politik|rindu|cinta|kangen|kpop|drakor|panggung|bola|konser|piala|labubu)|promo|diskon|jual|order|film|drama|drakor|serial|tokoh|tokohnya"
    r"|episode|karakter|novel|sinetron|lagu|konser|wkwk\w*|haha\w*|dinkes|kemenkes|dinas|menurut|menkes|waspada|kenali|gejala|tips|cegah"
    r"|pasien|korban|warga|siswa|pelajar|santri|puluhan|ratusan|kalau|kalo|if)\b"
)


def tell_ill(texts: Sequence[str], chances: NDArray[np.float32], cues: NDArray[np.float32]) -> NDArray[np.float32]:
    """The chances (texts,) of a first-hand report, raised to `TOLD` where a pattern is found. cues: as `Cues` counts them.

    Linear in the length of a text: every repetition is bounded, and no more than its first `READ_AT_MOST` letters are read.
    """
    told = chances.copy()
    named, whose = ((cues[:, groups] > 0).any(axis=1) for groups in (_NAMED, _WHOSE))
    may = (named & (chances >= LEAST)) | (whose & (chances >= LEAST_UNNAMED))
    for row in np.flatnonzero(may & (chances < FIRSTHAND)).tolist():
        text = texts[row][:READ_AT_MOST].lower()
        if _TOLD.search(text) and not _SOMETHING_ELSE.search(text):
            told[row] = TOLD
    return told

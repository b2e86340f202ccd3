"""A chat exported from WhatsApp as text, from Android or iOS, with an English or Indonesian phone, on a 12 or 24 hour clock."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar
from zoneinfo import ZoneInfo

from ingest.files.base import Context, Rejected
from ingest.files.moments import ORDERS, Clock, order_of
from ingest.files.packed import Packed
from ingest.files.rows import PostMaker
from ingest.files.sample import Sample
from ingest.files.text import lines, opened
from warehouse.errors import InputError
from warehouse.records import Post

LONGEST = 200_000  #: characters of one message; what follows is not gathered
_MARKS = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[\s\u202f\u00a0]?[AaPp]\.?[Mm]\.?)?"
_BEGIN = re.compile(rf"\[?(\d{{1,4}}[/.-]\d{{1,2}}[/.-]\d{{1,4}}),?[\s\u202f\u00a0]+(?:pukul |at )?({_TIME})(?:\]| -) (.*)", re.DOTALL)
_SENDER = re.compile(r"(?:~[\s\u202f\u00a0]?)?([^:\n]{1,100}): (.*)", re.DOTALL)
_EDITED = re.compile(r"\s*<(?:This message was edited|Pesan ini diedit|Pesan ini telah diedit)>\s*$")
#: What WhatsApp itself says in a sender's place: media, deletions, calls, and the life of a group.
_NOTICE = re.compile(
    r"<media (?:omitted|tidak disertakan)>"
    r"|(?:image|video|audio|gif|sticker|document|contact card|gambar|stiker|dokumen|kartu kontak|foto) (?:omitted|tidak disertakan)"
    r"|.*\((?:file attached|file terlampir)\)|<(?:attached|terlampir): .*>|null"
    r"|(?:this message was deleted|you deleted this message|pesan ini (?:telah )?dihapus|anda (?:telah )?menghapus pesan ini)\.?"
    r"|(?:missed|silenced) (?:voice|video|group) call.*|panggilan (?:suara|video|grup)\b.{0,40}(?:tak terjawab|tidak terjawab).*"
    r"|waiting for this message.*|menunggu pesan ini.*|(?:live location shared|lokasi terkini dibagikan).*"
    r"|.*(?:end-to-end encrypted|terenkripsi secara end-to-end).*"
    r"|.* (?:created (?:this )?group|added you|changed (?:this group|the (?:subject|group))|joined using|membuat grup|menambahkan anda"
    r"|mengubah (?:subjek|ikon|deskripsi|nama) grup|bergabung menggunakan)\b.*",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(slots=True)
class Message:
    """line: where it begins; when: date and time as written; said: sender and text, or a notice."""

    line: int
    when: str
    said: str


class WhatsApp:
    name: ClassVar[str] = "whatsapp"
    title: ClassVar[str] = "WhatsApp chat export (.txt)"
    expected: ClassVar[str] = "lines such as `31/01/2026 13.45 - Name: text` or `[31/01/26 13.45.10] Name: text`"

    def sniff(self, sample: Sample) -> float:
        head = [line for line in sample.text.splitlines()[:80] if line.strip()]
        begun = sum(bool(_BEGIN.match(_MARKS.sub("", line))) for line in head)
        return 0.95 if begun >= 2 or (begun == 1 and _BEGIN.match(_MARKS.sub("", head[0]))) else 0.0

    def read(self, file: Packed, context: Context) -> Iterator[Post | Rejected]:
        """Judge the order of day and month over the whole chat. Raises InputError when it stays in doubt."""
        form = context.options.date_format or self._order(file, context)
        return self._read(file, context, Clock(ZoneInfo(context.options.zone), form))

    def _read(self, file: Packed, context: Context, clock: Clock) -> Iterator[Post | Rejected]:
        maker, left_out = PostMaker(context, clock, numbered=False), 0
        when, seen = "", Counter[str]()
        for message in self._messages(file, context):
            if isinstance(message, Rejected):
                yield message
                continue
            if (values := _values(message)) is None:
                left_out += 1
                continue
            when, seen = (when, seen) if when == message.when else (message.when, Counter())
            key = f"{values['author']}: {values['text']}"
            seen[key] += 1
            post = maker.make(message.line, values)
            again = isinstance(post, Post) and seen[key] > 1  # the same words twice in a minute are two messages
            yield replace(post, native_id=f"{post.native_id}-{seen[key]}") if isinstance(post, Post) and again else post
        if left_out:
            context.note(f"{file.path}: {left_out:,} notices and messages without text left out")

    def _order(self, file: Packed, context: Context) -> str | None:
        where = f"{file.path}: --column created_at="
        try:
            return order_of(self._times(file, context), where)
        except InputError:
            # a chat goes forward in time: the order in which it does so is the right one
            steps = {order: self._backward_steps(file, context, order) for order in ORDERS[:2]}
            if steps["d/m/y"] == steps["m/d/y"]:
                raise
            return min(steps, key=steps.__getitem__)

    def _backward_steps(self, file: Packed, context: Context, order: str) -> int:
        clock, steps, latest = Clock(ZoneInfo(context.options.zone), order), 0, None
        for when in self._times(file, context):
            try:
                moment = clock.read(when)
            except ValueError:
                steps += 1
                continue
            steps += latest is not None and moment < latest
            latest = moment
        return steps

    def _times(self, file: Packed, context: Context) -> Iterator[str]:
        return (message.when for message in self._messages(file, context) if isinstance(message, Message))

    def _messages(self, file: Packed, context: Context) -> Iterator[Message | Rejected]:
        """Messages with all their lines; what comes before the first one, or is no text, is rejected."""
        current: Message | None = None
        with opened(file, context.options.encoding) as stream:
            for number, line in lines(stream):
                clean = _MARKS.sub("", line or "").rstrip("\r\n")
                if match := _BEGIN.match(clean):
                    if current:
                        yield current
                    current = Message(number, f"{match[1]} {match[2]}", match[3])
                elif line is None or (current is None and clean.strip()):
                    yield Rejected(number, "the line is too long" if line is None else "not the beginning of a message", clean[:200])
                elif current and len(current.said) < LONGEST:
                    current.said += f"\n{clean}"
        if current:
            yield current


def _values(message: Message) -> dict[str, str] | None:
    """The values of a message; None for what WhatsApp itself says."""
    match = _SENDER.match(message.said)
    if not match:
        return None
    text = _EDITED.sub("", match[2]).strip()
    return (
        None
        if not text or (len(text) < 1_000 and _NOTICE.fullmatch(text))
        else {"author": match[1].strip(), "text": text, "created_at": message.when}
    )

"""The plain AT Protocol firehose: `com.atproto.sync.subscribeRepos` of any PDS or relay (DAG-CBOR frames that carry CAR slices).

For those who run a server or relay of their own. It carries every kind of record, so a whole-network relay costs far more bandwidth
than Jetstream. Signatures are not verified: the server is trusted, as a Jetstream server is.
Spec: https://atproto.com/specs/event-stream and https://atproto.com/specs/sync
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from atproto_core.car import CAR
from atproto_core.cbor import decode_dag_multi
from atproto_core.cid import CID
from atproto_core.exceptions import AtProtocolError

from ingest.checked import Unreadable, moment
from ingest.jetstream import POSTS, Heard, Lost, Message, post_event

_PREFIX = f"{POSTS}/"
_MOST_OPERATIONS = 200  #: of one commit, as the lexicon says


class Firehose:
    """Frames of a header {"op", "t"} and a body; a "#commit" body holds `ops` with paths, and `blocks` with the records."""

    name: ClassVar[str] = "firehose"
    service: ClassVar[str] = "wss://bsky.network/xrpc/com.atproto.sync.subscribeRepos"
    subprotocol: ClassVar[str | None] = None
    by_time: ClassVar[bool] = False

    def address(self, service: str, position: int | None) -> str:
        return service if position is None else f"{service}?cursor={position}"

    def since(self, when: datetime) -> None:
        return None

    def read(self, data: bytes) -> list[Message]:
        header, body = _frame(data)
        kind = header.get("t")
        if header.get("op") == -1:
            return [_error(body)]
        if kind == "#info":
            return [Lost(str(body.get("message") or body.get("name"))[:200])]
        seq = body.get("seq")
        if not isinstance(seq, int) or isinstance(seq, bool):
            raise Unreadable("seq is not a whole number")
        at = moment(body.get("time"))
        return [*(_events(seq, at, body) if kind == "#commit" else []), Heard(seq, at)]


def _frame(data: bytes) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    try:
        parts = decode_dag_multi(data)
    except (ValueError, AtProtocolError) as error:
        raise Unreadable(f"not DAG-CBOR: {str(error)[:80]}") from None
    if len(parts) != 2 or not all(isinstance(part, dict) for part in parts):
        raise Unreadable("not a frame of header and body")
    return parts[0], parts[1]


def _error(body: Mapping[str, Any]) -> Message:
    name, message = str(body.get("error", ""))[:80], str(body.get("message", ""))[:200]
    if name == "FutureCursor":
        return Lost(message or name, restart=True)
    raise Unreadable(f"the server says {name!r}: {message}")


def _events(seq: int, at: datetime, body: Mapping[str, Any]) -> list[Message]:
    """The operations of a commit on posts; the blocks are unpacked only when there is one."""
    operations = body.get("ops")
    if not isinstance(operations, list) or len(operations) > _MOST_OPERATIONS:
        raise Unreadable("ops is not a list of at most 200")
    wanted = [op for op in operations if isinstance(op, dict) and str(op.get("path", "")).startswith(_PREFIX)]
    if not wanted:
        return []
    blocks = _blocks(body.get("blocks")) if any(op.get("action") != "delete" for op in wanted) else {}
    return [_event(seq, at, body, op, blocks) for op in wanted]


def _event(seq: int, at: datetime, body: Mapping[str, Any], op: Mapping[str, Any], blocks: Mapping[CID, Any]) -> Message:
    commit = {
        "operation": op.get("action"),
        "rkey": str(op["path"]).removeprefix(_PREFIX),
        "rev": body.get("rev"),
        "record": _record(op.get("cid"), blocks),
    }
    try:
        return post_event(seq, at, body.get("repo"), commit)
    except Unreadable as error:
        return error  # the other operations of the commit may be sound


def _blocks(blocks: object) -> Mapping[CID, Any]:
    if not isinstance(blocks, bytes):
        raise Unreadable("blocks is not bytes")
    try:
        return CAR.from_bytes(blocks).blocks
    except (ValueError, AtProtocolError) as error:
        raise Unreadable(f"blocks are not a CAR: {str(error)[:80]}") from None


def _record(cid: object, blocks: Mapping[CID, Any]) -> Any:
    """The block that an operation names; None when it names none or the slice does not hold it."""
    try:
        return blocks.get(CID.decode(cid)) if isinstance(cid, bytes) else None
    except ValueError:
        return None

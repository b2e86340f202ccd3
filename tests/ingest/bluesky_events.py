"""What Jetstream 1, Jetstream 2 and a firehose send for one and the same event, as their specifications have it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import libipld

ALI = "did:plc:ali23456789012345678901"
BUDI = "did:plc:budi2345678901234567890"
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment before NOW (negative seconds) or after it."""
    return NOW + timedelta(seconds=seconds)


def micros(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def record(text: Any, when: datetime, **more: Any) -> dict[str, Any]:
    created = when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"$type": "app.bsky.feed.post", "text": text, "createdAt": created, "langs": ["id"], **more}


def v1(when: datetime, rkey: str, rec: Any = None, *, did: Any = ALI, operation: str = "create", rev: str = "") -> str:
    commit = {"rev": rev or f"rev{micros(when)}", "operation": operation, "collection": "app.bsky.feed.post", "rkey": rkey}
    if operation != "delete":
        commit |= {"record": rec, "cid": "bafyreib"}
    return json.dumps({"did": did, "time_us": micros(when), "kind": "commit", "commit": commit})


def v1_account(when: datetime) -> str:
    """Identity and account events come whatever collections were asked for."""
    account = {"active": False, "did": BUDI, "seq": 1, "status": "deleted", "time": when.isoformat()}
    return json.dumps({"did": BUDI, "time_us": micros(when), "kind": "account", "account": account})


def v2(seq: int, when: datetime, rkey: str, rec: Any = None, *, operation: str = "create") -> str:
    nsid = "network.bsky.jetstream.subscribeEvents"
    payload = {"$type": f"{nsid}#commit", "seq": seq, "did": ALI, "time": when.isoformat(), "collection": "app.bsky.feed.post"}
    payload |= {"rkey": rkey, "rev": f"rev{seq}", "operation": operation}
    if operation != "delete":
        payload["record"] = rec
    return json.dumps({"$type": "message", "payload": payload})


def v2_info(name: str) -> str:
    nsid = "network.bsky.jetstream.subscribeEvents"
    return json.dumps({"$type": "message", "payload": {"$type": f"{nsid}#info", "name": name, "message": "resumed from seq 900"}})


def firehose(seq: int, when: datetime, ops: list[tuple[str, str, Any]], *, repo: str = ALI) -> bytes:
    """A #commit frame; ops are (action, path, record or None)."""
    blocks: dict[bytes, bytes] = {}
    listed = []
    for action, path, rec in ops:
        cid = None
        if rec is not None:
            block = libipld.encode_dag_cbor(rec)
            cid = _cid(block)
            blocks[cid] = block
        listed.append({"action": action, "path": path, "cid": cid})
    commit = libipld.encode_dag_cbor({"did": repo, "version": 3})
    blocks[_cid(commit)] = commit
    body = {
        "seq": seq, "repo": repo, "rev": f"rev{seq}", "time": when.isoformat().replace("+00:00", "Z"), "ops": listed,
        "blocks": _car(_cid(commit), blocks), "commit": _cid(commit), "blobs": [], "rebase": False, "tooBig": False, "since": None,
    }  # fmt: skip
    return frame("#commit", body)


def frame(kind: str, body: Any) -> bytes:
    header = {"op": -1} if kind == "error" else {"op": 1, "t": kind}
    return libipld.encode_dag_cbor(header) + libipld.encode_dag_cbor(body)


def _cid(block: bytes) -> bytes:
    return bytes([1, 0x71, 0x12, 0x20]) + hashlib.sha256(block).digest()  # CIDv1, dag-cbor, sha2-256


def _car(root: bytes, blocks: dict[bytes, bytes]) -> bytes:
    header = libipld.encode_dag_cbor({"version": 1, "roots": [root]})
    return _varint(len(header)) + header + b"".join(_varint(len(cid) + len(block)) + cid + block for cid, block in blocks.items())


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])

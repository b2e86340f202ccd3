"""Cuts text into the pieces that the encoder knows: SentencePiece's unigram model, rebuilt from what the encoder's file carries.

The most probable cut of a text into pieces of known probability (Kudo 2018, "Subword regularization", https://arxiv.org/abs/1804.10959).
The file holds the pieces, their log probabilities and a map of characters (NFKC and what XLM-RoBERTa adds to it); they are written
as a SentencePiece model (https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto) for the library to read.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence

import sentencepiece

_SPACES = re.compile(" {2,}")
_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3  # kinds of pieces in the model's format
_FIXED32, _BYTES, _VARINT = 5, 2, 0  # kinds of fields in the wire format
_SHORT = [bytes([value]) for value in range(128)]  # numbers that are written in one byte, as all but a few are
_SCORE = _SHORT[2 << 3 | _FIXED32]


class Pieces:
    """Numbers of pieces: the place of a piece in `names` is its number."""

    def __init__(
        self, names: Sequence[bytes], scores: Sequence[float], begin: int, end: int, pad: int, unknown: int, characters: Mapping[int, str]
    ) -> None:
        self.begin, self.end = begin, end
        self._characters = dict(characters)
        kinds = {begin: _CONTROL, end: _CONTROL, pad: _CONTROL, unknown: _UNKNOWN}
        self._cutter = sentencepiece.SentencePieceProcessor()
        self._cutter.LoadFromSerializedProto(_model(names, scores, kinds))

    def cut(self, texts: Sequence[str], limit: int) -> list[list[int]]:
        """The numbers of each text's pieces between those of begin and end, at most `limit` in all; the rest is left out.

        Of a long text only the beginning is read: a piece has at least one character, and few pieces have more than a dozen.
        """
        told = [_SPACES.sub(" ", text[: 40 * limit].translate(self._characters)) for text in texts]
        return [[self.begin, *ids[: limit - 2], self.end] for ids in self._cutter.EncodeAsIds(told)]


def _model(names: Sequence[bytes], scores: Sequence[float], kinds: Mapping[int, int]) -> bytes:
    packed = struct.pack(f"<{len(scores)}f", *scores)
    pieces = b"".join(_bytes(1, _piece(name, packed[4 * at : 4 * at + 4], kinds.get(at, _NORMAL))) for at, name in enumerate(names))
    trainer = _number(3, 1)  # unigram
    # Texts come normalised: keep spaces as they are, but for one in front.
    normalizer = _bytes(1, b"identity") + _number(3, 1) + _number(4, 0) + _number(5, 1)
    return pieces + _bytes(2, trainer) + _bytes(3, normalizer)


def _piece(name: bytes, score: bytes, kind: int) -> bytes:
    return _bytes(1, name) + _SCORE + score + _number(3, kind)


def _bytes(field: int, value: bytes) -> bytes:
    return _SHORT[field << 3 | _BYTES] + _varint(len(value)) + value


def _number(field: int, value: int) -> bytes:
    return _SHORT[field << 3 | _VARINT] + _varint(value)


def _varint(value: int) -> bytes:
    if value < 128:
        return _SHORT[value]
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)

"""Tunes the encoder's upper layers to several tasks at once (multi-task learning: Caruana 1997, Mach Learn 28:41-75).

What a text is after the lower layers does not change: it is kept in a file, so that a step costs the upper layers alone, there and back
(backward.py). Texts are drawn by their share, some thousand pieces of like length at a time. Rates rise, stay and fall (Hu et al. 2024,
https://arxiv.org/abs/2404.06395); heads learn faster than layers, and lower layers slower than those above them (Howard and Ruder 2018,
https://arxiv.org/abs/1801.06146). A course may leave out some pieces of each text, others each time; runs.py runs it, more than once.
One thread and fixed seeds: the same kind of processor gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.text import tuned_layers
from analytics.text.encoder import LIMIT, WIDTH, Encoder
from analytics.text.encoder_file import EncoderFile
from training.backward import HEADS, Adam, Array, Batch, Layer, Parameters
from training.fit import softmax
from training.tasks import EMOTION, FIRSTHAND, ILLNESS, INTENT, SENTIMENT, VACCINE, Lessons
from warehouse.errors import InputError

PIECES = 64  #: of a text that are read in training; all are read later
AT_A_TIME = 1_024  #: pieces of a step
LAYER_RATE, HEAD_RATE = 2e-4, 3e-3  #: of the last layer, and of the heads
DROPPED = 26  #: of 256 values of what a layer adds
WHOLE = 3  #: first pieces of a text that are never left out: its mark of beginning and "query:"


@dataclass(frozen=True)
class Course:
    """What one set of layers is taught, and for how long."""

    file: Path  #: of the layers
    first: int  #: layer that is tuned, from 0; all above it are, too
    losses: Mapping[str, float]  #: how much a task's loss counts a text
    steps: tuple[int, ...]  #: of each run; the mean of what runs learnt is kept
    warming: int  #: the first steps, in which rates rise
    falling: int  #: the last steps, in which they fall to nothing
    lower: float = 0.9  #: a layer's rate, as a share of that of the layer above it
    left_out: float = 0.0  #: share of a text's pieces


SHARED = Course(
    tuned_layers.TUNED_LAYERS,
    8,
    {SENTIMENT: 1.0, EMOTION: 1.5, VACCINE: 0.7, ILLNESS: 1.2, INTENT: 1.2, FIRSTHAND: 0.7},
    steps=(573,),
    warming=30,
    falling=170,
)
REPORTED = Course(
    tuned_layers.REPORT_LAYERS,
    4,
    {EMOTION: 1.5, VACCINE: 0.7, ILLNESS: 1.2, INTENT: 1.2, FIRSTHAND: 0.7},
    steps=(1_000, 1_000),
    warming=40,
    falling=350,
    lower=0.85,
    left_out=0.12,
)


class States:
    """Pieces of texts after a layer, the one below those that are tuned: (pieces, 384) float16 in a file, text by text."""

    def __init__(self, texts: list[str], file: Path, encoder: Encoder, layer: int) -> None:
        self._file = file
        self.sizes = np.array([len(ids) for ids in encoder.pieces(texts)], np.int64)
        self.starts = np.concatenate([[0], np.cumsum(self.sizes)])
        self._all = np.lib.format.open_memmap(file, "w+", np.float16, (int(self.starts[-1]), WIDTH))
        for rows, states in encoder.states(texts, layer):
            for row, state in zip(rows.tolist(), states, strict=True):
                self._all[self.starts[row] : self.starts[row + 1]] = state

    def __getstate__(self) -> dict[str, Any]:
        """For another process: the file's name in place of what is in it."""
        self._all.flush()
        return {name: value for name, value in self.__dict__.items() if name != "_all"}

    def __setstate__(self, kept: dict[str, Any]) -> None:
        self.__dict__.update(kept)
        self._all = np.lib.format.open_memmap(self._file, "r")

    def take(self, rows: NDArray[np.intp], limit: int) -> tuple[Array, Batch]:
        """The first pieces of some texts, which must go up in length."""
        texts = [self._first(row, limit) for row in rows.tolist()]
        return np.concatenate(texts).astype(np.float32), Batch(np.array([len(text) for text in texts], np.int64))

    def thinned(
        self, rows: NDArray[np.intp], limit: int, left_out: float, draw: np.random.Generator
    ) -> tuple[Array, Batch, NDArray[np.intp]]:
        """Some of the first pieces of some texts, and the texts in the order that they have now, by length."""
        texts = []
        for row in rows.tolist():
            text = self._first(row, limit)
            kept = draw.random(len(text)) >= left_out
            kept[:WHOLE] = True
            texts.append(text[kept])
        sizes = np.array([len(text) for text in texts], np.int64)
        order = np.argsort(sizes, kind="stable")
        return np.concatenate([texts[at] for at in order.tolist()]).astype(np.float32), Batch(sizes[order]), rows[order]

    def joined(self, rows: NDArray[np.intp], limit: int) -> tuple[NDArray[np.float16], NDArray[np.int64]]:
        """The first pieces of some texts (pieces, 384), end to end, and where each begins (texts + 1,)."""
        texts = [self._first(row, limit) for row in rows.tolist()]
        return np.concatenate(texts), np.concatenate([[0], np.cumsum([len(text) for text in texts])])

    def _first(self, row: int, limit: int) -> NDArray[np.float16]:
        start = self.starts[row]
        return self._all[start : start + min(int(self.sizes[row]), limit)]


@dataclass
class Heads:
    """A softmax regression for each task over the same standardised means."""

    centre: Array
    scale: Array
    parameters: Parameters  #: "intent.table" (384, classes), "intent.bias"

    def save(self, file: Path) -> None:
        """Write a .npz, so that heads of layers that stay as they are can be joined with those of others again."""
        np.savez(file, centre=self.centre, scale=self.scale, **self.parameters)  # type: ignore[arg-type]

    @classmethod
    def load(cls, file: Path) -> Heads:
        """Read what `save` wrote; raises InputError where nothing was."""
        if not file.exists():
            raise InputError(f"{file}: missing; `python -m training deep` writes it; KENTONGAN_EMBEDDINGS names the folder")
        with np.load(file, allow_pickle=False) as arrays:
            found = dict(arrays)
        return cls(found.pop("centre"), found.pop("scale"), found)

    def loss(self, means: Array, found: Lessons, rows: NDArray[np.intp], losses: Mapping[str, float]) -> tuple[float, Parameters, Array]:
        """Loss, gradients of the heads, and the slope of the means (texts, 384) of texts `rows`."""
        features = (means - self.centre) / self.scale
        total, gradients, slope = 0.0, {}, np.zeros_like(means)
        for task, lesson in found.lessons.items():
            table, bias = self.parameters[f"{task}.table"], self.parameters[f"{task}.bias"]
            at, of = _labelled(lesson.rows, lesson.aside, rows)
            chances = softmax(features[at] @ table + bias)
            weights = lesson.weights[of] * np.float32(losses[task] / len(rows))
            picked = np.arange(len(at)), lesson.labels[of]
            total -= float((weights * np.log(chances[picked].clip(1e-12))).sum())
            chances[picked] -= 1
            chances *= weights[:, None]
            gradients[f"{task}.table"], gradients[f"{task}.bias"] = features[at].T @ chances, chances.sum(axis=0)
            np.add.at(slope, at, chances @ table.T)
        return total, gradients, slope / self.scale


def _labelled(owners: NDArray[np.intp], aside: NDArray[np.bool_], rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of texts `rows` those with a label that is not set aside: their places in `rows`, and the places of their labels."""
    of = np.flatnonzero(np.isin(owners, rows) & ~aside)
    order = np.argsort(rows)
    return order[np.searchsorted(rows, owners[of], sorter=order)], of


class Tuning:
    """Layers, heads and optimiser; `run` trains, `means` reads. `seed` draws another order of the same texts."""

    def __init__(self, found: Lessons, states: States, file: EncoderFile, course: Course = SHARED, seed: int = 0) -> None:
        self.found, self.states, self.course, self._seed = found, states, course, seed
        self.layers = [Layer(layer_of(file, number)) for number in range(course.first, file.shape.layers)]
        some = np.arange(0, len(found.texts), max(len(found.texts) // 1_000, 1))
        means = self.means(some)
        zeros = {f"{task}.table": np.zeros((WIDTH, len(lesson.classes)), np.float32) for task, lesson in found.lessons.items()}
        zeros |= {f"{task}.bias": np.zeros(len(lesson.classes), np.float32) for task, lesson in found.lessons.items()}
        self.heads = Heads(means.mean(axis=0), means.std(axis=0) + np.float32(1e-6), zeros)
        self._adam = Adam()

    def means(self, rows: NDArray[np.intp]) -> Array:
        """Means over the pieces of some texts after the last layer (texts, 384)."""
        out = np.empty((len(rows), WIDTH), np.float32)
        for at in _packed(self.states.sizes[rows], np.arange(len(rows))):
            x, batch = self.states.take(rows[at], LIMIT)
            for layer in self.layers:
                x = layer.forward(x, batch, keep=False)
            out[at] = batch.means(x)
        return out

    def run(self, told: Callable[[int, float], None], steps: int) -> None:
        """Train; `told` hears of each step its number and the loss."""
        for number, rows in enumerate(islice(self.draw(), steps)):
            rate = min((number + 1) / self.course.warming, 1.0, (steps - number) / self.course.falling)
            told(number, self.step(number, rows, rate))

    def draw(self) -> Iterator[NDArray[np.intp]]:
        """Texts of each step, round after round: numbers of texts that go up in length."""
        for number in count():
            draw = np.random.default_rng([0, number, self._seed])
            rows = np.flatnonzero(draw.random(len(self.found.texts)) < self.found.shares)
            steps = list(_packed(np.minimum(self.states.sizes[rows], PIECES) + draw.random(len(rows)) * 4, rows))
            for at in draw.permutation(len(steps)):
                yield steps[at][np.argsort(self.states.sizes[steps[at]], kind="stable")]

    def step(self, number: int, rows: NDArray[np.intp], rate: float) -> float:
        """Learn from some texts at a share of the rates; gives the loss before."""
        draw = np.random.default_rng([1, number, self._seed])
        if self.course.left_out:
            x, batch, rows = self.states.thinned(rows, PIECES, self.course.left_out, draw)
        else:
            x, batch = self.states.take(rows, PIECES)
        for layer in self.layers:
            x = layer.forward(x, batch, (_mask(x.shape, draw), _mask(x.shape, draw)))
        loss, gradients, slope = self.heads.loss(batch.means(x), self.found, rows, self.course.losses)
        back: Array | None = np.repeat(slope / batch.lengths[:, None].astype(np.float32), batch.lengths, axis=0)
        parameters, rates = dict(self.heads.parameters), dict.fromkeys(self.heads.parameters, HEAD_RATE * rate)
        for number in reversed(range(len(self.layers))):
            assert back is not None
            found, back = self.layers[number].backward(back, batch, go_on=number > 0)
            gradients |= {f"{number}.{name}": value for name, value in found.items()}
            parameters |= {f"{number}.{name}": value for name, value in self.layers[number].parameters.items()}
            own_rate = LAYER_RATE * self.course.lower ** (len(self.layers) - 1 - number) * rate
            rates |= dict.fromkeys((f"{number}.{name}" for name in found), own_rate)
        _clip(gradients)
        self._adam.step(parameters, gradients, rates)
        return loss


def _packed(sizes: NDArray[np.floating] | NDArray[np.integer], rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    """Texts by size, some thousand pieces at a time."""
    order = np.argsort(sizes, kind="stable")
    goes = (np.cumsum(sizes[order]) // AT_A_TIME).astype(np.int64)
    for part in np.split(rows[order], np.flatnonzero(np.diff(goes)) + 1):
        if len(part):
            yield part


def _mask(shape: tuple[int, ...], draw: np.random.Generator) -> Array:
    kept = np.frombuffer(draw.bytes(shape[0] * shape[1]), np.uint8).reshape(shape) >= DROPPED
    return kept * np.float32(256 / (256 - DROPPED))


def _clip(gradients: Parameters, most: float = 1.0) -> None:
    """Scale all gradients so that their length together is at most `most` (Pascanu et al. 2013, https://arxiv.org/abs/1211.5063)."""
    length = float(np.sqrt(sum(float(np.vdot(value, value)) for value in gradients.values())))
    if length > most:
        for value in gradients.values():
            value *= np.float32(most / length)


def layer_of(file: EncoderFile, number: int) -> Parameters:
    """A layer of the encoder's file as backward.py has it: queries, keys and values in one, queries scaled."""
    name, width, inner = f"l{number}.", file.shape.width, file.shape.inner
    scale = np.float32(1 / np.sqrt(width // HEADS))
    into, bias = [file.matrix(f"{name}{which}.w", width) for which in "qkv"], [file.vector(f"{name}{which}.b") for which in "qkv"]
    return {
        "into": np.ascontiguousarray(np.concatenate([into[0] * scale, *into[1:]]).T),
        "into_b": np.concatenate([bias[0] * scale, *bias[1:]]),
        "out": np.ascontiguousarray(file.matrix(f"{name}ao.w", width).T),
        "out_b": file.vector(f"{name}ao.b"),
        "gain1": file.vector(f"{name}aln.w"),
        "shift1": file.vector(f"{name}aln.b"),
        "rise": np.ascontiguousarray(file.matrix(f"{name}fi.w", width).T),
        "rise_b": file.vector(f"{name}fi.b"),
        "fall": np.ascontiguousarray(file.matrix(f"{name}fo.w", inner).T),
        "fall_b": file.vector(f"{name}fo.b"),
        "gain2": file.vector(f"{name}oln.w"),
        "shift2": file.vector(f"{name}oln.b"),
    }


def tensors_of(layer: Parameters, number: int) -> Parameters:
    """What `layer_of` read, under the names of the encoder's file."""
    width = len(layer["out_b"])
    back = np.float32(np.sqrt(width // HEADS))
    found: Parameters = {}
    for at, which in enumerate("qkv"):
        part = slice(at * width, (at + 1) * width)
        scale = back if which == "q" else np.float32(1)
        found[f"l{number}.{which}.w"], found[f"l{number}.{which}.b"] = layer["into"][:, part].T * scale, layer["into_b"][part] * scale
    names = {"ao.w": "out", "fi.w": "rise", "fo.w": "fall"}
    found |= {f"l{number}.{theirs}": np.ascontiguousarray(layer[ours].T) for theirs, ours in names.items()}
    names = {"ao.b": "out_b", "aln.w": "gain1", "aln.b": "shift1", "fi.b": "rise_b", "fo.b": "fall_b", "oln.w": "gain2", "oln.b": "shift2"}
    return found | {f"l{number}.{theirs}": layer[ours] for theirs, ours in names.items()}

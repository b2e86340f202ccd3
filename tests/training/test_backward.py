"""Whether what is learnt goes the way the loss falls, and is stored as it was learnt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analytics.text.tuned_layers import TunedLayers, save
from training.backward import NAMES, Adam, Array, Batch, Layer, Parameters
from training.tune import layer_of, tensors_of

WIDTH, INNER = 48, 96
SHAPES = {
    "into": (WIDTH, 3 * WIDTH), "into_b": (3 * WIDTH,), "out": (WIDTH, WIDTH), "out_b": (WIDTH,), "gain1": (WIDTH,), "shift1": (WIDTH,),
    "rise": (WIDTH, INNER), "rise_b": (INNER,), "fall": (INNER, WIDTH), "fall_b": (WIDTH,), "gain2": (WIDTH,), "shift2": (WIDTH,),
}  # fmt: skip


def parameters(seed: int = 0) -> Parameters:
    draw = np.random.default_rng(seed)
    return {name: (draw.standard_normal(shape) * 0.3).astype(np.float32) for name, shape in SHAPES.items()}


def texts() -> tuple[Array, Batch]:
    batch = Batch(np.array([1, 3, 3, 5]))
    return np.random.default_rng(1).standard_normal((12, WIDTH)).astype(np.float32), batch


def loss(layer: Layer, x: Array, batch: Batch) -> float:
    """A sum over the means that weighs each number differently."""
    means = batch.means(layer.forward(x, batch, keep=False)).astype(np.float64)
    return float((means * np.linspace(-1, 1, means.size).reshape(means.shape)).sum())


def slopes(layer: Layer, x: Array, batch: Batch) -> tuple[Parameters, Array]:
    layer.forward(x, batch)
    slope = np.linspace(-1, 1, 4 * WIDTH).reshape(4, WIDTH).astype(np.float32) / batch.lengths[:, None].astype(np.float32)
    gradients, into = layer.backward(np.repeat(slope, batch.lengths, axis=0), batch)
    assert into is not None
    return gradients, into


@pytest.mark.parametrize("name", [*NAMES, "x"])
def test_gradients_are_what_small_steps_show(name: str) -> None:
    layer, (x, batch) = Layer(parameters()), texts()
    gradients, into = slopes(layer, x, batch)
    value, gradient = (x, into) if name == "x" else (layer.parameters[name], gradients[name])
    way = np.random.default_rng(2).standard_normal(value.shape).astype(np.float32)
    size = np.float32(1e-2 / np.linalg.norm(way))
    value += size * way
    up = loss(layer, x, batch)
    value -= 2 * size * way
    down = loss(layer, x, batch)
    assert (up - down) / (2 * size) == pytest.approx(float((gradient * way).sum()), rel=2e-2, abs=2e-3)


def test_texts_do_not_read_each_other() -> None:
    layer, (x, batch) = Layer(parameters()), texts()
    alone = layer.forward(x[1:4].copy(), Batch(np.array([3])), keep=False)
    assert np.allclose(layer.forward(x, batch, keep=False)[1:4], alone, atol=1e-5)


def test_steps_lower_the_loss() -> None:
    layer, (x, batch) = Layer(parameters()), texts()
    before, adam = loss(layer, x, batch), Adam()
    for _ in range(20):
        adam.step(layer.parameters, slopes(layer, x, batch)[0], dict.fromkeys(NAMES, 1e-2))
    assert loss(layer, x, batch) < before - 1


def test_layers_are_read_back_within_a_byte_of_what_was_saved(tmp_path: Path) -> None:
    layer = parameters()
    tensors = {**tensors_of(layer, 8), **tensors_of(parameters(1), 9)}
    save(tensors, tmp_path / "layers.npz")
    found = TunedLayers(tmp_path / "layers.npz")
    assert found.numbers == [8, 9]
    assert np.array_equal(found.vector("l8.fi.b"), layer["rise_b"])
    rows = found.matrix("l8.fi.w", WIDTH)
    assert (np.abs(rows - layer["rise"].T) <= np.abs(rows).max(axis=1, keepdims=True) / 127).all()
    save(tensors, tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "layers.npz").read_bytes()


def test_a_layer_goes_under_the_file_s_names_and_back() -> None:
    class File:
        shape = type("Shape", (), {"width": WIDTH, "inner": INNER})
        tensors = tensors_of(parameters(), 8)

        def vector(self, name: str) -> Array:
            return self.tensors[name]

        def matrix(self, name: str, columns: int) -> Array:
            return self.tensors[name].reshape(-1, columns)

    found = layer_of(File(), 8)  # type: ignore[arg-type]
    assert found.keys() == parameters().keys()
    for name, value in parameters().items():
        assert np.allclose(found[name], value, atol=1e-6)

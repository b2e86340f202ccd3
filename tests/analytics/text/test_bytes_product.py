"""Whether products in bytes are those of the rounded numbers, whatever the sizes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.text.bytes_product import AVAILABLE, ByteMatrix

pytestmark = pytest.mark.skipif(not AVAILABLE, reason="this processor has no AVX512-VNNI")


@settings(max_examples=40)
@given(st.integers(0, 40), st.integers(1, 12), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_a_product_is_that_of_the_rounded_numbers(rows: int, depth: int, columns: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    x = draw.normal(size=(rows, 32 * depth)).astype(np.float32) * draw.lognormal(size=(rows, 1)).astype(np.float32)
    matrix = draw.normal(size=(32 * depth, 32 * columns)).astype(np.float32)
    packed = ByteMatrix.pack(matrix)
    steps = np.abs(x).max(axis=1, keepdims=True, initial=1e-12) / 127
    rounded = np.rint(x / steps) * steps @ (np.rint(matrix / packed.scales) * packed.scales)
    given_back = packed.multiply(x)
    assert given_back.shape == (rows, 32 * columns)
    # A number that lies between two bytes may be rounded either way: one step of each of two such numbers a row.
    assert np.all(np.abs(given_back - rounded) <= 2 * steps * np.abs(matrix).max() + 1e-4 * np.abs(rounded).max(initial=0))


def test_largest_and_smallest_bytes_do_not_overflow() -> None:
    matrix = np.where(np.arange(1_536 * 32).reshape(1_536, 32) % 2, -1, 1).astype(np.float32)
    product = ByteMatrix.pack(matrix).multiply(np.ascontiguousarray(matrix.T))
    assert np.allclose(product, matrix.T @ matrix, rtol=1e-5)


def test_rows_of_zeros_stay_zero() -> None:
    packed = ByteMatrix.pack(np.ones((32, 32), np.float32))
    assert not packed.multiply(np.zeros((5, 32), np.float32)).any()

"""Shares of a class among posts are told without the bias of the classifier, with an interval that covers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.shares import combined_shares, corrected_shares

WAYS = np.array([[0.85, 0.05, 0.10], [0.20, 0.55, 0.25], [0.10, 0.05, 0.85]])  # how each class is told


def test_a_share_that_the_classifier_tells_too_low_is_told_as_it_is() -> None:
    truth = np.array([0.1, 0.8, 0.1])
    told = np.round(10_000 * truth @ WAYS)
    shares = corrected_shares([told], np.round(5_000 * WAYS))
    assert abs(told[1] / 10_000 - 0.8) > 0.3
    assert shares.mean[0] == pytest.approx(truth, abs=0.02)


@pytest.mark.parametrize("posts", [20, 300, 20_000])
@pytest.mark.parametrize("sharpness", [1.0, 0.3])
def test_intervals_cover_the_true_shares_whether_posts_are_few_or_many_and_shares_even_or_lopsided(posts: int, sharpness: float) -> None:
    random = np.random.default_rng(7)
    held = []
    for _ in range(100):
        measured = np.stack([random.multinomial(200, row) for row in WAYS])
        truth = random.dirichlet(np.full(3, sharpness), 6)
        classes = np.stack([random.multinomial(posts, row) for row in truth])
        told = sum(random.multinomial(classes[:, number], WAYS[number]) for number in range(3))
        shares = corrected_shares(told, measured)
        held.append((shares.low - 1e-9 <= truth) & (truth <= shares.high + 1e-9))
    assert 0.92 <= np.mean(held) <= 0.98


def test_few_posts_leave_a_wider_interval_than_many_and_none_leave_all_open() -> None:
    shares = corrected_shares([[0, 0, 0], [5, 5, 5], [500, 500, 500]], 300 * WAYS)
    width = (shares.high - shares.low)[:, 0]
    assert width[0] > 0.9 > width[1] > width[2]


def test_few_measured_errors_leave_a_wider_interval_than_many() -> None:
    few, many = (corrected_shares([[300, 300, 300]], size * WAYS) for size in (20, 2_000))
    assert ((few.high - few.low) > 1.5 * (many.high - many.low)).all()


@given(
    told=st.lists(st.lists(st.integers(0, 10**6), min_size=3, max_size=3), max_size=4),
    measured=st.lists(st.lists(st.integers(0, 10**4), min_size=3, max_size=3), min_size=3, max_size=3),
)
@settings(max_examples=25, deadline=None)
def test_shares_lie_within_their_interval_add_up_and_are_the_same_again(told: list[list[int]], measured: list[list[int]]) -> None:
    counts = np.array(told).reshape(len(told), 3)
    shares, again = corrected_shares(counts, measured), corrected_shares(counts, measured)
    assert np.array_equal(shares.mean, again.mean)
    assert np.allclose(shares.mean.sum(axis=1), 1)
    assert (shares.low >= -1e-9).all()
    assert (shares.high <= 1 + 1e-9).all()
    assert (shares.low <= shares.high).all()


@pytest.mark.parametrize(("told", "measured"), [([1, 2, 3], WAYS), ([[1, 2]], WAYS), ([[-1, 2, 3]], WAYS), ([[1, 2, 3]], -WAYS)])
def test_counts_that_are_none_are_refused(told: object, measured: object) -> None:
    with pytest.raises(ValueError, match="must"):
        corrected_shares(told, measured)  # type: ignore[arg-type]


def test_a_year_of_days_is_told_in_one_call() -> None:
    told = np.random.default_rng(0).integers(0, 50, (400, 3))
    assert corrected_shares(told, 300 * WAYS).mean.shape == (400, 3)


def test_posts_of_two_classifiers_are_corrected_each_by_its_own_errors() -> None:
    poor = np.array([[0.5, 0.3, 0.2], [0.25, 0.5, 0.25], [0.2, 0.3, 0.5]])
    truth = np.array([0.6, 0.3, 0.1])
    told = [np.round(50_000 * truth @ WAYS), np.round(50_000 * truth @ poor)]
    shares = combined_shares([([told[0]], 10_000 * WAYS), ([told[1]], 10_000 * poor)])
    assert shares.mean[0] == pytest.approx(truth, abs=0.02)
    assert ((shares.low[0] <= truth) & (truth <= shares.high[0])).all()


def test_a_group_without_posts_has_no_shares_and_one_classifier_alone_is_as_before() -> None:
    told = np.array([[0, 0, 0], [20, 30, 10]])
    shares = combined_shares([(told, 300 * WAYS), (0 * told, 300 * WAYS)])
    assert np.isnan(shares.mean[0]).all()
    assert np.array_equal(shares.mean[1], corrected_shares(told, 300 * WAYS).mean[1])
    with pytest.raises(ValueError, match="must"):
        combined_shares([])

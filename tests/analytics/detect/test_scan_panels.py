"""Random panels fall as they should, whichever way they are drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chisquare, poisson

from analytics.detect import scan_panels
from analytics.detect.scan_panels import Take, draws, shuffles
from analytics.detect.scan_poisson import poisson_of

CELLS = np.array([[1.0, 2.0, 0.0], [4.0, 30.0, 3.0]])


def in_batches(take: Take, *sizes: int) -> np.ndarray:
    """Panels first, as many as the sizes say."""
    return np.concatenate([take(size) for size in sizes], axis=2).transpose(2, 0, 1)


@pytest.mark.parametrize("few", [0, 20_000])
def test_posts_fall_on_cells_by_what_is_expected_there(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_panels, "FEW", few)
    panels = in_batches(draws(CELLS, np.full(4_000, 80), np.random.default_rng(1)), 4, 1_996, 2_000)
    assert (panels.sum(axis=(1, 2)) == 80).all()
    assert (panels[:, 0, 2] == 0).all()
    chances = CELLS / CELLS.sum()
    assert panels.mean(axis=0) == pytest.approx(80 * chances, abs=0.3)
    assert panels.var(axis=0) == pytest.approx(80 * chances * (1 - chances), rel=0.12)
    together = np.cov(panels[:, 1, 1], panels[:, 1, 0])[0, 1]
    assert together == pytest.approx(-80 * chances[1, 1] * chances[1, 0], rel=0.3)


@pytest.mark.parametrize("few", [0, 20_000])
def test_shuffled_posts_keep_their_days_and_come_from_their_places(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_panels, "FEW", few)
    a_place, a_day = np.array([5, 40, 15]), np.array([12, 3, 0])
    panels = in_batches(shuffles(a_place, a_day, np.random.default_rng(2)), 4, 1_996, 2_000)
    assert (panels.sum(axis=1) == a_day).all()
    assert (panels.sum(axis=2) <= a_place).all()
    share = a_place / 60
    assert panels.mean(axis=0) == pytest.approx(np.outer(share, a_day), abs=0.1)
    hypergeometric = 12 * share * (1 - share) * (60 - 12) / 59
    assert panels[:, :, 0].var(axis=0) == pytest.approx(hypergeometric, rel=0.1)


def test_every_way_to_shuffle_a_few_posts_comes_up_as_often_as_it_should(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tables of two places and two days with these margins, by their multivariate hypergeometric probabilities."""
    monkeypatch.setattr(scan_panels, "FEW", 0)
    many = 60_000
    panels = in_batches(shuffles(np.array([3, 4, 2]), np.array([3, 2]), np.random.default_rng(4)), many)
    tables, seen = np.unique(panels.reshape(many, -1), axis=0, return_counts=True)

    def ways(table: np.ndarray) -> float:
        """Posts of the places that can stand in these cells, the rest outside: 3!/(a! b! c!), and so on, over 9!/(3! 2! 4!)."""
        rows = [math.factorial(size) for size in (3, 4, 2)]
        outside = np.array([3, 4, 2]) - table.sum(axis=1)
        cells = [math.factorial(int(count)) for count in (*table.ravel(), *outside)]
        return math.prod(rows) / math.prod(cells) / (math.factorial(9) / math.prod(map(math.factorial, (3, 2, 4))))

    chances = np.array([ways(table.reshape(3, 2)) for table in tables])
    assert chances.sum() == pytest.approx(1)
    assert chisquare(seen, chances * many).pvalue > 0.001


def test_days_of_many_posts_are_as_far_from_their_mean_as_when_each_post_is_dealt(monkeypatch: pytest.MonkeyPatch) -> None:
    a_place, a_day = np.array([9_000, 300, 50, 4_000]), np.array([700, 2, 900])
    found = []
    for few in (0, 20_000):
        monkeypatch.setattr(scan_panels, "FEW", few)
        found.append(in_batches(shuffles(a_place, a_day, np.random.default_rng(5)), 6_000).reshape(6_000, -1))
    assert found[0].mean(axis=0) == pytest.approx(found[1].mean(axis=0), rel=0.1, abs=0.02)
    assert np.cov(found[0].T) == pytest.approx(np.cov(found[1].T), rel=0.12, abs=6)


@pytest.mark.parametrize("mean", [0.01, 0.03, 0.9, 7.0, 150.0, 499.9, 2_000.0])
def test_poisson_counts_have_the_probabilities_of_poisson(mean: float) -> None:
    counts = np.zeros((2, 100_000), np.int32)
    poisson_of(np.array([mean, 0.0]), np.random.default_rng(6), counts)
    assert not counts[1].any()
    edges = np.unique(poisson.ppf(np.linspace(0.02, 0.98, 25), mean))
    expected = np.diff(poisson.cdf(np.concatenate([[-1], edges, [np.inf]]), mean)) * counts.shape[1]
    seen = np.histogram(counts[0], np.concatenate([[-1], edges, [np.inf]]) + 0.5)[0]
    kept = expected > 5
    assert chisquare(seen[kept], expected[kept] * seen[kept].sum() / expected[kept].sum()).pvalue > 0.001


def test_the_same_seed_gives_the_same_panels() -> None:
    one, other = (draws(CELLS, np.array([30_000, 50_000]), np.random.default_rng(3))(2) for _ in range(2))
    assert (one == other).all()
    assert one.sum(axis=(0, 1)).tolist() == [30_000, 50_000]


def test_a_draw_of_too_many_posts_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def generous(means: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        calls.append(out.shape[1])
        poisson_of(means * (1.5 if len(calls) == 1 else 1), rng, out)

    monkeypatch.setattr(scan_panels, "poisson_of", generous)
    panels = draws(CELLS, np.full(5, 30_000), np.random.default_rng(7))(5)
    assert calls == [5, 5]
    assert (panels.sum(axis=(0, 1)) == 30_000).all()

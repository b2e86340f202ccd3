"""Random panels fall as they should, whichever way they are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.detect import scan_panels
from analytics.detect.scan_panels import draws, shuffles

CELLS = np.array([[1.0, 2.0, 0.0], [4.0, 30.0, 3.0]])


@pytest.mark.parametrize("few", [0, 20_000])
def test_posts_fall_on_cells_by_what_is_expected_there(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_panels, "FEW", few)
    panels = np.array(list(draws(CELLS, np.full(4_000, 80), np.random.default_rng(1))))
    assert (panels.sum(axis=(1, 2)) == 80).all()
    assert (panels[:, 0, 2] == 0).all()
    chances = CELLS / CELLS.sum()
    assert panels.mean(axis=0) == pytest.approx(80 * chances, abs=0.3)
    assert panels.var(axis=0) == pytest.approx(80 * chances * (1 - chances), rel=0.12)
    together = np.cov(panels[:, 1, 1], panels[:, 1, 0])[0, 1]
    assert together == pytest.approx(-80 * chances[1, 1] * chances[1, 0], rel=0.3)


@pytest.mark.parametrize(("few", "shuffled"), [(20_000, 0), (0, 200_000), (0, 0)])
def test_shuffled_posts_keep_their_days_and_come_from_their_places(few: int, shuffled: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_panels, "FEW", few)
    monkeypatch.setattr(scan_panels, "SHUFFLED", shuffled)
    a_place, a_day = np.array([5, 40, 15]), np.array([12, 3, 0])
    panels = np.array(list(shuffles(a_place, a_day, 4_000, np.random.default_rng(2))))
    assert (panels.sum(axis=1) == a_day).all()
    assert (panels.sum(axis=2) <= a_place).all()
    share = a_place / 60
    assert panels.mean(axis=0) == pytest.approx(np.outer(share, a_day), abs=0.1)
    hypergeometric = 12 * share * (1 - share) * (60 - 12) / 59
    assert panels[:, :, 0].var(axis=0) == pytest.approx(hypergeometric, rel=0.1)


def test_the_same_seed_gives_the_same_panels() -> None:
    one, other = (list(draws(CELLS, np.array([30, 50_000]), np.random.default_rng(3))) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))

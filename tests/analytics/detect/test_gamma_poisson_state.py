"""A panel that goes on day by day says what it would have said of all days at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.detect.gamma_poisson import GammaPoisson
from analytics.detect.gamma_poisson_state import PanelState

MONDAY = np.datetime64("2024-01-01")
DETECTOR = GammaPoisson(GammaPoisson.Params())
FIELDS = ("expected", "upper", "pvalue", "alarm")
few = settings(max_examples=6, deadline=None)


def panel(seed: int, series: int, days: int, gaps: float) -> tuple[np.ndarray, np.ndarray]:
    """Counts with gaps, and exposure with days that were not covered at all."""
    rng = np.random.default_rng(seed)
    exposure = np.where(rng.random((series, days)) < gaps, 0.0, rng.uniform(0.5, 1.0, (series, days)))
    counts = rng.negative_binomial(2, 1 / (1 + np.exp(rng.normal(0, 1.5, (series, 1))) * exposure / 2)).astype(float)
    counts[rng.random(counts.shape) < gaps] = np.nan
    return counts, exposure


@given(
    st.integers(0, 2**31), st.integers(1, 20), st.sampled_from([0.0, 0.1]), st.sampled_from([1, 7]), st.sampled_from([28, 40, 41, 42, 60])
)
@few
def test_days_told_one_by_one_get_the_verdict_of_all_days_at_once_bit_for_bit(
    seed: int, series: int, gaps: float, step: int, known: int
) -> None:
    counts, exposure = panel(seed, series, 70, gaps)
    dates = MONDAY + step * np.arange(70)
    whole = DETECTOR.detect(counts, dates, exposure)
    state = DETECTOR.fit(counts[:, :known], dates[:known], exposure[:, :known])
    for day in range(known, 70):
        found = state.update(counts[:, day], dates[day], exposure[:, day])
        for field in FIELDS:
            np.testing.assert_array_equal(getattr(found, field)[:, 0], getattr(whole, field)[:, day], err_msg=f"{field}, day {day}")


def fitted(series: int = 200) -> PanelState:
    counts, exposure = panel(1, series, 50, 0.05)
    return DETECTOR.fit(counts, MONDAY + np.arange(50), exposure)


def test_a_state_that_was_kept_in_a_file_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    state, path = fitted(), tmp_path / "state.npz"
    state.save(path)
    again = PanelState.load(path, DETECTOR.params)
    for day in range(50, 70):
        counts, _ = panel(day, 200, 1, 0.05)
        ours, theirs = (kept.update(counts[:, 0], MONDAY + day) for kept in (state, again))
        for field in FIELDS:
            np.testing.assert_array_equal(getattr(ours, field), getattr(theirs, field))


def test_a_series_that_is_new_is_expected_to_be_like_the_panel_and_then_learns_of_itself() -> None:
    state = fitted(150)
    alone = state.update(np.zeros(150), MONDAY + 50)
    state.add(2)
    usual = np.exp(state.prior.level + state.prior.level_variance / 2)
    first = state.update(np.append(np.zeros(150), [30.0, np.nan]), MONDAY + 51)
    assert alone.expected.shape == (150, 1)
    assert 0.3 * usual < first.expected[150, 0] < 3 * usual
    assert first.expected[150, 0] == first.expected[151, 0]
    for day in range(52, 80):
        later = state.update(np.append(np.zeros(150), [30.0, np.nan]), MONDAY + day)
    assert 20 < later.expected[150, 0] < 40
    assert later.expected[151, 0] < 10 * usual


def test_adding_series_changes_nothing_for_the_others() -> None:
    counts, _ = panel(3, 150, 1, 0.05)
    plain, grown = fitted(150), fitted(150)
    grown.add(40)
    one = plain.update(counts[:, 0], MONDAY + 50)
    other = grown.update(np.append(counts[:, 0], np.full(40, np.nan)), MONDAY + 50)
    np.testing.assert_array_equal(one.expected, other.expected[:150])
    np.testing.assert_array_equal(one.pvalue, other.pvalue[:150])


def test_a_day_that_is_not_the_next_is_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match=r"^2024-02-21: the day after 2024-02-19 is 2024-02-20; a day that was not"):
        fitted().update(np.zeros(200), MONDAY + 51)


def test_counts_of_more_series_than_there_are_are_refused() -> None:
    with pytest.raises(ValueError, match=r"counts of shape \(201,\): the panel has 200 series"):
        fitted().update(np.zeros(201), MONDAY + 50)


def test_too_few_days_and_uneven_dates_are_refused() -> None:
    counts, _ = panel(1, 2, 40, 0)
    with pytest.raises(ValueError, match="at least a series and warm_up = 28 days"):
        DETECTOR.fit(counts[:, :20], MONDAY + np.arange(20))
    with pytest.raises(ValueError, match="not all equally far apart"):
        DETECTOR.fit(counts, MONDAY + np.append(np.arange(39), 50))


def test_a_file_of_another_kind_version_or_parameter_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.npz"
    fitted().save(path)
    with pytest.raises(ValueError, match=r"alpha = 0\.001, and 0\.01 is asked for; fit the panel again"):
        PanelState.load(path, GammaPoisson.Params(alpha=0.01))
    with np.load(path) as file:
        kept = dict(file)
    np.savez(path, **(kept | {"version": np.array(0)}))
    with pytest.raises(ValueError, match=r"version 0, this program reads 1; fit the panel again"):
        PanelState.load(path, DETECTOR.params)
    np.savez(path, **(kept | {"panel_cov": kept["panel_cov"][:, :, :-1]}))
    with pytest.raises(ValueError, match=r"panel_cov has shape \(200, 3, 77\), not \(200, 3, 78\)"):
        PanelState.load(path, DETECTOR.params)
    np.savez(path, counts=np.zeros(3))
    with pytest.raises(ValueError, match="not a state of the detector"):
        PanelState.load(path, DETECTOR.params)
    path.write_bytes(b"something else")
    with pytest.raises(ValueError, match="not a state of the detector"):
        PanelState.load(path, DETECTOR.params)


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.uint16])
def test_counts_of_any_type_and_layout_are_taken_as_they_are(kind: type) -> None:
    counts = np.random.default_rng(4).poisson(3, (150, 60))
    plain = DETECTOR.detect(counts.astype(float), MONDAY + np.arange(60))
    other = DETECTOR.detect(np.asfortranarray(counts.astype(kind)), MONDAY + np.arange(60), np.ones(60, np.float32))
    for field in FIELDS:
        np.testing.assert_allclose(getattr(plain, field).astype(float), getattr(other, field).astype(float), rtol=1e-9)

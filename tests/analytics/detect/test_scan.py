"""What a surveillance officer may rely on when neighbouring places are looked at together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from analytics.detect.scan import Cluster, distances, scan
from analytics.detect.scan_kernel import LEAST_CASES, least_count, least_counts, log_likelihood_ratio

LINE = np.zeros(6), np.array([0.0, 2.0, 4.0, 5.0, 7.0, 9.5])  #: degrees: six places on the equator, no two as far from a third


def panel(seed: int, mean: float = 2.0, days: int = 60, places: int = 36) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ordinary counts, what is expected, and a square of places half a degree apart."""
    side = math.isqrt(places)
    latitude, longitude = np.divmod(np.arange(places), side)
    expected = np.full((places, days), mean)
    return np.random.default_rng(seed).poisson(expected).astype(float), expected, -latitude / 2, 105 + longitude / 2


def test_the_ratio_and_the_relative_risk_are_those_computed_by_hand() -> None:
    counts = np.ones((6, 4))
    counts[2, 3] = counts[3, 3] = 6
    clusters = scan(counts, np.ones((6, 4)), *LINE, replicates=9)
    scale = 34 / 24  # expected counts add up to the posts
    by_hand = 12 * math.log(12 / (2 * scale)) + 22 * math.log(22 / (34 - 2 * scale))
    assert clusters[0].llr == pytest.approx(by_hand, rel=1e-12)
    assert clusters[0].relative_risk == pytest.approx((12 / (2 * scale)) / (22 / (34 - 2 * scale)), rel=1e-12)
    assert (sorted(clusters[0].places), clusters[0].first_day, clusters[0].observed) == ([2, 3], 3, 12)
    assert clusters[0].radius_km == pytest.approx(111.195, abs=1e-3)
    assert clusters[0].pvalue == 0.1  # of ten panels the likeliest


def test_without_expected_counts_the_margins_say_what_is_expected() -> None:
    counts = np.ones((6, 4))
    counts[2, 3] = 9
    first = scan(counts, None, *LINE, replicates=19)[0]
    assert first.expected == pytest.approx(12 * 14 / 32)
    assert first.llr == pytest.approx(log_likelihood_ratio(9.0, 12 * 14 / 32, 32.0))
    assert first.places == (2,)


@pytest.mark.parametrize("known", [True, False])
def test_a_planted_cluster_is_found_with_its_places_and_its_first_day(known: bool) -> None:
    counts, expected, latitude, longitude = panel(1)
    planted = [14, 8, 13, 15, 20]  # a place and those next to it
    counts[planted, -5:] += 6
    first = scan(counts, expected if known else None, latitude, longitude, replicates=99)[0]
    assert set(planted) == set(first.places)
    assert first.first_day == 55
    assert first.pvalue == 0.01


def test_two_clusters_far_from_each_other_are_two_and_share_no_place() -> None:
    counts, expected, latitude, longitude = panel(2)
    counts[0, -3:] += 15
    counts[35, -6:] += 12
    clusters = scan(counts, expected, latitude, longitude, replicates=99)
    assert {clusters[0].places[0], clusters[1].places[0]} == {0, 35}
    assert clusters[1].pvalue == 0.01
    told = [place for cluster in clusters for place in cluster.places]
    assert len(told) == len(set(told))


@pytest.mark.parametrize("known", [True, False])
def test_when_nothing_is_going_on_every_p_value_is_as_likely_as_any_other(known: bool) -> None:
    values = []
    for seed in range(150):
        counts, expected, latitude, longitude = panel(seed, mean=3, days=20, places=9)
        values.append(scan(counts, expected if known else None, latitude, longitude, max_days=7, replicates=99, seed=seed)[0].pvalue)
    assert kstest(values, "uniform").pvalue > 0.001
    assert np.mean(np.array(values) <= 0.1) < 0.2


def test_an_outbreak_that_is_over_is_no_cluster_of_today() -> None:
    counts, expected, latitude, longitude = panel(3)
    counts[14, 10:20] += 20
    assert scan(counts, expected, latitude, longitude, replicates=99)[0].pvalue > 0.02


def test_the_order_of_the_places_changes_nothing() -> None:
    counts, expected, latitude, longitude = panel(4)
    rng = np.random.default_rng(5)
    latitude, longitude = latitude + rng.normal(0, 0.05, 36), longitude + rng.normal(0, 0.05, 36)
    counts[[7, 8], -4:] += 8
    order = rng.permutation(36)
    one = scan(counts, expected, latitude, longitude, replicates=19)[0]
    other = scan(counts[order], expected[order], latitude[order], longitude[order], replicates=19)[0]
    assert {int(order[place]) for place in other.places} == set(one.places)
    assert other.llr == pytest.approx(one.llr, rel=1e-12)


def test_the_scale_of_what_is_expected_changes_nothing() -> None:
    counts, expected, latitude, longitude = panel(6)
    assert scan(counts, expected, latitude, longitude, replicates=19)[0].llr == pytest.approx(
        scan(counts, expected * 7, latitude, longitude, replicates=19)[0].llr
    )


def test_a_gap_is_not_taken_for_zeros() -> None:
    counts, expected, latitude, longitude = panel(7)
    counts[:18, -10:] = np.nan
    assert scan(counts, expected, latitude, longitude, replicates=99)[0].pvalue > 0.05
    with pytest.raises(ValueError, match="gaps in some places"):
        scan(counts, None, latitude, longitude)


def test_many_posts_are_scanned_like_few(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, expected, latitude, longitude = panel(8, mean=5, places=9)

    def values(baseline: np.ndarray | None) -> float:
        return scan(counts, baseline, latitude, longitude, replicates=399)[0].pvalue

    post_by_post = values(expected), values(None)
    monkeypatch.setattr("analytics.detect.scan_panels.FEW", 10)
    assert (values(expected), values(None)) == pytest.approx(post_by_post, abs=0.1)


def test_a_scan_that_stops_early_gives_the_p_value_of_the_whole_one() -> None:
    values = []
    for seed in range(40):
        counts, expected, latitude, longitude = panel(seed, mean=3, days=20, places=9)
        whole, early = (
            scan(counts, expected, latitude, longitude, max_days=7, replicates=999, stop=stop, seed=seed)[0].pvalue for stop in (None, 100)
        )
        values.append((whole, early))
        assert early == pytest.approx(whole, abs=0.14)
    differences = np.diff(np.array(values), axis=1)
    assert abs(differences.mean()) < 0.02
    assert differences.any()


def test_a_real_cluster_is_never_stopped_early() -> None:
    counts, expected, latitude, longitude = panel(1)
    counts[[14, 8, 13], -5:] += 8
    whole, early = (scan(counts, expected, latitude, longitude, replicates=199, stop=stop)[0] for stop in (None, 1))
    assert early == whole
    assert early.pvalue == 1 / 200


@pytest.mark.parametrize("known", [True, False])
def test_a_scan_that_stops_early_is_calibrated_too(known: bool) -> None:
    values = []
    for seed in range(150):
        counts, expected, latitude, longitude = panel(seed, mean=3, days=20, places=9)
        first = scan(counts, expected if known else None, latitude, longitude, max_days=7, replicates=99, stop=5, seed=seed)[0]
        values.append(first.pvalue)
    assert np.mean(np.array(values) <= 0.05) < 0.12
    assert np.mean(np.array(values) <= 0.2) == pytest.approx(0.2, abs=0.1)
    assert np.mean(np.array(values) <= 0.5) == pytest.approx(0.5, abs=0.13)


def test_a_cluster_says_what_each_of_its_places_has() -> None:
    counts = np.ones((6, 4))
    counts[2, 3] = counts[3, 3] = 6
    first = scan(counts, np.ones((6, 4)), *LINE, replicates=9)[0]
    assert first.place_observed == (6, 6)
    assert sum(first.place_expected) == pytest.approx(first.expected)


def test_millions_of_posts_are_scanned_like_hundreds() -> None:
    counts, expected, latitude, longitude = panel(12, mean=1e6, places=9)
    quiet = scan(counts, expected, latitude, longitude, replicates=19)
    counts[[4, 5], -3:] += 20_000
    found = scan(counts, expected, latitude, longitude, replicates=19)[0]
    assert quiet[0].pvalue > 0.05
    assert (set(found.places), found.first_day, found.pvalue) == ({4, 5}, 57, 0.05)


@pytest.mark.parametrize("mean", [0.03, 2.0, 400.0])
def test_the_fast_scan_of_panels_finds_the_greatest_ratio_of_the_slow_one(mean: float) -> None:
    from analytics.detect import scan as module

    counts, expected, latitude, longitude = panel(9, mean=mean, places=16)
    rng = np.random.default_rng(1)
    expected *= rng.gamma(0.5, size=(16, 1)) + 1e-3
    order, sizes = module.zones(distances(latitude, longitude), np.full(16, 1 / 16), 0.5)
    total = int(expected.sum()) + 20
    study = module._Study(order, sizes, module._back(counts.astype(int), 20), module._back(expected * total / expected.sum(), 20), total)
    cylinders = module.kernel.zone_expected(order, sizes, study.expected, int(sizes.max()))
    panels = rng.poisson(expected[:, -20:, None] * rng.uniform(0.8, 1.3, 40), (16, 20, 40)).astype(np.int32)
    panels[:, :, panels.sum(axis=(0, 1)) > total] = 0
    slow = np.array([module.kernel.greatest(order, sizes, module._back(one, 20), cylinders, total) for one in panels.transpose(2, 0, 1)])
    wanted = max(float(np.quantile(slow, 0.6)), 0.5)
    served = iter(np.split(panels, [32], axis=2))
    random = module._Random(lambda _: next(served), 40 + module.PILOTS, 41)
    fast = np.concatenate(list(module._greatest(study, cylinders, random, wanted)))
    assert fast[slow >= wanted] == pytest.approx(slow[slow >= wanted], rel=1e-12)
    assert (slow >= wanted).any()
    assert (fast[slow < wanted] < wanted).all()


@given(st.floats(0.05, 200), st.floats(1e-9, 1), st.integers(3, 10**6), st.integers(0, 10**6))
def test_no_least_count_of_the_table_is_too_great_and_few_are_too_small(wanted: float, share: float, total: int, seed: int) -> None:
    expected = np.random.default_rng(seed).uniform(0, share, (2, 2, 3)) * total
    out = np.full(expected.shape, np.iinfo(np.int32).max, np.int32)
    least_counts(np.array([[0, 1], [1, 0]]), np.array([2, 2]), expected, float(total), wanted, np.zeros((2, 3), np.int64), out)
    for mean, found in zip(expected.ravel(), out.ravel(), strict=True):
        exact = least_count(wanted, mean, float(total))
        if exact < np.inf:
            assert LEAST_CASES <= found <= math.ceil(exact)
            assert found >= math.ceil(exact * (1 - 1e-6)) - 1 or mean < expected.max() * 1e-4


@given(st.floats(1e-6, 1e4), st.floats(1e-4, 0.999), st.integers(3, 10**7))
def test_the_least_count_reaches_the_wanted_ratio_and_one_less_does_not(wanted: float, share: float, total: int) -> None:
    expected = share * total
    found = least_count(wanted, expected, float(total))
    least = math.ceil(found - 1e-6) if found < math.inf else total + 1
    assert least > total or log_likelihood_ratio(float(least), expected, float(total)) >= wanted * (1 - 1e-6)
    assert least <= LEAST_CASES or log_likelihood_ratio(least - 1.0, expected, float(total)) < wanted * (1 + 1e-6)


def test_no_posts_no_cluster() -> None:
    assert scan(np.zeros((6, 10)), np.ones((6, 10)), *LINE) == []
    assert scan(np.zeros((6, 10)), None, *LINE) == []


@pytest.mark.parametrize(
    ("counts", "expected", "message"),
    [
        (np.ones((6, 5)), np.zeros((6, 5)), "must be positive"),
        (np.ones((6, 5)), np.ones((6, 4)), "expected has shape"),
        (-np.ones((6, 5)), None, "must not be negative"),
        (np.ones((5, 5)), None, "6 centroids for 5 places"),
        (np.ones(5), None, "must be"),
    ],
)
def test_what_cannot_be_scanned_says_why(counts: np.ndarray, expected: np.ndarray | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scan(counts, expected, *LINE)


def test_a_cluster_is_a_plain_record() -> None:
    counts, expected, latitude, longitude = panel(10)
    assert all(isinstance(cluster, Cluster) for cluster in scan(counts, expected, latitude, longitude, replicates=9))

"""Which clusters of places become a signal, and by which place they are known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.detect.clusters import Known, Rules, adds_something, anchors, clusters_of_day
from analytics.detect.margins import expected_by_margins
from analytics.detect.scan import Cluster

RULES = Rules(alpha=0.01, replicates=99, max_days=14, max_share=0.5, min_posts=20, min_observed=5)
LATITUDE, LONGITUDE = -np.arange(25) // 5 / 2.0, 105 + np.arange(25) % 5 / 2.0
DAY = date(2026, 5, 31)


def counts(seed: int = 1, mean: float = 0.3) -> np.ndarray:
    return np.random.default_rng(seed).poisson(mean, (25, 90)).astype(float)


def cluster(observed: tuple[int, ...], expected: tuple[float, ...]) -> Cluster:
    places = tuple(range(len(observed)))
    return Cluster(places, observed, expected, 80, sum(observed), sum(expected), 3.0, 12.0, 0.01, 50.0)


def test_a_thin_outbreak_in_neighbours_is_a_cluster() -> None:
    seen = counts()
    seen[[6, 7, 11, 12], -6:] += 1
    (found,), pvalue = clusters_of_day(seen, LATITUDE, LONGITUDE, RULES, "topic 2026-05-31")
    assert {6, 7, 11, 12} <= set(found.places)
    assert pvalue == 0.01


@pytest.mark.parametrize("gap", ["everywhere", "in some places"])
def test_gaps_hide_nothing_and_invent_nothing(gap: str) -> None:
    seen = counts(2)
    rows = slice(None) if gap == "everywhere" else slice(0, 10)
    seen[rows, 40:60] = np.nan
    seen[rows, -4] = np.nan
    assert clusters_of_day(seen, LATITUDE, LONGITUDE, RULES, "quiet")[0] == []
    seen[[6, 7, 11, 12], -6:] += 2
    (found, *_), _p = clusters_of_day(seen, LATITUDE, LONGITUDE, RULES, "busy")
    assert {6, 7, 11, 12} <= set(found.places)


def test_a_country_that_talks_more_is_no_cluster() -> None:
    seen = counts(3)
    seen[:, -7:] += np.random.default_rng(4).poisson(3, (25, 7))
    assert clusters_of_day(seen, LATITUDE, LONGITUDE, RULES, "news for all")[0] == []


def test_an_outbreak_that_ended_days_ago_is_no_cluster_of_today() -> None:
    seen = counts(5, 0.1)
    seen[[6, 7], -9:-4] += 4
    seen[[6, 7], -4:] = 0
    assert clusters_of_day(seen, LATITUDE, LONGITUDE, RULES, "over")[0] == []


@pytest.mark.parametrize("reason", ["too few posts", "not collected", "too short"])
def test_what_cannot_be_judged_is_not_tested(reason: str) -> None:
    seen = counts(6)
    if reason == "too few posts":
        seen[:, -14:] = 0
    elif reason == "not collected":
        seen[:, -1] = np.nan
    else:
        seen = seen[:, -20:]
    found, pvalue = clusters_of_day(seen, LATITUDE, LONGITUDE, RULES, "x")
    assert found == []
    assert np.isnan(pvalue)


def test_the_same_counts_give_the_same_p_value_and_chance_gives_few_clusters() -> None:
    values = [clusters_of_day(counts(seed), LATITUDE, LONGITUDE, RULES, str(seed))[1] for seed in range(100)]
    assert values[:5] == [clusters_of_day(counts(seed), LATITUDE, LONGITUDE, RULES, str(seed))[1] for seed in range(5)]
    assert sum(value <= 0.01 for value in values) <= 5


def test_a_cluster_whose_excess_is_all_in_places_with_signals_adds_nothing() -> None:
    none, first = np.zeros(3, bool), np.array([True, False, False])
    assert adds_something(cluster((30, 6, 4), (1.0, 1.0, 0.5)), none, RULES)
    assert not adds_something(cluster((30, 1, 1), (1.0, 1.0, 1.0)), first, RULES)
    assert adds_something(cluster((30, 6, 5), (1.0, 0.5, 0.5)), first, RULES)


def test_one_place_alone_is_left_to_the_detector_of_series() -> None:
    assert not adds_something(cluster((30,), (1.0,)), np.array([False]), RULES)
    assert not adds_something(cluster((30, 1, 0), (1.0, 1.0, 0.2)), np.zeros(3, bool), RULES)
    assert adds_something(cluster((4, 4), (0.4, 0.4)), np.zeros(2, bool), RULES)


def known(anchor: str, places: str, back: int = 1) -> Known:
    return Known(DAY - timedelta(days=back), anchor, frozenset(places))


def test_a_cluster_keeps_the_place_of_the_earlier_one_it_shares_a_place_with() -> None:
    assert anchors(["BC"], [known("A", "AB")]) == ["A"]
    assert anchors(["CD"], [known("A", "AB")]) == ["C"]
    assert anchors(["BC"], []) == ["B"]
    assert anchors(["BC"], [known("X", "CX", back=5), known("A", "AB", back=1)]) == ["A"]
    assert anchors(["BCD"], [known("X", "CDX"), known("A", "AB")]) == ["X"]


def test_of_two_parts_the_likelier_keeps_the_place() -> None:
    assert anchors(["BC", "DE"], [known("A", "ABCDE")]) == ["A", "D"]
    assert anchors(["BC", "DA"], [known("A", "ABCDE")]) == ["B", "A"]  # it is in the other one


places = st.lists(st.sampled_from("ABCDEFGHIJ"), min_size=1, max_size=10, unique=True)


@given(places, st.integers(1, 9), st.lists(st.tuples(places, st.integers(0, 7)), max_size=5))
def test_no_two_clusters_of_a_day_are_known_by_the_same_place(letters: list[str], cut: int, before: list[tuple[list[str], int]]) -> None:
    found = [part for part in (letters[:cut], letters[cut:]) if part]
    earlier = [known(each[0], "".join(each), back) for each, back in before]
    given_places = anchors(found, earlier)
    assert len(set(given_places)) == len(found)


@given(st.integers(0, 10_000))
def test_margins_without_gaps_are_the_product_of_the_sums(seed: int) -> None:
    seen = np.random.default_rng(seed).poisson(1.0, (6, 10)).astype(float)
    if seen.sum():
        assert expected_by_margins(seen) == pytest.approx(np.outer(seen.sum(axis=1), seen.sum(axis=0)) / seen.sum(), abs=1e-6)


def test_margins_with_gaps_keep_the_sums() -> None:
    seen = counts(7)
    seen[:8, 10:30] = np.nan
    mean = expected_by_margins(seen)
    assert np.isnan(mean).tolist() == np.isnan(seen).tolist()
    assert np.nansum(mean, axis=0) == pytest.approx(np.nansum(seen, axis=0), rel=1e-4)
    assert np.nansum(mean, axis=1) == pytest.approx(np.nansum(seen, axis=1), rel=1e-4)

"""The rule of a signal is told in the language of the page."""

from __future__ import annotations

import re
from datetime import UTC

import pytest

from analytics.detect.base import build, detectors
from dashboard import i18n, rule
from jobs.clusters import RULE

#: The words by which a rule of English would be known; names of methods and alpha are the same in both languages.
ENGLISH = {word for phrase in rule.PHRASES for word in re.findall(r"[a-z]+", phrase)} - {"alpha"}


def _rules() -> list[str]:
    rules = [build(name, {}).rule for name in sorted(detectors())]
    return [*rules, build("epitweetr", {"same_weekday_baseline": True}).rule, "gamma-Poisson, posts of a week: p < 0.001", RULE]


@pytest.mark.parametrize("written", _rules())
def test_the_rule_of_every_detector_is_told_in_either_language(written: str) -> None:
    signal = {"rule": written, "detector": "any"}
    with i18n.speaking("en", UTC):
        assert rule.told(signal) == written
    with i18n.speaking("id", UTC):
        said = rule.told(signal)
    assert not set(re.findall(r"[a-z]+", said.partition(":")[2] or said)) & ENGLISH
    assert re.findall(r"\d+(?:,\d+)?", said.partition(":")[2]) == [
        n.replace(".", ",") for n in re.findall(r"\d+(?:\.\d+)?", written.partition(":")[2])
    ]


def test_a_rule_that_is_not_known_is_shown_as_it_is_and_one_that_is_missing_by_its_detector() -> None:
    with i18n.speaking("id", UTC):
        assert rule.told({"rule": "<b>mine</b>: above 2", "detector": "mine"}) == "<b>mine</b>: above 2"
        assert rule.told({"rule": None, "detector": "EARS of 7 days"}) == "EARS of 7 days"

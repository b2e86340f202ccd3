"""Check the intervals of analytics/shares.py on dev posts and write docs/evaluation/sentiment.md.

`python -m training.measure_shares [DATA FOLDER]`

Half of a set's dev part measures how the classifier tells each class; from the other half posts are drawn with shares of the classes that
are drawn too (any shares equally likely), and the interval of each class must hold its true share. Drawn anew each time: the halves, the
shares, the posts.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.evaluation.base import markdown_table
from analytics.evaluation.sentiment import told_posts
from analytics.shares import corrected_shares
from analytics.text.sentiment import measured_errors
from training.corpora import ROOT, data_folder, read_set
from warehouse.records import SENTIMENTS

REPORT = ROOT / "docs" / "evaluation" / "sentiment.md"
SETS = ("smsa", "nusax_senti", "tweeteval_sentiment", "umsab")
SIZES = (25, 100)  #: posts drawn, one after the other without putting back
TRIALS = 300
KINDS = len(SENTIMENTS)
_Drawn = tuple[NDArray[np.int64], NDArray[np.float64]]

HEAD = """# Shares of sentiment: how the intervals were checked

Written by `python -m training.measure_shares` from the dev parts. A share of negative posts is not the share that was *told* negative: it
is corrected for how the classifier is known to err (`analytics/shares.py`), and has an interval. Here {trials} times for each row: the
errors are measured on one part of posts, from others {sizes} posts are drawn with shares of the three classes that are drawn at random
(any shares equally likely), and it is seen whether the 95 % interval of each class holds the share with which posts were drawn. *Off* is
the mean distance in points between a share and the truth.
"""
TAIL = """## What this says

The intervals cover where the errors were measured on posts of the same kind, whatever the shares are: the first table. They are too
narrow where the kind of posts differs from those on which the errors were measured: the second and third table show by how much. What
comes with the models is how the posts set aside in training were told (`analytics/models/sentiment_errors.json`), so on a new subject the
intervals are as good as those of the second table, not of the first. A few hundred labelled posts of one's own, counted into a matrix of
the same form, bring them to the first. For 25 posts and a weak classifier (UMSAB) the corrected share is no nearer to the truth than the
told one: what is gained there is the interval, not the number.
"""


def coverage(measured: Callable[[NDArray[np.bool_]], NDArray[np.int64]], posts: pd.DataFrame, size: int, seed: int) -> tuple[float, ...]:
    """Per cent of intervals that hold the true share; mean distance of the corrected and of the told shares; mean width, all in points.

    `measured` gives the confusion matrix, told which of `posts` are drawn from.
    """
    random = np.random.default_rng(seed)
    label, told = (posts[name].map(SENTIMENTS.index).to_numpy() for name in ("label", "told"))
    held, off, raw, width = [], [], [], []
    for trial in range(TRIALS):
        second = random.permutation(len(posts)) % 2 == 1
        rows, truth = _drawn(label, second, size, random)
        counts = np.bincount(told[rows], minlength=KINDS)
        shares = corrected_shares([counts], measured(second), seed=trial)
        held.append((shares.low[0] - 1e-9 <= truth) & (truth <= shares.high[0] + 1e-9))
        off.append(np.abs(shares.mean[0] - truth))
        raw.append(np.abs(counts / size - truth))
        width.append(shares.high[0] - shares.low[0])
    return tuple(100 * float(np.mean(values)) for values in (held, off, raw, width))


def _drawn(label: NDArray[np.int64], second: NDArray[np.bool_], size: int, random: np.random.Generator) -> _Drawn:
    """Rows of the second half with classes in drawn shares; shares that the half has not the posts for are drawn anew."""
    pools = [random.permutation(np.flatnonzero(second & (label == kind))) for kind in range(KINDS)]
    while True:
        truth = random.dirichlet(np.ones(KINDS))
        wanted = random.multinomial(size, truth)
        if all(count <= len(pool) for count, pool in zip(wanted, pools, strict=True)):
            return np.concatenate([pool[:count] for count, pool in zip(wanted, pools, strict=True)]), truth


def confusion_counts(posts: pd.DataFrame) -> NDArray[np.int64]:
    """Posts by label (rows) and what was told (columns)."""
    table = pd.crosstab(posts["label"], posts["told"]).reindex(index=SENTIMENTS, columns=SENTIMENTS, fill_value=0)
    return table.to_numpy(np.int64)


def report(folder: Path) -> str:
    """The page."""
    told = {name: told_posts(read_set(folder, name, "dev")) for name in SETS}
    known = {name: measured_errors("id" if name in ("smsa", "nusax_senti") else "en") for name in SETS}
    pieces = [HEAD.strip().format(trials=TRIALS, sizes=" or ".join(map(str, SIZES)))]
    kinds: list[tuple[str, Callable[[str], Callable[[NDArray[np.bool_]], NDArray[np.int64]]]]] = [
        ("Errors measured on the other half of the same set", lambda name: lambda second: confusion_counts(told[name][~second])),
        ("Errors measured on the posts set aside in training, as in use", lambda name: lambda second: known[name]),
        ("Errors measured on another set: the next one", lambda name: lambda second: confusion_counts(told[_next(name)])),
    ]
    for title, measure in kinds:
        rows = {f"{name}, {size} posts": coverage(measure(name), posts, size, size) for name, posts in told.items() for size in SIZES}
        columns = ["intervals that hold, %", "off, corrected", "off, as told", "width"]
        pieces += [f"## {title}", markdown_table("set", pd.DataFrame.from_dict(rows, orient="index", columns=columns))]
    return "\n\n".join([*pieces, TAIL.strip()]) + "\n"


def _next(name: str) -> str:
    return SETS[(SETS.index(name) + 1) % len(SETS)]


def main(arguments: list[str]) -> None:
    """Write the page and print it."""
    page = report(data_folder(arguments[0] if arguments else None))
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main(sys.argv[1:])

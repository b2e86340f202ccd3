"""What the public feels, as shares of posts: corrected for how the models are known to err, with intervals.

Sums of told labels come from the rollups. Two models tell them, by language, and err differently, so each part is corrected by its own
measured errors (analytics/shares.py; docs/evaluation/sentiment.md says how well the intervals hold).
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.shares import Shares, combined_shares
from analytics.text.sentiment import ARCHIPELAGO, measured_errors
from dashboard import i18n
from dashboard.i18n import _
from warehouse.queries import Catalog, Selection
from warehouse.queries.selection import By, Unit, Week
from warehouse.records import SENTIMENTS

LEVEL: Final = 0.95
NAMES: Final = list(SENTIMENTS)
NO_LANGUAGE: Final = ""  #: a code that no post has


def about() -> str:
    """What is corrected, and how sure it is; for the help of every panel that shows shares."""
    return _(
        "Share of negative, neutral and positive posts. Models tell the sentiment of each post and err in a known way; the shares are "
        "corrected for it (adjusted counts: Rogan and Gladen 1978, Forman 2008). The 95% interval covers few posts and few measured "
        "errors. It is too narrow where posts are unlike those that the errors were measured on: docs/evaluation/sentiment.md tells how "
        "often it held."
    )


def shares(catalog: Catalog, selection: Selection, by: By | None, unit: Unit, week: Week) -> pd.DataFrame:
    """period, key, posts (with a sentiment), and for each sentiment NAME: `NAME` (corrected share), `NAME_low`, `NAME_high`, `NAME_told`.

    A row for each period and key, as `Catalog.counts` gives them; shares are NaN where there are no posts.
    """
    return _corrected(_counts(catalog, selection, by, unit, week))


def of_keys(catalog: Catalog, selection: Selection, by: By | None, keys: int) -> pd.DataFrame:
    """The same, a row for each of the `keys` largest topics or places (or one for all) over the whole selection; `period` is its first
    day."""
    found = _corrected(_counts(catalog, selection, by, "all", "skdr", keys))
    return found.sort_values("posts", ascending=False, kind="stable").reset_index(drop=True)


def _counts(catalog: Catalog, selection: Selection, by: By | None, unit: Unit, week: Week, keys: int = 60) -> pd.DataFrame:
    """`Catalog.counts` of the sentiments, also of the languages of the archipelago alone, which a model of their own tells."""
    tongues = sorted(ARCHIPELAGO & set(selection.languages) if selection.languages else ARCHIPELAGO)
    return catalog.counts(selection, by, unit, week, keys=keys, measures=("posts", *NAMES), near=tongues or [NO_LANGUAGE])


def _corrected(counts: pd.DataFrame) -> pd.DataFrame:
    told, near = counts[NAMES].to_numpy(np.float64), counts[[f"near_{name}" for name in NAMES]].to_numpy(np.float64)
    found = _combined(near.tobytes(), told.tobytes(), len(told))
    posts = told.sum(axis=1)
    raw = np.divide(told, posts[:, None], out=np.full(told.shape, np.nan), where=posts[:, None] > 0)
    columns: dict[str, Any] = {"posts": posts.astype(int)}
    for column, name in enumerate(NAMES):
        columns |= {
            name: found.mean[:, column],
            f"{name}_low": found.low[:, column],
            f"{name}_high": found.high[:, column],
            f"{name}_told": raw[:, column],
        }
    return pd.DataFrame({"period": counts["period"], "key": counts["key"], **columns})


@lru_cache(maxsize=128)
def _combined(near: bytes, told: bytes, groups: int) -> Shares:
    """`combined_shares` of the two models, which draws many times: the same counts give the same answer."""
    own, every = (np.frombuffer(part, np.float64).reshape(groups, len(NAMES)) for part in (near, told))
    return combined_shares([(own, _errors("id")), (every - own, _errors("en"))], LEVEL)


@cache
def _errors(lang: str) -> NDArray[np.int64]:
    return measured_errors(lang)


def written(row: Any, name: str) -> str:
    """One share with its interval: 32% (28–37%)."""
    mean, low, high = (getattr(row, name), getattr(row, f"{name}_low"), getattr(row, f"{name}_high"))
    if i18n.is_missing(mean):
        return "–"
    return f"{i18n.percent(mean)} ({i18n.number(100 * low)}–{i18n.percent(high)})"

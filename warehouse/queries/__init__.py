"""Every SELECT of the dashboard and the report: one method of `Catalog` each, over the published catalog.

    catalog = Catalog(folder)
    catalog.freshness(now)
    catalog.counts(Selection(first=date(2026, 1, 1), last=date(2026, 1, 31)), by="topic", unit="week")

Nothing here writes. A method raises `warehouse.errors.NothingPublished` while there is no published catalog yet. DataFrames: days and
periods are datetime64 without a zone (days of `general.zone`), instants are datetime64 in UTC, lists are Python lists.
"""

from __future__ import annotations

from warehouse.queries.claims import Claims
from warehouse.queries.maps import Maps
from warehouse.queries.official import Official
from warehouse.queries.overview import Freshness, Overview
from warehouse.queries.posts import PostPage, Posts, Wanted
from warehouse.queries.quality import Quality
from warehouse.queries.reader import Reader
from warehouse.queries.selection import Selection
from warehouse.queries.signals import Signals
from warehouse.queries.sources import Sources
from warehouse.queries.trends import Trends
from warehouse.queries.vocabulary import Vocabulary
from warehouse.queries.week import Step, Week
from warehouse.queries.words import Texts
from warehouse.rollups import MEASURES

__all__ = ["MEASURES", "Catalog", "Freshness", "PostPage", "Selection", "Step", "Wanted"]


class Catalog(Overview, Maps, Trends, Vocabulary, Signals, Quality, Official, Posts, Claims, Sources, Texts, Week, Reader):
    """The published catalog of one data folder, for any number of threads; open it after a fork, not before."""

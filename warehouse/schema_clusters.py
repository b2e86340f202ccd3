"""Tables and views of clusters: signals of neighbouring places together; part of `warehouse.schema`."""

from __future__ import annotations

from warehouse.columns import Column, View
from warehouse.columns import table as _table

CLUSTER_PLACES = _table(
    "cluster_places",
    "The places of the signals that are clusters: one row a signal and place. A province stands for the posts that name no regency of it.",
    ("signal_id", "VARCHAR", "The cluster; see signals"),
    ("place_code", "VARCHAR", "Code of the place; see places"),
    ("observed", "DOUBLE", "Posts counted in the place since the first day of the cluster"),
    ("expected", "DOUBLE", "Posts expected there in the same days"),
)

SIGNAL_PLACES = View(
    "signal_places",
    "Where each signal is: one row a signal and place. A signal of one place has one row; a cluster has one for each place with a post.",
    (
        Column("signal_id", "VARCHAR", "The signal; see signals"),
        Column("place_code", "VARCHAR", "Code of the place; '*' is the topic wherever it is"),
    ),
    """SELECT signal_id, place_code FROM cluster_places WHERE observed > 0
UNION ALL SELECT signal_id, place_code FROM signals WHERE since IS NULL""",
)

SIGNAL_LINKS = View(
    "signal_links",
    "Which signals of single places a cluster covers: same topic, one of its places, a day within its days.",
    (
        Column("signal_id", "VARCHAR", "The cluster; see signals"),
        Column("place_code", "VARCHAR", "Code of the place"),
        Column("place_signal_id", "VARCHAR", "The signal of that place; see signals"),
        Column("place_day", "DATE", "Day of that signal"),
    ),
    """SELECT c.signal_id, p.place_code, s.signal_id AS place_signal_id, s.day AS place_day
FROM signals AS c JOIN cluster_places AS p USING (signal_id)
JOIN signals AS s ON s.topic = c.topic AND s.place_code = p.place_code AND s.since IS NULL AND s.day BETWEEN c.since AND c.day""",
)

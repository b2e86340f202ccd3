"""How good the signals were, and the days behind each."""

from __future__ import annotations

import pandas as pd

from warehouse.detectors import JOIN
from warehouse.queries.reader import Reader


class Quality(Reader):
    """Outcomes of signals, as of the last publication."""

    def signal_quality(self) -> pd.DataFrame:
        """topic, detector, episodes, verified, discarded, undecided, ppv, ppv_low, ppv_high, hours_to_verified, hours_to_decided,
        false_alarms_per_week, weeks: all topics ('*') of each detector first; see the view `signal_quality`."""
        return self.frame("SELECT * FROM signal_quality ORDER BY detector, topic <> '*', episodes DESC, topic")

    def places_of_episodes(self) -> dict[str, list[str]]:
        """Codes of the places of each episode that is a cluster, as its newest standing signal has them, greatest excess first."""
        found = self.rows(
            f"""SELECT episode_id, list(place_code ORDER BY n) AS codes FROM (
                SELECT e.episode_id, k.place_code,
                    row_number() OVER (PARTITION BY s.signal_id ORDER BY k.observed - k.expected DESC, k.place_code) AS n
                FROM signal_episodes AS e JOIN signals AS s ON e.topic = s.topic AND e.place_code = s.place_code AND {JOIN}
                    AND s.day BETWEEN e.first_day AND e.last_day JOIN cluster_places AS k USING (signal_id)
                WHERE k.observed > 0
                QUALIFY s.day = max(s.day) OVER (PARTITION BY e.episode_id)
            ) GROUP BY episode_id"""
        )
        return {row["episode_id"]: row["codes"] for row in found}

    def signal_of_episode(self, episode_id: str) -> str | None:
        """signal_id of the newest standing signal of an episode; None when newer data have withdrawn all of them."""
        found = self.rows(
            f"""SELECT s.signal_id FROM signals AS s JOIN signal_episodes AS e ON e.topic = s.topic AND e.place_code = s.place_code
            AND {JOIN} AND s.day BETWEEN e.first_day AND e.last_day
            WHERE e.episode_id = $id ORDER BY s.day DESC LIMIT 1""",
            {"id": episode_id},
        )
        return found[0]["signal_id"] if found else None

"""The claims of fact-checkers that posts speak of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from warehouse.queries.reader import Reader


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that a post repeats or answers: the first line of the fact-check, its address, and how sure that is (0.8 to 1)."""

    headline: str
    url: str | None
    probability: float


class Claims(Reader):
    """Reads what posts were held against."""

    def claims_of(self, posts: Iterable[tuple[str, str, float | None]]) -> Mapping[tuple[str, str], Claim]:
        """By (source, native_id) the claim of each post, given with its text_hash, that speaks of one. A post that was edited since it was
        held against the claims has none. A hash may be a float, as pandas makes it where some are missing."""
        hashes = {(source, native_id): text_hash for source, native_id, text_hash in posts}
        if not hashes:
            return {}
        found = self.rows(
            """SELECT m.source, m.native_id, m.text_hash, m.probability, c.url,
                split_part(trim(c.text, E' \\t\\r\\n'), E'\\n', 1) AS headline
            FROM claim_matches AS m JOIN claims AS c ON c.source = m.claim_source AND c.native_id = m.claim_native_id
            WHERE m.text_hash IS NOT NULL AND m.source || ':' || m.native_id = ANY($pairs::VARCHAR[])""",
            {"pairs": [f"{source}:{native_id}" for source, native_id in hashes]},
        )
        return {
            key: Claim(row["headline"], row["url"], row["probability"])
            for row in found
            if (held := hashes.get(key := (row["source"], row["native_id"]))) is not None and float(held) == float(row["text_hash"])
        }

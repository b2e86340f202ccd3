"""The claims of fact-checkers that posts speak of.

A text says the same of a claim whoever posts it: one post of it was held against the claims, and its exact copies (`text_hash`) stand with
it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from warehouse.queries.reader import Reader

CHECKED: Final = "checked"  #: in place of one claim's key: any of them
LISTED: Final = 200  #: claims to choose among, the newest


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim that a post repeats or answers: the first line of the fact-check, its address, and how sure that is (0.8 to 1)."""

    headline: str
    url: str | None
    probability: float


#: What each text was found to speak of, by the latest look; no claim where it was found to speak of none.
_SAID = """(SELECT text_hash, claim_source, claim_native_id, probability FROM claim_matches WHERE text_hash IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY text_hash ORDER BY looked_at DESC, source, native_id) = 1)"""
_OF = "c.source = s.claim_source AND c.native_id = s.claim_native_id"
#: A key for addresses: the source's own id may hold whatever an address may not.
_KEY = "left(md5(c.source || ':' || c.native_id), 16)"
_HEADLINE = "split_part(trim(c.text, E' \\t\\r\\n'), E'\\n', 1)"


class Claims(Reader):
    """Reads what posts were held against."""

    def claims_of(self, posts: Iterable[tuple[str, str, float | None]]) -> Mapping[tuple[str, str], Claim]:
        """By (source, native_id) the claim of each post, given with its text_hash, that speaks of one. A post that was edited since its
        text was held against the claims has none. A hash may be a float, as pandas makes it where some are missing: it is compared as
        one."""
        hashes = {(source, native_id): float(text_hash) for source, native_id, text_hash in posts if text_hash is not None}
        if not hashes:
            return {}
        found = self.rows(
            f"""SELECT s.text_hash, s.probability, c.url, {_HEADLINE} AS headline FROM {_SAID} AS s JOIN claims AS c ON {_OF}
            WHERE s.text_hash::DOUBLE = ANY($hashes::DOUBLE[])""",
            {"hashes": sorted(set(hashes.values()))},
        )
        known = {float(row["text_hash"]): Claim(row["headline"], row["url"], row["probability"]) for row in found}
        return {key: known[text_hash] for key, text_hash in hashes.items() if text_hash in known}

    def spoken_of(self, first: date, last: date) -> pd.DataFrame:
        """claim (key), headline, url, checked (day of the fact-check), day, source, posts: how many posts of each day and source speak of
        each claim; the rows without a claim are of posts that were held against the claims and speak of none. Fact-checks are left out."""
        return self.frame(
            f"""SELECT {_KEY} AS claim, any_value({_HEADLINE}) AS headline, any_value(c.url) AS url, any_value(c.day) AS checked,
                p.day, p.source, count(*) AS posts
            FROM {self.posts_of(first, last)} AS p JOIN {_SAID} AS s USING (text_hash) LEFT JOIN claims AS c ON {_OF}
            WHERE p.day BETWEEN $first AND $last AND p.deleted_at IS NULL AND p.source NOT IN (SELECT source FROM claims)
            GROUP BY claim, p.day, p.source ORDER BY claim, p.day, p.source""",
            {"first": first, "last": last},
        )

    def claims(self) -> dict[str, str]:
        """By its key the headline of each claim that a post was found to speak of, the newest 200."""
        found = self.rows(
            f"""SELECT {_KEY} AS claim, {_HEADLINE} AS headline FROM claims AS c
            WHERE EXISTS (SELECT 1 FROM {_SAID} AS s WHERE {_OF}) ORDER BY c.day DESC, claim LIMIT {LISTED}"""
        )
        return {row["claim"]: row["headline"] for row in found}

    def texts_of_claim(self, claim: str) -> list[int]:
        """The text_hash of every text that speaks of this claim (its key, or `CHECKED` for any)."""
        sql = f"SELECT s.text_hash FROM {_SAID} AS s JOIN claims AS c ON {_OF} WHERE $claim IN ('{CHECKED}', {_KEY}) ORDER BY ALL"
        return [row["text_hash"] for row in self.rows(sql, {"claim": claim})]

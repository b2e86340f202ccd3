"""Tells by the deep tier what posts are for that nobody has labelled, so that the fast tier learns it (`python -m training teach`).

The teacher's probabilities, not its labels, are learnt (Hinton et al. 2015, https://arxiv.org/abs/1503.02531). They are kept in
`told_intents.npz` beside this file, by hashes of the posts and without their texts, as labels by hand are: the fast tier is trained
before the deep one, and a rebuild asks no teacher. The models that told them stand in intent.md.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.evaluation.copies import stories
from analytics.evaluation.labelled import ENGLISH, ILLNESS, INDONESIAN, KEPT_APART, labelled_posts
from analytics.text.deep import DeepTier
from analytics.text.redact import redact
from training.corpora import read_set, short_hash

KEPT = Path(__file__).parent / "told_intents.npz"
#: How many posts of a set are told; of the Indonesian ones all.
ENGLISH_POSTS = {"tweeteval_sentiment": 5_000, "caves": 2_000, "constraint_covid": 2_000}
AT_A_TIME = 256

Shares = NDArray[np.float32]


def teach(folder: Path) -> None:
    """Write what the deep tier tells of posts without a label: a quarter of an hour for each ten thousand."""
    posts = unlabelled(folder)
    tier = DeepTier()
    told = []
    for start in range(0, len(posts), AT_A_TIME):
        part = posts[start : start + AT_A_TIME]
        langs, texts = zip(*part, strict=True)
        told.append(tier.probabilities(texts, langs, ("intent",))["intent"])
        print(f"  {start + len(part):,} of {len(posts):,} posts", flush=True)
    keep([text for _, text in posts], np.concatenate(told))


def unlabelled(folder: Path) -> list[tuple[str, str]]:
    """Language and redacted text of posts of the train parts that have no label and are no near copy of a post that measures.

    They were drawn before the part `illness` was labelled: what was drawn of it is left out afterwards.
    """
    labelled = labelled_posts(folder)
    known, draw = {post.text for post in labelled if post.split != ILLNESS}, random.Random(0)
    found = []
    for name in (*INDONESIAN, *ENGLISH):
        texts = sorted({redact(text) for text in read_set(folder, name, "train")["text"]} - known)
        found += [("en", text) for text in draw.sample(texts, ENGLISH_POSTS[name])] if name in ENGLISH else [("id", text) for text in texts]
    later = {post.text for post in labelled if post.split == ILLNESS}
    found = [(lang, text) for lang, text in found if text not in later]
    apart = [post.text for post in labelled if post.split in KEPT_APART]
    groups = stories([*apart, *(text for _, text in found)])
    measured = set(groups[: len(apart)].tolist())
    return [post for post, group in zip(found, groups[len(apart) :].tolist(), strict=True) if group not in measured]


def keep(texts: Sequence[str], shares: Shares) -> None:
    """Write shares (texts, intents) by the hash of each text, in steps of 1/255."""
    keys = np.array([key(text) for text in texts], np.uint64)
    order = np.argsort(keys)
    np.savez_compressed(KEPT, keys=keys[order], shares=np.round(shares[order] * 255).astype(np.uint8))


def told_intents(folder: Path) -> Iterator[tuple[str, Shares]]:
    """Posts and their shares of the intents, in alphabetical order, as they were kept; in the order of the sets."""
    with np.load(KEPT, allow_pickle=False) as arrays:
        shares = dict(zip(arrays["keys"].tolist(), arrays["shares"], strict=True))
    for name in (*INDONESIAN, *ENGLISH):
        for text in dict.fromkeys(redact(text) for text in read_set(folder, name, "train")["text"]):
            if (found := shares.pop(key(text), None)) is not None:
                yield text, found.astype(np.float32) / np.float32(found.sum())


def key(text: str) -> int:
    """The short hash of a text as a number."""
    return int(short_hash(text), 16)

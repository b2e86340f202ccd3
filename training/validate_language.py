"""How well the recipe of language.npz tells sentences that it has not learnt: five-fold cross-validation over the train part of NusaX.

`python -m training.validate_language [DATA FOLDER]`

A sentence is left out in all twelve languages at once, and with it the posts of SmSA that share four words in a row with any sentence,
since SmSA holds many of NusaX's. What is measured is the bare model, before Malay, langdetect and "und": one run of the descent a fold.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.evaluation.base import markdown_table
from analytics.evaluation.language import shortened
from analytics.text.features import Vocabulary
from analytics.text.linear import LinearModel
from training.corpora import data_folder, read_set, set_aside
from training.descend import fit_by_descent
from training.fit import pack
from training.train_language import DESCENT, KEEP, RECIPE, Example, examples, sisters_as_one, with_cuts

FOLDS, IN_A_ROW = 5, 4


def runs_of_words(text: str) -> set[tuple[str, ...]]:
    """All stretches of `IN_A_ROW` words of a text."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + IN_A_ROW]) for at in range(len(words) - IN_A_ROW + 1)}


def fold(sentence: object) -> int:
    """The fold of a sentence, by hash."""
    return next((number for number in range(FOLDS - 1) if set_aside(f"{number} {sentence}", FOLDS - number)), FOLDS - 1)


def measured(learnt: list[Example], sentences: pd.DataFrame) -> Iterator[tuple[str, str, bool]]:
    """Form ("whole" or "short"), language and whether it was told, for each sentence."""
    texts = [one.text for one in learnt]
    fitted = fit_by_descent(texts, [one.lang for one in learnt], [one.weight for one in learnt], RECIPE, replace(DESCENT, runs=1))
    vocabulary = Vocabulary()
    model = LinearModel(pack(fitted, RECIPE, texts, KEEP), vocabulary)
    for form, read in (("whole", list(sentences["text"])), ("short", [shortened(text) for text in sentences["text"]])):
        best = model.probabilities(vocabulary.read(read))[0].argmax(axis=1)
        told = np.array(model.classes)[best] == sentences["lang"].to_numpy()
        yield from zip([form] * len(read), sentences["lang"], told.tolist(), strict=True)


def validate(folder: Path, folds: range = range(FOLDS)) -> pd.DataFrame:
    """Per cent told right, a row a language and one for their mean, columns whole and short."""
    nusax = read_set(folder, "nusax_senti", "train")
    known = set().union(*(runs_of_words(text) for text in nusax["text"][nusax["lang"] == "id"]))
    learnt = sisters_as_one(list(examples(folder)))
    others = [one for one in learnt if one.source != "nusax" and not (one.source == "smsa" and known & runs_of_words(one.text))]
    rows: list[tuple[str, str, bool]] = []
    for number in folds:
        left_out = nusax["id"].map(fold) == number
        own = [Example(text, lang, "nusax", False) for text, lang in zip(nusax["text"][~left_out], nusax["lang"][~left_out], strict=True)]
        found = list(with_cuts([*own, *others], random.Random(0)))
        rows += measured(found, nusax[left_out])
        print(f"fold {number + 1} of {FOLDS}", flush=True)
    table = pd.DataFrame(rows, columns=["form", "lang", "told"]).pivot_table(index="lang", columns="form", values="told") * 100
    table.loc["mean"] = table.mean()
    return table[["whole", "short"]]


def main(arguments: list[str]) -> None:
    """Print the table."""
    print(markdown_table("language", validate(data_folder(arguments[0] if arguments else None))))


if __name__ == "__main__":
    main(sys.argv[1:])

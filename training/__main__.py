"""Rebuild the models of analytics/models: `python -m training [DATA FOLDER] [STEP ...]`; steps are those of `main`.

The deep tier has steps of its own: `shared` tunes the shared layers and fits the head for sentiment; `illness` fits the words that posts on
dengue are told by; `reports` tunes the layers for reports and fits the heads that read both; `emotions` fits those for emotions alone;
`claims` fits how claims are ranked. `deep` is all of these in order. `stack` fits again how heads and the fast tier are added, after a
model of the fast tier changed; `teach` tells intents of posts without a label, for the fast tier to learn.
"""

from __future__ import annotations

import os
import sys

# Before numpy is loaded: one thread adds up in one order, so that the same data give the same bytes.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"


def main(arguments: list[str]) -> None:
    """Train what was asked for, or everything, in this order."""
    from training import teach, train_deep, train_emotion, train_intent, train_language, train_sentiment
    from training.corpora import data_folder

    steps = {
        "language": train_language.train,
        "sentiment": train_sentiment.train,
        "emotion": train_emotion.train,
        "intent": train_intent.train,
        "deep": train_deep.train,
        "shared": train_deep.train_shared,
        "illness": train_deep.train_illness,
        "reports": train_deep.train_reports,
        "emotions": train_deep.train_emotions,
        "claims": train_deep.train_claims,
        "stack": train_deep.restack,
        "teach": teach.teach,
    }
    wanted = [argument for argument in arguments if argument in steps] or ["language", "sentiment", "emotion", "intent", "deep"]
    folders = [argument for argument in arguments if argument not in steps]
    folder = data_folder(folders[0] if folders else None)
    for name in wanted:
        print(f"training {name} from {folder} ...", flush=True)
        steps[name](folder)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Exception as error:
        from warehouse.errors import KentonganError

        if not isinstance(error, KentonganError):
            raise
        sys.exit(f"training: {error}")

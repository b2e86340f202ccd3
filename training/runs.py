"""Runs a course of tune.py as often as it says, each run in a process of its own, and keeps the mean of what they learnt.

Runs see the same texts in other orders; the mean of their weights tells better than either (Wortsman et al. 2022,
https://arxiv.org/abs/2203.05482). A run adds up in one thread, so that the number of processors changes the time and no byte.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from analytics.text import tuned_layers
from analytics.text.encoder import Encoder
from analytics.text.encoder_file import EncoderFile, installed
from training.backward import Parameters
from training.tasks import Lessons
from training.tune import Course, Heads, States, Tuning, tensors_of

#: Hears the number of the run, of the step, and the loss; a function of a module, so that a process can name it.
Told = Callable[[int, int, float], None]


def tune(found: Lessons, course: Course, told: Told) -> Heads:
    """Tune and write the course's file; what texts are after the lower layers lies in KENTONGAN_EMBEDDINGS, and there go the heads, too."""
    folder = Path(os.environ["KENTONGAN_EMBEDDINGS"])
    folder.mkdir(parents=True, exist_ok=True)
    states = States(found.texts, folder / f"states-{course.file.stem}.npy", Encoder(in_bytes=False), course.first - 1)
    seeds = range(len(course.steps))
    with ProcessPoolExecutor(min(len(seeds), os.cpu_count() or 1), get_context("spawn")) as processes:
        learnt, heads = zip(*processes.map(partial(_run, found, states, course, told), seeds), strict=True)
    tensors: Parameters = {}
    for number in range(len(learnt[0])):
        tensors |= tensors_of(_mean([layers[number] for layers in learnt]), course.first + number)
    tuned_layers.save(tensors, course.file)
    mean = Heads(heads[0].centre, heads[0].scale, _mean([head.parameters for head in heads]))
    mean.save(kept_heads(course))
    return mean


def _run(found: Lessons, states: States, course: Course, told: Told, seed: int) -> tuple[list[Parameters], Heads]:
    tuning = Tuning(found, states, EncoderFile(installed()), course, seed)
    tuning.run(partial(told, seed), course.steps[seed])
    return [layer.parameters for layer in tuning.layers], tuning.heads


def kept_heads(course: Course) -> Path:
    """Where the heads that were tuned with a course's layers lie."""
    return Path(os.environ["KENTONGAN_EMBEDDINGS"]) / f"heads-{course.file.stem}.npz"


def _mean(found: Sequence[Parameters]) -> Parameters:
    """The mean of what several runs learnt, which all began alike."""
    return {name: np.mean([one[name] for one in found], axis=0, dtype=np.float32) for name in found[0]}

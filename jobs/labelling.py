"""Label posts, in this process or in a pool, in order.

`enrich` is the same function everywhere; this file only decides where it runs. A pool pays from a few thousand posts on, because a
process needs about a second to load its models.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import datetime
from functools import cache
from importlib.abc import MetaPathFinder
from itertools import chain, islice
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, ClassVar, TypeVar

import pyarrow as pa

from analytics.text.topic_file import Topic, load_topics
from jobs.kept_code import load_kept_code_alone
from warehouse.records import ENRICHED_SCHEMA, Post, to_arrow
from warehouse.settings import Settings

if TYPE_CHECKING:
    from analytics.enrich import Enricher

#: Objects after which a process of the pool looks for garbage in circles, which labelling leaves none of; Python's own number of them is
#: reached several times in each batch.
LOOKED_THROUGH = (100_000, 20, 20)

T = TypeVar("T")
Batches = Callable[[T], list[pa.RecordBatch]]

_enricher: Enricher | None = None  # of a pool's process; set once by its initialiser


class Without(MetaPathFinder):
    """Says that there is no pandas, which Arrow would load to ask whether a list is a frame, and no linear algebra of SciPy, no cffi and no
    YAML, which numba would load to ask whether matrices can be multiplied, C called and a file of settings read: 60 MB in each process.

    (None in sys.modules says so to Python alone: Arrow's compiled code takes that for the module.)
    """

    names: ClassVar = ("pandas", "scipy.linalg", "cffi", "yaml")

    @staticmethod
    @contextmanager
    def nothing() -> Iterator[None]:
        """Within it everything can be loaded."""
        there = [finder for finder in sys.meta_path if isinstance(finder, Without)]
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in there]
        try:
            yield
        finally:
            sys.meta_path[:0] = there

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if fullname in self.names:
            raise ModuleNotFoundError(f"a process that labels does without {fullname}", name=fullname)


def keep_small() -> None:
    """For this process, from now on: it loads none of what `Without` names, and gives memory back."""
    if not any(isinstance(finder, Without) for finder in sys.meta_path):
        sys.meta_path.insert(0, Without())
    pa.set_memory_pool(pa.system_memory_pool())  # its own keeps 35 MB that are not in use


@contextmanager
def _nothing_thrown_away() -> Iterator[None]:
    """While modules and models are loaded, which stay for good: to look through them for garbage again and again takes a fifth longer."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@cache
def send_as_arrow_does() -> None:
    """From now on this process sends batches to others in Arrow's own format: without the rows beyond a slice, in a fifth of the time."""
    ForkingPickler.register(pa.RecordBatch, lambda batch: (_received, (_sent(batch),)))


def _sent(batch: pa.RecordBatch) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def _received(sent: bytes) -> pa.RecordBatch:
    return pa.ipc.open_stream(sent).read_next_batch()


def _loaded(settings: Settings, author_key: bytes, topics: Sequence[Topic] | None) -> Enricher:
    from analytics.enrich import Enricher  # with all that is compiled: a second, which only those wait for who label

    return Enricher(settings, author_key, topics)


def start_process(settings: Settings, author_key: bytes, topics: Sequence[Topic] | None = None) -> None:
    """Load the models of a process of the pool, and all that its first posts would wait for."""
    global _enricher
    send_as_arrow_does()
    keep_small()
    with _nothing_thrown_away():
        load_kept_code_alone()
        _enricher = _loaded(settings, author_key, topics)
        _enricher.get_ready()
        gc.freeze()  # nor is it gone through later
        gc.set_threshold(*LOOKED_THROUGH)


def pool(processes: int, settings: Settings, author_key: bytes, topics: Sequence[Topic] | None = None) -> ProcessPoolExecutor:
    """Processes that label."""
    send_as_arrow_does()
    _ask_for_large_pages()
    context = multiprocessing.get_context("spawn")  # the worker has threads and an open database, neither of which survives a fork
    return ProcessPoolExecutor(processes, context, start_process, (settings, author_key, topics))


@contextmanager
def _ctrl_c_is_for_one() -> Iterator[None]:
    """Processes that begin within it never hear Ctrl-C, which a terminal sends to all: the one that began them ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@cache
def _ask_for_large_pages() -> None:
    """Processes that begin from now on ask Linux for memory in pages of 2 MB: what models know is looked up all over it, and where each
    4 kB has to be found anew, labelling takes a tenth longer. Where the C library is another one than glibc, nothing changes."""
    told = os.environ.get("GLIBC_TUNABLES")
    if "glibc.malloc.hugetlb" not in (told or ""):
        os.environ["GLIBC_TUNABLES"] = ":".join(filter(None, (told, "glibc.malloc.hugetlb=1")))


def label_in_pool(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Label batches in a process that `start_process` began."""
    assert _enricher is not None
    return [_enricher(batch) for batch in batches]


class Labeller:
    """Gives each batch its labels; loads the models when they are first needed."""

    def __init__(self, settings: Settings, author_key: bytes, topics_file: Path | None = None) -> None:
        """topics_file: one's own topics, else those of enrich.topics_file."""
        self.settings = settings
        self._author_key = author_key
        self._topics_file = topics_file or settings.enrich.topics_file
        self._own: Enricher | None = None
        self._kept: ProcessPoolExecutor | None = None

    @property
    def enricher(self) -> Enricher:
        if self._own is None:
            with _nothing_thrown_away():
                self._own = _loaded(self.settings, self._author_key, load_topics(self._topics_file))
        return self._own

    @property
    def _topics(self) -> Sequence[Topic]:
        """Those to label with; no models are loaded to tell them."""
        return load_topics(self._topics_file) if self._own is None else self._own.topics.topics

    def use_topics(self, topics: Sequence[Topic]) -> bool:
        """Label with other topics from now on; True when that changes anything that is looked for or shown."""
        before = [(topic.code, topic.entry) for topic in self.enricher.topics.topics]
        if before == [(topic.code, topic.entry) for topic in topics]:
            return False
        self.enricher.use_topics(topics)
        return True

    def __call__(self, batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
        return [self.enricher(batch) for batch in batches]

    def map(self, things: Iterable[T], batches: Batches[T]) -> Iterator[tuple[T, list[pa.RecordBatch]]]:
        """Yield each thing with its labelled batches, in order; in a pool when there is more than a handful of things."""
        source = iter(things)
        first = list(islice(source, 3))
        everything = chain(first, source)
        if len(first) < 3 or self.settings.enrich.processes == 1:
            yield from ((thing, self(batches(thing))) for thing in everything)
        else:
            yield from self._map_in_pool(everything, batches)

    @contextmanager
    def one_pool(self) -> Iterator[None]:
        """Within it everything that is labelled in bulk shares one pool, so that models are loaded once for all sources."""
        with self._pool() as pool:
            self._kept = pool
            try:
                yield
            finally:
                self._kept = None

    def _pool(self) -> ProcessPoolExecutor:
        return pool(self.settings.enrich.processes, self.settings, self._author_key, self._topics)  # not their file, which may be wrong now

    def _map_in_pool(self, things: Iterator[T], batches: Batches[T]) -> Iterator[tuple[T, list[pa.RecordBatch]]]:
        waiting: deque[tuple[T, Future[list[pa.RecordBatch]]]] = deque()
        with self._pool() if self._kept is None else nullcontext(self._kept) as pool:
            for thing in things:
                labelled = batches(thing)
                with _ctrl_c_is_for_one():
                    waiting.append((thing, pool.submit(label_in_pool, labelled)))
                if len(waiting) > 2 * self.settings.enrich.processes:
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()


def arrow_batches(posts: list[Post], collected_at: datetime, size: int) -> list[pa.RecordBatch]:
    """Posts as RAW_SCHEMA batches of at most `size` rows."""
    return [to_arrow(posts[start : start + size], collected_at) for start in range(0, len(posts), size)]


def as_table(batches: list[pa.RecordBatch]) -> pa.Table:
    """Labelled batches as one ENRICHED_SCHEMA table."""
    return pa.Table.from_batches(batches, schema=ENRICHED_SCHEMA)

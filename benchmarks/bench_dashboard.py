"""How long the dashboard's callbacks take: `make bench-dashboard`, or

    python -m benchmarks.bench_dashboard --data FOLDER [--users 8] [--seconds 60] [--think 1.0]

Starts the web server as the product does, over FOLDER (see `kentongan bench generate`; a small one is made where none is named), and lets
users click through every page and control at once. First one user alone moves every control: then the processor time is that of the
callback. Both the users and the server run on this machine. Browsers of users are elsewhere, so while they click together the users here
yield the cores to the server where both want them (--nice 0: they do not, and a part of the time is the users' own).
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.dashboard_browser import Browser, Call, Callback, declared
from benchmarks.dashboard_server import served
from dashboard.app import create_app
from jobs.bench.fill import Size, generate
from jobs.clock import utc_now
from warehouse.settings import DataFolder, load

TARGET: Final = 0.100  #: seconds: p95 of the server time of a callback
SEARCH: Final = 0.500  #: p95 of a search of posts within 30 days
SEARCHES: Final = ("posts-list.children",)
SMALL: Final = Size(20_000, 90, utc_now().date(), 1)


def main(arguments: Sequence[str] = ()) -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a data folder with a published copy and its config.toml")
    parser.add_argument("--users", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long they click")
    parser.add_argument("--think", type=float, default=1.0, help="seconds between two clicks of one user, on average")
    parser.add_argument("--nice", type=int, default=15, help="by how much the users' processor priority is lower than the server's")
    given = parser.parse_args(arguments)
    crowded = Crowd(given.users, given.seconds, given.think, given.nice)
    if given.data is not None:
        _measure(given.data, crowded)
        return
    with tempfile.TemporaryDirectory() as place:
        print(f"no --data: making {SMALL.posts:,} posts of {SMALL.days} days")
        generate(Path(place) / "bench", SMALL, lambda _done, _total, _message: None)
        _measure(Path(place) / "bench", crowded)


@dataclass(frozen=True)
class Crowd:
    """Users who click together for so many seconds, on average `think` seconds after what they saw; nice: see os.nice."""

    users: int
    seconds: float
    think: float
    nice: int


def _measure(root: Path, given: Crowd) -> None:
    folder, config = DataFolder(root), root / "config.toml"
    with served(folder, config) as base:
        first = Browser(base, [], 0)
        callbacks = declared(first.client.get("/_dash-dependencies").json(), create_app(folder, load(config)).callback_map)
        paths = first.paths()
        first.close()
        alone = walk(base, callbacks, paths)
        os.nice(given.nice)  # the server, which is running, keeps its own
        together = crowd(base, callbacks, paths, given.users, given.seconds, given.think)
    print(table(alone, together, given.users))
    print(
        f"an empty loop of Python took {pace():.0f} ns a turn on this machine meanwhile: machines differ, and so does one from hour to hour"
    )
    reached = {call.name for call in [*alone, *together]}
    missed = sorted({one.name for one in callbacks if not one.writes} - reached)
    print(f"\n{len(reached)} callbacks were called; not called: {', '.join(missed) or 'none'}")
    if wrong := {f"{call.name} ({call.status})" for call in [*alone, *together] if call.status >= 400}:
        print(f"answered with an error: {', '.join(sorted(wrong))}")


def walk(base: str, callbacks: list[Callback], paths: Sequence[str]) -> list[Call]:
    """One user opens every page twice and moves each of its controls once."""
    browser = Browser(base, callbacks, 1)
    for path in paths:
        for _again in range(2):
            browser.open(path)
        browser.click_all()
    browser.close()
    return browser.calls


def crowd(base: str, callbacks: list[Callback], paths: Sequence[str], users: int, seconds: float, think: float) -> list[Call]:
    """Users click at once, each on pages in an order of its own, for so many seconds."""
    browsers = [Browser(base, callbacks, 100 + number) for number in range(users)]
    until = time.monotonic() + seconds

    def use(browser: Browser) -> None:
        while time.monotonic() < until:
            browser.open(browser.random.choice(list(paths)))
            for _click in range(browser.random.randint(2, 6)):
                if time.monotonic() >= until:
                    break
                time.sleep(browser.random.expovariate(1 / think) if think else 0)
                browser.click()

    threads = [threading.Thread(target=use, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for browser in browsers:
        browser.close()
    return [call for browser in browsers for call in browser.calls]


def pace(turns: int = 1_000_000) -> float:
    """Processor time of a turn of an empty loop (ns), the least of five: with it, figures of other days can be compared."""

    def once() -> float:
        started = time.process_time()
        for _turn in range(turns):
            pass
        return time.process_time() - started

    return 1e9 * min(once() for _ in range(5)) / turns


def table(alone: Sequence[Call], together: Sequence[Call], users: int) -> str:
    """A row a callback, the slowest first: calls, p50, p95 and p99 of the server's time with all users, then p50 and most of its processor
    time with one."""
    lines = [
        f"server time in ms with {users} users, and processor time in ms with one",
        f"{'callback':<34}{'calls':>7}{'p50':>8}{'p95':>8}{'p99':>8}{'target':>8}   {'processor p50':>14}{'most':>8}",
    ]
    names = sorted({call.name for call in together}, key=lambda name: -_quantile(together, name, 95))
    late = 0
    for name in names:
        target = SEARCH if name in SEARCHES else TARGET
        p50, p95, p99 = (_quantile(together, name, part) for part in (50, 95, 99))
        own = [call.processor for call in alone if call.name == name] or [float("nan")]
        late += p95 > target
        lines.append(
            f"{name[:33]:<34}{sum(call.name == name for call in together):>7}{1e3 * p50:>8.0f}{1e3 * p95:>8.0f}{1e3 * p99:>8.0f}"
            f"{1e3 * target:>8.0f}{' !' if p95 > target else '  '} {1e3 * float(np.median(own)):>14.0f}{1e3 * max(own):>8.0f}"
        )
    every = [call.seconds for call in together]
    if every:
        parts = ", ".join(f"p{part} {1e3 * float(np.percentile(every, part)):.0f} ms" for part in (50, 95, 99))
        lines.append(f"all {len(every):,} calls: {parts}; {late} of {len(names)} callbacks miss their target")
    return "\n".join(lines)


def _quantile(calls: Sequence[Call], name: str, part: float) -> float:
    return float(np.percentile([call.seconds for call in calls if call.name == name], part))


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])

"""Run every benchmark, one after the other, so that none disturbs another: `python -m benchmarks [NAME ...]`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))


def main(wanted: list[str]) -> None:
    for name in wanted or NAMES:
        name = name if name.startswith("bench_") else f"bench_{name}"
        if name not in NAMES:
            sys.exit(f"no benchmark {name!r}; one of {', '.join(NAMES)}")
        print(f"\n== {name.removeprefix('bench_')} ==", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])

"""A process that labels holds no more than labelling needs."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import pyarrow as pa

from jobs import labelling
from jobs.labelling import Labeller, label_in_pool, start_process
from warehouse.records import Post, to_arrow
from warehouse.settings import Settings

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def label_and_look(batch: pa.RecordBatch) -> tuple[list[str], bool]:
    """In the pool: the languages of posts, and whether pandas, SciPy's or numba's linear algebra, cffi or YAML is there."""
    langs = [lang for labelled in label_in_pool([batch]) for lang in labelled["lang"].to_pylist()]
    return langs, bool({"pandas", "scipy.linalg", "cffi", "yaml", "numba.np.linalg"} & sys.modules.keys())


def test_a_process_of_the_pool_labels_without_what_it_does_not_need() -> None:
    batch = to_arrow([Post("forum", "q", "1", NOW, "ada 3 anak kena demam berdarah di Surabaya #dbd @a", author="a")], NOW)
    for told in (..., (["id"], False)):  # the first one may have to compile
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), start_process, (Settings(), b"k" * 32)) as pool:
            assert pool.submit(label_and_look, batch).result() == told or told is ...


def test_whoever_has_a_pool_label_loads_no_models() -> None:
    labeller = Labeller(Settings(), b"k" * 32)
    posts = [to_arrow([Post("forum", "q", str(number), NOW, "ada kasus demam berdarah di Surabaya")], NOW) for number in range(3)]
    told = [labelled["lang"].to_pylist() for _, batches in labeller.map(posts, lambda batch: [batch]) for labelled in batches]
    assert told == [["id"]] * 3
    assert labeller._own is None


def test_code_that_is_not_kept_is_compiled_and_kept_for_the_next_process(tmp_path: Path) -> None:
    (tmp_path / "sorted_once.py").write_text(
        "import sys\n"
        "import numpy as np\n"
        "from numba import njit\n"
        "from jobs.kept_code import load_kept_code_alone\n"
        "load_kept_code_alone()\n"
        "@njit(cache=True)\n"
        "def place(numbers, number):\n"
        "    return np.searchsorted(np.sort(numbers), number)\n"
        "print(place(np.array([5, 1, 3]), 4), 'numba.np.linalg' in sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_CACHE_DIR": str(tmp_path / "kept")}
    runs = [
        subprocess.run([sys.executable, "sorted_once.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs == ["2 True\n", "2 False\n"]


def test_batches_go_from_process_to_process_as_they_are_and_no_more_of_them() -> None:
    labelling.send_as_arrow_does()
    posts = to_arrow([Post("forum", "q", str(number), NOW, f"posting ke-{number}" * 9) for number in range(1_000)], NOW)
    some = posts.slice(10, 2)
    sent = bytes(ForkingPickler.dumps([some]))
    assert ForkingPickler.loads(sent)[0].equals(some)
    assert len(sent) < len(pickle.dumps([some])) / 10


def test_pandas_can_be_loaded_by_whoever_needs_it_all_the_same() -> None:
    code = (
        "from jobs.labelling import Without, keep_small\n"
        "keep_small()\n"
        "try:\n    import pandas\nexcept ModuleNotFoundError as error:\n    print(error)\n"
        "with Without.nothing():\n    import pandas as pd\n"
        "print(pd.NaT)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "a process that labels does without pandas\nNaT\n"

"""Work that several threads want at once is done by one of them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from warehouse.queries.once import Once


class _Key:
    """Equal to every other one; tells when it is looked for, which is done with the door locked."""

    def __init__(self) -> None:
        self.looked_for = threading.Event()

    def __hash__(self) -> int:
        self.looked_for.set()
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key)


def test_who_asks_for_the_same_meanwhile_gets_the_first_ones_answer() -> None:
    once, working, second = Once(), threading.Event(), _Key()

    def work() -> list[str]:
        working.set()
        assert second.looked_for.wait(30)
        return ["answer"]

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(once.do, _Key(), work)
        assert working.wait(30)
        assert once.do("another key", lambda: "other") == "other"
        waiting = pool.submit(once.do, second, lambda: pytest.fail("was asked a second time"))
        assert waiting.result(30) is first.result(30)


def test_an_error_is_everybodys_and_the_next_one_asks_anew() -> None:
    once = Once()

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        once.do("key", fail)
    assert once.do("key", lambda: 1) == 1

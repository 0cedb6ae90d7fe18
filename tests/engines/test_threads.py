"""Work shared by threads comes back in order, whoever shares it."""

from __future__ import annotations

import multiprocessing
import threading
from itertools import count, islice

import pytest

from terrain.engines.threads import THREADS, each, each_ahead


def test_results_come_in_order_and_from_other_threads() -> None:
    assert each(lambda number: (number, threading.get_ident()), []) == []
    found = each(lambda number: (number, threading.get_ident()), range(50))
    assert [number for number, _ in found] == list(range(50))
    assert threading.get_ident() not in {thread for _, thread in found}


def test_work_that_shares_work_does_it_itself() -> None:
    def inner(number: int) -> list[int]:
        me = threading.get_ident()
        return each(lambda other: number + other * (threading.get_ident() == me), range(3))

    assert each(inner, range(20)) == [[n, n + 1, n + 2] for n in range(20)]


def test_little_is_done_ahead_of_who_asks() -> None:
    begun: list[int] = []

    def step(number: int) -> int:
        begun.append(number)
        return number

    assert list(islice(each_ahead(step, count()), 5)) == [0, 1, 2, 3, 4]
    assert len(begun) <= 5 + 2 * THREADS


def test_an_error_ends_it() -> None:
    with pytest.raises(ZeroDivisionError):
        each(lambda number: 1 // number, [1, 0, 1])
    assert each(abs, [-1]) == [1]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own() -> None:
    each(abs, range(9))
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(each, (abs, [-1, -2])).get(timeout=30) == [1, 2]

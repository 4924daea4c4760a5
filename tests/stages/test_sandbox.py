import ctypes
import os
import subprocess
import time

import psutil
import pytest

from pipeline.sandbox import Failure, map_capped, run_capped

CAPS = {"memory_bytes": 2**30, "wall_seconds": 20.0}


def test_a_result_comes_back():
    assert run_capped(sorted, ([3, 1, 2],), **CAPS) == [1, 2, 3]


def test_an_exception_comes_back_as_a_clause():
    failure = run_capped(int, ("ýüz",), **CAPS)
    assert failure.kind == "error"
    assert failure.reason.startswith("ValueError: invalid literal")
    assert "ýüz" in failure.reason


def test_a_crash_does_not_spread():
    assert run_capped(ctypes.string_at, (0,), **CAPS).kind == "crash"


def test_memory_is_capped():
    assert run_capped(bytearray, (2**31,), **CAPS).kind == "memory"


def test_time_is_capped():
    started = time.monotonic()
    failure = run_capped(time.sleep, (60,), memory_bytes=2**30, wall_seconds=0.5)
    assert failure == Failure("time", "it took more than 0.5 seconds")
    assert time.monotonic() - started < 15


def test_programs_that_the_child_started_die_with_it():
    marker = "31.4159"
    run_capped(subprocess.run, (["sleep", marker],), memory_bytes=2**30, wall_seconds=1.0)
    time.sleep(0.2)
    assert not [p for p in psutil.process_iter(["cmdline"]) if marker in (p.info["cmdline"] or [])]


def test_map_keeps_the_order_and_fails_single_items():
    items = [("1",), ("x",), ("3",)]
    first, second, third = map_capped(int, items, worker_count=2, **CAPS)
    assert (first, third) == (1, 3)
    assert second.kind == "error"


def test_map_goes_on_after_a_crash():
    # 0 is a null pointer; the others are code points
    results = list(map_capped(_crash_on_zero, [(1,), (0,), (2,)], worker_count=1, **CAPS))
    assert [results[0], results[2]] == [1, 2]
    assert results[1].kind == "crash"


def test_map_keeps_its_children_between_items():
    pids = list(map_capped(os.getpid, [()] * 4, worker_count=1, **CAPS))
    assert len(set(pids)) == 1
    assert os.getpid() not in pids


def test_map_of_nothing_is_nothing():
    assert list(map_capped(int, [], worker_count=2, **CAPS)) == []


@pytest.mark.parametrize("taken", [0, 1])
def test_children_are_gone_when_the_results_are_no_longer_wanted(taken):
    results = map_capped(os.getpid, [()] * 3, worker_count=1, **CAPS)
    pids = [next(results) for _ in range(taken)]
    results.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)


def _crash_on_zero(number):
    return ctypes.string_at(0) if number == 0 else number

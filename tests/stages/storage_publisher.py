"""A program that publishes, for test_storage_faults.py to disturb.

It reads one request a line (JSON) from its standard input, forks a child that carries it out, and
answers with a line: how the child ended, and how many steps it acknowledged. Forking makes a
child cost milliseconds instead of the second that the imports take.
"""

import fcntl
import itertools
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from pipeline.errors import StorageError
from pipeline.storage import Address, Fingerprint, GateVerdict, Store

PAGES = Address("demo", "textbook_pages", "tuk/physics 6")
CORPUS = Address("demo", "parallel_corpus")
MODEL = Address("demo", "student_models")
ADDRESSES = (PAGES, CORPUS, MODEL)
REFUSED = 3  # exit code of a child that met a StorageError

_PRINT = Fingerprint("1", {"min_cosine": 0.8}, {"inbox": "0" * 64})


def _table(seed: int) -> pa.Table:
    rows = range(seed * 1000, seed * 1000 + 300)
    return pa.table({"number": list(rows), "text": [f"sözlem {row * 7919}" for row in rows]})


SYSTEM_CALLS = (
    *((os, name) for name in ("open", "write", "fsync", "close", "replace", "rename", "link")),
    *((os, name) for name in ("mkdir", "stat", "utime", "unlink", "scandir", "sendfile")),
    (fcntl, "flock"),
)
TABLES = [_table(seed) for seed in range(4)]  # built before forking: the first one costs a second


def steps(store: Store, inbox: Path) -> list[Callable[[], object]]:
    """All that can be done to a store, in an order that replaces, shares and frees objects."""
    ledger = {"process": os.getpid(), "at": time.time()}
    passed = (GateVerdict("not_empty", is_passed=True, reason="300 rows"),)

    def publish(address: Address, content: pa.Table | Path, *, is_versioned: bool = False):
        return lambda: store.publish(
            address,
            content,
            fingerprint=_PRINT,
            gates=passed,
            ledger=ledger,
            is_versioned=is_versioned,
        )

    return [
        publish(PAGES, TABLES[1]),
        publish(CORPUS, TABLES[2], is_versioned=True),
        publish(MODEL, inbox / "model_1"),
        lambda: store.find(MODEL).folder(),
        publish(PAGES, TABLES[3]),
        publish(MODEL, inbox / "model_2", is_versioned=True),
        publish(CORPUS, TABLES[1], is_versioned=True),
        lambda: store.collect_garbage(0, time.time() + 60),
        lambda: store.retract(PAGES, "the book was a draft"),
        lambda: store.find(MODEL).folder(),
        lambda: store.collect_garbage(0, time.time() + 60),
    ]


def fill_inbox(inbox: Path) -> None:
    """Write the folders that the steps publish; they share one file."""
    for name in ("model_1", "model_2"):
        folder = inbox / name / "1_Pooling"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text('{"pooling": "mean"}')
        (inbox / name / "weights.safetensors").write_bytes(name.encode() * 5000)


def _die_before(nth_call: int) -> None:
    """Let this process be killed when it is about to make its n-th system call."""
    calls = itertools.count(1)

    def wrap(call: Callable) -> Callable:
        def counted(*arguments, **options):
            if next(calls) == nth_call:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return counted

    for module, name in SYSTEM_CALLS:
        setattr(module, name, wrap(getattr(module, name)))


def _run_steps(request: dict, acknowledge: Callable[[], object]) -> None:
    store = Store(request["root"])
    for number, step in enumerate(steps(store, Path(request["inbox"]))):
        if number == request.get("step"):
            os.environ["DUTAR_FAULT"] = request["point"]
        step()
        acknowledge()


def _race(request: dict, acknowledge: Callable[[], object]) -> None:
    store = Store(request["root"])
    for _ in range(request["race_count"]):
        store.publish(
            PAGES,
            TABLES[request["seed"]],
            fingerprint=_PRINT,
            metadata={"seed": request["seed"]},
        )
        acknowledge()


def _child(request: dict, pipe: int) -> None:
    if limit := request.get("max_file_bytes"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    if "dies_before_call" in request:
        _die_before(request["dies_before_call"])
    work = _race if "race_count" in request else _run_steps
    try:
        work(request, lambda: os.write(pipe, b"."))
    except StorageError:
        os._exit(REFUSED)
    os._exit(0)


def _carry_out(request: dict) -> dict:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _child(request, writer)
        finally:
            os._exit(1)  # an error of another type than the one expected
    os.close(writer)
    if "delay_seconds" in request:
        time.sleep(request["delay_seconds"])
        os.kill(child, signal.SIGKILL)  # not yet waited for, so the number is still the child's
    with os.fdopen(reader, "rb") as acknowledged:
        count = len(acknowledged.read())
    return {"exit": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), "acknowledged": count}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_carry_out(json.loads(line))), flush=True)  # noqa: T201 - the answer

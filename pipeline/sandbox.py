"""Functions run in child processes under caps, for input that may crash, hang or eat memory.

A child is a fresh interpreter in its own process group: when it is killed, the programs it started
die with it. Results come back by pickle, so they must be plain data. Memory is capped through the
address space (Linux; macOS does not enforce it).
"""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import local
from typing import Any, Literal, TypeVar

T = TypeVar("T")

_STARTUP_SECONDS = 60.0  # an interpreter and its imports, on a busy machine


@dataclass(frozen=True)
class Failure:
    """What came instead of a result.

    Attributes:
        kind: `error` for an exception, `memory`, `time`, or `crash` for a process that died.
        reason: one clause for people.
    """

    kind: Literal["error", "memory", "time", "crash"]
    reason: str


def run_capped(
    function: Callable[..., T],
    arguments: Sequence[Any] = (),
    *,
    memory_bytes: int,
    wall_seconds: float,
) -> T | Failure:
    """Call an importable function in a child process.

    Args:
        function: defined at the top level of a module.
        arguments: plain data.
        memory_bytes: cap on the child's address space.
        wall_seconds: after which the child and all it started are killed.
    """
    worker = _Worker(memory_bytes, wall_seconds)
    try:
        return worker.call(function, arguments)
    finally:
        worker.stop()


def map_capped(
    function: Callable[..., T],
    items: Sequence[Sequence[Any]],
    *,
    worker_count: int,
    memory_bytes: int,
    wall_seconds: float,
) -> Generator[T | Failure, None, None]:
    """Call a function once per item, in children that are kept between items.

    A child that dies fails its own item only, and is replaced.

    Args:
        function: as in `run_capped`.
        items: the arguments of each call.
        worker_count: children at a time.
        memory_bytes: as in `run_capped`.
        wall_seconds: for one item.

    Yields:
        Results and failures in the order of the items.
    """
    workers: list[_Worker] = []
    own = local()

    def call(arguments: Sequence[Any]) -> T | Failure:
        if not hasattr(own, "worker"):
            own.worker = _Worker(memory_bytes, wall_seconds)
            workers.append(own.worker)
        result: T | Failure = own.worker.call(function, arguments)
        return result

    pool = ThreadPoolExecutor(max(1, min(worker_count, len(items))))
    try:
        yield from pool.map(call, items)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.stop()


class _Worker:
    """A child process that answers calls; started when first needed, replaced after a failure."""

    def __init__(self, memory_bytes: int, wall_seconds: float) -> None:
        self._memory_bytes = memory_bytes
        self._wall_seconds = wall_seconds
        self._process: Any = None
        self._pipe: Connection | None = None

    def call(self, function: Callable[..., T], arguments: Sequence[Any]) -> T | Failure:
        """The function's result, or why there is none."""
        try:
            pipe = self._pipe or self._start()
            pipe.send((function, tuple(arguments)))
            if not pipe.poll(self._wall_seconds):
                self.stop()
                return Failure("time", f"it took more than {self._wall_seconds:g} seconds")
            kind, value = pipe.recv()
        except (EOFError, OSError):
            return Failure("crash", self._how_it_died())
        if kind == "result":
            result: T = value
            return result
        if kind == "memory":
            self.stop()  # what is left of its memory may not suffice for the next call
        return Failure(kind, value)

    def stop(self) -> None:
        """Kill the child and everything it started."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._process.join()
        if self._pipe is not None:
            self._pipe.close()
        self._process = self._pipe = None

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self._memory_bytes), daemon=True
        )
        self._process.start()
        theirs.close()
        if not self._pipe.poll(_STARTUP_SECONDS):
            raise EOFError("the child process did not start")
        self._pipe.recv()
        return self._pipe

    def _how_it_died(self) -> str:
        process = self._process
        if process is None:
            return "its process could not be started"
        process.join(1)
        code = process.exitcode
        self.stop()
        if code is not None and code < 0:
            return f"its process was killed by {signal.Signals(-code).name}"
        return f"its process ended with exit status {code}"


def _serve(pipe: Connection, memory_bytes: int) -> None:
    """The child: take calls until the parent is gone."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):  # macOS refuses
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    pipe.send("ready")
    with suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        while True:
            function, arguments = pipe.recv()
            pipe.send(_answer(function, arguments))


def _answer(function: Callable[..., Any], arguments: Sequence[Any]) -> tuple[str, Any]:
    try:
        return "result", function(*arguments)
    except MemoryError:
        return "memory", "it needed more memory than it may have"
    except Exception as error:  # noqa: BLE001 - whatever hostile input provokes
        return "error", f"{type(error).__name__}: {error}".strip().rstrip(":")

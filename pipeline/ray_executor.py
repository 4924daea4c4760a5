"""An executor on Ray: items become tasks of a cluster, or of this machine.

Ray places the tasks, and gives those of a lost process or machine to others (Moritz et al. 2018,
"Ray: A Distributed Framework for Emerging AI Applications"). Tasks, not actors: an actor whose
machine is gone waits for a place, with its items, while a task runs wherever there is one. A worker
process keeps the function it was last given, so a model is loaded once in each.
"""

import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import ray
from ray import exceptions

from pipeline.errors import SourceUnavailable
from pipeline.executors import Item, Result

MOST_RETRIES = 3
"""How often an item may end its process before it is given up."""

_KNOCK_SECONDS = 10


class RayExecutor:
    """Runs items as Ray tasks; joins or starts Ray when first used.

    Args:
        address: `HOST:PORT` of a cluster, or `auto`; None starts Ray on this machine alone. A
            process that has joined Ray already stays where it is.
        cpus_per_worker: cores, and so threads, of one task.
        gpus_per_worker: GPUs of one task; a fraction shares one.
    """

    def __init__(
        self, address: str | None = None, cpus_per_worker: int = 1, gpus_per_worker: float = 0
    ) -> None:
        self._address = address
        self._task = _apply.options(
            num_cpus=cpus_per_worker,
            num_gpus=gpus_per_worker,
            max_retries=MOST_RETRIES,
            scheduling_strategy="SPREAD",
        )
        self._sent: tuple[object, list[Any]] = None, []

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """See `Executor`; the function is sent once to each machine."""
        self._join()
        holder = self._send(function)
        waiting = deque(self._task.remote(holder, item) for item in items)
        try:
            while waiting:  # a result that was handed on is let go
                yield ray.get(waiting.popleft())
        except exceptions.RayTaskError as error:
            raise error.cause from None
        except exceptions.RayError as error:
            raise SourceUnavailable(
                f"Ray gave an item up after {MOST_RETRIES} retries ({error}); look at `ray status` "
                "and at the memory of its machines, then run again: what is done is kept"
            ) from error
        finally:
            for task in waiting:
                ray.cancel(task)

    def _join(self) -> None:
        if ray.is_initialized():
            return
        try:
            if self._address and ":" in self._address:
                _knock(self._address)  # Ray itself would try for minutes
            ray.init(address=self._address, include_dashboard=False, log_to_driver=False)
        except Exception as error:  # Ray's own, which are bare where a node is slow
            where = f"answers at {self._address}" if self._address else "could be started here"
            raise SourceUnavailable(
                f"no Ray cluster {where}: {error}; see `ray status`, and "
                "execution.address in the recipe"
            ) from error

    def _send(self, function: Callable[[Item], Result]) -> list[Any]:
        """Put the function where all machines find it; it stays there while it is used."""
        if self._sent[0] is not function:
            # in a list the reference is handed over as such, else each task would unpickle it anew
            self._sent = function, [ray.put(function)]
        return self._sent[1]


def _knock(address: str) -> None:
    host, _, port = address.rpartition(":")
    socket.create_connection((host, int(port)), timeout=_KNOCK_SECONDS).close()


@ray.remote  # type: ignore[untyped-decorator] # Ray's types are not checked
def _apply(holder: list[Any], item: Any) -> Any:  # noqa: ANN401 - whatever the caller's function takes
    return _held(holder[0])(item)


@lru_cache(maxsize=1)
def _held(reference: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - an ObjectRef has no type here
    function: Callable[[Any], Any] = ray.get(reference)
    return function

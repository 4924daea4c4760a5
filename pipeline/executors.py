"""Where independent pieces of work are done: here, one after the other, or on other machines.

A stage cuts its work into items and hands them to an `Executor`; which one, the recipe says. Ray is
imported only for who asks for it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, Protocol, TypeVar

from pipeline.errors import InputError

Item = TypeVar("Item")
Result = TypeVar("Result")

Engine = Literal["local", "ray"]


class Executor(Protocol):
    """Does the same to many items."""

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield `function(item)` of every item, in the order of the items, as they are ready.

        Args:
            function: pure, and picklable for an executor that works elsewhere; when a machine is
                lost, an item is given to another. It may carry large arrays or load a model, so it
                is sent to a worker once and not with every item.
            items: small and picklable.

        Raises:
            SourceUnavailable: the machines cannot be reached, or keep losing an item.
            Exception: what `function` raised.
        """


class LocalExecutor:
    """Works here, one item at a time, when its result is asked for."""

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield `function(item)` of every item, in order."""
        return map(function, items)


def open_executor(
    engine: Engine,
    address: str | None = None,
    cpus_per_worker: int = 1,
    gpus_per_worker: float = 0,
) -> Executor:
    """Return the executor that a recipe's `execution` names; machines are asked at first use.

    Args:
        engine: `local` or `ray`.
        address: of a running Ray cluster: `HOST:PORT`, or `auto` for the one that this machine
            belongs to. Without one, Ray is started on this machine alone.
        cpus_per_worker: cores, and so threads, of one Ray task.
        gpus_per_worker: GPUs of one Ray task; a fraction shares one.

    Raises:
        InputError: Ray is not installed.
    """
    if engine == "local":
        return LocalExecutor()
    try:
        from pipeline.ray_executor import RayExecutor  # noqa: PLC0415 - an extra, slow to import
    except ModuleNotFoundError as error:
        raise InputError(
            "execution.engine is ray, but Ray is not installed: run `pip install 'dutar[ray]'` "
            "on every machine of the cluster, or choose `local`"
        ) from error
    return RayExecutor(address, cpus_per_worker, gpus_per_worker)

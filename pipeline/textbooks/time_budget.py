"""How long a whole book may take, so that one of evil pages does not hold up the others."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TypeVar

from pipeline.sandbox import Failure

T = TypeVar("T")

Clock = Callable[[], float]  # seconds from anywhere


class TimeBudget:
    """Some seconds from now on.

    Args:
        seconds: that may be spent.
        clock: tells the time.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def limited(
        self, results: Generator[T | Failure, None, None], count: int
    ) -> Iterator[T | Failure]:
        """So many results, in order; failures when the time is up, and nothing is computed then."""
        spent = Failure("time", f"not tried, for the book has had its {self._seconds:,.0f} seconds")
        with closing(results):
            for _ in range(count):
                yield spent if self._clock() > self._end else next(results)

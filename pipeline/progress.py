"""How long work tells where it is, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Receives what a person waiting would like to know."""

    def __call__(self, done: int, total: int, message: str) -> None:
        """Report that `done` of `total` units are finished; `message` is one short line."""


def silent(done: int, total: int, message: str) -> None:
    """Report to nobody."""
    del done, total, message

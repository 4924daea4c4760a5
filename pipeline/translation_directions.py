"""Directions of translation: `tuk_Latn-rus_Cyrl` reads Turkmen and writes Russian."""

from collections.abc import Iterable
from typing import NamedTuple

from pipeline.errors import InputError
from pipeline.languages import language


class Direction(NamedTuple):
    """From which language into which.

    Attributes:
        source: code of what is read.
        target: code of what is written.
    """

    source: str
    target: str

    @classmethod
    def named(cls, name: str) -> "Direction":
        """The direction with a name such as `tuk_Latn-rus_Cyrl`.

        Raises:
            InputError: it does not name two different known languages.
        """
        source, _, target = name.partition("-")
        if not target:
            raise InputError(f"`{name}` is no direction; one is called like tuk_Latn-rus_Cyrl")
        return cls.between(source, target)

    @classmethod
    def between(cls, source: str, target: str) -> "Direction":
        """The direction from a language into another.

        Raises:
            InputError: one is not known, or they are the same.
        """
        if source == target:
            raise InputError(f"{source} need not be translated into {target}")
        return cls(language(source).code, language(target).code)

    @property
    def name(self) -> str:
        """As in partition keys and scores."""
        return f"{self.source}-{self.target}"

    @property
    def reverse(self) -> "Direction":
        """The way back."""
        return Direction(self.target, self.source)


def both_ways(focus: str, pivots: Iterable[str]) -> list[Direction]:
    """Between the focus language and each pivot, out and back."""
    return [
        direction
        for pivot in pivots
        for direction in (Direction(focus, pivot), Direction(pivot, focus))
    ]

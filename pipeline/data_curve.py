"""Points of a data curve: how many pairs a student was taught, and how many of them wrong. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.errors import InputError

_NAME = re.compile(r"(\d+) pairs(?:, (\d+(?:\.\d+)?)% wrong)?")


@dataclass(frozen=True)
class CurvePoint:
    """One student of a data curve.

    Attributes:
        pair_count: training pairs at most.
        wrong_fraction: of them, with the translation of another pair.
    """

    pair_count: int
    wrong_fraction: float = 0.0

    @property
    def name(self) -> str:
        """`3000 pairs`, or `10000 pairs, 30% wrong`."""
        wrong = f", {100 * self.wrong_fraction:g}% wrong" if self.wrong_fraction else ""
        return f"{self.pair_count} pairs{wrong}"

    def taught(self, pair_count: int) -> "CurvePoint":
        """The point that it is where fewer pairs were taught than it asks for."""
        return replace(self, pair_count=min(pair_count, self.pair_count))

    @classmethod
    def named(cls, name: str) -> "CurvePoint":
        """The point of a name.

        Raises:
            InputError: it is no point's name.
        """
        match = _NAME.fullmatch(name)
        if match is None:
            raise InputError(f"{name!r} is no point of a data curve, such as '3000 pairs'")
        return cls(int(match[1]), float(match[2] or 0) / 100)


def curve_points(
    pair_counts: Sequence[int], wrong_fractions: Sequence[float]
) -> tuple[CurvePoint, ...]:
    """The points of two curves: by number of pairs, none wrong; then, with most pairs, by wrong.

    >>> [point.name for point in curve_points([3000, 1000], [0, 0.1])]
    ['1000 pairs', '3000 pairs', '3000 pairs, 10% wrong']
    """
    if not pair_counts:
        return ()
    clean = [CurvePoint(count) for count in sorted(pair_counts)]
    most = max(pair_counts)
    noisy = [CurvePoint(most, fraction) for fraction in sorted(wrong_fractions)]
    return tuple(dict.fromkeys([*clean, *noisy]))

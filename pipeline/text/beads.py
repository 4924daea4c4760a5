"""Beads, the units of a sentence alignment, and their one-line text form.

Pure. The format `[0,1]:[0]` is the one shared by Bleualign's and vecalign's gold files.
"""

import re
from dataclasses import dataclass

from pipeline.errors import InputError

_LINE = re.compile(r"\[([\d\s,]*)\]\s*:\s*\[([\d\s,]*)\]\s*(?::\s*(\S+))?")


@dataclass(frozen=True)
class Bead:
    """Source sentences and the target sentences that say the same.

    Attributes:
        source: 0-based ascending positions; empty for an insertion.
        target: 0-based ascending positions; empty for a deletion.
        score: higher is surer; comparable within one run's parameters.
    """

    source: tuple[int, ...]
    target: tuple[int, ...]
    score: float = 0.0


def format_bead(bead: Bead, *, with_score: bool = False) -> str:
    """`[0,1]:[0]`, with `[]` for an empty side; the score, if wanted, is a third field."""
    sides = [f"[{','.join(map(str, side))}]" for side in (bead.source, bead.target)]
    return ":".join([*sides, repr(bead.score)] if with_score else sides)


def parse_bead(line: str) -> Bead:
    """Read one line; spaces do not matter and a third field is the score.

    Raises:
        InputError: the line has another form, or its score is no number.
    """
    match = _LINE.fullmatch(line.strip())
    if match is None:
        raise InputError(f"expected a bead such as [0,1]:[0], got {line!r}")
    source, target, score = match.groups()
    try:
        return Bead(_positions(source), _positions(target), float(score or 0))
    except ValueError as error:
        raise InputError(f"expected positions and a numeric score in {line!r}") from error


def _positions(side: str) -> tuple[int, ...]:
    return tuple(int(item) for item in side.replace(",", " ").split())

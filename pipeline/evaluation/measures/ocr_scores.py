"""How well pages were read: character and word error rates with intervals over pages. Pure.

Micro averages: edits of all pages over the reference's length, so that a long page counts more.
Texts are compared as given; fold quotes and spaces first if they should not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from pipeline.errors import InputError
from pipeline.statistics import Interval, bootstrap, ratio


@dataclass(frozen=True)
class ErrorRate:
    """An error rate with the counts behind it.

    Attributes:
        interval: edits over units, >= 0 and above 1 when more was invented than was there;
            `n` counts pages.
        edit_count: insertions, deletions and substitutions of all pages.
        unit_count: characters or words of the reference.
    """

    interval: Interval
    edit_count: int
    unit_count: int


def character_error_rate(
    references: Sequence[str], hypotheses: Sequence[str], *, count: int = 2000, seed: int
) -> ErrorRate:
    """Levenshtein edits over reference characters (code points), pages resampled.

    Args:
        references: the true text of each page.
        hypotheses: what was read, page by page; empty where nothing was.
        count: resamples of the bootstrap.
        seed: of the draw.

    Raises:
        InputError: the page counts differ, or the reference holds no text.
    """
    return _error_rate([*references], [*hypotheses], count, seed)


def word_error_rate(
    references: Sequence[str], hypotheses: Sequence[str], *, count: int = 2000, seed: int
) -> ErrorRate:
    """As `character_error_rate`, over words divided by white space."""
    return _error_rate(
        [page.split() for page in references], [page.split() for page in hypotheses], count, seed
    )


def _error_rate(
    references: Sequence[Sequence[str]], hypotheses: Sequence[Sequence[str]], count: int, seed: int
) -> ErrorRate:
    if len(references) != len(hypotheses):
        raise InputError(f"{len(references)} reference pages and {len(hypotheses)} pages read")
    lengths = [len(page) for page in references]
    if not sum(lengths):
        raise InputError("the reference holds no text, so no error rate can be stated")
    edits = [
        Levenshtein.distance(true, read) for true, read in zip(references, hypotheses, strict=True)
    ]
    interval = bootstrap(edits, lengths, statistic=ratio, count=count, seed=seed)
    return ErrorRate(interval, sum(edits), sum(lengths))

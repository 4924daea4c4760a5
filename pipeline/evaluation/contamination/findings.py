"""What is known of evaluation texts that were trained on, and what a score owes to them. Pure.

A row of a suite is one meaning in one or more languages, such as line 17 of every file of
FLORES-200. Whoever was trained on a row in one language knows its meaning in all of them.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.statistics import wilson
from pipeline.storage import GateVerdict

Text: TypeAlias = tuple[str, str]
"""Language code and text."""

Row: TypeAlias = Mapping[str, str]
"""The same text by language code; a text that has no translation is a row of one language."""

Kind = Literal["exact", "folded", "near_duplicate", "translated"]
"""How a text was trained on, the strongest evidence first."""

KINDS: tuple[Kind, ...] = get_args(Kind)

_IN_WORDS = {
    "exact": "word for word",
    "folded": "but for case, punctuation or numbers",
    "near_duplicate": "but for a few words",
    "translated": "in another language",
}
_SHOWN_CHARACTERS = 80
_MOST_FALSE_ALARMS = 0.05  # by meaning: short questions of another domain reach it


class Finding(NamedTuple):
    """An evaluation text that was trained on, and the training text that gives it away."""

    row: int  # position among the rows
    language: str
    text: str
    kind: Kind
    through: str  # language of the row's version that has these words; empty: found by meaning
    trained: Text
    score: float  # share of that version's words, 1 at most; by meaning a margin, about 1 by chance


def contaminated_rows(findings: Sequence[Finding]) -> dict[int, Finding]:
    """The strongest finding of every contaminated row, in the order of the rows."""
    strongest: dict[int, Finding] = {}
    for finding in sorted(findings, key=lambda one: (one.row, KINDS.index(one.kind), -one.score)):
        strongest.setdefault(finding.row, finding)
    return strongest


def clean_rows(findings: Sequence[Finding], n: int) -> npt.NDArray[np.bool_]:
    """Which of n rows have nothing to do with training text, (n,): the mask of a clean score.

    Raises:
        InputError: a finding is of no such row.
    """
    is_clean = np.ones(n, np.bool_)
    rows = sorted(contaminated_rows(findings))
    if rows and not 0 <= rows[0] <= rows[-1] < n:
        raise InputError(f"a finding names row {rows[-1]}, and the suite has {n}: another suite's?")
    is_clean[rows] = False
    return is_clean


def contamination_gate(
    findings: Sequence[Finding], n: int, suite: str, *, is_meaning_searched: bool = True
) -> GateVerdict:
    """Refuse the figures of a suite whose rows were trained on, and say which and what to do.

    A row found by its words refuses; rows found by meaning alone do so when they are more than
    false alarms explain.

    Args:
        findings: of `find_contamination`.
        n: rows of the suite.
        suite: its name.
        is_meaning_searched: whether an encoder looked for translations that nobody knew of.
    """
    unsearched = (
        ""
        if is_meaning_searched
        else " Translations that the suite does not hold itself were not looked for."
    )
    rows = contaminated_rows(findings)
    if not rows:
        reason = f"None of {n:,} rows of {suite} was found in the training text.{unsearched}"
        return GateVerdict("contamination", is_passed=True, reason=reason)
    counts = Counter(finding.kind for finding in rows.values())
    kinds = ", ".join(f"{counts[kind]:,} {_IN_WORDS[kind]}" for kind in KINDS if counts[kind])
    shown = _example(min(rows.values(), key=lambda one: (KINDS.index(one.kind), one.row)))
    if _may_be_chance(rows.values(), n):
        reason = (
            f"{len(rows):,} of {n:,} rows of {suite} look like translations of training text, which"
            f" so few may do by chance. {shown}{unsearched}"
        )
        return GateVerdict("contamination", is_passed=True, reason=reason)
    reason = (
        f"{len(rows):,} of {n:,} rows of {suite} were trained on: {kinds}. {shown}"
        " Believe the score without these rows, or take them out of the training text and train"
        f" again.{unsearched}"
    )
    return GateVerdict("contamination", is_passed=False, reason=reason)


def _may_be_chance(findings: Collection[Finding], n: int) -> bool:
    """Whether all were found by meaning, and no more than false alarms would be."""
    by_words = any(finding.through for finding in findings)
    return not by_words and wilson(len(findings), n).ci_low <= _MOST_FALSE_ALARMS


def _example(finding: Finding) -> str:
    language, text = finding.trained
    return (
        f"Row {finding.row + 1}, “{_shortened(finding.text)}” ({finding.language}), was seen as"
        f" “{_shortened(text)}” ({language})."
    )


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS].rstrip()}…"

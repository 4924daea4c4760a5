"""What an annotator may say about a pair: eight verdicts and a scale of meaning (pure).

The taxonomy is that of Kreutzer et al. 2022, "Quality at a Glance", with two codes more: `P` for
pairs worth mending and `OCR` for damaged text. Meaning is rated by XSTS (Licht et al. 2022,
"Consistent Human Evaluation of Machine Translation across Language Pairs"), 1 to 5.
"""

from typing import NamedTuple


class VerdictCode(NamedTuple):
    """One verdict: its code, what annotators read, its hotkey, and what it means for the pair."""

    code: str
    name: str
    hotkey: str
    is_correct: bool


VERDICT_CODES = (
    VerdictCode("CC", "correct", "1", is_correct=True),
    VerdictCode("P", "partial", "2", is_correct=False),
    VerdictCode("X", "wrong translation", "3", is_correct=False),
    VerdictCode("WL", "wrong language", "4", is_correct=False),
    VerdictCode("NL", "not language", "5", is_correct=False),
    VerdictCode("CB", "boilerplate", "6", is_correct=False),
    VerdictCode("CS", "little value", "7", is_correct=False),
    VerdictCode("OCR", "damaged text", "8", is_correct=False),
)

MEANINGS = {
    1: "nothing in common",
    2: "same topic, different message",
    3: "main point the same, important details differ",
    4: "same message, small details differ",
    5: "the same",
}

BY_CODE = {verdict.code: verdict for verdict in VERDICT_CODES}


def is_correct(code: str) -> bool:
    """Whether a verdict accepts the pair as it is; true only for `CC`.

    Raises:
        KeyError: the code is none of `VERDICT_CODES`.
    """
    return BY_CODE[code].is_correct


def verdict_names() -> dict[str, str]:
    """What each code means, in words."""
    return {verdict.code: verdict.name for verdict in VERDICT_CODES}

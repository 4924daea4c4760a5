"""What the texts of a pair say about it, before any model is asked. Pure."""

from collections import Counter
from functools import lru_cache

from pipeline.text.identify import language_score
from pipeline.text.marks import numbers
from pipeline.text.names import name_agreement

_SIDES = "source", "target"
_remembered_score = lru_cache(maxsize=1 << 16)(language_score)  # a text may be in many pairs


def text_evidence(row: dict[str, object]) -> dict[str, object]:
    """The columns of `SCORED_PAIRS` that follow from the texts and languages of a row.

    Raises:
        InputError: a language is not known.
    """
    source, target = (str(row[f"{side}_text"]) for side in _SIDES)
    scores = {
        f"{side}_language_score": _remembered_score(text, str(row[f"{side}_language"]))
        for side, text in zip(_SIDES, (source, target), strict=True)
    }
    return scores | {
        "length_ratio": length_ratio(source, target),
        "number_agreement_fraction": number_agreement(source, target),
        "name_agreement_fraction": name_agreement(source, target),
    }


def number_agreement(source: str, target: str) -> float:
    """Jaccard index of the two multisets of numbers, in [0, 1]; 1 when neither has any."""
    left, right = Counter(numbers(source)), Counter(numbers(target))
    union = (left | right).total()
    return (left & right).total() / union if union else 1.0


def length_ratio(source: str, target: str) -> float:
    """Shorter over longer side in characters, (0, 1]; 0 when just one side is empty."""
    shorter, longer = sorted((len(source), len(target)))
    return shorter / longer if longer else 1.0

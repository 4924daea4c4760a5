"""BLEU, chrF++ and TER of any resample of segments, from counts that sacrebleu makes of each. Pure.

A corpus figure is a function of counts summed over segments (Papineni et al. 2002; Popovic 2017;
Snover et al. 2006), so that thousands of resamples cost sums and no second look at the texts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.metrics.base import Metric as SacrebleuMetric

from pipeline.statistics import Array

_BETA_SQUARED = 4.0  # chrF: recall weighs twice as much as precision

# 13a splits off ASCII punctuation alone: it would leave a danda or an Arabic comma on its word.
# Scripts that put no space between words are compared by character.
_TOKENISERS = {
    **dict.fromkeys(("Arab", "Beng", "Deva", "Guru", "Orya"), "intl"),
    **dict.fromkeys(("Khmr", "Laoo", "Mymr", "Thai", "Tibt"), "char"),
    **dict.fromkeys(("Hans", "Hant"), "zh"),
}


@dataclass(frozen=True)
class TranslationMetric:
    """A metric of machine translation.

    Attributes:
        name: as stored.
        scorer: sacrebleu's, which counts.
        figure: counts (..., k), summed over segments, to figures (...) on sacrebleu's scale.
    """

    name: str
    scorer: SacrebleuMetric
    figure: Callable[[Array], Array]

    def counts(self, hypotheses: Sequence[str], references: Sequence[str]) -> Array:
        """What each segment adds to the sums, (n, k)."""
        counted = self.scorer._extract_corpus_statistics(  # noqa: SLF001 - chrF shows them nowhere
            hypotheses, [references]
        )
        return np.array(counted, dtype=np.float64)

    @property
    def signature(self) -> str:
        """Sacrebleu's words for how it was counted; known once something was."""
        return str(self.scorer.get_signature())


def translation_metrics(target_language: str) -> tuple[TranslationMetric, ...]:
    """chrF++, BLEU and TER for translations into a language, such as `tuk_Latn`.

    BLEU's tokeniser is sacrebleu's default, 13a, for alphabets that share its punctuation (Latin,
    Cyrillic), as in published tables; see the signature.
    """
    tokeniser = _TOKENISERS.get(target_language.rpartition("_")[2], "13a")
    return (
        TranslationMetric("chrf2pp", CHRF(word_order=2), chrf),
        TranslationMetric("bleu", BLEU(tokenize=tokeniser, force=True), bleu),
        TranslationMetric("ter", TER(), ter),
    )


def bleu(counts: Array) -> Array:
    """BLEU of order 4 with exponential smoothing, 0 to 100, higher is better.

    Args:
        counts: (..., 10): hypothesis and reference length, n-grams matched, n-grams there are.
    """
    length, reference_length = counts[..., 0], counts[..., 1]
    matched, total = counts[..., 2:6], counts[..., 6:10]
    halvings = np.cumsum(matched == 0, axis=-1)  # every order without a match counts half as much
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(matched > 0, matched, 0.5**halvings) / total
        brevity = np.exp(np.minimum(0.0, 1.0 - reference_length / length))
        value = 100 * brevity * np.exp(np.log(precision).mean(axis=-1))
    is_defined = (total > 0).all(axis=-1) & (matched > 0).any(axis=-1)
    return np.asarray(np.where(is_defined, value, 0.0))


def chrf(counts: Array) -> Array:
    """chrF++: F2 of mean precision and recall over n-gram orders, 0 to 100, higher is better.

    Args:
        counts: (..., 3 x orders): n-grams of the hypothesis, of the reference and of both, order
            after order; characters first, words behind.
    """
    theirs, references, both = (counts[..., start::3] for start in range(3))
    is_known = (theirs > 0) & (references > 0)
    orders = np.maximum(is_known.sum(axis=-1), 1)
    precision = (both / np.where(is_known, theirs, np.inf)).sum(axis=-1) / orders
    recall = (both / np.where(is_known, references, np.inf)).sum(axis=-1) / orders
    weighted = _BETA_SQUARED * precision + recall
    product = (1 + _BETA_SQUARED) * precision * recall
    return np.asarray(100 * product / np.where(weighted > 0, weighted, 1.0))


def ter(counts: Array) -> Array:
    """Edits per 100 reference words, at least 0, may exceed 100; lower is better.

    Args:
        counts: (..., 2): edits, shifts of phrases among them, and reference words.
    """
    edits, words = counts[..., 0], counts[..., 1]
    return np.asarray(100 * np.where(words > 0, edits / np.maximum(words, 1), edits > 0))

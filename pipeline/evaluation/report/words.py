"""Figures and codes as a reader would say them; pure functions of a few values."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from pipeline.errors import InputError
from pipeline.evaluation.measures.scores import START
from pipeline.languages import language

_METRICS = {
    "accuracy_at_0.8": "right at cosine 0.8",
    "accuracy_at_tuned": "right at a threshold tuned on other text",
    "f1_at_tuned": "F1 at a threshold tuned on other text",
    "average_precision": "average precision",
    "mean_cosine": "mean cosine of paraphrases",
    "macro_f1": "macro F1",
    "few_shot_accuracy": "accuracy from a few examples",
    "few_shot_macro_f1": "macro F1 from a few examples",
    "top_1": "found first (top 1)",
    "ndcg_at_10": "nDCG@10",
    "p_at_1": "found first (P@1)",
    "mrr": "mean reciprocal rank (MRR)",
    "xsim_error": "not found by margin (xSIM error)",
    "mining_f1": "mining F1",
    "mining_precision": "mining precision",
    "mining_recall": "mining recall",
    "pearson": "Pearson",
    "spearman": "Spearman",
    "retention_spearman": "order kept (Spearman)",
    "retention_sts": "kept of the agreement with people (Spearman)",
    "anisotropy": "anisotropy (mean cosine)",
    "alignment": "alignment",
    "uniformity": "uniformity",
    "strict_f1": "exact beads (strict F1)",
    "lax_f1": "overlapping beads (lax F1)",
    "cer": "character error rate",
    "wer": "word error rate",
    "bleu": "BLEU",
    "chrf2pp": "chrF++",
    "ter": "translation edit rate (TER)",
    "positive_follows": "positives that follow",
    "negative_contradicts": "negatives that contradict",
    "triplet_right": "right in both",
    "alpha_triplet": "agreement on right in both (alpha)",
    "alpha_accept": "agreement on right or wrong (alpha)",
    "alpha_verdict": "agreement on the verdict (alpha)",
    "alpha_meaning": "agreement on the rating of meaning (alpha)",
    "kappa_accept": "agreement on right or wrong (kappa)",
    "raw_agreement_accept": "pairs that all found right, or all wrong",
    "sentences_per_second": "sentences per second",
    "tokens_per_second": "tokens per second",
    "gemm_share": "share of the machine's matrix speed",
    "peak_memory_bytes": "peak memory",
    "parameter_count": "parameters",
    "disk_bytes": "on disk",
}
_SHORT = {
    "p_at_1": "P@1",
    "top_1": "top 1",
    "accuracy_at_tuned": "accuracy",
    "retention_spearman": "Spearman",
    "strict_f1": "strict F1",
    "xsim_error": "xSIM error",
    "few_shot_macro_f1": "macro F1, few examples",
}
_BASELINES = {
    "bm25": "BM25 (shared words)",
    "tfidf": "TF-IDF (shared letter groups)",
    "length": "length only",
    "length only": "length only",
    "teacher": "teacher",
}
_SHARES = frozenset(
    {
        *("p_at_1", "top_1", "accuracy", "accuracy_at_0.8", "accuracy_at_tuned", "f1_at_tuned"),
        *("macro_f1", "few_shot_accuracy", "few_shot_macro_f1", "precision", "xsim_error"),
        *("mining_f1", "mining_precision", "mining_recall", "cer", "wer", "gemm_share"),
        *("strict_f1", "strict_precision", "strict_recall"),
        *("lax_f1", "lax_precision", "lax_recall"),
        *("positive_follows", "negative_contradicts", "triplet_right", "raw_agreement_accept"),
    }
)
HUNDREDS = frozenset({"bleu", "chrf2pp", "ter"})  # sacrebleu's scale
LOWER_IS_BETTER = frozenset(
    {"cer", "wer", "ter", "xsim_error", "peak_memory_bytes", "parameter_count", "disk_bytes"}
)
UNRANKED = frozenset({"anisotropy", "alignment", "uniformity"})  # neither end is best by itself
_KILO = 1000
_EDITION = re.compile(r"\.([a-z]{3}_[A-Z][a-z]{3})\b")


def is_baseline(model: str) -> bool:
    """Whether a name is that of a baseline, which nobody trains or releases."""
    return model in _BASELINES


def figure(value: float | None, metric: str) -> str:
    """A metric's value as people write it: `71.2%`, `0.712`, `31.4`, `1.2 GB`."""
    return "undefined" if value is None else _WRITTEN.get(metric, number)(value)


def between(low: float, high: float, metric: str) -> str:
    """An interval: `64.0 to 78.0%`."""
    return f"{figure(low, metric).removesuffix('%')} to {figure(high, metric)}"


def change(difference: float | None, metric: str) -> str:
    """A metric's difference, always signed, in points: hundredths of what runs from 0 to 1."""
    if difference is None:
        return "undefined"
    return points(difference / 100 if metric in HUNDREDS else difference)


def ticks(metric: str) -> str | None:
    """Format of an axis: hundredths of a scale to 100, or a plain number; None for percent."""
    return None if metric in _SHARES else "{x:.0f}" if metric in HUNDREDS else "{x:.3g}"


def size(byte_count: float) -> str:
    """A number of bytes in the unit that leaves few digits: `471 MB`."""
    units = iter(("bytes", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while byte_count >= _KILO - 0.5:
        byte_count, unit = byte_count / _KILO, next(units)
    return f"{byte_count:.3g} {unit}"


def percent(fraction: float, decimals: int = 1) -> str:
    """A share as a percentage: `71.2%`."""
    return f"{100 * fraction:.{decimals}f}%"


def number(value: float) -> str:
    """Three decimals with a true minus sign."""
    return f"{value:.3f}".replace("-", "−")


def points(difference: float) -> str:
    """A difference of shares in percentage points, always signed: `+33.1`, `−2.0`."""
    return f"{100 * difference:+.1f}".replace("-", "−")


def count(value: int) -> str:
    """A number of things, thousands set apart by a thin space that does not break."""
    return f"{value:,}".replace(",", "\u202f")


def spaced(name: str) -> str:
    """A stored name opened: `a_b/c` is `a b, c`, and `reader.rus_Cyrl` is `reader in Russian`."""
    said = _EDITION.sub(lambda found: f" in {language_name(found[1])}", name)
    return said.replace("_", " ").replace("/", ", ")


def model_name(model: str) -> str:
    """`start` as what it means, a baseline as what it goes by; a student keeps its name."""
    return "before training" if model == START else _BASELINES.get(model, model)


def metric_name(metric: str) -> str:
    """A metric as a reader would call it."""
    return _METRICS.get(metric, spaced(metric))


def short_metric(metric: str) -> str:
    """A metric where there is little room: `P@1`."""
    return _SHORT.get(metric, metric_name(metric))


def language_name(code: str) -> str:
    """English name of a language; a code that is not known stays as it is."""
    try:
        return language(code).name
    except InputError:
        return code


def language_tag(code: str) -> str:
    """Two-letter tag for `lang` attributes; `und` where the code is not known."""
    try:
        return language(code).iso639_1
    except InputError:
        return "und"


def direction_name(direction: str) -> str:
    """`tuk_Latn-rus_Cyrl` as `Turkmen to Russian`."""
    return " to ".join(language_name(code) for code in direction.split("-"))


def _millions(value: float) -> str:
    return f"{value / _KILO**2:.3g} M"


def _rate(value: float) -> str:
    return count(round(value)) if value >= _KILO else f"{value:.3g}"


_WRITTEN: dict[str, Callable[[float], str]] = {
    **dict.fromkeys(_SHARES, percent),
    **dict.fromkeys(HUNDREDS, "{:.1f}".format),
    "sentences_per_second": _rate,
    "tokens_per_second": _rate,
    "parameter_count": _millions,
    "disk_bytes": size,
    "peak_memory_bytes": size,
}


def place(pair: Mapping[str, Any]) -> str:
    """Document and page, address, or entry that a pair's source side was read from."""
    locator = pair["locator"] or ""
    if not locator.startswith("{"):
        return locator or str(pair["source_document"])
    sides = json.loads(locator)
    first: Mapping[str, Any] = next(iter(sides["source"] or sides["target"]), {})
    if "url" in first:
        return str(first["url"])
    document = pair["source_document"] if sides["source"] else pair["target_document"]
    return f"{document}, page {first['page']}" if "page" in first else str(document)

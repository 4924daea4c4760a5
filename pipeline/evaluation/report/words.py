"""Figures and codes as a reader would say them; pure functions of a few values."""

import json
from collections.abc import Mapping
from typing import Any

from pipeline.errors import InputError
from pipeline.evaluation.scores import START
from pipeline.languages import language

_METRICS = {
    "accuracy_at_0.8": "right at cosine 0.8",
    "accuracy_at_tuned": "right at a threshold tuned on other text",
    "macro_f1": "macro F1",
    "top_1": "found first (top 1)",
    "ndcg_at_10": "nDCG@10",
    "p_at_1": "found first (P@1)",
    "mrr": "mean reciprocal rank (MRR)",
    "pearson": "Pearson",
    "spearman": "Spearman",
    "retention_spearman": "order kept (Spearman)",
    "strict_f1": "exact beads (strict F1)",
    "lax_f1": "overlapping beads (lax F1)",
    "cer": "character error rate",
    "wer": "word error rate",
}


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
    """A stored name with its underscores and slashes opened: `a_b/c` is `a b, c`."""
    return name.replace("_", " ").replace("/", ", ")


def model_name(model: str) -> str:
    """`start` as what it means; a student keeps its name."""
    return "before training" if model == START else spaced(model)


def metric_name(metric: str) -> str:
    """A metric as a reader would call it."""
    return _METRICS.get(metric, spaced(metric))


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

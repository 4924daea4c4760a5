"""Which sentences of one language are fit to be learnt from, and why the others are not. Pure."""

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from pipeline.parameters import AnchorParams
from pipeline.tables import ANCHOR_SENTENCES, as_table, identify
from pipeline.text.identify import language_score
from pipeline.text.normalise import comparison_key

DUPLICATE = "duplicate"
CONTAMINATION = "contamination"
BEYOND_COUNT = "left out by lot: more than anchor_count"

Row = dict[str, Any]


def choose_sentences(
    sentences: Iterable[Row], code: str, params: AnchorParams, evaluated: Sequence[str | None]
) -> pa.Table:
    """Judge every sentence of a language; none is dropped, each has its reason.

    Args:
        sentences: rows with language, text, document_key, locator and licence.
        code: of the language; rows of other languages are passed over.
        params: how long, how sure of its language, and how many.
        evaluated: for each such row the evaluation set that its text gives away, or None.

    Returns:
        Table of schema `ANCHOR_SENTENCES`, in the sentences' order.
    """
    rows = [dict(row) for row in sentences if row["language"] == code]
    seen: set[str] = set()
    for row, suite in zip(rows, evaluated, strict=True):
        row["anchor_id"] = identify(code, row["text"])
        key = comparison_key(row["text"], code)
        row["reject_reason"] = _fault(row["text"], code, params) or (
            DUPLICATE if key in seen else f"{CONTAMINATION}: {suite}" if suite else None
        )
        seen.add(key)
    fit = [row for row in rows if row["reject_reason"] is None]
    for row in sorted(fit, key=lambda row: _lot(row, params.seed))[params.anchor_count :]:
        row["reject_reason"] = BEYOND_COUNT
    return as_table(rows, ANCHOR_SENTENCES)


def _fault(text: str, code: str, params: AnchorParams) -> str | None:
    count = len(text.split())
    if count < params.min_words:
        return f"shorter than {params.min_words} words"
    if count > params.max_words:
        return f"longer than {params.max_words} words"
    if language_score(text, code) < params.min_language_score:
        return f"language score below {params.min_language_score:g}"
    return None


def _lot(row: Row, seed: int) -> str:
    return identify(str(seed), row["anchor_id"])

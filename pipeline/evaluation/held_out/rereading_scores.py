"""Error rates of OCR on pages whose text layer says what stands on them. Pure."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import pyarrow as pa

from pipeline.evaluation.measures.ocr_scores import character_error_rate, word_error_rate
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES, as_table


class Reading(Protocol):
    """A page as printed and as read, and by which model."""

    @property
    def model(self) -> str:
        """The engine's name for it."""

    @property
    def printed(self) -> str:
        """What stands on the page."""

    @property
    def read(self) -> str:
        """What the engine read."""


def score_rereadings(
    readings: Mapping[tuple[str, str], Sequence[Reading]], params: EvaluationParams
) -> pa.Table:
    """Character and word error rates, document by document; white space is not told apart.

    Args:
        readings: by document key and language code; an empty document has no row.
        params: bootstrap and seed.

    Returns:
        A table of schema `SCORES`; its N counts pages, its model is the engine's.
    """
    rows: list[dict[str, object]] = []
    for (document, code), pages in sorted(readings.items()):
        if not pages:
            continue
        truth = [" ".join(page.printed.split()) for page in pages]
        guess = [" ".join(page.read.split()) for page in pages]
        measured = Measurement(
            document, code, hash_texts(truth), f"tesseract {pages[0].model}", "", params.seed
        )
        for metric, rate in (("cer", character_error_rate), ("wer", word_error_rate)):
            error = rate(truth, guess, count=params.bootstrap_count, seed=params.seed)
            note = f"{error.edit_count} edits in {error.unit_count}; interval over pages"
            rows.append(measured.score(metric, error.interval, note))
    return as_table(rows, SCORES)

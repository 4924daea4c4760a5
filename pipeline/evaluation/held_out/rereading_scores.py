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
    def font(self) -> str:
        """The font that the text was set in anew; empty for the page as it is."""

    @property
    def printed(self) -> str:
        """What stands on the page."""

    @property
    def read(self) -> str:
        """What the engine read."""


def score_rereadings(
    readings: Mapping[tuple[str, str], Sequence[Reading]], params: EvaluationParams
) -> pa.Table:
    """Character and word error rates by document, model and font; white space is not told apart.

    Args:
        readings: by document key and language code; an empty document has no row.
        params: bootstrap and seed.

    Returns:
        A table of schema `SCORES`; its N counts pages, its model is engine and model, its slice
        the font where the text was set anew.
    """
    rows: list[dict[str, object]] = []
    for (document, code), pages in sorted(readings.items()):
        for (model, font), group in _grouped(pages).items():
            truth, guess = _texts(group)
            part = f"font: {font}" if font else ""
            measured = Measurement(
                document, code, hash_texts(truth), model, "", params.seed, slice=part
            )
            for metric, rate in (("cer", character_error_rate), ("wer", word_error_rate)):
                error = rate(truth, guess, count=params.bootstrap_count, seed=params.seed)
                note = f"{error.edit_count} edits in {error.unit_count}; interval over pages"
                rows.append(measured.score(metric, error.interval, note))
    return as_table(rows, SCORES)


def best_readers(
    readings: Mapping[tuple[str, str], Sequence[Reading]], params: EvaluationParams
) -> dict[str, dict[str, object]]:
    """Which engine and model read a language's pages, as they are, with the fewest errors.

    Returns:
        By language code: `model`, its `cer` and `pages` read; of equals the one tried first.
    """
    by_language: dict[str, list[Reading]] = {}
    for (_, code), pages in sorted(readings.items()):
        by_language.setdefault(code, []).extend(page for page in pages if not page.font)
    best: dict[str, dict[str, object]] = {}
    for code, pages in by_language.items():
        rates = {
            model: character_error_rate(
                *_texts(group), count=params.bootstrap_count, seed=params.seed
            ).interval
            for (model, _), group in _grouped(pages).items()
        }
        if rates:
            model = min(rates, key=lambda name: rates[name].value)
            best[code] = {"model": model, "cer": rates[model].value, "pages": rates[model].n}
    return best


def _grouped(pages: Sequence[Reading]) -> dict[tuple[str, str], list[Reading]]:
    groups: dict[tuple[str, str], list[Reading]] = {}
    for page in pages:
        groups.setdefault((page.model, page.font), []).append(page)
    return groups


def _texts(pages: Sequence[Reading]) -> tuple[list[str], list[str]]:
    return [" ".join(page.printed.split()) for page in pages], [
        " ".join(page.read.split()) for page in pages
    ]

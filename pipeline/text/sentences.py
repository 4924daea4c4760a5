"""What every stage that yields sentences does with them: judge and number (pure)."""

from typing import Any

import regex

from pipeline.tables import identify
from pipeline.text.identify import language_score

MIN_SCORED_LETTERS = 40  # in a sentence; below, its language is not judged
MIN_SENTENCE_SCORE = 0.1

LETTER = regex.compile(r"\p{L}")


def sentence_problem(text: str, code: str, max_characters: int) -> str | None:
    """Why a sentence is rejected, as one clause; None when it is kept.

    Args:
        text: normalised.
        code: the language it should be in.
        max_characters: longer ones are rejected.

    Raises:
        InputError: the language is not known.
    """
    if len(text) > max_characters:
        return f"too long: {len(text)} characters, the limit is {max_characters}"
    letter_count = len(LETTER.findall(text))
    if letter_count == 0:
        return "no letters"
    if letter_count >= MIN_SCORED_LETTERS and language_score(text, code) < MIN_SENTENCE_SCORE:
        return f"language: the sentence is not in {code}"
    return None


def number_sentences(
    rows: list[dict[str, Any]], document_key: str, code: str
) -> list[dict[str, Any]]:
    """Number one document's sentences: the kept ones first, then the rejected, each in order.

    Args:
        rows: in reading order, with `text` and `reject_reason`.
        document_key: whose sentences they are.
        code: its language.

    Returns:
        New rows with `sentence_id`, `document_key`, `sentence_number` and `language` added.
    """
    kept_first = sorted(rows, key=lambda row: row["reject_reason"] is not None)
    return [
        row
        | {
            "sentence_id": identify(document_key, str(number), row["text"]),
            "document_key": document_key,
            "sentence_number": number,
            "language": code,
        }
        for number, row in enumerate(kept_first)
    ]

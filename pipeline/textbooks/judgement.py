"""Whether a page's text can be used (pure).

A font with a wrong character map yields plausible wrong letters, so counting letters is not enough:
the words must also look like the expected language, keep to one script, and agree with OCR on a few
pages.
"""

from typing import Any

import regex

from pipeline.languages import language
from pipeline.parameters import TextbookParams
from pipeline.text import dominant_script, language_score, own_words
from pipeline.textbooks.plausibility import implausible

BEYOND = "beyond most_pages:"  # how the reason of pages that nobody asked for begins
MAX_UNMAPPED_FRACTION = 0.005
MAX_MIXED_SCRIPT_FRACTION = 0.1
MIN_LANGUAGE_SCORE = 0.3
MIN_LAYER_LANGUAGE_SCORE = 0.6  # stricter, for OCR is there to fall back on
MIN_OWN_FRACTION = 0.4  # of the letters, else the page is in another script
MIN_COMPARED_WORDS = 10
# Below this a language score says little, and the page passes on its other merits.
MIN_SCORED_LETTERS = 60

UNMAPPED = regex.compile(r"\(cid:\d+\)|[\uFFFD\p{Co}\p{Cn}]|(?![\t\n])\p{Cc}")
LETTER = regex.compile(r"[\p{L}\p{M}]")
MIN_COMPARED_LETTERS = 4
MIXED_SCRIPT = regex.compile(r"(?=\w*\p{Latin})(?=\w*\p{Cyrillic})\w{2,}")

Word = dict[str, Any]


def text_of(words: list[Word]) -> str:
    """The words as printed: spaces within a line, newlines between lines."""
    lines: dict[int, list[str]] = {}
    for word in words:
        lines.setdefault(word["line_number"], []).append(word["text"])
    return "\n".join(" ".join(line) for line in lines.values())


def distrust(text: str, code: str, params: TextbookParams) -> str | None:
    """Why a page's text layer is not to be used, as one clause; None when it is."""
    characters = "".join(text.split())
    if len(characters) < params.min_text_layer_characters:
        return f"the text layer has {len(characters)} characters"
    unmapped_fraction = sum(map(len, UNMAPPED.findall(characters))) / len(characters)
    if unmapped_fraction > MAX_UNMAPPED_FRACTION:
        return f"{unmapped_fraction:.2f} of the text layer has no known letters"
    letter_fraction = len(LETTER.findall(characters)) / len(characters)
    if letter_fraction < params.min_text_layer_letter_fraction:
        return f"only {letter_fraction:.2f} of the text layer are letters"
    words = text.split()
    mixed_fraction = sum(MIXED_SCRIPT.search(word) is not None for word in words) / len(words)
    if mixed_fraction > MAX_MIXED_SCRIPT_FRACTION:
        return f"{mixed_fraction:.2f} of the text layer's words mix Latin and Cyrillic"
    own = own_lines(text, code)
    return implausible(text, code) or wrong_language(own, code, MIN_LAYER_LANGUAGE_SCORE)


def own_lines(text: str, code: str) -> str:
    """The lines in the language's script, without quotations in another; all if they are few."""
    script = language(code).script
    own = "\n".join(line for line in text.splitlines() if dominant_script(line) == script)
    is_most = len(LETTER.findall(own)) >= MIN_OWN_FRACTION * len(LETTER.findall(text))
    return own if is_most else text


def agreement_fraction(layer_text: str, ocr_text: str, code: str) -> float | None:
    """How many of a text layer's distinct words OCR reads too; None when there are too few.

    Words of four letters and more count, in small letters, wherever on the page they stand. Those
    of another script than the language's do not: its OCR model may not know them.
    """
    layer_words = {
        word for word in own_words(layer_text, code) if len(word) >= MIN_COMPARED_LETTERS
    }
    if len(layer_words) < MIN_COMPARED_WORDS:
        return None
    return len(layer_words & own_words(ocr_text, code)) / len(layer_words)


def wrong_language(text: str, code: str, limit: float) -> str | None:
    """Why a page's text is not in its language; None when it is, or when it is too short to say."""
    if len(LETTER.findall(text)) < MIN_SCORED_LETTERS:
        return None
    score = language_score(" ".join(text.split()), code)
    if score < limit:
        return f"the text does not look like {code} (score {score:.2f} < {limit:g})"
    return None


def reject_reason(words: list[Word], text: str, code: str, params: TextbookParams) -> str | None:
    """Why a page read by OCR is not to be used, as one sentence; None when it is."""
    if not words:
        return "empty: no words were found on the page"
    confidence_fraction = mean_confidence(words)
    limit = params.min_page_confidence_fraction
    if confidence_fraction < limit:
        return f"noise: the engine's mean confidence is {confidence_fraction:.2f} < {limit:g}"
    problem = wrong_language(text, code, MIN_LANGUAGE_SCORE)
    return problem and f"language: {problem}"


def mean_confidence(words: list[Word]) -> float:
    """Mean over words, by their number of characters; 0 for none."""
    lengths = [len(word["text"]) for word in words]
    total = sum(
        word["confidence_fraction"] * length for word, length in zip(words, lengths, strict=True)
    )
    return total / sum(lengths) if lengths else 0.0

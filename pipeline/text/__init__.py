"""Texts of many origins and languages: clean, compare, repair, split, identify."""

from pipeline.text.casing import lower, upper
from pipeline.text.homoglyphs import repair_homoglyphs
from pipeline.text.identify import (
    LanguageGuess,
    dominant_script,
    identify_language,
    language_score,
)
from pipeline.text.letters import own_words
from pipeline.text.normalise import comparison_key, normalise
from pipeline.text.split import split_sentences

__all__ = [
    "LanguageGuess",
    "comparison_key",
    "dominant_script",
    "identify_language",
    "language_score",
    "lower",
    "normalise",
    "own_words",
    "repair_homoglyphs",
    "split_sentences",
    "upper",
]

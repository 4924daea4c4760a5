"""Whether a text layer's letters are those of its language (pure).

Only words with letters of the language's own script are asked about, each once: a quotation in
another script says nothing of the page's fonts. The limits were tuned by
`python -m benchmarks.text_layers --tuning`.
"""

from pipeline.languages import language
from pipeline.text import own_words
from pipeline.text.letters import letter_model

MIN_WORDS = 12  # fewer tell too little
MAX_SHORTFALL = 0.35  # nats a letter below what is usual in unseen words of the list
# A short list has one subject: the limit grows by this over the list's length.
LIST_WORDS = 4000.0
SHORTFALL_ERRORS = 3.0  # standard errors more, for a page of few words
MAX_FOREIGN_FRACTION = 0.2  # of the words; names and loans have foreign letters too
FOREIGN_ERRORS = 2.0


def implausible(text: str, code: str) -> str | None:
    """Why the words are hardly of the language, as one clause; None when they may be.

    Raises:
        InputError: the language is unknown.
    """
    words = own_words(text, code)
    if len(words) < MIN_WORDS:
        return None
    foreign_fraction = foreign_words_fraction(words, code)
    limit = MAX_FOREIGN_FRACTION
    limit += FOREIGN_ERRORS * (limit * (1 - limit) / len(words)) ** 0.5
    if foreign_fraction > limit:
        return f"{foreign_fraction:.2f} of the text layer's words have letters that {code} lacks"
    model = letter_model(code)
    if model is None:
        return None
    shortfall, letter_count = model.shortfall(words)
    limit = MAX_SHORTFALL + LIST_WORDS / model.word_count
    if shortfall > limit + SHORTFALL_ERRORS * model.deviation / letter_count**0.5:
        return f"the text layer spells no {code}: {shortfall:.2f} nats a letter below the usual"
    return None


def foreign_words_fraction(words: set[str], code: str) -> float:
    """Share of the words, in small letters, with a letter that is not in the alphabet."""
    alphabet = frozenset(language(code).alphabet)
    return sum(not alphabet.issuperset(word) for word in words) / len(words)

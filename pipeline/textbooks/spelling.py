"""Repair words that OCR was unsure of by a dictionary and by the book's own words (pure).

A word is a candidate's misreading if one slip of the engine leads from the one to the other
(`confusions`); candidates are words that the dictionary knows or that the book has elsewhere, read
surely. What the engine was sure of stays, and so do numbers, known words, parts of words broken at
a line's end, and capitalised words, which may be names, unless the book knows better. Where two
candidates are about as likely, nothing is guessed.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from pipeline.languages import Language
from pipeline.parameters import TextbookParams
from pipeline.text import lower
from pipeline.text.dictionaries import find_dictionary
from pipeline.text.letters import LetterModel, letter_model
from pipeline.textbooks.confusions import near_readings, read_once
from pipeline.textbooks.judgement import text_of
from pipeline.textbooks.repair import reread

MIN_LETTERS = 3
MIN_LEAD = 2.0  # nats between the likeliest reading and the next
KNOWN_WORTH = 4.0  # nats that the dictionary's word is worth
UNSEEN_COST = 4.0  # nats for a reading that nobody vouches for

LETTERS = regex.compile(r"[\p{L}\p{M}ʻʼ]+")
DIGIT = regex.compile(r"\p{N}")
HYPHENS = ("-", "\u2010", "\u00ad", "¬")

Word = dict[str, Any]
Page = dict[str, Any]


@dataclass(frozen=True)
class Speller:
    """What is known of a book's words.

    Attributes:
        code: of the language.
        knows: whether the dictionary has a word; False for all without one.
        sure_words: how often the book has a word, in small letters, read surely.
        letters: model of the language's letters; None where there is none.
    """

    code: str
    knows: Callable[[str], bool]
    sure_words: Counter[str]
    letters: LetterModel | None

    def repaired(self, word: str) -> str:
        """A word of letters as it probably stands on the page; itself where that is not clear."""
        if len(word) < MIN_LETTERS or self._is_known(word):
            return word
        ranked = sorted(self._weighed(word), reverse=True)
        is_clear = len(ranked) > 1 and ranked[0][0] - ranked[1][0] >= MIN_LEAD
        return ranked[0][1] if is_clear else word

    def _is_known(self, word: str) -> bool:
        return lower(word, self.code) in self.sure_words or self.knows(word)

    def _weighed(self, word: str) -> Iterator[tuple[float, str]]:
        """The word and the readings that may stand for it, with their logarithms of likelihood."""
        yield self._log_likelihood(word), word
        once = read_once(word)
        for reading, cost in near_readings(word, self.code).items():
            is_name = reading[0].isupper()
            if len(reading) >= MIN_LETTERS and self._is_known(reading):
                if not is_name or lower(reading, self.code) in self.sure_words:
                    worth = KNOWN_WORTH if self.knows(reading) else 0.0
                    yield self._log_likelihood(reading) + worth - cost, reading
            elif reading in once and not is_name:
                yield self._log_likelihood(reading) - UNSEEN_COST - cost, reading

    def _log_likelihood(self, word: str) -> float:
        small = lower(word, self.code)
        weight = math.log(1 + self.sure_words[small])
        if self.letters is not None:
            shortfall, count = self.letters.shortfall([small])
            weight += (self.letters.usual - shortfall) * count
        return weight


def repair_pages(pages: Sequence[Page], of: Language, params: TextbookParams) -> list[Page]:
    """Repair the words of a book that OCR read with less confidence than a limit.

    Args:
        pages: rows of TEXTBOOK_PAGES in page order.
        of: the language of the book, whose dictionary is asked if this machine has it.
        params: the limit.

    Returns:
        The rows, with `raw_text` in words that are no longer as the engine read them.

    Raises:
        InputError: the dictionary cannot be read.
    """
    below = params.max_repaired_confidence_fraction
    if all(page["method"] != "ocr" for page in pages):
        return [*pages]
    found = find_dictionary(of)
    knows = found.knows if found else _knows_nothing
    speller = Speller(of.code, knows, sure_words(pages, of.code, below), letter_model(of.code))
    return [_repaired_page(page, speller, below) for page in pages]


def _knows_nothing(_: str) -> bool:
    return False


def sure_words(pages: Sequence[Page], code: str, below: float) -> Counter[str]:
    """The parts of words that the pages have, small, read with confidence or from a text layer."""
    return Counter(
        lower(part, code)
        for page in pages
        for word in page["words"]
        if word["confidence_fraction"] >= below
        for part in LETTERS.findall(word["text"])
    )


def _repaired_page(page: Page, speller: Speller, below: float) -> Page:
    if page["method"] != "ocr" or page["reject_reason"] is not None:
        return page
    words = page["words"]
    befores = [None, *words[:-1]]
    new = [
        _repaired_word(word, speller) if _is_doubtful(before, word, below) else word
        for before, word in zip(befores, words, strict=True)
    ]
    return page | {"words": new, "text": text_of(new)}


def _is_doubtful(before: Word | None, word: Word, below: float) -> bool:
    """Whether a word may be repaired: unsure, without digits, and no part of a broken one."""
    is_part = word["text"].endswith(HYPHENS) or (
        before is not None
        and before["text"].endswith(HYPHENS)
        and before["line_number"] != word["line_number"]
    )
    is_unsure = word["confidence_fraction"] < below
    return is_unsure and not is_part and DIGIT.search(word["text"]) is None


def _repaired_word(word: Word, speller: Speller) -> Word:
    text = LETTERS.sub(lambda part: speller.repaired(part[0]), word["text"])
    return reread(word, text)

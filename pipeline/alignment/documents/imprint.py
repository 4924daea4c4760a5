"""What a book says of itself in print: its ISBN, its grade, the numbers of its lessons. Pure."""

import difflib
import re
from collections.abc import Iterable, Sequence

from pipeline.text.marks import numbers

_ISBN = re.compile(r"(?:97[89][\s\u2010-\u2015-]?)?(?:\d[\s\u2010-\u2015-]?){9}[\dXxХх](?!\d)")
_AFTER_ISBN = re.compile(r"ISBN(?:-1[03])?\s*:?\s*", re.IGNORECASE)
_SCHOOL_YEAR = r"(?:synp|sinif|sinf|сынып|класс|сыйныф|синф|кл\b|grade|class|form|year|শ্রেণি)"
_NUMBER_FIRST = re.compile(
    rf"\b(\d\d?)(?:\s?-?\s?\w{{1,3}}\.?)?\s?-?\s?{_SCHOOL_YEAR}", re.IGNORECASE
)
_WORD_FIRST = re.compile(rf"\b{_SCHOOL_YEAR}\w*\s?-?\s?(\d\d?)\b", re.IGNORECASE)
_LAST_GRADE = 12
_LEAST_LESSONS = 5  # fewer numbers in a row say little


def printed_isbn(texts: Iterable[str]) -> str:
    """The first valid ISBN behind the letters ISBN, as 13 digits; empty without any.

    One of ten digits is written in thirteen, as a reprint would have it.
    """
    for text in texts:
        for mark in _AFTER_ISBN.finditer(text):
            match = _ISBN.match(text, mark.end())
            if match and (isbn := normalised_isbn(match[0])):
                return isbn
    return ""


def normalised_isbn(text: str) -> str:
    """An ISBN as 13 digits; empty when its check digit is wrong (ISO 2108)."""
    signs = re.sub(r"[^\dX]", "", text.upper().replace("Х", "X"))
    if len(signs) == 10 and _is_sum_of_ten(signs):  # noqa: PLR2004 - the old ISBN
        signs = f"978{signs[:9]}{_check_digit('978' + signs[:9])}"
    is_valid = re.fullmatch(r"97[89]\d{10}", signs) and signs[12] == _check_digit(signs[:12])
    return signs if is_valid else ""


def _is_sum_of_ten(signs: str) -> bool:
    if not re.fullmatch(r"\d{9}[\dX]", signs):
        return False
    values = [10 if sign == "X" else int(sign) for sign in signs]
    return sum(value * (10 - place) for place, value in enumerate(values)) % 11 == 0


def _check_digit(signs: str) -> str:
    total = sum(int(sign) * (3 if place % 2 else 1) for place, sign in enumerate(signs))
    return str(-total % 10)


def grade_in(title: str) -> str:
    """The school year in a title, such as 7 in `Algebra, 7-nji synp`; empty without any."""
    match = _NUMBER_FIRST.search(title) or _WORD_FIRST.search(title)
    return str(int(match[1])) if match and 1 <= int(match[1]) <= _LAST_GRADE else ""


def lesson_numbers(headings: Iterable[str]) -> list[str]:
    """The first number of each heading that has one: of its lesson, section or exercise."""
    return [found[0] for text in headings if (found := numbers(text))]


def structure_agreement(left: Sequence[str], right: Sequence[str]) -> float | None:
    """Share of two books' lesson numbers that they have in one order, in [0, 1].

    Returns:
        Twice the common numbers over all, or None when either has fewer than five.
    """
    if min(len(left), len(right)) < _LEAST_LESSONS:
        return None
    return difflib.SequenceMatcher(None, left, right, autojunk=False).ratio()

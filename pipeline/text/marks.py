"""What is easily told of a text in any language: its numbers, its names. Pure."""

import unicodedata

import regex

NUMBER = regex.compile(r"\p{Nd}+(?:[.,]\p{Nd}+)*")
NAME = regex.compile(r"(?<=[\p{L}\p{N},;:)] )\p{Lu}[\p{L}\p{M}]+")
"""A word with a capital that stands inside a sentence, not at its beginning."""


def numbers(text: str) -> list[str]:
    """The numbers of a text in order, in ASCII digits and with points for decimal commas.

    `3,5` and `3.5` come out equal, and so do Bengali and European digits; `1,000` stays `1.000`.
    """
    return ["".join(map(_ascii, found)) for found in NUMBER.findall(text)]


def names(text: str) -> list[str]:
    """Words with a capital inside a sentence, in order.

    Where nouns have capitals, as in German, these are nouns; where no letter has, there are none.
    """
    return list(NAME.findall(text))


def _ascii(sign: str) -> str:
    return "." if sign in ".," else str(unicodedata.decimal(sign))

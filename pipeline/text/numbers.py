"""Numbers in texts: evidence for a translation that does not depend on the language. Pure."""

import re

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


def digit_strings(text: str) -> list[str]:
    """The numbers of a text in order, in ASCII digits and with points for decimal commas.

    `3,5` and `3.5` come out equal, and so do Bengali and European digits; `1,000` stays `1.000`.
    """
    return [_ascii(match) for match in _NUMBER.findall(text)]


def _ascii(number: str) -> str:
    return "".join("." if sign in ".," else str(int(sign)) for sign in number)

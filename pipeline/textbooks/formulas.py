"""Whether a line is a formula and no sentence (pure)."""

import regex

MAX_WORD_FRACTION = 0.25  # of the characters, in words of three letters and more
RELATION = regex.compile(r"[=≈≠≡≤≥<>→⇒⇔∈⊂∥⊥]")
OPERATION = regex.compile(r"[+−×÷·∙*/√∑∏∫^±]|\p{N}\s*[-:]\s*\p{N}")
FUNCTION = regex.compile(r"\b(?:sin|cos|tan|ctg|cot|log|lim|max|min|mod|const)\b", regex.IGNORECASE)
WORD = regex.compile(r"\p{L}[\p{L}\p{M}'’-]{2,}")
SPACE = regex.compile(r"\s+")


def is_formula(text: str) -> bool:
    """Whether a line relates terms, or joins three, and has next to no words.

    Names of functions are no words.
    """
    if RELATION.search(text) is None and len(OPERATION.findall(text)) < 2:  # noqa: PLR2004
        return False
    bare = FUNCTION.sub("", text)
    characters = len(SPACE.sub("", text))
    return sum(map(len, WORD.findall(bare))) <= MAX_WORD_FRACTION * characters

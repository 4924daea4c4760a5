"""Bring texts of many origins to one spelling of their characters (pure).

`normalise` changes how a text is encoded, never what it says: canonical composition (NFC), one kind
of space, no invisible characters, one code point for each punctuation mark that has several. What
carries meaning or tells of trouble stays: guillemets, dashes, U+FFFD, private-use characters.
"""

import unicodedata

import regex

from pipeline.languages import language
from pipeline.text.casing import lower

_SPACES = regex.compile(r"[\s\p{Z}]+")
# Bengali spells some conjuncts with a joiner behind a letter or a sign; elsewhere a joiner is dirt.
_INVISIBLE = regex.compile(
    r"[\p{Cc}\p{Cf}--[\u200c\u200d]]|(?<!\p{Bengali})[\u200c\u200d]", regex.VERSION1
)
_LONE_SURROGATE = regex.compile(r"\p{Cs}")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_UNFOLDED = str.maketrans(_LIGATURES)
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("“”„‟″", '"'),
        **dict.fromkeys("‘’‚‛′ʹʻʼ`´", "'"),
        **dict.fromkeys("\u2010\u2011", "-"),
    }
)
_APOSTROPHE_OF_LETTER = regex.compile(r"(?<=[OoGg])'")
_APOSTROPHE_IN_WORD = regex.compile(r"(?<=\p{L})'(?=\p{L})")
_APOSTROPHE = regex.compile(r"['ʻʼ]")
_DIGIT = regex.compile(r"\p{Nd}")
_PUNCTUATION = regex.compile(r"[^\p{L}\p{M}\p{N}]+")


def normalise(text: str, language_code: str) -> str:
    """Write a text as one line in one encoding; to normalise the result changes nothing.

    White space of any kind, line breaks included, becomes one space. Controls, soft hyphens,
    zero-width and direction marks go; a lone surrogate becomes U+FFFD. Curly double quotes become
    `"`, the many apostrophes `'`, typographic hyphens `-`, printed ligatures their letters. Where
    the alphabet has apostrophes as letters, as in Uzbek, these are restored: oʻ and gʻ with
    U+02BB, U+02BC inside other words.

    Args:
        text: of any origin and length.
        language_code: whose rules apply, e.g. `tuk_Latn`.

    Raises:
        InputError: the language is not known.
    """
    has_apostrophe_letters = "ʻ" in language(language_code).alphabet
    text = _LONE_SURROGATE.sub("\ufffd", unicodedata.normalize("NFC", text))
    text = _INVISIBLE.sub("", _SPACES.sub(" ", text)).translate(_UNFOLDED)
    text = unicodedata.normalize("NFC", text).translate(_FOLDED)
    if has_apostrophe_letters:
        text = _APOSTROPHE_IN_WORD.sub("ʼ", _APOSTROPHE_OF_LETTER.sub("ʻ", text))
    return _SPACES.sub(" ", text).strip()


def comparison_key(text: str, language_code: str) -> str:
    """Reduce a text to what two copies of it share, to find duplicates and contamination.

    Normalised, in small letters by the language's rules, every digit 0, apostrophes dropped, any
    other run of punctuation and spaces one space. Empty for a text without letters or numbers.

    Raises:
        InputError: the language is not known.
    """
    small = lower(normalise(text, language_code), language_code).casefold()
    key = _APOSTROPHE.sub("", unicodedata.normalize("NFC", small))
    return _PUNCTUATION.sub(" ", _DIGIT.sub("0", key)).strip()

"""Letters that a tokenizer cannot write, and the known ones from which they start. Pure."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from tokenizers import Tokenizer

from pipeline.encoders.pieces import NewPiece
from pipeline.languages import language
from pipeline.text.respelling import respell
from pipeline.translation_directions import Direction

_USUAL = 10  # a sign that the texts have so often is worth a row of its own

Vocabulary = Mapping[str, int]


def missing_letters(
    tokenizer: Tokenizer, direction: Direction, texts: Sequence[str], score: float = 0.0
) -> list[NewPiece]:
    """What a tokenizer needs to write two languages, each with the known pieces it starts from.

    Missing are letters of the alphabets, and what else the texts have ten times or more, as far as
    the tokenizer turns them into its unknown token, or into bytes. A letter starts as a relative
    of its language spells its sound, as the letter without its marks, or in the other case; else
    as the mean of its alphabet.

    Args:
        tokenizer: in letters or in pieces of words; one that reads bytes lacks nothing.
        direction: whose alphabets count.
        texts: in both languages.
        score: of each new piece.

    Returns:
        Single characters in the order of the alphabets, then the most frequent first; those in
        `parts` are all of the vocabulary as it is.
    """
    vocabulary = tokenizer.get_vocab()
    found: dict[str, NewPiece] = {}
    for letter, code in _wanted(direction, texts):
        for read in _as_read(tokenizer, letter):
            if read not in vocabulary and read not in found:
                found[read] = NewPiece(read, _parts(read, code, vocabulary), score)
    return list(found.values())


def _wanted(direction: Direction, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    for code in direction:
        for letter in language(code).alphabet:
            yield letter, code
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text)
    usual = [sign for sign, count in counts.items() if count >= _USUAL and not sign.isspace()]
    for sign in sorted(usual, key=lambda one: (-counts[one], one)):
        yield sign, direction.target


def _as_read(tokenizer: Tokenizer, letter: str) -> str:
    """The characters that the tokenizer looks up: normalised, a mark of a word's start before."""
    read = tokenizer.normalizer.normalize_str(letter) if tokenizer.normalizer else letter
    if tokenizer.pre_tokenizer:
        read = "".join(part for part, _ in tokenizer.pre_tokenizer.pre_tokenize_str(read))
    return str(read)


def _parts(letter: str, code: str, vocabulary: Vocabulary) -> tuple[int, ...]:
    spellings = (respell(letter, code), _without_marks(letter), letter.swapcase())
    for spelling in spellings:
        if spelling and all(one in vocabulary for one in spelling):
            return tuple(vocabulary[one] for one in spelling)
    if not letter.isalpha():
        return ()
    alike = [one for one in language(code).alphabet if one.isupper() == letter.isupper()]
    return tuple(vocabulary[one] for one in alike if one in vocabulary)


def _without_marks(letter: str) -> str:
    """`n` for ň and `г` for ғ, by their Unicode names; empty where there are no marks."""
    name, with_, _ = unicodedata.name(letter, "").partition(" WITH ")
    try:
        return unicodedata.lookup(name) if with_ else ""
    except KeyError:
        return ""

"""Split a paragraph into sentences (pure).

Libraries propose the boundaries: razdel for Cyrillic script, sentencex for Latin, the danda for
Bengali. They were made for other languages than ours, so rules of our own add boundaries that they
miss and strike out those that cannot be: behind abbreviations, initials and list numbers, and
before a small letter.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import regex

from pipeline.languages import Language, language

_WHITE_SPACE = regex.compile(r"\s")
_LONE_SURROGATE = regex.compile(r"\p{Cs}")
_OPENERS = r"""["'«“„(\[—–-]*"""
_DANDA = regex.compile(r"""(?:[।॥!?]|(?<=[\p{L}\p{M}]{3})\.(?=["'»”’)]*\s))["'»”’)]*\s*""")
_STRAY_CLOSERS = regex.compile(r"""(?:[»”’)\]}]+|["'](?=\s|$))\s*""")
_BRACKETED_SENTENCE = regex.compile(rf"""\([^()]*\s[^()]*[.!?…]\)\s+(?={_OPENERS}\p{{Lu}})""")
_CONTINUATION = regex.compile(r"""[^\p{L}\p{N}№§%]{0,64}+(?:\p{Ll}(?!\))|[№§%]|$)""")
_CAPITAL = regex.compile(r"\p{Lu}")
_LIST_NUMBER = regex.compile(
    rf"{_OPENERS}(?:№\s*)?(?:\p{{Nd}}{{1,3}}(?:\.\p{{Nd}}{{1,3}})*|[IVXLC]{{1,6}}|\p{{L}})[.)]+"
)
_INITIAL = regex.compile(r"""(?:^|.*[\s("'«“„.-])(?:\p{Lu}|Sh|Ch|Yo|Yu|Ya)\.""", regex.DOTALL)
_ORDINAL = regex.compile(r"(?:.*\s)?(?:\p{Nd}{1,2}|[IVXLC]{1,6})\.", regex.DOTALL)
# sentencex keeps what brackets or quotes enclose in one piece, be it pages long: "2) ... (see ..."
_ENCLOSED_OR_UNPAIRED = regex.compile(r"""\([^()]{0,200}\)|"[^"]{0,200}"|([()"])""")
_LOOK_BACK_CHARACTERS = 64  # every rule looks no farther, so that time stays linear


def split_sentences(text: str, language_code: str) -> list[str]:
    """Split one paragraph; joined again, the sentences differ from it in white space only.

    A line break is white space like any other, for print breaks lines anywhere. Closing quotes and
    brackets stay with the sentence they close, a list number with the sentence it counts.

    Args:
        text: one paragraph, of any length.
        language_code: whose abbreviations and splitter are used.

    Returns:
        Sentences in order, each without white space around it, none empty.

    Raises:
        InputError: the language is not known.
    """
    entry = language(language_code)
    flat = _LONE_SURROGATE.sub("\ufffd", _WHITE_SPACE.sub(" ", text))
    certain = set(_behind_closing_abbreviations(flat, entry))
    bracketed = (match.end() for match in _BRACKETED_SENTENCE.finditer(flat))
    starts = [0]
    for proposal in sorted({*_proposals(flat, entry), *certain, *bracketed}):
        start = _behind_closers(flat, proposal)
        if start > starts[-1] and (
            start in certain or _is_boundary(flat, starts[-1], start, entry)
        ):
            starts.append(start)
    pieces = (text[start:end].strip() for start, end in pairwise([*starts, len(text)]))
    return [piece for piece in pieces if piece]


def _proposals(text: str, entry: Language) -> Iterator[int]:
    if entry.splitter == "danda":
        yield from (match.end() for match in _DANDA.finditer(text))
    elif entry.splitter == "razdel":
        import razdel  # noqa: PLC0415 - not needed for Latin script

        yield from (piece.start for piece in razdel.sentenize(text))
    else:
        import sentencex  # noqa: PLC0415 - not needed for Cyrillic script

        end = 0
        paired = _ENCLOSED_OR_UNPAIRED.sub(lambda m: " " if m[1] else m[0], text)
        for piece in sentencex.segment(entry.iso639_1, paired):
            end += len(piece)
            yield end


def _behind_closing_abbreviations(text: str, entry: Language) -> Iterator[int]:
    if entry.closing_abbreviations:
        yield from (match.end() for match in _closing_pattern(entry).finditer(text))


@lru_cache(maxsize=64)
def _closing_pattern(entry: Language) -> "regex.Pattern[str]":
    known = "|".join(
        regex.escape(abbreviation).replace(r"\.", r"\.\s?").removesuffix(r"\s?")
        for abbreviation in entry.closing_abbreviations
    )
    return regex.compile(rf"(?<!\S)\(?(?:{known})\)?\s+(?={_OPENERS}\p{{Lu}})")


def _behind_closers(text: str, start: int) -> int:
    stray = _STRAY_CLOSERS.match(text, start)
    return stray.end() if stray else start


def _is_boundary(text: str, previous: int, start: int, entry: Language) -> bool:
    """Whether a sentence that began at `previous` ends where another begins, at `start`."""
    left = text[max(previous, start - _LOOK_BACK_CHARACTERS) : start]
    if not left.endswith((" ", "।", "॥")) or _CONTINUATION.match(text, start):
        return False
    left = left.strip()
    if _LIST_NUMBER.fullmatch(left) or _last_token(left) in _lowered(entry.abbreviations):
        return False
    if _CAPITAL.match(text, start) and _INITIAL.fullmatch(left):
        return False
    return not (entry.has_ordinal_dot and _ORDINAL.fullmatch(left))


def _last_token(left: str) -> str:
    return left.rsplit(maxsplit=1)[-1].lstrip("\"'«“„([—–-").lower() if left else ""


@lru_cache(maxsize=64)
def _lowered(abbreviations: tuple[str, ...]) -> frozenset[str]:
    return frozenset(abbreviation.lower() for abbreviation in abbreviations)

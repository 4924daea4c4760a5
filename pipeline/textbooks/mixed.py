"""Pages in two languages: one model's reading and another's, and in each place the better (pure).

Two models joined into one (`Latin+rus`) misread words that either reads rightly alone; reading
twice and choosing between places keeps what each is good at.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import compress
from typing import Any

from pipeline.text import lower
from pipeline.text.letters import WORD, letter_model
from pipeline.textbooks.judgement import mean_confidence

UNSURE_CONFIDENCE = 0.5  # below, a word asks for another model, and is no answer of one
MIN_UNSURE_FRACTION = 0.02  # of a page's characters: fewer are not worth a second reading
MIN_SURER = 0.1  # of another model's words above those of the page's own
MIN_QUOTED_FRACTION = 0.02  # of the characters: fewer are whims of the engine
MIN_QUOTED_CHARACTERS = 30  # likewise on a page of few words
MOST = 0.5  # of a line: if so much is quoted, what reads alike in both scripts is quoted too
MIN_SHARED_HEIGHT = 0.5  # of a word's, to stand on a line

Word = dict[str, Any]
Place = tuple[list[Word], list[Word]]


def may_quote(words: Sequence[Word]) -> bool:
    """Whether the page's own model is unsure of enough to ask another language's."""
    unsure = [word for word in words if word["confidence_fraction"] < UNSURE_CONFIDENCE]
    return _length(unsure) > MIN_UNSURE_FRACTION * _length(words)


def merge_readings(
    own: Sequence[Word], other: Sequence[Word], code: str, other_code: str
) -> list[Word]:
    """The page's own reading, but for places where another language's model is right.

    A place is a stretch of a line with the words that either model finds there. The other model
    must be surer, and its words at least as usual in its language, letter by letter, as the first
    ones are in theirs; on a line most of which is so, being as sure is enough. Where this is so in
    hardly any place, nothing is changed.

    Args:
        own: rows of `tables.WORD` in reading order.
        other: the same picture as the other language's model read it.
        code: the page's language.
        other_code: the other language.

    Returns:
        Rows of `tables.WORD` on the lines of the own reading.
    """
    merged: list[Word] = []
    quoted_length = 0
    for number, places in _lines_of_places(own, other):
        are_quoted = [_is_quoted(*place, code, other_code) for place in places]
        lengths = [max(_length(mine), _length(theirs)) for mine, theirs in places]
        if sum(compress(lengths, are_quoted)) > MOST * sum(lengths):
            are_quoted = [
                mean_confidence(theirs) >= mean_confidence(mine) for mine, theirs in places
            ]
        quoted_length += sum(compress(lengths, are_quoted))
        for (mine, theirs), is_quoted in zip(places, are_quoted, strict=True):
            merged += [word | {"line_number": number} for word in (theirs if is_quoted else mine)]
    least = max(MIN_QUOTED_CHARACTERS, MIN_QUOTED_FRACTION * _length(merged))
    return merged if quoted_length >= least else [*own]


def _is_quoted(mine: list[Word], theirs: list[Word], code: str, other_code: str) -> bool:
    confidence = mean_confidence(theirs)
    if confidence < max(UNSURE_CONFIDENCE, mean_confidence(mine) + MIN_SURER):
        return False
    return _shortfall(theirs, other_code) <= _shortfall(mine, code)


def _shortfall(words: list[Word], code: str) -> float:
    """Nats a letter below the usual in a language; 0 for no words of letters, or no model."""
    model = letter_model(code)
    found = WORD.findall(lower(" ".join(word["text"] for word in words), code))
    return model.shortfall(found)[0] if model and found else 0.0


def _lines_of_places(
    own: Sequence[Word], other: Sequence[Word]
) -> Iterator[tuple[int, list[Place]]]:
    lines: dict[int, list[Word]] = defaultdict(list)
    for word in own:
        lines[word["line_number"]].append(word)
    others: dict[int, list[Word]] = defaultdict(list)
    for word in other:
        number = _line_of(word, lines)
        if number is not None:
            others[number].append(word)
    for number, words in lines.items():
        yield number, list(_stretches(words, others[number]))


def _line_of(word: Word, lines: dict[int, list[Word]]) -> int | None:
    """The line one of whose words shares most of a word's height, where that is enough."""
    top, bottom = word["box"]["top"], word["box"]["bottom"]

    def shared(number: int) -> float:
        boxes = [each["box"] for each in lines[number]]
        return max(float(min(box["bottom"], bottom) - max(box["top"], top)) for box in boxes)

    best = max(lines, key=shared)
    return best if shared(best) >= MIN_SHARED_HEIGHT * (bottom - top) else None


def _stretches(own: list[Word], other: list[Word]) -> Iterator[Place]:
    """A line from left to right, cut where no word of either reading stands."""
    words = [(word, 0) for word in own] + [(word, 1) for word in other]
    place: Place = ([], [])
    end = float("-inf")
    for word, reading in sorted(words, key=lambda each: float(each[0]["box"]["x0"])):
        if word["box"]["x0"] >= end and any(place):
            yield place
            place = ([], [])
        place[reading].append(word)
        end = max(end, word["box"]["x1"])
    if any(place):
        yield place


def _length(words: Sequence[Word]) -> int:
    return sum(len(word["text"]) for word in words)

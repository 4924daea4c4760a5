"""Which evaluation texts were trained on: word for word, nearly, or in another language.

Pure but for the encoder, which is given. A row of a suite is the same text in one or more
languages. It is contaminated in all of them when training text holds any of its versions (by words,
see `contamination_words`), or, unknown to the suite, says the same in some other language (by
meaning, see `contamination_meaning`).
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.encoders import Encoder
from pipeline.errors import InputError
from pipeline.evaluation.contamination.by_meaning import MeaningMatcher, Recognition
from pipeline.evaluation.contamination.by_words import Sighting, WordMatcher
from pipeline.evaluation.contamination.findings import KINDS, Finding, Row, Text

MIN_SCORE = 1.3
"""Least score by meaning: of FLORES dev, which nobody trained on, fewer than one row in a hundred
reaches it among the demo's catalogues with `embedded:e5-small`, whatever the two languages."""


def find_contamination(
    rows: Sequence[Row],
    training: Iterable[Text],
    encoder: Encoder | None = None,
    min_score: float = MIN_SCORE,
) -> list[Finding]:
    """Find the evaluation texts that were trained on.

    Args:
        rows: by language code the versions of each text, as many as the suite has, for every one
            helps; empty ones are not there. Languages may differ from row to row.
        training: (language code, text) in any number; read once.
        encoder: looks for translations that the suite does not hold; None to leave that out.
        min_score: least score of these, see `clean_score`.

    Returns:
        At most one finding for a text, of the strongest kind, ordered by row and then by the row's
        languages. Of equally strong evidence the training text that comes first is named.

    Raises:
        InputError: a language is not known.
    """
    rows = [_present(row) for row in rows]
    versions = [(at, code) for at, row in enumerate(rows) for code in row]
    words = WordMatcher([(code, rows[at][code]) for at, code in versions])
    meaning = MeaningMatcher(rows, encoder) if encoder and rows else None
    for trained in training:
        words.look(trained)
        if meaning:
            meaning.look(trained)
    sighted: dict[int, dict[str, Sighting]] = {}
    for place, sighting in words.found.items():
        at, code = versions[place]
        sighted.setdefault(at, {})[code] = sighting
    recognised = meaning.recognitions() if meaning else {}
    recognised = {at: one for at, one in recognised.items() if one.score >= min_score}
    return [
        finding
        for at, row in enumerate(rows)
        for finding in _findings(at, row, sighted.get(at, {}), recognised.get(at))
    ]


def clean_score(
    rows: Sequence[Row],
    training: Iterable[Text],
    encoder: Encoder,
    max_false_alarm_fraction: float = 0.005,
) -> float:
    """The score by meaning that few rows reach which are known to be clean: a `min_score`.

    Scores do not carry over from one encoder to another, so measure this once for each.

    Args:
        rows: written after the training text, or otherwise certain not to be in it; about a
            thousand, of the kind that is to be judged.
        training: (language code, text).
        encoder: that is to judge.
        max_false_alarm_fraction: of such rows that may reach the score, in [0, 1).

    Raises:
        InputError: there is no row that could be compared, or the fraction is out of its range.
    """
    if not 0 <= max_false_alarm_fraction < 1:
        raise InputError(f"a fraction of rows lies in [0, 1), not {max_false_alarm_fraction}")
    meaning = MeaningMatcher([_present(row) for row in rows], encoder)
    for trained in training:
        meaning.look(trained)
    scores = sorted((one.score for one in meaning.recognitions().values()), reverse=True)
    if not scores:
        raise InputError("no row can be compared: give rows and training text in two languages")
    return math.nextafter(scores[int(max_false_alarm_fraction * len(scores))], math.inf)


def _present(row: Row) -> dict[str, str]:
    return {code: text for code, text in row.items() if text.strip()}


def _findings(
    at: int, row: Row, sighted: Mapping[str, Sighting], recognised: Recognition | None
) -> Iterator[Finding]:
    """What is known of each text of one row."""
    if not sighted and not recognised:
        return
    through = min(sighted, key=lambda code: _rank(sighted[code]), default="")
    for code, text in row.items():
        if own := sighted.get(code):
            yield Finding(at, code, text, own.kind, code, own.trained, own.score)
        elif through:
            known = sighted[through]
            yield Finding(at, code, text, "translated", through, known.trained, known.score)
        elif recognised:
            yield Finding(at, code, text, "translated", "", recognised.trained, recognised.score)


def _rank(sighting: Sighting) -> tuple[int, float]:
    return KINDS.index(sighting.kind), -sighting.score

"""Paraphrases found by their translations, and near misses to tell them from. Pure.

Two texts of one language that were translated into the same text say the same (pivoting, Bannard
and Callison-Burch 2005). A near miss is the text of the same origin that shares most words with
the first, of those that were translated otherwise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc
import regex

from pipeline.evaluation.tasks.paraphrase import ParaphrasePairs, ParaphraseTask
from pipeline.tables import identify
from pipeline.text.normalise import comparison_key

SUITE = "paraphrases"

_DIGITS = regex.compile(r"\p{Nd}+")


@dataclass(frozen=True)
class _Text:
    text: str
    key: str  # of the text itself
    meaning: str  # key of its translation
    origin: str
    words: frozenset[str]
    order: str  # a hash


def held_out_paraphrases(corpus: pa.Table) -> list[ParaphraseTask]:
    """Paraphrases in the test split, with those of the development split to tune on, by language.

    Half of the pairs are near misses, so guessing has an accuracy of one half.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
    """
    tuning = {pairs.languages: pairs for pairs in paraphrase_pairs(corpus, "dev")}
    return [
        ParaphraseTask(SUITE, pairs, tuning.get(pairs.languages))
        for pairs in paraphrase_pairs(corpus, "test")
    ]


def paraphrase_pairs(corpus: pa.Table, split: str) -> list[ParaphrasePairs]:
    """Paraphrases and near misses of every language in one split, focus language first.

    No text stands in two paraphrases, so that the pairs are independent. Texts with unlike numbers
    are no paraphrases. A paraphrase without a near miss is left out; so is a language with none.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        split: `dev` or `test`.
    """
    rows = corpus.filter(pc.equal(corpus["split"], split))
    found = []
    for side, other in (("source", "target"), ("target", "source")):
        for language in sorted(set(rows[f"{side}_language"].to_pylist())):
            part = rows.filter(pc.equal(rows[f"{side}_language"], language))
            pairs = _pairs(language, _texts(part, side, other))
            if pairs.first:
                found.append(pairs)
    return found


def _texts(rows: pa.Table, side: str, other: str) -> list[_Text]:
    """The distinct texts, those of one meaning together, in the order of hashes."""
    found: dict[tuple[str, str], _Text] = {}
    for row in rows.to_pylist():
        key = comparison_key(row[f"{side}_text"], row[f"{side}_language"])
        code = row[f"{other}_language"]
        meaning = f"{code} {comparison_key(row[f'{other}_text'], code)}"
        words, order = frozenset(key.split()), identify(key, meaning)
        text = _Text(row[f"{side}_text"], key, meaning, row["origin"], words, order)
        found.setdefault((key, meaning), text)
    return sorted(found.values(), key=lambda text: (text.meaning, text.order))


def _pairs(language: str, texts: Sequence[_Text]) -> ParaphrasePairs:
    meanings: dict[str, set[str]] = {}
    for text in texts:
        meanings.setdefault(text.key, set()).add(text.meaning)
    triples = [
        (first, second, miss)
        for first, second in _paraphrases(texts)
        if (miss := _near_miss(first, texts, meanings))
    ]
    return ParaphrasePairs(
        (language, language),
        [first.text for first, _, _ in triples] * 2,
        [second.text for _, second, _ in triples] + [miss.text for _, _, miss in triples],
        [True] * len(triples) + [False] * len(triples),
    )


def _paraphrases(texts: Sequence[_Text]) -> Iterator[tuple[_Text, _Text]]:
    used: set[str] = set()
    for _, group in groupby(texts, key=lambda text: text.meaning):
        fresh = [text for text in group if text.key not in used]
        for first, second in zip(fresh[::2], fresh[1::2], strict=False):  # an odd one is left over
            if _numbers(first) == _numbers(second):
                used |= {first.key, second.key}
                yield first, second


def _near_miss(text: _Text, texts: Sequence[_Text], meanings: dict[str, set[str]]) -> _Text | None:
    """The text of the same origin that shares the most words, then is nearest in length.

    It shares no meaning with the given one, by any of their translations.
    """
    own = meanings[text.key]
    others = [
        other
        for other in texts
        if other.origin == text.origin and other.key != text.key and not own & meanings[other.key]
    ]
    return min(others, key=lambda other: _unlikeness(text, other), default=None)


def _unlikeness(text: _Text, other: _Text) -> tuple[float, int, str]:
    shared = len(text.words & other.words) / max(1, len(text.words | other.words))
    return -shared, abs(len(text.key) - len(other.key)), other.order


def _numbers(text: _Text) -> list[str]:
    return sorted(_DIGITS.findall(text.text))

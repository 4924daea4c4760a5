"""Pairs of a corpus in one direction. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from pipeline.errors import InputError
from pipeline.tables import kept
from pipeline.translation_directions import Direction


@dataclass(frozen=True)
class TextPairs:
    """Texts and their translations.

    Attributes:
        sources: n texts.
        targets: what they are in the other language, in the same order.

    Raises:
        InputError: not one target for each source.
    """

    sources: Sequence[str] = ()
    targets: Sequence[str] = ()

    def __post_init__(self) -> None:
        if len(self.sources) != len(self.targets):
            raise InputError(f"{len(self.sources)} sources and {len(self.targets)} translations")

    def __len__(self) -> int:
        return len(self.sources)

    def __add__(self, more: "TextPairs") -> "TextPairs":
        """These, then more."""
        return TextPairs((*self.sources, *more.sources), (*self.targets, *more.targets))

    def evenly(self, count: int) -> "TextPairs":
        """So many of them at most, evenly over the whole."""
        step = max(1, len(self) / max(1, count))
        rows = [int(number * step) for number in range(min(count, len(self)))]
        return TextPairs([self.sources[row] for row in rows], [self.targets[row] for row in rows])


def texts_without_pair(
    corpus: pa.Table, direction: Direction, more: Iterable[str] = ()
) -> list[str]:
    """Texts of the target language, to be learnt from, without a counterpart in the source's.

    Of the corpus those that stand beside a third language; none is a text of another split.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        direction: either way.
        more: sentences of the target language alone, held out by nobody; they come behind.

    Returns:
        Distinct texts.
    """
    texts = [
        (row[f"{side}_text"], row["split"])
        for row in kept(corpus).to_pylist()
        for side in ("source", "target")
        if row[f"{side}_language"] == direction.target
    ]
    taken = set(pairs_of(corpus, direction, "train").targets)
    taken |= {text for text, split in texts if split != "train"}
    found = dict.fromkeys([*(text for text, _ in texts), *more])
    return [text for text in found if text not in taken]


def pairs_of(corpus: pa.Table, direction: Direction, split: str) -> TextPairs:
    """Distinct pairs of a split whose languages are the direction's, in the corpus's order.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`, the focus language on its source side.
        direction: either way.
        split: train, dev or test.
    """
    found = [
        {row["source_language"]: row["source_text"], row["target_language"]: row["target_text"]}
        for row in kept(corpus).to_pylist()
        if row["split"] == split
    ]
    wanted = set(direction)
    pairs = dict.fromkeys(
        (texts[direction.source], texts[direction.target])
        for texts in found
        if set(texts) == wanted
    )
    return TextPairs([source for source, _ in pairs], [target for _, target in pairs])

"""From paired documents to aligned sentence pairs.

Pure. A document pair's beads are remembered under a hash of all that decides them, so that one new
book costs one book.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.alignment.memory import FORGETFUL, Memo
from pipeline.alignment.sentences.length_baseline import length_baseline
from pipeline.alignment.sentences.sentence_alignment import align_sentences
from pipeline.alignment.sentences.sides import describe_side
from pipeline.encoders.embeddings import Vectors
from pipeline.parameters import AlignmentParams
from pipeline.progress import Progress, silent
from pipeline.tables import ALIGNED_PAIRS, as_table, identify, kept
from pipeline.text.beads import Bead, format_bead, parse_bead

NO_COUNTERPART = "no counterpart"

_METHOD = "2"  # to be raised when the same inputs give other beads


def align_documents(
    pairs: pa.Table,
    sentences_by_document: Mapping[str, pa.Table],
    vectors: Vectors,
    params: AlignmentParams,
    memo: Memo = FORGETFUL,
    progress: Progress = silent,
) -> pa.Table:
    """Align the kept sentences of every document pair.

    Args:
        pairs: table of schema `DOCUMENT_PAIRS`.
        sentences_by_document: table of schema `TEXTBOOK_SENTENCES` or `NEWS_SENTENCES` for each
            document named there; one that is not here has no sentences.
        vectors: of all their kept sentences.
        params: of the alignment.
        memo: remembers the beads of a document pair.
        progress: hears of every document pair.

    Returns:
        A table of schema `ALIGNED_PAIRS`, in the order of `pairs`, then of the beads. Sentences of
        a bead are joined by a space; a bead with an empty side is rejected as "no counterpart".

    Raises:
        InputError: a sentence has no vector.
    """

    def find_beads(source: _Text, target: _Text) -> list[Bead]:
        return _remembered_beads(source, target, vectors, params, memo)

    return _aligned(pairs, sentences_by_document, find_beads, progress)


def bead_counts(aligned: pa.Table) -> dict[str, int]:
    """How many beads of each shape a table of schema `ALIGNED_PAIRS` has, such as `{"1-1": 96}`.

    Of equally frequent shapes the smaller goes first.
    """
    sides = (aligned[name].to_pylist() for name in ("source_sentences", "target_sentences"))
    shapes = Counter((len(source), len(target)) for source, target in zip(*sides, strict=True))
    ranked = sorted(shapes.items(), key=lambda shape: (-shape[1], shape[0]))
    return {f"{source}-{target}": count for (source, target), count in ranked}


def align_documents_by_length(
    pairs: pa.Table, sentences_by_document: Mapping[str, pa.Table]
) -> pa.Table:
    """The baseline: as `align_documents`, but by sentence lengths alone (Gale & Church 1993)."""

    def find_beads(source: _Text, target: _Text) -> list[Bead]:
        return length_baseline(*([len(text) for text in side.texts] for side in (source, target)))

    return _aligned(pairs, sentences_by_document, find_beads)


class _Text:
    """The kept sentences of one document, in reading order."""

    def __init__(self, language: str, sentences: pa.Table | None) -> None:
        self.language = language
        self.texts: list[str] = []
        self.numbers: list[int] = []
        if sentences is not None:
            ordered = kept(sentences).sort_by("sentence_number")
            self.texts = ordered["text"].to_pylist()
            self.numbers = ordered["sentence_number"].to_pylist()

    def text(self, positions: Sequence[int]) -> str:
        return " ".join(self.texts[position] for position in positions)


def _aligned(
    pairs: pa.Table,
    sentences_by_document: Mapping[str, pa.Table],
    find_beads: Callable[[_Text, _Text], list[Bead]],
    progress: Progress = silent,
) -> pa.Table:
    rows: list[dict[str, object]] = []
    for number, pair in enumerate(pairs.to_pylist(), start=1):
        source, target = (
            _Text(pair[f"{side}_language"], sentences_by_document.get(pair[f"{side}_document"]))
            for side in ("source", "target")
        )
        beads = find_beads(source, target)
        rows += [_row(pair, n, bead, source, target) for n, bead in enumerate(beads)]
        progress(number, pairs.num_rows, "aligning documents")
    return as_table(rows, ALIGNED_PAIRS)


def _remembered_beads(
    source: _Text, target: _Text, vectors: Vectors, params: AlignmentParams, memo: Memo
) -> list[Bead]:
    matrices = [vectors.of(side.language, side.texts) for side in (source, target)]
    key = identify(
        _METHOD,
        json.dumps(params.model_dump(), sort_keys=True),
        *(identify(*side.texts) for side in (source, target)),
        *(_digest(matrix) for matrix in matrices),
    )
    if (remembered := memo.get(key)) is not None:
        return [parse_bead(line) for line in remembered.decode().splitlines()]
    sides = [
        describe_side(side.texts, matrix)
        for side, matrix in zip((source, target), matrices, strict=True)
    ]
    beads = align_sentences(sides[0], sides[1], params)
    lines = [format_bead(bead, with_score=True) for bead in beads]
    memo.put(key, "\n".join(lines).encode())
    return beads


def _digest(matrix: npt.NDArray[np.float32]) -> str:
    return hashlib.sha256(np.ascontiguousarray(matrix, dtype="<f4").tobytes()).hexdigest()


def _row(
    pair: Mapping[str, str], number: int, bead: Bead, source: _Text, target: _Text
) -> dict[str, object]:
    source_text, target_text = source.text(bead.source), target.text(bead.target)
    languages = pair["source_language"], pair["target_language"]
    return {
        "pair_id": identify(languages[0], source_text, languages[1], target_text),
        "source_document": pair["source_document"],
        "target_document": pair["target_document"],
        "bead_number": number,
        "source_sentences": [source.numbers[position] for position in bead.source],
        "target_sentences": [target.numbers[position] for position in bead.target],
        "source_text": source_text,
        "target_text": target_text,
        "bead_score": bead.score,
        "reject_reason": None if bead.source and bead.target else NO_COUNTERPART,
    }

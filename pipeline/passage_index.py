"""Passages of documents with their vectors, in a folder, searched exactly by cosine.

The folder holds `index.json` (who encoded it), `passages.arrow` (table `PASSAGES`) and
`vectors.npy` ((n, d) float32, unit rows), both mapped into memory, so that a search reads the
vectors once and the texts of what it found alone.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import feather

from pipeline.encoders import Encoder
from pipeline.encoders.folders import appearing_whole
from pipeline.errors import InputError
from pipeline.progress import Progress, silent
from pipeline.search import nearest
from pipeline.tables import PASSAGES
from pipeline.text.passages import Paragraph, cut_long, cut_passages

_FACTS, _PASSAGES, _VECTORS = "index.json", "passages.arrow", "vectors.npy"
_ENCODED_AT_ONCE = 4096
_HOW_TO_MAKE_ONE = "make it anew with `dutar index`"


class Document(NamedTuple):
    """A text to be searched.

    Attributes:
        name: by which it is known in what is found.
        language: code, e.g. `tuk_Latn`.
        paragraphs: in order, with their places.
    """

    name: str
    language: str
    paragraphs: Sequence[Paragraph]


class Hit(NamedTuple):
    """A passage that was found."""

    cosine: float
    document: str
    language: str
    first_place: str
    last_place: str
    text: str


@dataclass(frozen=True)
class PassageIndex:
    """An index that was opened; see `open_index`.

    Attributes:
        folder: where it lies.
        model: name under which its encoder was loaded.
        encoder_fingerprint: of that encoder.
        passages: table of schema `PASSAGES`.
        vectors: (n, d) float32, unit rows, one for each passage.
    """

    folder: Path
    model: str
    encoder_fingerprint: str
    passages: pa.Table
    vectors: npt.NDArray[np.float32]

    def search(
        self, questions: Sequence[str], encoder: Encoder, *, language: str, k: int = 5
    ) -> list[list[Hit]]:
        """The k passages nearest to each question, nearest first; exact.

        Of equal cosines the passage that was indexed first comes first.

        Args:
            questions: not blank.
            encoder: the one that made the index.
            language: of the questions; any that the encoder knows, not only that of the passages.
            k: hits wanted, fewer where there are fewer passages.

        Raises:
            InputError: another encoder made the index, a question is blank, or k < 1.
        """
        self._refuse_strangers(encoder)
        if not all(map(str.strip, questions)):
            raise InputError("a question is blank: ask something")
        if not questions:
            return []
        asked = encoder.encode(questions, language=language, role="query")
        found = nearest(asked, self.vectors, k)
        return [
            [self._hit(int(row), float(cosine)) for row, cosine in zip(rows, cosines, strict=True)]
            for rows, cosines in zip(found.row, found.cosine, strict=True)
        ]

    def languages(self) -> list[str]:
        """Of the passages, sorted."""
        return sorted(self.passages["language"].unique().to_pylist())

    def _hit(self, row: int, cosine: float) -> Hit:
        (passage,) = self.passages.slice(row, 1).to_pylist()
        return Hit(cosine, **passage)

    def _refuse_strangers(self, encoder: Encoder) -> None:
        if encoder.fingerprint != self.encoder_fingerprint:
            raise InputError(
                f"the index {self.folder} was made by another encoder"
                f" ({self.encoder_fingerprint[:12]}, then called {self.model}) than the one that"
                f" asks ({encoder.fingerprint[:12]}): name that one, or {_HOW_TO_MAKE_ONE}"
            )


def build_index(
    folder: Path,
    documents: Sequence[Document],
    model: str,
    encoder: Encoder,
    progress: Progress = silent,
) -> PassageIndex:
    """Cut documents into passages, encode them and write the index; it appears whole or not at all.

    Memory: the texts, and the vectors of 4,096 passages.

    Args:
        folder: to be made; an older index there is replaced.
        documents: in the order in which equally near passages are found.
        model: name under which the encoder was loaded, for who opens the index later.
        encoder: gives unit vectors.
        progress: hears of every 4,096 passages.

    Raises:
        InputError: the folder holds something else, there is nothing to index, or a language is
            not known.
    """
    _refuse_to_replace(folder)
    passages = _cut(documents)
    if not passages.num_rows:
        raise InputError("there is nothing to index: the texts are empty")
    facts = {"model": model, "encoder_fingerprint": encoder.fingerprint}
    with appearing_whole(folder) as unfinished:
        feather.write_feather(passages, str(unfinished / _PASSAGES), compression="uncompressed")
        _write_vectors(unfinished / _VECTORS, passages, encoder, progress)
        written = json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
        (unfinished / _FACTS).write_text(written, encoding="utf-8")
    return open_index(folder)


def open_index(folder: Path) -> PassageIndex:
    """Open what `build_index` wrote.

    Raises:
        InputError: no index is there, or it is torn.
    """
    if not (folder / _FACTS).is_file():
        raise InputError(f"{folder} is no index: {_HOW_TO_MAKE_ONE}")
    try:
        facts: dict[str, Any] = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
        passages = feather.read_table(str(folder / _PASSAGES), memory_map=True)
        vectors = np.load(folder / _VECTORS, mmap_mode="r")
        index = PassageIndex(
            folder, facts["model"], facts["encoder_fingerprint"], passages, vectors
        )
    except (OSError, ValueError, LookupError) as error:
        raise InputError(f"the index {folder} is torn ({error}): {_HOW_TO_MAKE_ONE}") from error
    if passages.schema != PASSAGES or len(vectors) != passages.num_rows:
        raise InputError(f"the index {folder} is torn: {_HOW_TO_MAKE_ONE}")
    return index


def _refuse_to_replace(folder: Path) -> None:
    """What a user has in a folder of that name is not ours to delete."""
    is_free = not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))
    if not is_free and not (folder / _FACTS).is_file():
        raise InputError(f"{folder} is there and is no index: name a folder that is not there yet")


def _cut(documents: Sequence[Document]) -> pa.Table:
    rows = [
        (one.name, one.language, passage.places[0], passage.places[-1], passage.text)
        for one in documents
        for passage in cut_passages(cut_long(one.paragraphs, one.language))
    ]
    columns = list(zip(*rows, strict=True)) or [()] * len(PASSAGES)
    return pa.table([list(column) for column in columns], schema=PASSAGES)


def _write_vectors(path: Path, passages: pa.Table, encoder: Encoder, progress: Progress) -> None:
    shape = (passages.num_rows, encoder.dimension)
    vectors = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    for language, rows in _batches(passages["language"].to_pylist()):
        texts = passages["text"][rows.start : rows.stop].to_pylist()
        vectors[rows.start : rows.stop] = encoder.encode(texts, language=language, role="passage")
        progress(rows.stop, len(vectors), "passages encoded")
    vectors.flush()


def _batches(languages: Sequence[str]) -> Iterator[tuple[str, range]]:
    """Rows of one language, neighbours, in tens of batches of the encoder."""
    start = 0
    for language, run in itertools.groupby(languages):
        stop = start + sum(1 for _ in run)
        for first in range(start, stop, _ENCODED_AT_ONCE):
            yield language, range(first, min(first + _ENCODED_AT_ONCE, stop))
        start = stop

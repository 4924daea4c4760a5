"""What pairing knows of each document's content. Pure; linear in the sentences."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.alignment.documents.document_vectors import blocks, document_vector
from pipeline.alignment.documents.facts import Facts, read_facts
from pipeline.alignment.documents.imprint import lesson_numbers, printed_isbn
from pipeline.alignment.documents.resemblance import resemblance
from pipeline.alignment.sentences.sides import FloatArray, normalised
from pipeline.encoders.embeddings import Vectors
from pipeline.parameters import PairingParams
from pipeline.tables import kept

Row = Mapping[str, Any]

_CENTRING_PRIOR = 4  # sentences at the origin: a handful is no estimate of a language's mean
_IMPRINT_SENTENCES = 60  # at either end of a book, where its ISBN is printed
_MOST_HOLDERS = 16  # of a text that may tell copies; more make it a phrase that everyone uses


@dataclass(frozen=True)
class Profile:
    """One document.

    Attributes:
        row: of the catalogue, schema `DOCUMENTS`; a book's ISBN as printed where none was stated.
        lessons: the numbers of a book's headings, in order.
        texts: its kept sentences in reading order.
        vector: (windows * d,) its document vector.
        blocks: (b, d) unit vectors of its parts, centred on its language.
        weights: (b,) what each part counts: characters, fewer where many documents say the same.
    """

    row: Row
    lessons: Sequence[str]
    texts: Sequence[str]
    vector: FloatArray
    blocks: FloatArray
    weights: npt.NDArray[np.float64]

    @property
    def key(self) -> str:
        """The document's key."""
        return str(self.row["document_key"])

    @cached_property
    def characters(self) -> int:
        """Of all kept sentences."""
        return sum(map(len, self.texts))

    @cached_property
    def facts(self) -> Facts:
        """Its numbers and names."""
        return read_facts(self.texts)

    def resembles(self, other: "Profile") -> float:
        """How much both say the same in the same order, see `resemblance`."""
        return resemblance(self.blocks, self.weights, other.blocks, other.weights)


def read_profiles(
    rows: Sequence[Row],
    sentences_by_document: Mapping[str, pa.Table],
    vectors: Vectors,
    params: PairingParams,
) -> list[Profile]:
    """Profiles of one language's documents that have kept sentences, in the order of `rows`.

    Args:
        rows: of schema `DOCUMENTS`, of one language.
        sentences_by_document: tables of schema `TEXTBOOK_SENTENCES` or `NEWS_SENTENCES`.
        vectors: of all kept sentences; centred here on the language's mean, which undoes what
            encoders give to the language and not to the meaning.
        params: of document pairing.

    Raises:
        InputError: a sentence has no vector.
    """
    tables = {
        row["document_key"]: sentences_by_document[row["document_key"]].sort_by("sentence_number")
        for row in rows
        if row["document_key"] in sentences_by_document
    }
    texts = {key: kept(table)["text"].to_pylist() for key, table in tables.items()}
    holders = Counter(text for own in texts.values() for text in set(own))
    mean = _mean(rows, texts, vectors)
    profiles = []
    for row in rows:
        if own := texts.get(row["document_key"]):
            weights = _weights(own, holders, len(texts))
            unit = normalised(vectors.of(row["language"], own) - mean)
            facts = _printed_facts(row, tables[row["document_key"]])
            vector = document_vector(unit, weights, params.window_count)
            profiles.append(Profile(*facts, own, vector, *blocks(unit, weights, params.most_parts)))
    return profiles


def copy_groups(profiles: Sequence[Profile], params: PairingParams) -> dict[str, str]:
    """For each document of a language the first one, by place, that it is a copy of, or itself.

    Copies have most of their characters in the same sentences.
    """
    holders: dict[str, list[int]] = defaultdict(list)
    group = list(range(len(profiles)))
    for place, profile in enumerate(profiles):
        shared: Counter[int] = Counter()
        for text in sorted(set(profile.texts)):
            if len(holders[text]) < _MOST_HOLDERS:
                shared.update(dict.fromkeys(holders[text], len(text)))
                holders[text].append(place)
        for other, characters in sorted(shared.items()):
            longer = max(profile.characters, profiles[other].characters)
            if characters >= params.max_same_text_fraction * longer:
                group[place] = group[other]
                break
    return {profile.key: profiles[group[place]].key for place, profile in enumerate(profiles)}


def _mean(
    rows: Sequence[Row], texts: Mapping[str, Sequence[str]], vectors: Vectors
) -> npt.NDArray[np.float32]:
    total, count = np.zeros(vectors.matrix.shape[1]), _CENTRING_PRIOR
    for row in rows:
        if own := texts.get(row["document_key"]):
            total += vectors.of(row["language"], own).sum(axis=0, dtype=np.float64)
            count += len(own)
    return np.asarray(total / count, dtype=np.float32)


def _weights(texts: Sequence[str], holders: Counter[str], document_count: int) -> FloatArray:
    """Characters, damped as log(documents / those that hold the text) is (Thompson & Koehn)."""
    rarities = [math.log((1 + document_count) / holders[text]) for text in texts]
    weights = [len(text) * rarity for text, rarity in zip(texts, rarities, strict=True)]
    return np.array(weights, np.float32) / np.float32(math.log(1 + document_count))


def _printed_facts(row: Row, sentences: pa.Table) -> tuple[Row, list[str]]:
    """The row with the ISBN that the book prints, if none was stated, and its lesson numbers."""
    if row["source_kind"] != "textbooks":
        return row, []
    texts = sentences["text"].to_pylist()
    imprint = texts[:_IMPRINT_SENTENCES] + texts[-_IMPRINT_SENTENCES:]
    pairs = zip(texts, sentences["kind"].to_pylist(), strict=True)
    lessons = lesson_numbers(text for text, kind in pairs if kind == "heading")
    return {**row, "isbn": row["isbn"] or printed_isbn(imprint)}, lessons

"""Collections of documents with known twins: real pages, articles, and books of random meanings."""

import random
import tarfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.alignment.documents.pairing import Contents
from pipeline.encoders import Encoder
from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.settings import test_data
from pipeline.tables import DOCUMENTS, NEWS_SENTENCES, as_table, distinct_texts, identify
from pipeline.text import normalise
from pipeline.text.split import split_sentences

FALLBACK, COPIED = "14", "61"  # Turkmen in all three languages; translations that are 60's
_SERVICE_CODES = {"tuk_Latn": "tm", "rus_Cyrl": "ru", "eng_Latn": "en"}
_LONG = "20"  # a code of laws: more sentences than all others together
_WIDTH = 128

Texts = Mapping[str, Sequence[str]]
"""Sentences of one language's documents, by name; twins share their name."""


class Sides(NamedTuple):
    """The documents of two languages.

    Attributes:
        codes: the two languages.
        texts: their documents.
        contents: their sentences and vectors.
    """

    codes: tuple[str, str]
    texts: tuple[Texts, Texts]
    contents: Contents

    @property
    def names(self) -> tuple[list[str], list[str]]:
        """Of the documents, in order."""
        return sorted(self.texts[0]), sorted(self.texts[1])

    @property
    def twin_count(self) -> int:
        """Documents that both languages have."""
        return len(self.texts[0].keys() & self.texts[1].keys())


def standards_service(code: str) -> dict[str, list[str]]:
    """Laws, rules and pages of the Turkmen standards service."""
    own, found = _SERVICE_CODES[code], {}
    for path in sorted((test_data() / "tds_gov_tm" / "text").glob(f"*.{own}.txt")):
        if (name := path.name.partition(".")[0]) != _LONG:
            lines = path.read_text(encoding="utf-8").splitlines()
            sentences = [split_sentences(normalise(line, code), code) for line in lines]
            found[name] = [sentence for some in sentences for sentence in some]
    return found


def packed_texts(path: Path) -> Iterator[tuple[str, str]]:
    """Names and texts of the files in a `.tar.zst`, in its order."""
    with (
        pa.input_stream(str(path), compression="zstd") as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        for member in archive:
            if content := archive.extractfile(member):
                yield member.name, content.read().decode()


def flores_articles(code: str) -> dict[str, list[str]]:
    """The sentences of FLORES dev by the article they were taken from."""
    wanted = (f"/{code}.dev", "metadata_dev.tsv")
    files = {
        name.rpartition(".")[2]: text.splitlines()
        for name, text in packed_texts(test_data() / "flores200" / "flores200_dev.tar.zst")
        if name.endswith(wanted)
    }
    articles = defaultdict(list)
    for facts, sentence in zip(files["tsv"][1:], files["dev"], strict=True):
        articles[facts.partition("\t")[0]].append(sentence)
    return dict(articles)


def sides_of(codes: tuple[str, str], texts: tuple[Texts, Texts], encoder: Encoder) -> Sides:
    """Documents with their vectors, of which none is computed twice."""
    tables = _tables(codes, texts)
    vectors = Vectors.from_table(embed_texts(encoder, distinct_texts(tables.values())))
    return Sides(codes, texts, Contents(tables, vectors))


def parted(source: Texts, target: Texts, share: float, seed: int) -> tuple[Texts, Texts]:
    """Both sides with that share of the twins torn apart, half of them on either side."""
    names = sorted(source.keys() & target.keys())
    lost = random.Random(seed).sample(names, round(share * len(names)))  # noqa: S311 - no secret
    half = len(lost) // 2
    return (
        {name: text for name, text in source.items() if name not in lost[:half]},
        {name: text for name, text in target.items() if name not in lost[half:]},
    )


def random_books(book_count: int, sentence_count: int, seed: int) -> Sides:
    """Books on subjects of their own; a translation's vectors are noisy copies."""
    generator = np.random.default_rng(seed)
    subjects = np.repeat(generator.normal(size=(book_count, _WIDTH)), sentence_count, axis=0)
    meanings = subjects + 2 * generator.normal(size=subjects.shape)
    codes = "tuk_Latn", "rus_Cyrl"
    left, right = (
        {
            f"{book:04}": [f"{code} {book} {number}" for number in range(sentence_count)]
            for book in range(book_count)
        }
        for code in codes
    )
    sides = zip(codes, (left, right), strict=True)
    ids = [identify(code, one) for code, side in sides for own in side.values() for one in own]
    noisy = np.concatenate([meanings, meanings])
    noisy += 2 * generator.normal(size=noisy.shape)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    contents = Contents(
        _tables(codes, (left, right)),
        Vectors(noisy.astype(np.float32), {one: row for row, one in enumerate(ids)}),
    )
    return Sides(codes, (left, right), contents)


def rows_of(sides: Sides, side: int) -> list[dict[str, object]]:
    """Rows of the catalogue that tell nothing but a key and a language."""
    code, nothing = sides.codes[side], dict.fromkeys(DOCUMENTS.names)
    return [
        nothing | {"document_key": f"{code}/{name}", "source_kind": "news", "language": code}
        for name in sides.names[side]
    ]


def _tables(codes: tuple[str, str], texts: tuple[Texts, Texts]) -> dict[str, pa.Table]:
    return {
        f"{code}/{name}": as_table(
            [
                {"sentence_number": number, "language": code, "text": text, "kind": "paragraph"}
                for number, text in enumerate(sentences)
            ],
            NEWS_SENTENCES,
        )
        for code, documents in zip(codes, texts, strict=True)
        for name, sentences in documents.items()
    }

"""What aligners are compared on: an article with gold by hand, and hard documents from bitexts.

FLORES dev is taken in file order, which is article by article; of the Turkmen standards service's
texts the laws 16 to 18 and every page that its manifest calls whole and that has gold paragraphs.
Documents 19 and 20 are left alone. Nothing is read but these files, and nothing is drawn but by
seed.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from benchmarks.contamination_plants import flores
from pipeline.alignment.sentences.disturbed_documents import Disturbance, disturbed_documents
from pipeline.encoders import Encoder
from pipeline.evaluation.measures.bead_scores import Bead
from pipeline.settings import test_data
from pipeline.text.beads import parse_bead
from pipeline.text.lines import read_lines
from pipeline.text.split import split_sentences

SEED = 13
DISTURBANCES = {
    "d10-c0": Disturbance(),
    "d05-c0": Disturbance(deleted_fraction=0.05),
    "d15-c0": Disturbance(deleted_fraction=0.15),
    "d10-c1": Disturbance(character_error_fraction=0.01),
    "d10-c3": Disturbance(character_error_fraction=0.03),
}
"""By the end of a set's name: per cent of sentences deleted a side, per cent of letters misread."""

_TURKMEN = "tuk_Latn"
_CODES = {"tm": _TURKMEN, "ru": "rus_Cyrl", "en": "eng_Latn"}
_LAWS = (16, 17, 18)
_LEFT_OUT = {19, 20, 61}  # held back, uneven, and a page that says what the one before says
_Bitext = list[tuple[str, str]]


@dataclass(frozen=True)
class AlignmentSet:
    """Two documents and the beads that join them.

    Attributes:
        name: short, fit for a file name.
        languages: of source and target.
        sources: sentences in reading order.
        targets: likewise.
        gold: ascending beads.
        plain: texts of the undisturbed bitext, source and target; many a set shares them.
    """

    name: str
    languages: tuple[str, str]
    sources: list[str]
    targets: list[str]
    gold: list[Bead]
    plain: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))


def alignment_sets(seed: int = SEED) -> Iterator[AlignmentSet]:
    """Text+Berg's development article, then every disturbance of every bitext, drawn by `seed`."""
    yield textberg()
    for name, languages, bitext in _bitexts():
        for ending, disturbance in DISTURBANCES.items():
            made = disturbed_documents(bitext, disturbance, seed)
            yield AlignmentSet(f"{name}-{ending}", languages, *made, plain=_sides(bitext))


def textberg() -> AlignmentSet:
    """German-French, 422 beads by hand; our aligner's weights were fitted on it, among others."""
    folder = test_data() / "textberg"
    sides = [read_lines(folder / f"dev.{ending}") for ending in ("de", "fr")]
    beads = [parse_bead(line) for line in read_lines(folder / "dev.defr")]
    gold = [(bead.source, bead.target) for bead in beads]
    return AlignmentSet("textberg-dev", ("deu_Latn", "fra_Latn"), sides[0], sides[1], gold)


def set_vectors(one: AlignmentSet, encoder: Encoder) -> list[npt.NDArray[np.float32]]:
    """Vectors of a set's sources and targets, each distinct text encoded once.

    Undisturbed texts go first and by themselves, for the encoder plans its batches over all texts
    of a call, and computes a batch whole that has one new text in it.
    """
    found = []
    for language, plain, texts in zip(
        one.languages, one.plain, (one.sources, one.targets), strict=True
    ):
        if plain:
            encoder.encode(plain, language=language)
            if new := sorted({*texts} - {*plain}):
                encoder.encode(new, language=language)
        found.append(encoder.encode(texts, language=language))
    return found


def _bitexts() -> Iterator[tuple[str, tuple[str, str], _Bitext]]:
    for corpus, rows in (("flores", flores()), ("tds", _standards_service())):
        for code in ("rus_Cyrl", "eng_Latn"):
            bitext = [(row[_TURKMEN], row[code]) for row in rows]
            yield f"{corpus}-tuk-{code[:3]}", (_TURKMEN, code), bitext


def _sides(bitext: _Bitext) -> tuple[list[str], list[str]]:
    return [source for source, _ in bitext], [target for _, target in bitext]


def _standards_service() -> list[dict[str, str]]:
    """Rows of the three languages, as many sentences as all three agree on."""
    rows = []
    for document in standards_documents():
        lines = {
            name: read_lines(test_data() / "tds_gov_tm" / "text" / f"{document}.{name}.txt")
            for name in _CODES
        }
        pairs = [_one_to_one(document, name) for name in ("ru", "en")]
        for position in sorted(pairs[0].keys() & pairs[1].keys()):
            places = (position, *(pair[position] for pair in pairs))
            paragraphs = {
                name: lines[name][place] for name, place in zip(_CODES, places, strict=True)
            }
            rows += _sentences(paragraphs)
    return rows


def standards_documents() -> list[int]:
    """Numbers of the laws, then of the pages."""
    folder = test_data() / "tds_gov_tm"
    with (folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    whole = [int(row["doc"]) for row in rows if row["status"] == "ok"]
    has_gold = [
        number
        for number in whole
        if number not in _LEFT_OUT and (folder / "gold_para" / f"{number}.tm-ru").exists()
    ]
    return sorted(has_gold, key=lambda number: (number not in _LAWS, number))


def _one_to_one(document: int, name: str) -> dict[int, int]:
    path = test_data() / "tds_gov_tm" / "gold_para" / f"{document}.tm-{name}"
    beads = [parse_bead(line) for line in read_lines(path)]
    return {
        bead.source[0]: bead.target[0]
        for bead in beads
        if len(bead.source) == 1 and len(bead.target) == 1
    }


def _sentences(paragraphs: dict[str, str]) -> list[dict[str, str]]:
    split = {_CODES[name]: split_sentences(text, _CODES[name]) for name, text in paragraphs.items()}
    if len({len(sentences) for sentences in split.values()}) > 1:
        split = {_CODES[name]: [text] for name, text in paragraphs.items()}
    columns: Sequence[list[str]] = list(split.values())
    return [dict(zip(split, texts, strict=True)) for texts in zip(*columns, strict=True)]

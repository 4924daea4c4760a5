"""FLORES dev hidden among texts that nobody translated: mined, scored, learnt from made pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.contamination_plants import flores
from benchmarks.distractors import distractors
from pipeline.alignment.mining.margin import mine
from pipeline.alignment.scoring.evidence import text_evidence
from pipeline.alignment.scoring.synthetic_pairs import synthetic_pairs
from pipeline.encoders import Encoder
from pipeline.probability.features import feature_matrix, scored_once
from pipeline.probability.logistic import Logistic
from pipeline.probability.synthetic_training import fit_synthetic
from pipeline.tables import SCORED_PAIRS, as_table, identify
from pipeline.text.changes import near_misses

PIVOT = "eng_Latn"
DISTRACTORS = 50_000
"""On both sides together."""
FOCUS_DISTRACTORS = 1_200
ENGLISH_SENTENCES = 36_000
NEAR_MISSES = 250
SEED = 13

Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Candidates:
    """Mined pairs of one language, ordered by `pair_id`.

    Attributes:
        features: (n, d).
        margins: (n,).
        is_correct: whether FLORES has the pair (n,).
        sources: the source text of each (n,).
        gold: source texts that have a translation.
        synthetic: the model that has seen no label.
        note: what was searched.
    """

    features: Array
    margins: Array
    is_correct: Labels
    sources: npt.NDArray[np.str_]
    gold: Sequence[str]
    synthetic: Logistic
    note: str


class Remembering:
    """An encoder that has been told the vectors of some texts."""

    def __init__(self, encoder: Encoder, known: dict[str, npt.NDArray[np.float32]]) -> None:
        self._encoder, self._known = encoder, known
        self.fingerprint = encoder.fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._encoder.dimension

    def encode(self, texts: Sequence[str], *, language: str, role: str = "query") -> np.ndarray:
        """See `Encoder`."""
        del role
        asked = [text for text in texts if text not in self._known]
        found = dict(zip(asked, self._encoder.encode(asked, language=language), strict=True))
        vectors = found | self._known
        return np.stack([vectors[text] for text in texts])


def candidates(
    language: str, root: Path, encoder: Encoder, *, with_near_misses: bool
) -> Candidates:
    """Hide, mine, score, and learn from made pairs."""
    rows = flores((language, PIVOT))
    source = list(dict.fromkeys(row[language] for row in rows))
    target = list(dict.fromkeys(row[PIVOT] for row in rows))
    own = distractors(language, root, FOCUS_DISTRACTORS)
    near = [one.text for one in near_misses(target, SEED)][::4][:NEAR_MISSES]
    english = distractors(PIVOT, root, ENGLISH_SENTENCES)
    wanted = DISTRACTORS - len(own) - len(english) - len(near) * with_near_misses
    joined = [" ".join(pair) for pair in zip(english, english[7:] + english[:7], strict=True)]
    joined += [" ".join(pair) for pair in zip(english, english[11:] + english[:11], strict=True)]
    encoder = Remembering(encoder, _joined_vectors(english, joined[:wanted], encoder))
    heaps = (
        list(dict.fromkeys([*source, *own])),
        list(
            dict.fromkeys(
                [*target, *(near if with_near_misses else ()), *english, *joined[:wanted]]
            )
        ),
    )
    table = _scored(heaps, (language, PIVOT), encoder)
    pools = dict(zip((language, PIVOT), heaps, strict=True))
    made = synthetic_pairs(table, encoder, SEED, trusted_origins=(), pools=pools)
    model = fit_synthetic(table, made)
    if model is None:
        raise SystemExit(f"{language}: nothing stands out")
    pairs = scored_once(table)
    gold = {(row[language], row[PIVOT]) for row in rows}
    texts = [pairs[f"{side}_text"].to_pylist() for side in ("source", "target")]
    note = f"{len(own):,} {language}, {len(heaps[1]) - len(target):,} English ({wanted:,} joined)"
    return Candidates(
        feature_matrix(pairs),
        np.asarray(pairs["margin"].to_numpy(), dtype=np.float64),
        np.array([pair in gold for pair in zip(*texts, strict=True)]),
        np.array(texts[0]),
        source,
        model,
        note,
    )


def _joined_vectors(
    english: Sequence[str], joined: Sequence[str], encoder: Encoder
) -> dict[str, npt.NDArray[np.float32]]:
    vectors = encoder.encode(english, language=PIVOT)
    count = len(english)
    found = {}
    for number, text in enumerate(joined):
        step = 7 if number < count else 11
        sum_of_both = vectors[number % count] + vectors[(number + step) % count]
        found[text] = sum_of_both / np.linalg.norm(sum_of_both)
    return found


def _scored(
    heaps: tuple[list[str], list[str]], languages: tuple[str, str], encoder: Encoder
) -> pa.Table:
    """Mined pairs as a table of schema `SCORED_PAIRS`."""
    sides = [
        encoder.encode(heap, language=code) for heap, code in zip(heaps, languages, strict=True)
    ]
    rows: list[dict[str, object]] = []
    for pair in mine(sides[0], sides[1], 4, 0.0):
        texts = heaps[0][pair.source], heaps[1][pair.target]
        row: dict[str, object] = {
            "pair_id": identify(*languages, *texts),
            "origin": "mined",
            "group_key": texts[0],
            "locator": "",
            "source_language": languages[0],
            "target_language": languages[1],
            "source_text": texts[0],
            "target_text": texts[1],
            "cosine": pair.cosine,
            "margin": pair.margin,
            "confidence_fraction": 1.0,
            "sentence_count": 2,
        }
        rows.append(row | text_evidence(row))
    return as_table(rows, SCORED_PAIRS)

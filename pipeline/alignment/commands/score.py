"""Scoring a bitext that exists already: what stands behind `dutar score`."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.alignment.scoring.pair_features import score_pairs
from pipeline.alignment.scoring.synthetic_pairs import synthetic_pairs
from pipeline.encoders import Encoder
from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.errors import InputError
from pipeline.probability.models import models_table, pair_probabilities
from pipeline.probability.synthetic_training import LEAST_PAIRS, fit_synthetic
from pipeline.tables import ALIGNED_PAIRS, DOCUMENTS, MINED_PAIRS, SCORED_PAIRS, distinct_texts

SCORED_BITEXT = pa.schema([*SCORED_PAIRS, ("probability", pa.float32())])
"""What `score_bitext` returns."""


def score_bitext(
    pairs: pa.Table, encoder: Encoder, calibration: pa.Table | None, seed: int
) -> pa.Table:
    """Score every pair of a bitext.

    Args:
        pairs: table of schema `BITEXT_PAIRS`.
        encoder: maps both languages into one space.
        calibration: table of schema `CALIBRATION`; None: it is learnt from the bitext itself, of
            which nothing is taken on trust but what stands out by its margin.
        seed: of the wrong pairs that are made to learn from.

    Returns:
        A table of schema `SCORED_BITEXT` in the order of `pairs`; rejected pairs have null scores.

    Raises:
        InputError: there is nothing to score, or too little to learn from.
    """
    texts = distinct_texts([pairs])
    if not texts:
        raise InputError("no pair of the bitext can be scored: every one was rejected when read")
    vectors = Vectors.from_table(embed_texts(encoder, texts))
    scored = score_pairs(
        ALIGNED_PAIRS.empty_table(),
        MINED_PAIRS.empty_table(),
        DOCUMENTS.empty_table(),
        {},
        pairs,
        vectors,
    )
    models = _learnt(scored, encoder, seed) if calibration is None else calibration
    known = pair_probabilities(scored, models)
    at = pc.index_in(scored["pair_id"], known["pair_id"].combine_chunks())
    is_scored = pc.is_valid(scored["cosine"])
    column = pc.if_else(is_scored, known["probability"].take(at), None)
    return scored.append_column("probability", column).cast(SCORED_BITEXT)


def _learnt(scored: pa.Table, encoder: Encoder, seed: int) -> pa.Table:
    made = synthetic_pairs(scored, encoder, seed, trusted_origins=())
    model = fit_synthetic(scored, made)
    if model is None:
        raise InputError(
            f"the bitext is too small to learn from: fewer than {LEAST_PAIRS} of its pairs stand "
            "out; give a calibration with --calibration"
        )
    return models_table({None: model})


def score_lines(scored: pa.Table) -> Iterator[str]:
    """Cosine, margin, probability, place and reason of rejection of each pair, parted by tabs."""
    names = ("cosine", "margin", "probability")
    yield "\t".join((*names, "locator", "reject_reason"))
    for row in scored.to_pylist():
        values = ["" if row[name] is None else f"{row[name]:.4f}" for name in names]
        yield "\t".join((*values, row["locator"], row["reject_reason"] or ""))

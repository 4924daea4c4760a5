"""Of what is brought together: documents, sentences, and pairs far apart."""

from typing import Literal

from pydantic import Field

from pipeline.parameters.base import Params

Margin = Literal["ratio", "distance", "cosine"]
"""How a pair's cosine is held against its neighbourhood, see `pipeline.alignment.mining.margin`."""
CandidateMode = Literal["forward", "backward", "intersection", "union"]
"""Whose choices are mined, see `pipeline.alignment.mining.margin`."""


class PairingParams(Params):
    """Finding the documents that translate one another."""

    candidate_count: int = Field(
        8, ge=1, description="documents that each one is compared with, by their vectors (count)"
    )
    min_margin: float = Field(
        0.04, ge=0, description="of a pair's resemblance over that of its rivals; else no twin"
    )
    window_days: int = Field(
        1, ge=0, description="between articles that may be twins, where both are dated (days)"
    )
    min_length_ratio: float = Field(
        0.2, ge=0, le=1, description="shorter over longer document; less is no translation"
    )
    min_shared_number_fraction: float = Field(
        0.2, ge=0, le=1, description="of the fewer numbers; less, where they are many, is no twin"
    )
    max_same_text_fraction: float = Field(
        0.9, gt=0, le=1, description="of a text in another's very words; more is a copy"
    )
    window_count: int = Field(
        8, ge=1, le=32, description="parts of a text that a document vector tells apart (count)"
    )
    most_parts: int = Field(
        128, ge=1, description="that a long document is compared by, sentence for sentence (count)"
    )


class AlignmentParams(Params):
    """In-document sentence alignment; weights fitted as benchmarks/README.md tells."""

    max_bead_sentences: int = Field(
        6, ge=2, le=8, description="most sentences in a bead, both sides together (count)"
    )
    band_sentences: int = Field(
        24, ge=5, description="how far the search strays from its path, to each side (count)"
    )
    skip_scale: float = Field(
        0.06, gt=0, description="score of a sentence left alone, per unit of its log odds"
    )
    neutral_skip_fraction: float = Field(
        0.13, gt=0, lt=1, description="of sentences left alone, at which that score is 0"
    )
    neighbour_weight: float = Field(
        0.4, ge=0, description="taken per unit of cosine between neighbouring blocks"
    )
    part_weight: float = Field(
        0.15, ge=0, description="taken per unit of the least cosine of a joined sentence"
    )
    spelling_weight: float = Field(
        0.45, ge=0, description="per unit of likeness in letters: names, loan words, formulas"
    )
    number_weight: float = Field(
        0.35, ge=0, description="half of it is won or lost as the numbers in a bead (dis)agree"
    )
    length_weight: float = Field(
        0.3, ge=0, description="taken from a bead's cosine per unit of |log length ratio|"
    )
    merge_penalty: float = Field(
        0.075, ge=0, description="taken for every pair that a bead could be split into, less one"
    )
    size_penalty: float = Field(
        0.05, ge=0, description="taken for every sentence of a bead's larger side, less one"
    )


class MiningParams(Params):
    """Finding pairs across documents that have no twin."""

    neighbours: int = Field(4, ge=1, le=16, description="k of the margin (count)")
    margin: Margin = Field(
        "ratio", description="what a row's best neighbour has: ratio, distance or cosine"
    )
    mode: CandidateMode = Field(
        "union", description="whose choices are pairs: forward, backward, intersection or union"
    )
    min_margin: float = Field(
        0.9, ge=0, description="pairs of a lower ratio margin are left out, as next to hopeless"
    )
    min_characters: int = Field(15, ge=1, description="shorter sentences are not searched (count)")
    exact_rows: int = Field(
        150_000, ge=1, description="with more texts on a side the search is approximate (count)"
    )
    recall_fraction: float = Field(
        0.992, gt=0, le=1, description="of sampled pairs, that an approximate search must find"
    )
    seed: int = Field(13, ge=0, description="of the samples that an approximate search draws")

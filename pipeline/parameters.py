"""What may be tuned, stage by stage: flat frozen models, shown typed in the launchpad.

Only scalars, so that `class XConfig(dg.Config, XParams)` works; paths and lists live in the recipe.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Objective = Literal["mse", "mnr", "mse+mnr"]
"""What a student is punished for, see `pipeline.distillation.objectives`."""

Margin = Literal["ratio", "distance", "cosine"]
"""How a pair's cosine is held against its neighbourhood, see `pipeline.alignment.mining.margin`."""
CandidateMode = Literal["forward", "backward", "intersection", "union"]
"""Whose choices are mined, see `pipeline.alignment.mining.margin`."""


class Params(BaseModel):
    """Base: frozen, and a mistyped key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TextbookParams(Params):
    """Reading PDF pages."""

    resolution_dpi: int = Field(300, ge=72, le=600, description="rendering for OCR (dpi)")
    min_text_layer_characters: int = Field(
        40, ge=0, description="a page with fewer characters in its text layer goes to OCR (count)"
    )
    min_text_layer_letter_fraction: float = Field(
        0.35, ge=0, le=1, description="a text layer with fewer letters is garbage (fraction)"
    )
    compared_page_count: int = Field(
        3, ge=0, description="text-layer pages of a document that are checked against OCR (count)"
    )
    min_agreement_fraction: float = Field(
        0.85, ge=0, le=1, description="words of such a page that OCR must confirm (fraction)"
    )
    min_page_confidence_fraction: float = Field(
        0.55, ge=0, le=1, description="an OCR page below is noise and rejected (fraction)"
    )
    most_pages: int = Field(10_000, ge=1, description="read of one edition at most (count)")
    page_timeout_seconds: float = Field(120, gt=0, description="for reading one page (s)")
    memory_limit_megabytes: int = Field(2048, ge=256, description="for one reading process (MB)")


class SentenceParams(Params):
    """From pages to sentences."""

    min_language_fraction: float = Field(
        0.5, ge=0, le=1, description="share of a document's lines that must be in its language"
    )
    max_sentence_characters: int = Field(1000, ge=50, description="longer ones are rejected")


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


class NewsParams(Params):
    """Visiting news sites, politely, and reading their articles."""

    delay_seconds: float = Field(1.0, ge=0, description="between two requests to one site (s)")
    max_pages: int = Field(2000, ge=1, description="visited in one crawl of one site (count)")
    page_timeout_seconds: float = Field(30, gt=0, description="for one answer (s)")
    max_page_megabytes: float = Field(5, gt=0, description="larger pages are rejected (MB)")
    min_language_fraction: float = Field(
        0.5, ge=0, le=1, description="share of an article's paragraphs that must be in its language"
    )
    min_article_characters: int = Field(
        120, ge=1, description="a page with less text is no article (count)"
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


class AnnotationParams(Params):
    """Which pairs people are asked about."""

    task_count: int = Field(200, ge=1, description="pairs in the queue of all annotators (count)")
    overlap_fraction: float = Field(
        0.2, ge=0, le=1, description="of the pairs, given to two annotators"
    )
    random_fraction: float = Field(
        0.5, ge=0, le=1, description="of the pairs, drawn at random; the others are the least sure"
    )
    context_sentences: int = Field(1, ge=0, description="shown before and after, each side (count)")
    seed: int = Field(13, ge=0)


class CalibrationParams(Params):
    """From reviews to the probability that a pair is correct."""

    min_reviews: int = Field(
        40, ge=4, description="fewer leave the probabilities to synthetic pairs (count)"
    )
    regularisation: float = Field(0.3, gt=0, description="inverse variance of the weights' prior")
    fold_count: int = Field(5, ge=2, description="of the cross-validation that scores it (count)")
    bootstrap_count: int = Field(2000, ge=100, description="resamples of a bootstrap (count)")
    min_agreement: float = Field(
        0.6, ge=-1, le=1, description="Krippendorff's alpha of accept or reject, lower bound"
    )
    seed: int = Field(13, ge=0)


class FilterParams(Params):
    """Which scored pairs are good enough."""

    target_precision_fraction: float = Field(
        0.95, ge=0, le=1, description="wanted among kept pairs; the threshold follows from it"
    )
    min_cosine: float = Field(
        0.75,
        ge=-1,
        le=1,
        description="aligned pairs below are rejected while nothing is calibrated",
    )
    min_margin: float = Field(
        1.02, ge=0, description="mined pairs below are rejected while nothing is calibrated"
    )
    min_length_ratio: float = Field(0.35, ge=0, le=1, description="shorter over longer side")
    min_characters: int = Field(3, ge=1, description="on each side (count)")


class CorpusParams(Params):
    """Deduplicating and splitting."""

    near_duplicate_similarity: float = Field(
        0.8, gt=0, le=1, description="Jaccard of character 5-grams from which texts count as one"
    )
    test_fraction: float = Field(0.1, gt=0, lt=1, description="of each origin's pairs")
    dev_fraction: float = Field(0.05, ge=0, lt=1, description="of each origin's pairs")
    min_test_pairs: int = Field(100, ge=1, description="wanted per origin, up to half of it")
    least_test_pairs: int = Field(
        30, ge=1, description="of all origins; with fewer the corpus is refused (count)"
    )
    seed: int = Field(13, ge=0, description="orders the groups before they are split")


class DistillationParams(Params):
    """Training the student."""

    balance: float = Field(
        0.7, ge=0, le=1, description="weight of the focus language against retaining the pivot"
    )
    ranking_weight: float = Field(0.5, ge=0, description="of the ranking loss in mse+mnr")
    ranking_scale: float = Field(20.0, gt=0, description="inverse temperature of the ranking loss")
    retention_fraction: float = Field(
        0.25, gt=0, le=1, description="of a batch's pivot texts, held to the teacher's vectors"
    )
    retention_floor: float = Field(
        0.99,
        ge=0,
        le=1,
        description="order of development pivot texts that is kept; weights move back until it is",
    )
    epochs: int = Field(3, ge=1, description="passes over the training split (count)")
    learning_rate: float = Field(5e-5, gt=0, description="peak, linear decay to zero")
    batch_pairs: int = Field(64, ge=2, description="pairs in one step (count)")
    max_tokens: int = Field(64, ge=8, le=512, description="longer texts are cut (tokens)")
    warmup_fraction: float = Field(0.1, ge=0, lt=1, description="of all steps")
    is_word_embedding_frozen: bool = Field(default=True, description="train only the layers above")
    seed: int = Field(13, ge=0)


class EvaluationParams(Params):
    """Scores and their intervals."""

    bootstrap_count: int = Field(2000, ge=100, description="resamples of a bootstrap (count)")
    min_queries: int = Field(100, ge=1, description="fewer make a retrieval score refused (count)")
    min_retention: float = Field(0.98, ge=0, le=1, description="student over start model")
    retention_sentences: int = Field(
        500, ge=10, description="held-out pivot sentences compared at most (count)"
    )
    are_test_sets_opened: bool = Field(
        default=False, description="score suites of role test too: do it once, at the end"
    )
    seed: int = Field(13, ge=0)

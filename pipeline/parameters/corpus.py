"""Of what is judged and kept."""

from pydantic import Field

from pipeline.parameters.base import Params


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
    is_decontaminated: bool = Field(
        default=True, description="pairs with a text of the recipe's suites are rejected"
    )
    seed: int = Field(13, ge=0, description="orders the groups before they are split")

"""Of scores and what they must reach."""

from pydantic import Field

from pipeline.parameters.base import Params


class EvaluationParams(Params):
    """Scores and their intervals."""

    bootstrap_count: int = Field(2000, ge=100, description="resamples of a bootstrap (count)")
    min_queries: int = Field(100, ge=1, description="fewer make a retrieval score refused (count)")
    min_retention: float = Field(
        0.986, ge=0, le=1, description="agreement with people's ratings, student over start model"
    )
    min_order_kept: float = Field(
        0.9, ge=0, le=1, description="order of held-out text, of pivots without rated pairs"
    )
    retention_sentences: int = Field(
        500, ge=10, description="held-out pivot sentences compared at most (count)"
    )
    are_test_sets_opened: bool = Field(
        default=False, description="score suites of role test too: do it once, at the end"
    )
    seed: int = Field(13, ge=0)

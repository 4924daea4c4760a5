"""Of triplets that a language model writes: whom it is asked about, how it learns, what is kept."""

from typing import Literal

from pydantic import Field

from pipeline.parameters.base import Params

Merging = Literal["adamergex", "task_arithmetic"]
"""How a task's adapter and a language's become one, see `pipeline.synthesis.adapters.merging`."""


class AnchorParams(Params):
    """Sentences of the focus language about which a model is asked."""

    anchor_count: int = Field(10_000, ge=2, description="more are left out by lot (count)")
    min_words: int = Field(4, ge=1, description="of an anchor (count)")
    max_words: int = Field(30, ge=2, description="of an anchor (count)")
    min_language_score: float = Field(
        0.5, ge=0, le=1, description="how plausibly an anchor is in its language"
    )
    seed: int = Field(13, ge=0, description="of what is left out by lot")


class AdapterParams(Params):
    """Low-rank adapters of the model that writes; the defaults are the published ones."""

    rank: int = Field(8, ge=1, description="of each pair of matrices")
    alpha: float = Field(16.0, gt=0, description="they are scaled by alpha / rank")
    dropout: float = Field(0.05, ge=0, lt=1, description="before those matrices, in training")
    learning_rate: float = Field(2e-4, gt=0, description="constant after the warm-up")
    warmup_fraction: float = Field(0.03, ge=0, lt=1, description="of all steps")
    epochs: int = Field(3, ge=1, description="passes over the examples (count)")
    batch_examples: int = Field(64, ge=1, description="of a step (count)")
    max_tokens: int = Field(
        512, ge=8, description="longer examples are left out, longer text cut (tokens)"
    )
    most_examples: int = Field(10_000, ge=1, description="of an adapter, by lot (count)")
    merging: Merging = Field("adamergex", description="of adapters for a task and a language")
    language_weight: float = Field(
        1.0, ge=0, description="of what is added to the task's adapter for the language"
    )
    seed: int = Field(13, ge=0)


class GenerationParams(Params):
    """How triplets are written."""

    batch_prompts: int = Field(64, ge=1, description="answered together by a local model (count)")
    max_new_tokens: int = Field(64, ge=1, description="of an answer; more are cut off (tokens)")
    temperature: float = Field(0.7, ge=0, description="0 takes the likeliest token always")
    top_p: float = Field(
        0.95, gt=0, le=1, description="least likely tokens beyond this sum are never drawn"
    )
    example_count: int = Field(
        4, ge=0, description="shown in a prompt, the ones most like the anchor (count)"
    )
    requests_at_once: int = Field(8, ge=1, description="that a server is sent (count)")
    timeout_seconds: float = Field(60.0, gt=0, description="for a server's answer")
    most_attempts: int = Field(5, ge=1, description="at one answer of a server (count)")
    seed: int = Field(13, ge=0, description="with the anchor, it decides what is drawn")


class TripletFilterParams(Params):
    """Which triplets are good enough to train on."""

    min_words: int = Field(2, ge=1, description="of positive and negative (count)")
    min_language_score: float = Field(
        0.3, ge=0, le=1, description="how plausibly they are in the language asked for"
    )
    max_copy_similarity: float = Field(
        0.8, ge=0, le=1, description="of two texts' letters; above it one copies the other"
    )
    min_positive_cosine: float = Field(
        0.8, ge=-1, le=1, description="of anchor and positive, by the teacher"
    )
    max_positive_cosine: float = Field(0.99, ge=-1, le=1, description="likewise")
    min_negative_cosine: float = Field(
        0.76, ge=-1, le=1, description="of anchor and negative; what is further is no hard negative"
    )
    max_negative_cosine: float = Field(0.95, ge=-1, le=1, description="likewise")
    min_cosine_gap: float = Field(
        0.0, ge=0, le=2, description="that the positive is nearer to the anchor than the negative"
    )
    near_duplicate_similarity: float = Field(
        0.8, gt=0, le=1, description="Jaccard of character 5-grams from which anchors count as one"
    )
    task_count: int = Field(100, ge=1, description="kept triplets that people are shown (count)")
    seed: int = Field(13, ge=0, description="of the sample that people are shown")

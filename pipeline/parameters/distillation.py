"""Of what a student learns, and how."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipeline.parameters.base import Params

TRIPLETS = "simcse"
"""The objective that learns triplets; it stands alone, for its lessons are others."""


def objective_terms(objective: str) -> tuple[str, ...]:
    """The names in an objective such as `mse+mnr`, in its order.

    Raises:
        ValueError: a name is unknown or comes twice.
    """
    names = tuple(objective.split("+"))
    known = ("mse", "cosine", "mnr", "kl")
    if names == (TRIPLETS,):
        return names
    if len(set(names)) < len(names) or not set(names) <= set(known):
        raise ValueError(
            f"`{objective}`: wants some of {', '.join(known)}, each once, joined by +; or"
            f" {TRIPLETS} alone"
        )
    return names


def _is_objective(objective: str) -> str:
    objective_terms(objective)
    return objective


Objective = Annotated[
    str,
    Field(pattern=r"^(simcse|(mse|cosine|mnr|kl)(\+(mse|cosine|mnr|kl))*)$"),
    AfterValidator(_is_objective),
]
"""What a student is punished for, see `pipeline.distillation.objectives`; e.g. `mse+mnr`."""
RankingNegatives = Literal["memory", "batch"]
"""Whom a text is told apart from, see `pipeline.distillation.objectives.candidates`."""
BalanceLevel = Literal["origin", "source", "group"]
"""What lessons are balanced by, see `pipeline.distillation.lessons.sampling`."""


class LessonParams(Params):
    """What is learnt from the corpus, and how often."""

    reviewed_weight: float = Field(
        1.0, gt=0, description="of a pair that people found right, in the loss"
    )
    is_weighed_by_probability: bool = Field(
        default=True, description="other pairs weigh as much as they are probably right"
    )
    most_pairs: int = Field(
        500_000, ge=1, description="of one source and pivot; more are left out by lot (count)"
    )
    balanced_by: BalanceLevel = Field(
        "source", description="what must not drown the rest: origin, source or group"
    )
    sampling_exponent: float = Field(
        0.5, ge=0, le=1, description="of a source's size, for its share of an epoch; 0: all alike"
    )
    most_repeats: float = Field(
        4.0, ge=1, description="times that an epoch shows a text at most, on average"
    )
    single_word_share: float = Field(
        0.5, gt=0, le=1, description="how often a text of one word is shown, against others"
    )
    paragraph_fraction: float = Field(
        0.5, ge=0, le=1, description="paragraphs made of consecutive sentences, per sentence pair"
    )
    paragraph_sentences: int = Field(
        2, ge=2, description="pairs of a paragraph at most; at least two (count)"
    )
    paragraph_characters: int = Field(
        300, ge=20, description="of either side of a paragraph or composite at most (count)"
    )
    composite_fraction: float = Field(
        0.33, ge=0, le=1, description="short strings of one source joined, per such string"
    )
    composite_strings: int = Field(
        3, ge=2, description="strings of a composite at most; one more in lists of words (count)"
    )
    composite_words: int = Field(
        12, ge=0, description="sources whose strings are longer are not joined (words, median)"
    )
    running_text: str = Field(
        "textbooks,news",
        description="beginnings of document keys whose pairs stand in reading order, by commas; a"
        " recipe that does not state them adds its bitexts with are_documents",
    )
    are_pivots_averaged: bool = Field(
        default=True, description="a text with several counterparts is taught their mean vector"
    )
    neighbour_texts: int = Field(
        2000, ge=0, description="of each neighbour language, to be left where they are (count)"
    )
    seed: int = Field(13, ge=0, description="of what is left out by lot")


class DistillationParams(Params):
    """Training the student."""

    balance: float = Field(
        0.3, ge=0, le=1, description="weight of the focus language against retaining the pivot"
    )
    mse_weight: float = Field(1.0, ge=0, description="of the squared distance in an objective")
    cosine_weight: float = Field(1.0, ge=0, description="of the cosine distance in an objective")
    ranking_weight: float = Field(0.25, ge=0, description="of the ranking, mnr, in an objective")
    kl_weight: float = Field(0.25, ge=0, description="of the similarity distribution, kl")
    ranking_scale: float = Field(
        50.0, gt=0, description="inverse temperature of the cosines in mnr"
    )
    similarity_scale: float = Field(
        20.0, gt=0, description="inverse temperature of the cosines in kl"
    )
    triplet_scale: float = Field(
        20.0, gt=0, description="inverse temperature of the cosines in simcse"
    )
    ranking_negatives: RankingNegatives = Field(
        "memory", description="of mnr and kl: the teacher's vectors of the corpus, or of the batch"
    )
    memory_vectors: int = Field(
        65_536, ge=2, description="of a larger corpus so many are drawn at a time (count)"
    )
    memory_steps: int = Field(
        50, ge=1, description="steps that vectors drawn of a larger corpus serve (count)"
    )
    matryoshka_dimensions: str = Field(
        "",
        pattern=r"^(\d+(,\d+)*)?$",
        description="prefixes of a vector that must serve alone, such as 64,128,256",
    )
    hard_negatives: int = Field(
        0, ge=0, le=64, description="wrong answers near the right one, for each pair (count)"
    )
    hard_negative_cosine: float = Field(
        0.95, ge=-1, le=1, description="of the teacher; what is nearer says the same, or nearly"
    )
    retention_fraction: float = Field(
        0.25, gt=0, le=1, description="of a batch's pivot texts, held to the teacher's vectors"
    )
    neighbour_fraction: float = Field(
        0.25, ge=0, le=1, description="texts of neighbour languages per pair of a batch"
    )
    retention_floor: float = Field(
        0.92,
        ge=0,
        le=1,
        description="order of development pivot texts that is kept; weights move back until it is",
    )
    epochs: int = Field(3, ge=1, description="passes over the training split (count)")
    learning_rate: float = Field(1e-4, gt=0, description="peak, linear decay to zero")
    batch_tokens: int = Field(
        2048, ge=16, description="tokens of a step's texts at most, unless two pairs have more"
    )
    batch_pairs: int = Field(256, ge=2, description="pairs of a step at most (count)")
    max_tokens: int = Field(96, ge=8, le=512, description="longer texts are cut (tokens)")
    warmup_fraction: float = Field(0.1, ge=0, lt=1, description="of all steps")
    is_word_embedding_frozen: bool = Field(default=True, description="train only the layers above")
    lora_rank: int = Field(
        0, ge=0, description="of the low-rank matrices that alone are trained; 0 trains all weights"
    )
    lora_alpha: float = Field(16.0, gt=0, description="those matrices are scaled by alpha / rank")
    lora_learning_rate: float = Field(
        5e-4, gt=0, description="peak, in place of learning_rate where those matrices are trained"
    )
    seed: int = Field(13, ge=0)

"""What a student is made of before it is taught, and which of its weights learn."""

from typing import Literal

from pydantic import Field, model_validator

from pipeline.parameters import Objective
from pipeline.sections import Section

AdapterTask = Literal["bitext", "similarity", "retrieval"]
"""What an adapter makes the student better at."""


class BodySize(Section):
    """Sizes of a student from scratch; the defaults are DistilBERT's."""

    hidden: int = Field(768, ge=8, description="dimensions of a token's state and of the vector")
    layers: int = Field(6, ge=1, description="of the transformer (count)")
    heads: int = Field(12, ge=1, description="of attention; they divide the dimensions (count)")
    feed_forward: int = Field(3072, ge=8, description="dimensions within a layer")
    pieces: int = Field(
        30_000, ge=100, description="of the vocabulary, fewer for a small corpus (count)"
    )

    @model_validator(mode="after")
    def _is_divided_by_its_heads(self) -> "BodySize":
        if self.hidden % self.heads:
            raise ValueError(f"{self.heads} heads do not divide {self.hidden} dimensions")
        return self


class StudentKind(Section):
    """One kind of student; by default the start model, its vocabulary fitted to the languages."""

    start: str | None = Field(None, description="what it is before training, if not models.start")
    layers: int | None = Field(None, ge=1, description="of the start model that are kept (count)")
    is_vocabulary_extended: bool = Field(
        default=True,
        description="by pieces for a focus language whose relative spells the same sounds, if the"
        " vocabulary is a Unigram one",
    )
    frequent_subwords: int = Field(
        0,
        ge=0,
        description="of the focus language, which a Unigram vocabulary gets as well (count)",
    )
    is_vocabulary_pruned: bool = Field(
        default=True, description="to what lessons and the retained languages use"
    )
    scratch: BodySize | None = Field(
        None, description="sizes of a random model with a tokenizer of its own: no start at all"
    )
    lora_rank: int | None = Field(
        None, ge=0, description="if not distillation.lora_rank; 0 trains all weights"
    )
    learning_rate: float | None = Field(None, gt=0, description="peak, if not distillation's")
    epochs: int | None = Field(None, ge=1, description="passes, if not distillation.epochs (count)")
    are_triplets_after: bool = Field(
        default=False, description="what was distilled then learns triplets, by simcse"
    )
    adapters: dict[AdapterTask, Objective] = Field(
        default_factory=dict,
        description="LoRA adapters trained on the finished student, each by its objective, and"
        " kept beside it, e.g. {similarity: kl}",
    )

    adapter_share: float = Field(
        1.0, gt=0, le=1, description="of the lessons that an epoch of an adapter shows"
    )

    @model_validator(mode="after")
    def _has_one_beginning(self) -> "StudentKind":
        keys = ("start", "layers", "lora_rank", "frequent_subwords")
        of_a_start = [key for key in keys if getattr(self, key)]
        if self.scratch and of_a_start:
            found = ", ".join(f"`{key}`" for key in of_a_start)
            raise ValueError(f"`scratch` begins with random weights, so {found} cannot apply")
        return self

    @property
    def is_start_whole(self) -> bool:
        """Whether the student is the start model in all but its vocabulary."""
        return self.scratch is None and self.layers is None

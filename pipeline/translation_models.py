"""Which translation models a recipe wants: a part of it, checked when it is loaded."""

from pydantic import Field, field_validator, model_validator

from pipeline.sections import Section
from pipeline.translation_directions import Direction


class TranslatorSize(Section):
    """Sizes of a translation model from scratch; the defaults suit two CPU cores."""

    hidden: int = Field(128, ge=8, description="dimensions of a token's state")
    layers: int = Field(2, ge=1, description="of the encoder, and of the decoder (count)")
    heads: int = Field(4, ge=1, description="of attention; they divide the dimensions (count)")
    feed_forward: int = Field(512, ge=8, description="dimensions within a layer")
    pieces: int = Field(3000, ge=50, description="of the vocabulary of both languages (count)")
    dropout: float = Field(0.1, ge=0, lt=1)

    @model_validator(mode="after")
    def _is_divided_by_its_heads(self) -> "TranslatorSize":
        if self.hidden % self.heads:
            raise ValueError(f"{self.heads} heads do not divide {self.hidden} dimensions")
        return self


class Translation(Section):
    """Translation models to train on the corpus, one for each direction."""

    model: str | None = Field(
        None, description="a sequence-to-sequence model: hub id or folder; null: `scratch`"
    )
    scratch: TranslatorSize | None = Field(
        None, description="sizes of a random model with a tokenizer of its own: no start at all"
    )
    suites: tuple[str, ...] = Field(
        (), description="retrieval suites whose pairs are translated too: flores200_dev"
    )
    directions: tuple[str, ...] = Field(
        (), description="such as tuk_Latn-rus_Cyrl; without any, both ways with every pivot"
    )

    @field_validator("directions")
    @classmethod
    def _are_directions(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(Direction.named(name).name for name in names)

    @model_validator(mode="after")
    def _has_one_beginning(self) -> "Translation":
        if (self.model is None) == (self.scratch is None):
            raise ValueError("give either `model`, which is fine-tuned, or `scratch`")
        return self

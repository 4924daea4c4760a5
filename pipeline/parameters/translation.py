"""Of translation models."""

from typing import Any, Literal

from pydantic import Field, model_validator

from pipeline.parameters.base import Params

TranslationPreset = Literal["lora", "published_lora", "full", "scratch"]
"""Where values come from that are not given.

`lora`: low-rank matrices beside all linear layers. `published_lora`: what the Russian-Turkmen
project of Passau trained (Sultanov 2025), at a twentieth of the rate that LoRA wants: a baseline.
`full`: all weights of a pretrained model. `scratch`: all weights of a small random one.
"""
AdaptedLayers = Literal["all", "query_value"]

_PRESETS: dict[str, dict[str, Any]] = {
    "lora": {},
    "published_lora": {
        "lora_rank": 16,
        "lora_alpha": 32.0,
        "lora_layers": "query_value",
        "learning_rate": 1e-5,
        "batch_pairs": 8,
        "label_smoothing": 0.0,
    },
    "full": {"lora_rank": 0, "learning_rate": 3e-5},
    "scratch": {"lora_rank": 0, "learning_rate": 2e-3, "epochs": 30, "batch_tokens": 2048},
}


class TranslationParams(Params):
    """Training a translation model."""

    preset: TranslationPreset = Field("lora", description="whose values stand where none are given")
    epochs: int = Field(3, ge=1, description="passes over the training split (count)")
    learning_rate: float = Field(2e-4, gt=0, description="peak, linear decay to zero")
    rate_factors: str = Field(
        "1",
        pattern=r"^\d+(\.\d+)?(,\d+(\.\d+)?)*$",
        description="of the rate, such as 0.5,1,2: one training each; chrF++ on dev chooses",
    )
    warmup_fraction: float = Field(0.1, ge=0, lt=1, description="of all steps")
    label_smoothing: float = Field(0.1, ge=0, lt=1, description="of the target's distribution")
    batch_tokens: int = Field(4096, ge=16, description="of a step's texts, both sides, at most")
    batch_pairs: int = Field(256, ge=1, description="pairs of a step at most (count)")
    max_tokens: int = Field(128, ge=4, le=512, description="longer texts are cut (tokens)")
    lora_rank: int = Field(
        32,
        ge=0,
        description="of the low-rank matrices that alone are trained; 0 trains all weights",
    )
    lora_alpha: float = Field(64.0, gt=0, description="those matrices are scaled by alpha / rank")
    lora_dropout: float = Field(0.05, ge=0, lt=1, description="of what those matrices read")
    lora_layers: AdaptedLayers = Field(
        "all", description="all linear layers, or queries and values of attention alone"
    )
    is_vocabulary_extended: bool = Field(
        default=True,
        description="a pretrained model gets the letters of both languages, and frequent signs,"
        " that its tokenizer cannot write; their rows are trained whatever else is",
    )
    dev_pairs: int = Field(200, ge=1, description="development pairs translated at most (count)")
    dev_checks: int = Field(
        6, ge=1, description="times that they are; the best weights by chrF++ are kept (count)"
    )
    back_translated: int = Field(
        0,
        ge=0,
        description="texts of the target language alone that the start model translates back, to be"
        " learnt from besides (count)",
    )
    beams: int = Field(4, ge=1, le=16, description="of the search when translating (count)")
    seed: int = Field(13, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _takes_the_presets_values(cls, given: Any) -> Any:  # noqa: ANN401 - YAML holds anything
        if not isinstance(given, dict):
            return given
        return {**_PRESETS.get(given.get("preset", "lora"), {}), **given}

    @property
    def rates(self) -> tuple[float, ...]:
        """Peak learning rates to try, in order, each once."""
        factors = dict.fromkeys(float(factor) for factor in self.rate_factors.split(","))
        return tuple(self.learning_rate * factor for factor in factors)

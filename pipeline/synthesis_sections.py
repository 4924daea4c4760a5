"""What a recipe says of synthetic triplets: who writes them, of which text, taught by what."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from pipeline import settings
from pipeline.hub_data import HubData
from pipeline.languages import language
from pipeline.sections import Section

StrategyName = Literal["in_context", "adapters", "xl_lora"]
"""How a model comes to write triplets, see `pipeline.synthesis.strategies`."""

_NAME = r"^[a-z][a-z0-9_]*$"
_TABLES = (".csv", ".tsv")
Range = tuple[float, float]


class TextColumn(Section):
    """One column of a file or of a data set on the hub."""

    file: Path | None = Field(None, description="ends in .csv or .tsv")
    hub: HubData | None = None
    column: str = Field(description="its name; of a file without a header its place: 0, 1, ...")

    @field_validator("file")
    @classmethod
    def _is_a_table(cls, path: Path | None) -> Path | None:
        if path is not None and path.suffix not in _TABLES:
            raise ValueError(f"wants a file that ends in {' or '.join(_TABLES)}")
        return path and settings.project_root() / path

    @model_validator(mode="after")
    def _is_one_source(self) -> "TextColumn":
        if (self.file is None) == (self.hub is None):
            raise ValueError("wants exactly one of `file` and `hub`")
        return self


class InferenceSource(Section):
    """Premises, each with a sentence that follows from it or contradicts it, row by row."""

    premises: dict[str, TextColumn] = Field(min_length=1, description="by language, row for row")
    hypotheses: TextColumn = Field(description="in the language that the model is to write")
    labels: TextColumn = Field(description="numbers")
    entailment: Range = Field(description="labels of what follows, from and to: [0, 0]")
    contradiction: Range = Field(description="labels of what contradicts, or differs: [2, 2]")

    @field_validator("premises")
    @classmethod
    def _are_known(cls, columns: dict[str, TextColumn]) -> dict[str, TextColumn]:
        return {language(code).code: column for code, column in columns.items()}


class MonolingualSource(Section):
    """Running text of one language, a paragraph a line."""

    files: Path | None = Field(None, description="a path, or a pattern: laws/*.tm.txt")
    hub: HubData | None = None
    column: str = Field("text", description="of a data set on the hub")
    language: str | None = Field(None, description="if not the focus language")
    licence: str = Field(description="an SPDX name, or `unknown`")

    @field_validator("files")
    @classmethod
    def _starts_at_the_project(cls, path: Path | None) -> Path | None:
        return path and settings.project_root() / path

    @field_validator("language")
    @classmethod
    def _is_known(cls, code: str | None) -> str | None:
        return code and language(code).code

    @model_validator(mode="after")
    def _is_one_source(self) -> "MonolingualSource":
        if (self.files is None) == (self.hub is None):
            raise ValueError("wants exactly one of `files` and `hub`")
        return self


class GeneratorSource(Section):
    """The language model: one that is opened here, or a server's."""

    model: str = Field(
        "embedded:smollm2", description="a hub id, a folder, embedded:smollm2, or a server's name"
    )
    endpoint: str | None = Field(
        None,
        pattern=r"^https?://",
        description="of a server that speaks as OpenAI's does, up to /v1; its token, if any, is in"
        " DUTAR_GENERATOR_TOKEN",
    )
    is_chat: bool = Field(
        default=False, description="prompts of a model that is opened here are wrapped as a talk"
    )


class Synthesis(Section):
    """Triplets of an anchor, a text that follows from it and one that contradicts it."""

    strategies: tuple[StrategyName, ...] = ()
    generator: GeneratorSource = Field(default_factory=GeneratorSource)
    written_language: str | None = Field(
        None, description="of positives and negatives, if not the first pivot"
    )
    monolingual: dict[Annotated[str, Field(pattern=_NAME)], MonolingualSource] = Field(
        default_factory=dict, description="anchors, beside the sentences of books and news"
    )
    inferences: dict[Annotated[str, Field(pattern=_NAME)], InferenceSource] = Field(
        default_factory=dict, description="what adapters learn from"
    )

    @field_validator("written_language")
    @classmethod
    def _is_known(cls, code: str | None) -> str | None:
        return code and language(code).code

    @model_validator(mode="after")
    def _can_be_taught(self) -> "Synthesis":
        taught = [name for name in self.strategies if name != "in_context"]
        if taught and self.generator.endpoint:
            raise ValueError(f"{taught[0]} trains the model, which a server's cannot be")
        if taught and not self.inferences:
            raise ValueError(f"{taught[0]} needs `inferences` to learn from")
        return self

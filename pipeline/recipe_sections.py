"""Parts of a recipe; `pipeline.recipe` puts them together and reads the file."""

import itertools
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pipeline import settings
from pipeline.data_curve import curve_points
from pipeline.executors import Engine
from pipeline.languages import language
from pipeline.news_site import NewsSite, site_content
from pipeline.parameters import TRIPLETS, Objective
from pipeline.sections import Section
from pipeline.student_kind import StudentKind

NAME = r"^[a-z][a-z0-9_]*$"
PLAIN_KIND = "student"
"""A kind of student that is not named in its partition key."""
TRANSLATION = "translation:"
"""Before a direction: the encoder of the recipe's own translation model, as a baseline."""


class SiteReference(BaseModel):
    """A site's file, and keys of a site that replace its own."""

    model_config = ConfigDict(extra="allow")

    site: str = Field(description="of `recipes/sites/`, or a path")


SiteEntry = NewsSite | SiteReference | str


class News(Section):
    """Sites that are visited once a day."""

    first_day: str = Field(
        "2026-01-01", pattern=r"^\d{4}-\d\d-\d\d$", description="of the daily crawl"
    )
    sites: dict[Annotated[str, Field(pattern=NAME)], NewsSite] = Field(
        min_length=1,
        description="by name: a site, the name or path of one, or `site: NAME` and what differs",
    )

    @field_validator("sites", mode="before", json_schema_input_type=dict[str, SiteEntry])
    @classmethod
    def _are_found(cls, entries: Any) -> Any:  # noqa: ANN401 - YAML holds anything
        if not isinstance(entries, dict):
            return entries
        return {name: site_content(entry) for name, entry in entries.items()}


class Annotation(Section):
    """Who reviews pairs and triplets. The environment names Label Studio, never a recipe."""

    annotators: tuple[Annotated[str, Field(pattern=NAME)], ...] = Field(
        ("annotator_1", "annotator_2"), min_length=1, description="pseudonyms"
    )
    reviews: Path | None = Field(
        None,
        description="folder of reviews as JSON lines, used while no server is configured; those of"
        " triplets in its folder `triplets`",
    )
    note: str = Field("", description="what a reader of the report must know about these reviews")

    @field_validator("reviews")
    @classmethod
    def _starts_at_the_project(cls, path: Path | None) -> Path | None:
        return path and settings.project_root() / path


class Gold(Section):
    """What is known to be right about the books; used only to score, never to train."""

    folder: Path = Field(
        description="holds a folder per book with sentences.<language>.txt,"
        " beads.<source>-<target>.txt and pages.<language>.jsonl"
    )
    unit: Literal["sentence", "paragraph"] = "sentence"


class Students(Section):
    """Which students to train: every kind with every objective and every balance value."""

    kinds: dict[Annotated[str, Field(pattern=NAME)], StudentKind] = Field(
        {PLAIN_KIND: StudentKind()}, min_length=1, description="what students are made of, by name"
    )

    objectives: tuple[Objective, ...] = Field(("mse+mnr+kl",), min_length=1)
    balances: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field((0.3,), min_length=1)
    frequent_words: int = Field(
        100_000, ge=0, description="per retained language, kept in the pruned vocabulary (count)"
    )
    word_lists: dict[str, Path] = Field(
        {},
        description="files of words and frequencies, by language, where words are not known"
        " otherwise, such as those of UNILEX",
    )
    neighbours: tuple[str, ...] = Field(
        (), description="languages that must not get worse: texts of the bitexts hold them in place"
    )

    curve_pairs: tuple[Annotated[int, Field(ge=2)], ...] = Field(
        (), description="training pairs of further students: what would more data bring? (count)"
    )
    curve_wrong_fractions: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field(
        (), description="of the most such pairs, given another's translation: what does noise cost?"
    )

    @field_validator("neighbours")
    @classmethod
    def _are_known_languages(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(language(code).code for code in codes)

    @field_validator("word_lists")
    @classmethod
    def _are_of_known_languages(cls, lists: dict[str, Path]) -> dict[str, Path]:
        root = settings.project_root()
        return {language(code).code: root / path for code, path in lists.items()}

    def without_own_epochs(self) -> "Students":
        """The same, no kind with epochs of its own."""
        kinds = {
            name: kind.model_copy(update={"epochs": None}) for name, kind in self.kinds.items()
        }
        return self.model_copy(update={"kinds": kinds})

    def variants(self) -> list[str]:
        """Partition keys, in the recipe's order.

        `mse+mnr@0.3` for the kind called `student`, `light-mse+mnr@0.3` for one called `light`.
        """
        choices = itertools.product(self.kinds, self.objectives, self.balances)
        return [
            f"{'' if kind == PLAIN_KIND else f'{kind}-'}{objective}@{balance:g}"
            for kind, objective, balance in choices
        ]

    def kind_of(self, variant: str) -> StudentKind:
        """The kind in a partition key."""
        return self.kinds[variant.partition("@")[0].rpartition("-")[0] or PLAIN_KIND]

    def lessons_of(self, variant: str) -> str:
        """What a student learns from, in words: `pairs`, `triplets` or both."""
        if self.objective_of(variant) == TRIPLETS:
            return "triplets"
        return "pairs, then triplets" if self.kind_of(variant).are_triplets_after else "pairs"

    def curve(self) -> list[str]:
        """Partition keys of the data curve's students, e.g. `3000 pairs`; none by default."""
        return [point.name for point in curve_points(self.curve_pairs, self.curve_wrong_fractions)]

    @staticmethod
    def objective_of(variant: str) -> Objective:
        """The objective in a partition key."""
        return variant.partition("@")[0].rpartition("-")[2]

    @staticmethod
    def balance_of(variant: str) -> float:
        """The balance value in a partition key."""
        return float(variant.rpartition("@")[2])


class Models(Section):
    """Encoders by role: a hub id, a folder, `embedded:e5-small` or `embedded:minilm`."""

    aligner: str = "embedded:e5-small"
    teacher: str = "embedded:e5-small"
    start: str = Field("embedded:e5-small", description="what the student is before training")
    baselines: tuple[str, ...] = Field(
        (),
        description="measured beside students: bm25, tfidf, length, teacher, any encoder, or"
        " translation:tuk_Latn-rus_Cyrl, that of a translation model of this recipe",
    )


class Execution(Section):
    """Where texts are encoded and sentences mined: in the run's own process, or on Ray."""

    engine: Engine = "local"
    address: str | None = Field(
        None,
        pattern=r"^(auto|[\w.-]+:\d+)$",
        description="of a Ray cluster: HOST:PORT, or auto; null starts Ray on this machine alone",
    )
    cpus_per_worker: int = Field(
        1, ge=1, description="cores, and so threads, of a Ray task (count)"
    )
    gpus_per_worker: float = Field(
        0, ge=0, description="GPUs of a Ray task; a fraction shares one (count)"
    )

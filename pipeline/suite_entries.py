"""What an evaluation suite may say of itself: data, not code; see `pipeline.suites`."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from pipeline.hub_data import HubData
from pipeline.languages import language
from pipeline.sections import Section

Code = str
"""A language code such as `tuk_Latn`."""


class Table(Section):
    """Where rows are read from, and which columns matter."""

    path: str | None = Field(
        None,
        description="file, .gz or .zst allowed, `archive.tar.zst!member` too; may hold {language}",
    )
    hub: HubData | None = None
    format: Literal["tsv", "csv", "jsonl", "parquet", "squad", "lines"] | None = Field(
        None, description="guessed from the name where left out"
    )
    columns: dict[str, str | int] = Field(
        default_factory=dict, description="own name by what the suite calls it; numbers from 0"
    )
    has_header: bool = True
    codes: dict[Code, str] = Field(
        default_factory=dict, description="what {language} becomes where it is not the code itself"
    )

    @model_validator(mode="after")
    def _is_one_source(self) -> "Table":
        if (self.path is None) == (self.hub is None):
            raise ValueError("wants exactly one of `path` and `hub`")
        return self


class SuiteBase(Section):
    """What every suite says of itself."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str = Field(description="for people")
    role: Literal["train", "dev", "test"] = Field(description="test sets are looked at once")
    licence: str = Field(description="SPDX name, or what is known")
    source: str = Field(description="where it comes from, such as a URL")
    revision: str = Field(description="commit, version or date")
    note: str = Field("", description="what a reader of the scores must know")


class BitextSuite(SuiteBase):
    """Translations, line by line: does a sentence find its own, and can pairs be mined?"""

    task: Literal["retrieval", "mining"]
    lines: Table | None = Field(None, description="a file a language, line n beside line n")
    tables: tuple[Table, ...] = Field((), description="columns named by language codes")
    languages: tuple[Code, ...] = ()
    pivots: tuple[Code, ...] = ()
    attributes: dict[str, Table] = Field(
        default_factory=dict, description="a column called as its key, a label for each line"
    )
    is_hard: bool = Field(
        default=False, description="near misses are added to the pool, see hard_negatives"
    )

    @field_validator("languages", "pivots")
    @classmethod
    def _are_known(cls, codes: tuple[Code, ...]) -> tuple[Code, ...]:
        return tuple(language(code).code for code in codes)

    @model_validator(mode="after")
    def _has_texts(self) -> "BitextSuite":
        if (self.lines is None) == (not self.tables):
            raise ValueError("wants exactly one of `lines` and `tables`")
        if self.lines and not (self.languages and self.pivots):
            raise ValueError("`lines` needs `languages` and `pivots`")
        return self


class SimilaritySuite(SuiteBase):
    """Pairs rated by people: columns first, second, score, by language or pair of languages."""

    task: Literal["similarity"]
    tables: dict[str, Table] = Field(min_length=1)


class ParaphraseSuite(SuiteBase):
    """Pairs that say the same or not: columns first, second, score."""

    task: Literal["paraphrase"]
    tables: dict[str, Table] = Field(min_length=1)
    tuning: dict[str, Table] = Field(
        default_factory=dict, description="what the threshold is tuned on; never the pairs above"
    )
    least_score: float = Field(1.0, description="from here on a pair counts as a paraphrase")
    most_tuning_pairs: int = Field(2000, ge=20)


class ClassificationSuite(SuiteBase):
    """Labelled texts, and a linear classifier on frozen vectors: columns text, label."""

    task: Literal["classification"]
    languages: tuple[Code, ...] = Field(min_length=1)
    train: Table
    test: Table | None = Field(None, description="without it, folds of `train` are asked about")
    train_language: Code | None = Field(
        None, description="learn from this language alone, be asked about each"
    )
    is_sensitive: bool = Field(default=False, description="its texts are not shown in reports")


class PassagesSuite(SuiteBase):
    """Questions and the passages that answer them."""

    task: Literal["passages"]
    languages: tuple[Code, ...] = Field(min_length=1)
    answers: Table | None = Field(
        None, description="columns id, question, passage: all passages are the pool"
    )
    is_crossed: bool = Field(
        default=False, description="questions of each language look in all languages, by id"
    )
    questions: Table | None = Field(None, description="columns id, question")
    passages: Table | None = Field(None, description="columns id, passage")
    relevance: Table | None = Field(None, description="columns question, passage, grade")
    statute: "Statute | None" = None

    @model_validator(mode="after")
    def _has_one_shape(self) -> "PassagesSuite":
        shapes = [
            self.answers is not None,
            self.statute is not None,
            all((self.questions, self.passages, self.relevance)),
        ]
        if sum(shapes) != 1:
            raise ValueError(
                "wants `answers`, or `statute`, or `questions` with `passages` and `relevance`"
            )
        return self


class Statute(Section):
    """A law that is cut into passages of neighbouring paragraphs, and questions about it."""

    text: Table = Field(description="a paragraph a line, or columns article and text")
    heading: str = Field("", description="regular expression of a line that begins an article")
    first_line: int = Field(1, ge=1, description="what stands before is no part of the law")
    questions: str = Field(description="JSON lines: question, places that answer it, kind")


class AlignmentSuite(SuiteBase):
    """Two texts, a sentence a line, and the beads that people made."""

    task: Literal["alignment"]
    languages: tuple[Code, Code]
    texts: tuple[str, str] = Field(description="paths")
    beads: str = Field(description="path; lines such as [0,1]:[0]")


class TranslationSuite(SuiteBase):
    """Sources, references, and what systems made of the sources."""

    task: Literal["translation"]
    languages: tuple[Code, Code]
    texts: Table = Field(description="columns source, reference")
    systems: dict[str, str] = Field(
        default_factory=dict, description="by name, path of a translation a line"
    )


class MtebSuite(SuiteBase):
    """Tasks of the mteb library by name; they come from the hub."""

    task: Literal["mteb"]
    tasks: tuple[str, ...] = Field(min_length=1)
    languages: tuple[Code, ...] = Field((), description="empty: all that a task has")


Suite = (
    BitextSuite
    | SimilaritySuite
    | ParaphraseSuite
    | ClassificationSuite
    | PassagesSuite
    | AlignmentSuite
    | TranslationSuite
    | MtebSuite
)

SUITE_MODELS: dict[str, type[SuiteBase]] = {
    "retrieval": BitextSuite,
    "mining": BitextSuite,
    "similarity": SimilaritySuite,
    "paraphrase": ParaphraseSuite,
    "classification": ClassificationSuite,
    "passages": PassagesSuite,
    "alignment": AlignmentSuite,
    "translation": TranslationSuite,
    "mteb": MtebSuite,
}
"""By the entry's `task`."""

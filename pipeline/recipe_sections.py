"""Parts of a recipe; `pipeline.recipe` puts them together and reads the file."""

import itertools
import re
from pathlib import Path
from typing import Annotated, Literal, cast

from pydantic import Field, field_validator, model_validator

from pipeline import settings
from pipeline.executors import Engine
from pipeline.languages import language
from pipeline.parameters import Objective
from pipeline.sections import Section

NAME = r"^[a-z][a-z0-9_]*$"

_BITEXT_SUFFIXES = (".tmx", ".tmx.gz", ".tsv", ".tsv.gz", ".po", ".mo")
_BITEXT_FILES = ("moses", "tmx", "tsv", "po", "mo")
_FORMATS_OF_BITEXT_KEYS = {
    "columns": ("tsv",),
    "has_header": ("tsv",),
    "languages": ("po", "mo"),
    "codes": ("tmx",),
    "licence": _BITEXT_FILES,
    "provenance": _BITEXT_FILES,
}


class BitextSource(Section):
    """Translations that exist already: a catalogue of this machine, or files."""

    catalogue: Literal["django", "babel", "debian"] | None = Field(
        None, description="of installed packages"
    )
    file: Path | None = Field(None, description=f"ends in {', '.join(_BITEXT_SUFFIXES)}")
    files: dict[str, Path] = Field(
        default_factory=dict, description="line n of one beside line n of the others, by language"
    )
    columns: dict[str, str] | tuple[str, ...] | None = Field(
        None,
        description="of a TSV: {uz: uzn_Latn, ru: rus_Cyrl} by its header, or by their places"
        ' [tuk_Latn, rus_Cyrl, "-"]; left out, the header names languages',
    )
    has_header: bool = Field(default=False, description="columns by their places follow a header")
    languages: tuple[str, str] | None = Field(
        None, description="of a PO or MO: of the ids, then of the translations"
    )
    codes: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="a TMX's own names, e.g. {uzn_Cyrl: [uz]}"
    )
    licence: str = Field("", description="of files: an SPDX name, or `unknown`")
    provenance: str = Field("", description="of files: where they came from, such as a URL")

    @field_validator("file")
    @classmethod
    def _is_of_a_known_format(cls, path: Path | None) -> Path | None:
        if path is not None and not path.name.endswith(_BITEXT_SUFFIXES):
            known = ", ".join(_BITEXT_SUFFIXES)
            raise ValueError(f"the name of a bitext ends in {known}; `files` takes plain text")
        return path and settings.project_root() / path

    @field_validator("files")
    @classmethod
    def _are_line_parallel(cls, files: dict[str, Path]) -> dict[str, Path]:
        if len(files) == 1:
            raise ValueError("`files` takes two or more, one for each language")
        return {language(code).code: settings.project_root() / path for code, path in files.items()}

    @model_validator(mode="after")
    def _is_one_source(self) -> "BitextSource":
        named = [key for key in ("catalogue", "file", "files") if getattr(self, key)]
        if len(named) != 1:
            found = " and ".join(f"`{key}`" for key in named) or "none"
            raise ValueError(f"wants exactly one of `catalogue`, `file` and `files`; found {found}")
        for key, formats in _FORMATS_OF_BITEXT_KEYS.items():
            if getattr(self, key) and self.format not in formats:
                raise ValueError(f"`{key}` is not for {self.format}, but for {', '.join(formats)}")
        missing = [
            key
            for key in ("languages", "licence", "provenance")
            if self.format in _FORMATS_OF_BITEXT_KEYS[key] and not getattr(self, key)
        ]
        if missing:
            wanted = " and ".join(f"`{key}`" for key in missing)
            raise ValueError(f"{self.format} needs {wanted} (a licence may be `unknown`)")
        return self

    @model_validator(mode="after")
    def _holds_known_languages(self) -> "BitextSource":
        for key in ("columns", "languages"):
            codes = [language(code).code for code in self._codes(key)]
            if len(set(codes)) < len(codes):
                raise ValueError(f"`{key}` names a language twice: {', '.join(codes)}")
            if len(codes) == 1:
                raise ValueError(f"`{key}` names {codes[0]} alone; a pair takes two languages")
        for code in self.codes:
            language(code)
        return self

    @property
    def format(self) -> str:
        """`django`, `babel`, `debian`, `moses` (line-parallel files), `tmx`, `tsv`, `po`, `mo`."""
        name = self.file.name.removesuffix(".gz") if self.file else ""
        return self.catalogue or name.rpartition(".")[2] or "moses"

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file that is read; none for a catalogue."""
        return (self.file,) if self.file else tuple(self.files.values())

    @property
    def stated_languages(self) -> tuple[str, ...]:
        """Those the entry itself names; empty where only reading can tell."""
        return tuple(self.files) or self._codes("columns") or self._codes("languages")

    def _codes(self, key: str) -> tuple[str, ...]:
        value = getattr(self, key) or ()
        codes = value.values() if isinstance(value, dict) else value
        return tuple(code for code in codes if code != "-")


class NewsSite(Section):
    """A news site and how its addresses are to be read."""

    home: tuple[str, ...] = Field(
        min_length=1, description="where the crawl starts, e.g. one front page per language"
    )
    languages: dict[str, str] = Field(
        min_length=1, description="the site's own codes, e.g. {tk: tuk_Latn, ru: rus_Cyrl}"
    )
    article: str = Field(
        description="regular expression of an article's path, with the groups `language` and `id`"
    )
    licence: str = Field(description="of the texts, or `unknown`")
    served_at: str | None = Field(
        None,
        pattern=r"^[\w.-]+:\d+$",
        description="host:port that answers for the site, such as a rehearsal's own server",
    )

    @field_validator("languages")
    @classmethod
    def _are_known(cls, codes: dict[str, str]) -> dict[str, str]:
        return {own: language(code).code for own, code in codes.items()}

    @field_validator("article")
    @classmethod
    def _has_its_groups(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        if not {"language", "id"} <= groups.keys():
            raise ValueError("it needs the groups (?P<language>...) and (?P<id>...)")
        return pattern


class News(Section):
    """Sites that are visited once a day."""

    first_day: str = Field(
        "2026-01-01", pattern=r"^\d{4}-\d\d-\d\d$", description="of the daily crawl"
    )
    sites: dict[Annotated[str, Field(pattern=NAME)], NewsSite] = Field(min_length=1)


class Annotation(Section):
    """Who reviews pairs. A Label Studio server is named by the environment, never by a recipe."""

    annotators: tuple[Annotated[str, Field(pattern=NAME)], ...] = Field(
        ("annotator_1", "annotator_2"), min_length=1, description="pseudonyms"
    )
    reviews: Path | None = Field(
        None, description="folder of reviews as JSON lines, used while no server is configured"
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
    """Which students to train: every objective with every balance value."""

    objectives: tuple[Objective, ...] = Field(("mse+mnr",), min_length=1)
    balances: tuple[Annotated[float, Field(ge=0, le=1)], ...] = Field((0.7,), min_length=1)
    frequent_words: int = Field(
        100_000, ge=0, description="per retained language, kept in the pruned vocabulary (count)"
    )

    def variants(self) -> list[str]:
        """Partition keys, e.g. `mse+mnr@0.7`, in the recipe's order."""
        pairs = itertools.product(self.objectives, self.balances)
        return [f"{objective}@{balance:g}" for objective, balance in pairs]

    @staticmethod
    def objective_of(variant: str) -> Objective:
        """The objective in a partition key."""
        return cast("Objective", variant.rpartition("@")[0])

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
        (), description="measured beside students: bm25, tfidf, length, teacher, or any encoder"
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

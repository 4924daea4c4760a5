"""A recipe: everything a language programme needs, in one YAML that fails early and clearly.

Frozen pydantic models refuse unknown keys. `${NAME}` is replaced by an environment variable, and
relative paths start at the project's root. `offline:` overlays the rest when a machine is offline.
"""

import fnmatch
from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator, model_validator

from pipeline import parameters, settings
from pipeline.bitext_source import BitextSource
from pipeline.languages import language
from pipeline.learning_sources import (
    beyond_most_pairs,
    missing_sources,
    with_documents_of_bitexts,
)
from pipeline.recipe_sections import (
    NAME,
    TRANSLATION,
    Annotation,
    Execution,
    Gold,
    Models,
    News,
    Students,
)
from pipeline.sections import Section
from pipeline.suites import suite_names
from pipeline.synthesis_sections import Synthesis
from pipeline.translation_directions import Direction, both_ways
from pipeline.translation_models import Translation

SENTENCES_OF_A_PAGE = 20
ROWS_OF_A_PAIR = 20  # looked at on the hub, for a sample is drawn by lot and rows may be faulty
OPEN_LICENCES = (
    "Apache-2.0",
    "BSD-3-Clause",
    "CC-BY-4.0",
    "CC-BY-SA-4.0",
    "CC0-1.0",
    "MIT",
    "Unicode-3.0",
)


class Recipe(Section):
    """One language programme; see `recipes/` for commented examples."""

    name: str = Field(pattern=NAME, description="prefix of every asset key")
    title: str = Field(description="for people")
    focus: str = Field(description="the language served, e.g. tuk_Latn")
    pivots: tuple[str, ...] = Field(min_length=1, description="languages it is paired with")
    inbox: str | None = Field(
        None, description="folder or fsspec URL (s3://...) of PDFs, each with a sidecar YAML"
    )
    news: News | None = None
    bitexts: dict[str, BitextSource] = Field(default_factory=dict)
    annotation: Annotation = Field(default_factory=Annotation)
    publishable_licences: tuple[str, ...] = Field(
        OPEN_LICENCES, description="SPDX names; pairs under others stay in the private export"
    )
    model_licence: str = Field(
        "other", description="SPDX name under which students are given out: that of their start"
    )
    gold: Gold | None = None
    suites: tuple[str, ...] = Field(
        (), description="of `recipes/suites/`, by name or pattern: flores200_dev, stsb_*"
    )
    retracted: tuple[str, ...] = Field(
        (), description="document keys, such as news/habar/tk/habar/7/x, that are used no more"
    )
    sample: int | None = Field(None, ge=1, description="pairs a bitext gives at most (count)")
    models: Models = Field(default_factory=Models)
    students: Students = Field(default_factory=Students)
    translation: Translation | None = Field(
        None, description="translation models to train on the corpus; null: none"
    )
    synthesis: Synthesis = Field(default_factory=Synthesis)
    execution: Execution = Field(default_factory=Execution)

    textbooks: parameters.TextbookParams = Field(default_factory=parameters.TextbookParams)
    sentences: parameters.SentenceParams = Field(default_factory=parameters.SentenceParams)
    crawl: parameters.NewsParams = Field(default_factory=parameters.NewsParams)
    pairing: parameters.PairingParams = Field(default_factory=parameters.PairingParams)
    alignment: parameters.AlignmentParams = Field(default_factory=parameters.AlignmentParams)
    mining: parameters.MiningParams = Field(default_factory=parameters.MiningParams)
    tasks: parameters.AnnotationParams = Field(default_factory=parameters.AnnotationParams)
    calibration: parameters.CalibrationParams = Field(default_factory=parameters.CalibrationParams)
    filtering: parameters.FilterParams = Field(default_factory=parameters.FilterParams)
    corpus: parameters.CorpusParams = Field(default_factory=parameters.CorpusParams)
    lessons: parameters.LessonParams = Field(
        default_factory=parameters.LessonParams, validate_default=True
    )
    distillation: parameters.DistillationParams = Field(
        default_factory=parameters.DistillationParams
    )
    translating: parameters.TranslationParams = Field(default_factory=parameters.TranslationParams)
    anchors: parameters.AnchorParams = Field(default_factory=parameters.AnchorParams)
    generators: parameters.AdapterParams = Field(default_factory=parameters.AdapterParams)
    generation: parameters.GenerationParams = Field(default_factory=parameters.GenerationParams)
    triplets: parameters.TripletFilterParams = Field(default_factory=parameters.TripletFilterParams)
    evaluation: parameters.EvaluationParams = Field(default_factory=parameters.EvaluationParams)

    @field_validator("focus")
    @classmethod
    def _is_known(cls, code: str) -> str:
        return language(code).code

    @field_validator("pivots")
    @classmethod
    def _are_known(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(language(code).code for code in codes)

    @field_validator("suites")
    @classmethod
    def _are_described(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            if not fnmatch.filter(suite_names(), pattern):
                raise ValueError(f"no suite is called {pattern!r}; see recipes/suites/")
        return patterns

    @field_validator("lessons")
    @classmethod
    def _documents_are_running_text(
        cls, lessons: parameters.LessonParams, info: ValidationInfo
    ) -> parameters.LessonParams:
        return with_documents_of_bitexts(lessons, info.data.get("bitexts", {}))

    @field_validator("inbox")
    @classmethod
    def _starts_at_the_project(cls, place: str | None) -> str | None:
        if place is None or "://" in place:
            return place
        return str(settings.project_root() / place)

    @model_validator(mode="after")
    def _pivots_differ_from_focus(self) -> "Recipe":
        if self.focus in self.pivots:
            raise ValueError(f"pivots: {self.focus} is the focus language and cannot be its pivot")
        return self

    @model_validator(mode="after")
    def _bitexts_pair_the_focus(self) -> "Recipe":
        for name, source in self.bitexts.items():
            stated = source.stated_languages
            if stated and (self.focus not in stated or set(stated).isdisjoint(self.pivots)):
                raise ValueError(
                    f"bitexts.{name} is in {', '.join(stated)}; it must be in {self.focus} and in "
                    f"one of {', '.join(self.pivots)}"
                )
        return self

    @model_validator(mode="after")
    def _has_what_students_learn_from(self) -> "Recipe":
        missing = missing_sources(
            self.students,
            self.synthesis,
            has_documents=bool(self.inbox or self.news),
            has_bitexts=bool(self.bitexts),
            has_suites=bool(self.suites),
        )
        if fault := next(missing, None):
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _curve_is_within_what_is_taught(self) -> "Recipe":
        if self.inbox or self.news:  # nobody knows how many sources there will be
            return self
        counts = len(self.bitexts), len(self.pivots)
        if fault := next(beyond_most_pairs(self.students, self.lessons, *counts), None):
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _directions_pair_the_focus(self) -> "Recipe":
        possible = [direction.name for direction in both_ways(self.focus, self.pivots)]
        for name in self.translation.directions if self.translation else ():
            if name not in possible:
                raise ValueError(
                    f"translation.directions: {name!r} is not between {self.focus} and a pivot; "
                    f"there are {', '.join(possible)}"
                )
        return self

    @model_validator(mode="after")
    def _translation_is_scored_on_suites_of_the_recipe(self) -> "Recipe":
        for wanted in self.translation.suites if self.translation else ():
            for name in fnmatch.filter(suite_names(), wanted):
                if not any(fnmatch.fnmatch(name, pattern) for pattern in self.suites):
                    raise ValueError(
                        f"translation.suites: {name} is none of the recipe's suites, so its texts "
                        "would not be kept out of what is learnt; add it to `suites`"
                    )
        return self

    @model_validator(mode="after")
    def _can_translate_back(self) -> "Recipe":
        if self.translation is None or not self.translating.back_translated:
            return self
        if self.translation.scratch:
            raise ValueError(
                "translating.back_translated: texts are translated back by the start model, and "
                "`translation.scratch` has none; give `translation.model`, or 0"
            )
        has_text = self.inbox or self.news or self.synthesis.monolingual
        if not has_text and len(self.pivots) == 1:
            raise ValueError(
                "translating.back_translated: there is no text without its translation; name "
                "`synthesis.monolingual`, `inbox` or `news`"
            )
        return self

    @model_validator(mode="after")
    def _translators_among_baselines_are_trained(self) -> "Recipe":
        names = [name for name in self.models.baselines if name.startswith(TRANSLATION)]
        for name in names:
            if name.removeprefix(TRANSLATION) not in self.directions():
                raise ValueError(
                    f"models.baselines: {name} is no translation model of this recipe; it trains "
                    f"{', '.join(self.directions()) or 'none'}"
                )
        is_small = self.translation is not None and self.translation.scratch is not None
        if names and is_small and len(self.languages) > len(Direction._fields):
            raise ValueError(
                f"models.baselines: {names[0]} starts from `scratch` and reads its two languages "
                "alone, and the recipe has more"
            )
        return self

    def directions(self) -> list[str]:
        """Partition keys of the translation models, such as `tuk_Latn-rus_Cyrl`."""
        if self.translation is None:
            return []
        every = (direction.name for direction in both_ways(self.focus, self.pivots))
        return list(self.translation.directions or every)

    def sampled(self, count: int) -> "Recipe":
        """The same recipe in small, under a name of its own: a try-out before a long run.

        Every source gives about `count` rows at most (a book, its first pages), and each student
        sees its texts once.
        """
        return self.model_copy(
            update={
                "name": f"{self.name}_sample_{count}",
                "title": f"{self.title} (a sample of {count})",
                "sample": count,
                "bitexts": {
                    name: source.sampled(count * ROWS_OF_A_PAIR)
                    for name, source in self.bitexts.items()
                },
                "students": self.students.without_own_epochs(),
                "textbooks": self.textbooks.model_copy(
                    update={"most_pages": max(1, count // SENTENCES_OF_A_PAGE)}
                ),
                "anchors": self.anchors.model_copy(
                    update={"anchor_count": max(2, min(count, self.anchors.anchor_count))}
                ),
                "crawl": self.crawl.model_copy(update={"max_pages": count}),
                "lessons": self.lessons.model_copy(
                    update={"neighbour_texts": min(count, self.lessons.neighbour_texts)}
                ),
                "distillation": self.distillation.model_copy(update={"epochs": 1}),
                "translating": self.translating.model_copy(
                    update={
                        "epochs": 1,
                        "back_translated": min(count, self.translating.back_translated),
                    }
                ),
            }
        )

    @property
    def languages(self) -> tuple[str, ...]:
        """What it is about: the focus language, its pivots, and neighbours."""
        return self.focus, *self.pivots, *self.students.neighbours

    @property
    def may_lack_pairs(self) -> bool:
        """Whether it is for a language without translations: triplets, and no bitext."""
        return bool(self.synthesis.strategies) and not self.bitexts

    @property
    def inbox_folder(self) -> Path | None:
        """The inbox where it is a folder of this machine."""
        return Path(self.inbox) if self.inbox and "://" not in self.inbox else None

    @property
    def gold_folder(self) -> Path | None:
        """Where the gold lies, or None."""
        return settings.project_root() / self.gold.folder if self.gold else None

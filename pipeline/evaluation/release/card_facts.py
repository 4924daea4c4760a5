"""What a model card tells, gathered from stored tables. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.evaluation.report.facts import Suites
from pipeline.tables import kept

_EXAMPLE = """\
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(".")  # run in the folder of the model
texts = {texts!r}
scores = model.similarity(model.encode({query!r}), model.encode(texts))
print(texts[int(scores.argmax())])
"""
_NO_EXAMPLES = [("one", "one"), ("two", "two")]


@dataclass(frozen=True)
class DataSource:
    """Training pairs, or triplets, of one origin under one licence."""

    origin: str
    licence: str
    pair_count: int


@dataclass(frozen=True)
class Reviewing:
    """How far people have looked at the training text.

    Attributes:
        reviewed_pair_count: training pairs that people found right.
        review_count: reviews that the corpus rests on, of any verdict.
        annotator_count: people who gave them, known by pseudonyms.
    """

    reviewed_pair_count: int
    review_count: int
    annotator_count: int


@dataclass(frozen=True)
class Making:
    """How a student was made.

    Attributes:
        base_model: what it was before training, as in the recipe; None for a new model.
        teacher: likewise.
        objective: what taught the focus language.
        balance: the weight of the focus language, [0, 1].
        facts: sizes and counts of the training, in the order to be shown.
    """

    base_model: str | None
    teacher: str
    objective: str
    balance: float
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """What a card tells.

    Attributes:
        name: of the model.
        title: of the language programme.
        student: the student's name in the scores.
        focus: language code.
        pivots: language codes.
        making: how the student was made.
        licence: SPDX name that the model is given out under.
        leaderboard: table of schema `LEADERBOARD`.
        scores: tables of schema `SCORES` by a key of the report's `SECTIONS`, in the order to be
            shown.
        suites: what is known of the data sets, by the name they have in the scores.
        sources: of the training text.
        reviewing: of the training text.
        lineage: content hash by artefact.
        command: makes the model again.
        refusals: sentences of gates that did not pass, about the release or its scores.
        examples: focus and pivot texts for the search example.
        forms: table of schema `SCORES` of students beside themselves with an adapter, or with
            shorter vectors; None where there are none.
        adapters: objective of each task adapter that lies beside the model.
    """

    name: str
    title: str
    student: str
    focus: str
    pivots: Sequence[str]
    making: Making
    licence: str
    leaderboard: pa.Table
    scores: Mapping[str, pa.Table]
    suites: Suites
    sources: Sequence[DataSource]
    reviewing: Reviewing
    lineage: Mapping[str, str]
    command: str
    refusals: Sequence[str]
    examples: Sequence[tuple[str, str]]
    forms: pa.Table | None = None
    adapters: Mapping[str, str] = field(default_factory=dict)

    @property
    def example(self) -> str:
        """Five lines of Python that find a focus text by its translation."""
        pairs = self.examples or _NO_EXAMPLES
        texts = [focus for focus, _ in pairs]
        return _EXAMPLE.format(texts=texts, query=pairs[0][1])

    @property
    def is_releasable(self) -> bool:
        """Whether the leaderboard lets the student go."""
        named = self.leaderboard.filter(pc.equal(self.leaderboard["model"], self.student))
        return bool(pc.any(named["is_releasable"]).as_py())


def data_sources(corpus: pa.Table) -> tuple[DataSource, ...]:
    """Training pairs by origin and licence, in alphabetical order.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
    """
    train = corpus.filter(pc.equal(corpus["split"], "train"))
    counts = train.group_by(["origin", "licence"]).aggregate([([], "count_all")]).to_pylist()
    sources = (
        DataSource(row["origin"], row["licence"] or "unknown", row["count_all"]) for row in counts
    )
    return tuple(sorted(sources, key=lambda source: (source.origin, source.licence)))


def triplet_sources(triplets: Iterable[pa.Table], lessons: pa.Table) -> tuple[DataSource, ...]:
    """Triplets that were taught, by strategy and by the licence of their anchors.

    Args:
        triplets: tables of schema `FILTERED_TRIPLETS`.
        lessons: table of schema `LESSONS`, which leaves some of the kept ones out.
    """
    taught = set(kept(lessons)["lesson_id"].to_pylist())
    counts = Counter(
        (f"synthesis/{row['strategy']}", row["licence"] or "unknown")
        for table in triplets
        for row in kept(table).to_pylist()
        if row["triplet_id"] in taught
    )
    return tuple(DataSource(*key, count) for key, count in sorted(counts.items()))


def reviewing(corpus: pa.Table, reviews: pa.Table) -> Reviewing:
    """How far people have looked at the training text.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        reviews: table of schema `REVIEWS`; those that were rejected do not count.
    """
    is_found_right = pc.and_(pc.equal(corpus["split"], "train"), corpus["is_reviewed"])
    counted = kept(reviews)
    return Reviewing(
        reviewed_pair_count=corpus.filter(is_found_right).num_rows,
        review_count=counted.num_rows,
        annotator_count=pc.count_distinct(counted["annotator"]).as_py(),
    )

"""Retrieval among near misses: beside every right answer stand versions that say something else.

Pure but for the models, which are given. After xSIM++ (Chen et al. 2023): a model that only knows
what a text is about cannot tell such a version from the translation.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from pipeline.evaluation.measures.model_comparison import (
    LEAST_SLICE_UNITS,
    Outcomes,
    comparison_rows,
)
from pipeline.evaluation.measures.scores import Mistake, Scored
from pipeline.evaluation.measures.similarities import Similarities
from pipeline.evaluation.measures.sweeps import least_tied
from pipeline.evaluation.models import Model, Texts
from pipeline.evaluation.tasks.retrieval import (
    METRICS,
    ParallelTexts,
    RetrievalOutcomes,
    retrieval_outcomes,
)
from pipeline.evaluation.tasks.retrieval_errors import Asked, worst_mistakes
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.text.changes import CHANGES, HardNegative, hard_negatives


def score_hard_retrieval(
    task: ParallelTexts, models: Mapping[str, Model], params: EvaluationParams
) -> Scored:
    """P@1, MRR and xSIM++'s error among all texts and their changed versions, both directions.

    Beside them P@1 by what was changed: here a query chooses between its translation and that one
    version of it; those without such a version are left out, and so is a kind with fewer than 20.

    Args:
        task: translations.
        models: by name; `start` comes first when present, and later ones are compared with it.
        params: resamples, and the seed of the changes.
    """
    parts = [_score_way(way, models, params) for way in (task, task.reversed())]
    return Scored.all_of(parts)


def _score_way(way: ParallelTexts, models: Mapping[str, Model], params: EvaluationParams) -> Scored:
    asked, negatives = way.asked(), hard_negatives(way.targets, params.seed)
    pool = [*way.targets, *(one.text for one in negatives)]
    asked = Asked(way.suite, way.direction, way.sources, pool, asked.right)
    whole: dict[str, Outcomes] = {}
    by_kind: dict[str, dict[str, Outcomes]] = {}
    mistakes: list[Mistake] = []
    sides = Texts(way.languages[0], way.sources), Texts(way.languages[1], pool)
    for name, model in models.items():
        similarities = model.similarities(*sides)
        found = retrieval_outcomes(similarities, asked.right)
        mistakes += worst_mistakes(asked, name, found.nearest, found.best_right)
        whole[name] = found.as_columns(model.fingerprint, way.note)
        for kind, is_right in _told_apart(similarities, found, negatives, len(way.targets)):
            columns = Outcomes(model.fingerprint, {"p_at_1": is_right}, {"p_at_1": way.note})
            by_kind.setdefault(kind, {})[name] = columns
    dataset_hash = hash_texts(way.sources, pool)
    measured = Measurement(asked.suite, way.direction, dataset_hash, "", "", params.seed, len(pool))
    rows = list(comparison_rows(measured, METRICS, whole, params, slices=way.attributes))
    for kind, outcomes in by_kind.items():
        part = replace(measured, slice=f"changed: {kind}", pool_size=2)
        rows += comparison_rows(part, METRICS, outcomes, params)
    return Scored(rows, mistakes)


def _told_apart(
    similarities: Similarities,
    found: RetrievalOutcomes,
    negatives: Sequence[HardNegative],
    text_count: int,
) -> Iterator[tuple[str, npt.NDArray[np.bool_]]]:
    """Of each kind, whether queries are nearer to their translation than to the version of it."""
    for kind in CHANGES:
        columns = np.array([at for at, one in enumerate(negatives) if one.kind == kind], np.int64)
        if len(columns) >= LEAST_SLICE_UNITS:
            rows = np.array([negatives[at].of for at in columns])
            similarity = similarities.paired(rows, text_count + columns)
            yield kind, similarity < least_tied(found.best_right[rows])

"""How each encoder's space uses its room, on parallel text. Pure but for the models.

The texts are those that retrieval asks about, in the same roles: an encoder with a cache has read
them already.
"""

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa

from pipeline.evaluation.measures.geometry import geometry_intervals
from pipeline.evaluation.models import EncoderModel, Model
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES, as_table

MOST_PAIRS = 1000  # of a suite, taken evenly: all their cosines are held at once
LEAST_PAIRS = 2


def score_geometry(
    tasks: Iterable[ParallelTexts],
    focus: str,
    models: Mapping[str, Model],
    params: EvaluationParams,
) -> pa.Table:
    """Anisotropy and uniformity of the focus language's texts, alignment with their translations.

    A text that occurs twice counts once. Baselines without vectors have no space and no row, and so
    have suites without the focus language.

    Args:
        tasks: translations.
        focus: language code.
        models: by name.
        params: resamples and seed.

    Returns:
        A table of schema `SCORES`. No difference is among the rows: these figures explain others,
        and rank nobody.
    """
    rows = [
        row
        for task in tasks
        if focus in task.languages
        for row in _rows(task if task.languages[0] == focus else task.reversed(), models, params)
    ]
    return as_table(rows, SCORES)


def _rows(
    task: ParallelTexts, models: Mapping[str, Model], params: EvaluationParams
) -> Iterator[dict[str, object]]:
    task = _distinct(task)
    if len(task.sources) < LEAST_PAIRS:
        return
    dataset_hash = hash_texts(task.sources, task.targets)
    for name, model in models.items():
        if isinstance(model, EncoderModel):
            measured = Measurement(
                task.suite, task.direction, dataset_hash, name, model.fingerprint, params.seed
            )
            found = geometry_intervals(
                *map(model.encode, task.sides), count=params.bootstrap_count, seed=params.seed
            )
            for metric, interval in found.items():
                yield measured.score(metric, interval)


def _distinct(task: ParallelTexts) -> ParallelTexts:
    """The pairs with different sources, at most `MOST_PAIRS` of them, in order."""
    first = {text: place for place, text in reversed(list(enumerate(task.sources)))}
    places = sorted(first.values())
    chosen = places[:: -(-len(places) // MOST_PAIRS)] if places else []
    return ParallelTexts(
        task.suite,
        task.languages,
        [task.sources[place] for place in chosen],
        [task.targets[place] for place in chosen],
    )

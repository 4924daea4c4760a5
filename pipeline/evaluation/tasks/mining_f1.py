"""Mining: does a model find the translations between two heaps in which not all have one? Pure.

As in the BUCC shared task (Zweigenbaum et al. 2017): pairs are mined by their ratio margin, each
text and its partner the best of one another; the threshold is tuned on one half of the source
texts and the figures are those of the other half.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.errors import InputError
from pipeline.evaluation.measures.margins import NEIGHBOUR_COUNT, Margins, ratio_margins
from pipeline.evaluation.measures.mining_statistics import (
    average_precision,
    best_threshold,
    f1,
    precision,
    recall,
)
from pipeline.evaluation.measures.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.evaluation.measures.scores import Scored
from pipeline.evaluation.measures.similarities import Positions, Similarities
from pipeline.evaluation.measures.sweeps import Nearest, Tile, tiles
from pipeline.evaluation.models import Model, Texts
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.search import Neighbours

_LEAST_PAIRS = 8
_MOST_WITHHELD_FRACTION = 0.5  # of each side


@dataclass(frozen=True)
class MiningTask:
    """Two heaps of texts and the translations among them.

    Attributes:
        suite: name of the data set.
        languages: codes of the source and the target side.
        sources: distinct texts, some without a translation.
        targets: likewise.
        gold: (source, target) positions of translations, each text in at most one.
        note: what a reader of the scores must know.
    """

    suite: str
    languages: tuple[str, str]
    sources: Sequence[str]
    targets: Sequence[str]
    gold: Collection[tuple[int, int]]
    note: str = ""


class Mined(NamedTuple):
    """Texts that are the best of one another, by source."""

    source: Positions
    target: Positions
    margin: Margins


def mining_task(texts: ParallelTexts, withheld_fraction: float, seed: int) -> MiningTask:
    """Take the translations of some texts away, on either side, and shuffle the rest.

    Args:
        texts: translations; a pair with a text that stood there before is left out.
        withheld_fraction: of the pairs that lose their source, and of those that lose their
            target, in [0, 0.5).
        seed: of the draw.

    Raises:
        InputError: the fraction is out of its range, or fewer than eight pairs remain.
    """
    if not 0 <= withheld_fraction < _MOST_WITHHELD_FRACTION:
        raise InputError(
            f"cannot withhold {withheld_fraction:g} of each side; less than 0.5 can be"
        )
    pairs = _distinct_pairs(texts)
    lost = int(len(pairs) * withheld_fraction)
    if len(pairs) - 2 * lost < _LEAST_PAIRS:
        raise InputError(
            f"{texts.suite}: {len(pairs)} distinct pairs leave {len(pairs) - 2 * lost} to be found;"
            f" {_LEAST_PAIRS} are needed"
        )
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(pairs))
    # the first pairs of the draw lose their targets, the last ones their sources
    sources = generator.permutation(order[: len(pairs) - lost])
    targets = generator.permutation(order[lost:])
    place = {pair: number for number, pair in enumerate(targets.tolist())}
    gold = {(at, place[pair]) for at, pair in enumerate(sources.tolist()) if pair in place}
    return MiningTask(
        texts.suite,
        texts.languages,
        [pairs[pair][0] for pair in sources],
        [pairs[pair][1] for pair in targets],
        gold,
        f"{withheld_fraction:.0%} of each side without a translation. {texts.note}".strip(),
    )


def score_mining(task: MiningTask, models: Mapping[str, Model], params: EvaluationParams) -> Scored:
    """F1, precision and recall at a tuned threshold, and average precision at all of them.

    Intervals and gains are over the source texts of the tested half; a share of nothing is 0.

    Args:
        task: two heaps.
        models: by name; `start` comes first when present, and later ones are compared with it.
        params: resamples, and the seed of the halves.
    """
    source, target = task.languages
    sides = Texts(source, task.sources), Texts(target, task.targets)
    is_tested = _halves(len(task.sources), params.seed)
    has_gold = _has_gold(task)[is_tested]
    metrics = [
        Metric("mining_f1", f1, (has_gold,)),
        Metric("mining_precision", precision),
        Metric("mining_recall", recall, (has_gold,)),
        Metric("average_precision", average_precision, (has_gold,)),
    ]
    outcomes = {
        name: _outcomes(task, model.fingerprint, mine(model.similarities(*sides)), is_tested)
        for name, model in models.items()
    }
    measured = Measurement(
        task.suite,
        "-".join(task.languages),
        hash_texts(task.sources, task.targets, [f"{pair}" for pair in sorted(task.gold)]),
        "",
        "",
        params.seed,
        len(task.targets),
    )
    return Scored(comparison_rows(measured, metrics, outcomes, params))


def mine(similarities: Similarities) -> Mined:
    """Pairs whose texts have their widest ratio margin with one another, by source.

    Looked at are the four nearest of each text on the other side. Of equally wide margins that of
    the nearer text counts, then that of the lower one.
    """
    onward = Nearest(similarities.shape, NEIGHBOUR_COUNT)
    back = Nearest(similarities.shape[::-1], NEIGHBOUR_COUNT)
    for tile in tiles(similarities):
        onward.see(tile)
        back.see(Tile(tile.columns, tile.rows, tile.values.T))
    best_target, margins = _widest(onward.found, back.found)
    best_source, _ = _widest(back.found, onward.found)
    source = np.flatnonzero(best_source[best_target] == np.arange(len(best_target)))
    return Mined(source, best_target[source], margins[source])


def _widest(onward: Neighbours, back: Neighbours) -> tuple[Positions, Margins]:
    """Of each query the neighbour with the widest margin, and that margin."""
    crowding = back.cosine.mean(axis=1, dtype=np.float64)[onward.row]
    margins = ratio_margins(onward, crowding)
    every, best = np.arange(len(margins)), margins.argmax(axis=1)
    return onward.row[every, best], margins[every, best]


def _outcomes(
    task: MiningTask, fingerprint: str, mined: Mined, is_tested: npt.NDArray[np.bool_]
) -> Outcomes:
    """What was mined from each source text of the tested half, with the other half's threshold."""
    gold = set(task.gold)
    pairs = zip(mined.source.tolist(), mined.target.tolist(), strict=True)
    sign = np.array([1.0 if pair in gold else -1.0 for pair in pairs])
    signed = np.zeros(len(task.sources))
    signed[mined.source] = sign * mined.margin
    has_gold = _has_gold(task)
    threshold = best_threshold(signed[~is_tested], has_gold[~is_tested])
    tested = signed[is_tested]
    found = np.sign(tested) * (np.abs(tested) >= threshold)
    columns = dict.fromkeys(("mining_f1", "mining_precision", "mining_recall"), found)
    columns["average_precision"] = tested
    note = f"mined from a margin of {threshold:.4f}, tuned on the other half of the source texts"
    notes = dict.fromkeys(columns, f"{note}. {task.note}".strip())
    return Outcomes(fingerprint, columns, notes | {"average_precision": task.note})


def _has_gold(task: MiningTask) -> npt.NDArray[np.bool_]:
    return np.isin(np.arange(len(task.sources)), [source for source, _ in task.gold])


def _halves(count: int, seed: int) -> npt.NDArray[np.bool_]:
    """True for a half of the texts, drawn at random."""
    return np.asarray(np.random.default_rng(seed).permutation(count) % 2 == 1)


def _distinct_pairs(texts: ParallelTexts) -> list[tuple[str, str]]:
    """Pairs neither of whose texts stood in a pair before."""
    sources: set[str] = set()
    targets: set[str] = set()
    pairs = []
    for source, target in zip(texts.sources, texts.targets, strict=True):
        if source not in sources and target not in targets:
            pairs.append((source, target))
        sources.add(source)
        targets.add(target)
    return pairs

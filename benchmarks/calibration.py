"""Do probabilities keep their word? FLORES dev hidden among 50,000 texts that nobody translated.

Run from the project's root, with Debian's packages unpacked into ROOT (see `distractors`):

    OMP_NUM_THREADS=1 python -m benchmarks.calibration ROOT --out benchmarks/results/calibration.txt

Pairs are mined once, from all texts. Each seed then cuts the source texts into two halves: reviews
come from the first, and every figure is one of the second, on which nothing was fitted. `synthetic`
has seen no label at all; a number of reviews is a random sample of the first half's pairs. English
has most of the distractors: sentences first, then two of them joined, whose vector is the mean of
both. The truth that an interval has to hold is the precision found in the second half, which is a
sample too: no interval could be narrower than its chance.
"""

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.hidden_pairs import (
    DISTRACTORS,
    NEAR_MISSES,
    Array,
    Candidates,
    Labels,
    candidates,
)
from pipeline.encoders import EmbeddingCache, load_encoder
from pipeline.parameters import CalibrationParams
from pipeline.probability.logistic import fit_logistic
from pipeline.settings import embedding_cache
from pipeline.statistics import wilson
from pipeline.thresholds import Threshold, threshold_for, threshold_for_f1

LANGUAGES = ("tuk_Latn", "azj_Latn", "uzn_Latn", "kaz_Cyrl", "tgk_Cyrl", "ben_Beng")
TARGET = 0.95
ALL = 10**6  # more reviews than there are pairs
PARAMS = CalibrationParams()


@dataclass(frozen=True)
class Outcome:
    """What one seed's test half shows of one threshold for the target and one for F1."""

    f1: float
    best_f1: float
    f1_of_margins: float
    precision: float
    is_covered: bool
    width: float
    is_covered_at_90: bool
    width_at_90: float
    yield_of_oracle: float


def outcome(found: Candidates, seed: int, review_count: int) -> Outcome:
    """One seed: calibrate on the first half, measure on the second."""
    generator = np.random.default_rng(seed)
    texts = sorted({*found.sources.tolist(), *found.gold})
    tested = dict(zip(texts, generator.permutation(len(texts)) % 2 == 1, strict=True))
    is_tested = np.array([tested[text] for text in found.sources])
    gold_count = sum(tested[text] for text in found.gold)
    reviewed = generator.permutation(np.flatnonzero(~is_tested))[:review_count]
    probabilities, held_out = _predicted(found, reviewed, is_tested)
    said, truth = found.is_correct[reviewed], found.is_correct[is_tested]
    chosen, less_sure = (
        threshold_for(TARGET, probabilities, held_out, said, level) for level in (0.95, 0.9)
    )
    kept = truth[probabilities >= chosen.value]
    precision = float(kept.mean()) if len(kept) else float("nan")
    best = threshold_for_f1(probabilities)
    return Outcome(
        _f1(truth[probabilities >= best.value], gold_count),
        _best_f1(probabilities, truth, gold_count),
        _best_f1(found.margins[is_tested], truth, gold_count),
        precision,
        _holds(chosen, precision),
        _width(chosen),
        _holds(less_sure, precision),
        _width(less_sure),
        float(kept.sum()) / max(_oracle(probabilities, truth, TARGET), 1),
    )


def _predicted(
    found: Candidates, reviewed: npt.NDArray[np.int64], is_tested: Labels
) -> tuple[Array, Array]:
    """Probabilities of the tested half, and held-out ones of the reviewed pairs."""
    tested = found.features[is_tested]
    if not len(reviewed):
        return found.synthetic.probabilities(tested), np.empty(0)
    features, labels = found.features[reviewed], found.is_correct[reviewed]
    model = fit_logistic(features, labels, PARAMS.regularisation, found.synthetic)
    held_out = np.empty(len(reviewed))
    folds = np.arange(len(reviewed)) % PARAMS.fold_count
    for fold in range(PARAMS.fold_count):
        inside = folds == fold
        other = fit_logistic(
            features[~inside], labels[~inside], PARAMS.regularisation, found.synthetic
        )
        held_out[inside] = other.probabilities(features[inside])
    return model.probabilities(tested), held_out


def _holds(chosen: Threshold, precision: float) -> bool:
    found = chosen.precision
    return found is not None and found.ci_low <= precision <= found.ci_high


def _width(chosen: Threshold) -> float:
    found = chosen.precision
    return found.ci_high - found.ci_low if found else float("nan")


def _f1(kept: Labels, gold_count: int) -> float:
    return float(2 * kept.sum() / (len(kept) + gold_count))


def _best_f1(scores: Array, truth: Labels, gold_count: int) -> float:
    hits = np.cumsum(truth[np.argsort(-scores, kind="stable")])
    return float((2 * hits / (np.arange(1, len(hits) + 1) + gold_count)).max())


def _oracle(scores: Array, truth: Labels, precision: float) -> int:
    """The most correct pairs that a threshold in hindsight keeps with this precision."""
    hits = np.cumsum(truth[np.argsort(-scores, kind="stable")])
    reached = np.flatnonzero(hits / np.arange(1, len(hits) + 1) >= precision)
    return int(hits[reached[-1]]) if len(reached) else 0


def lines(root: Path, seeds: int, languages: Sequence[str]) -> Iterator[str]:
    """The tables."""
    encoder = load_encoder("embedded:e5-small", cache=EmbeddingCache(embedding_cache()))
    settings = ((False, (0, 100, 200, 400, ALL)), (True, (0, ALL)))
    for with_near_misses, review_counts in settings:
        hidden = f" and {NEAR_MISSES} near misses of their translations" if with_near_misses else ""
        yield f"FLORES dev, 997 sentences, hidden among {DISTRACTORS:,} distractors{hidden}"
        yield (
            f"target precision {TARGET}, {seeds} seeds; F1 and yield are means of test halves, "
            "shares of seeds whose 95 % (with Wilson's interval) and 90 % intervals hold the truth"
        )
        yield (
            f"{'language':<9}{'reviews':>10} {'F1':>7} {'best':>6} {'lost':>6} {'margin':>7} "
            f"{'precision':>10} {'at 95':>6} {'interval':>14} {'width':>6} "
            f"{'at 90':>6} {'width':>6} {'yield':>6}"
        )
        for language in languages:
            found = candidates(language, root, encoder, with_near_misses=with_near_misses)
            yield (
                f"{language}: {len(found.margins):,} mined pairs, {found.is_correct.sum()} correct;"
                f" distractors {found.note}"
            )
            for count in review_counts:
                yield _line(language, found, count, seeds)
        yield ""


def _line(language: str, found: Candidates, count: int, seeds: int) -> str:
    each = [outcome(found, seed, count) for seed in range(seeds)]
    mean = {
        name: float(np.nanmean([getattr(one, name) for one in each]))
        for name in Outcome.__annotations__
    }
    covered = wilson(sum(one.is_covered for one in each), len(each))
    half = len(found.margins) // 2
    name = "synthetic" if not count else f"all {half}" if count == ALL else f"{count}"
    return (
        f"{language:<9}{name:>10} {mean['f1']:>7.4f} {mean['best_f1']:>6.4f} "
        f"{mean['best_f1'] - mean['f1']:>6.4f} {mean['f1_of_margins']:>7.4f} "
        f"{mean['precision']:>10.4f} {covered.value:>6.2f} "
        f"[{covered.ci_low:.3f}, {covered.ci_high:.3f}] {mean['width']:>6.4f} "
        f"{mean['is_covered_at_90']:>6.2f} {mean['width_at_90']:>6.4f} "
        f"{mean['yield_of_oracle']:>6.3f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--language", nargs="*", default=LANGUAGES, choices=LANGUAGES)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    with given.out.open("w", encoding="utf-8") if given.out else contextlib.nullcontext() as file:
        for line in lines(given.root, given.seeds, given.language):
            print(line, flush=True)
            if file:
                print(line, file=file, flush=True)

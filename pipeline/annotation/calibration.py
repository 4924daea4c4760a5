"""From verdicts to the probability that a pair is correct, given its scores. Pure.

A logistic regression on a pair's features, after Platt 1999; Niculescu-Mizil & Caruana 2005,
"Predicting good probabilities with supervised learning", find that it needs far fewer labels than
isotonic regression does. Until there are verdicts it rests on synthetic pairs. Besides the model
fitted on all verdicts there is one for each fold, fitted on the verdicts outside it, so that what
tests is never what trains. A fold holds whole groups, such as the sections of a book.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.annotation.calibration_scores import calibration_curve, score_probabilities
from pipeline.annotation.verdicts import labels_as_scored
from pipeline.parameters import CalibrationParams
from pipeline.probability.features import FEATURE_NAMES, feature_matrix, folds_of, scored_once
from pipeline.probability.logistic import Array, Logistic, fit_logistic
from pipeline.probability.models import Models, held_out, models_table
from pipeline.probability.synthetic_training import fit_synthetic


@dataclass(frozen=True)
class Calibration:
    """Models, and how far they can be trusted.

    Attributes:
        table: of schema `CALIBRATION`: the model on all verdicts, then one for each fold; that on
            synthetic pairs alone when there are too few verdicts, and even odds when there are too
            few of these as well.
        facts: plain JSON: `is_calibrated`, `is_trained_on_synthetic_pairs`, `reason`, the counts,
            and the scores of `calibration_scores.score_probabilities` on held-out predictions.
        curve: `calibration_scores.calibration_curve` of held-out predictions.
    """

    table: pa.Table
    facts: dict[str, object]
    curve: list[dict[str, float]]


@dataclass(frozen=True)
class _Reviewed:
    """Pairs with a verdict on the texts as they were scored, ordered by `pair_id`."""

    features: Array
    folds: npt.NDArray[np.int64]
    is_correct: npt.NDArray[np.bool_]


def calibrate(
    scored: pa.Table, verdicts: pa.Table, synthetic: pa.Table, params: CalibrationParams
) -> Calibration:
    """Fit the probability that a pair is correct; the order of rows does not matter.

    First a model is fitted on synthetic pairs. Once there are enough verdicts it becomes their
    prior: weights stay near its own until verdicts say otherwise, and the intercept is theirs. A
    verdict speaks here of the pair as it was scored, as `labels_as_scored` says. Verdicts that are
    disputed, or of pairs that are rejected or gone, teach nothing and are counted.

    Args:
        scored: table of schema `SCORED_PAIRS`.
        verdicts: table of schema `VERDICTS`, a pair at most once.
        synthetic: table of schema `SYNTHETIC_PAIRS`, made from `scored`.
        params: fewer verdicts than `min_reviews` leave the model of synthetic pairs as it is.
    """
    reviewed = _reviewed(scored, verdicts, params.fold_count)
    count, prior = len(reviewed.is_correct), fit_synthetic(scored, synthetic)
    is_reviewed = count >= params.min_reviews
    start = prior or Logistic.ignorant(len(FEATURE_NAMES))
    models: Models = _fit(reviewed, prior, params) if is_reviewed else {None: start}
    facts: dict[str, object] = {
        "is_calibrated": is_reviewed or prior is not None,
        "is_trained_on_synthetic_pairs": prior is not None,
        "reason": f"{count} usable verdicts; {params.min_reviews} is the minimum",
        "review_count": count,
        "correct_count": int(reviewed.is_correct.sum()),
        "unused_count": verdicts.num_rows - count,
        "synthetic_count": synthetic.num_rows,
    }
    predicted = held_out(models, reviewed.features, reviewed.folds)
    if count:
        facts |= score_probabilities(
            predicted,
            _base_rates(reviewed, params.fold_count),
            reviewed.is_correct,
            count=params.bootstrap_count,
            seed=params.seed,
        )
    curve = calibration_curve(predicted, reviewed.is_correct)
    return Calibration(models_table(models), facts, curve)


def _reviewed(scored: pa.Table, verdicts: pa.Table, fold_count: int) -> _Reviewed:
    pairs = scored_once(scored)
    labels = labels_as_scored(pairs, verdicts)
    used = pairs.filter(pa.array([label is not None for label in labels], pa.bool_()))
    known = np.array([label for label in labels if label is not None], dtype=bool)
    return _Reviewed(feature_matrix(used), folds_of(used, fold_count), known)


def _fit(reviewed: _Reviewed, prior: Logistic | None, params: CalibrationParams) -> Models:
    """A model of all verdicts, and one without each fold; the prior where nothing is left."""
    before = prior or Logistic.ignorant(len(FEATURE_NAMES))
    models: dict[int | None, Logistic] = {}
    for fold in (None, *range(params.fold_count)):
        inside = reviewed.folds != (-1 if fold is None else fold)
        features, labels = reviewed.features[inside], reviewed.is_correct[inside]
        fitted = len(labels) and fit_logistic(features, labels, params.regularisation, prior)
        models[fold] = fitted or before
    return models


def _base_rates(reviewed: _Reviewed, fold_count: int) -> Array:
    """The share of correct pairs outside each pair's fold; one half where nothing is outside."""
    rates = np.full(len(reviewed.folds), 0.5)
    for fold in range(fold_count):
        outside = reviewed.folds != fold
        if outside.any():
            rates[~outside] = reviewed.is_correct[outside].mean()
    return rates

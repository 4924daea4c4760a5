"""From verdicts to the probability that a pair is correct, given its scores. Pure.

A logistic regression on a pair's features, after Platt 1999; Niculescu-Mizil & Caruana 2005,
"Predicting good probabilities with supervised learning", find that it needs far fewer labels than
isotonic regression does. Besides the model fitted on all verdicts there is one for each fold,
fitted on the verdicts outside it, so that what tests is never what trains. A fold holds whole
groups, such as the sections of a book.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.annotation.calibration_scores import calibration_curve, score_probabilities
from pipeline.annotation.features import FEATURE_NAMES, feature_matrix, folds_of, scored_once
from pipeline.annotation.logistic import Array, Logistic, fit_logistic
from pipeline.annotation.verdicts import labels_as_scored
from pipeline.parameters import CalibrationParams
from pipeline.tables import CALIBRATION, PAIR_PROBABILITIES, as_table

_INTERCEPT = "intercept"

# Held to be likely before anyone has said anything: even odds where an uncalibrated filter draws
# its line, and three in four one scale above it, as cosines of e5 and ratio margins go.
_PRIOR = {"cosine": (1.0, 0.75, 0.05), "margin": (1.0, 1.06, 0.05)}  # weight, mean, scale

Models = dict[int | None, Logistic]


@dataclass(frozen=True)
class Calibration:
    """Models, and how far they can be trusted.

    Attributes:
        table: of schema `CALIBRATION`: the model on all verdicts, then one for each fold; the
            prior alone when there are too few verdicts.
        facts: plain JSON: `is_calibrated`, `reason`, the counts, and the scores of
            `calibration_scores.score_probabilities`, all on held-out predictions.
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


def calibrate(scored: pa.Table, verdicts: pa.Table, params: CalibrationParams) -> Calibration:
    """Fit the probability that a pair is correct; the order of rows does not matter.

    A verdict speaks here of the pair as it was scored, as `labels_as_scored` says. Verdicts that
    are disputed, or of pairs that are rejected or gone, teach nothing and are counted.

    Args:
        scored: table of schema `SCORED_PAIRS`.
        verdicts: table of schema `VERDICTS`, a pair at most once.
        params: fewer verdicts than `min_reviews` leave the prior in place.
    """
    reviewed = _reviewed(scored, verdicts, params.fold_count)
    count = len(reviewed.is_correct)
    is_calibrated = count >= params.min_reviews
    models: Models = _fit(reviewed, params) if is_calibrated else {None: _prior()}
    facts: dict[str, object] = {
        "is_calibrated": is_calibrated,
        "reason": f"{count} usable verdicts; {params.min_reviews} is the minimum",
        "review_count": count,
        "correct_count": int(reviewed.is_correct.sum()),
        "unused_count": verdicts.num_rows - count,
    }
    held_out = _held_out(models, reviewed.features, reviewed.folds)
    if count:
        facts |= score_probabilities(
            held_out,
            _base_rates(reviewed, params.fold_count),
            reviewed.is_correct,
            count=params.bootstrap_count,
            seed=params.seed,
        )
    curve = calibration_curve(held_out, reviewed.is_correct)
    return Calibration(as_table(list(_rows(models)), CALIBRATION), facts, curve)


def pair_probabilities(scored: pa.Table, calibration: pa.Table) -> pa.Table:
    """The probability of every pair that is not rejected, once, ordered by `pair_id`.

    Rejected pairs have no features and so no row. `held_out_probability` comes from the model that
    saw no verdict of the pair's group: use it wherever verdicts test probabilities.

    Args:
        scored: table of schema `SCORED_PAIRS`.
        calibration: table of schema `CALIBRATION`.

    Returns:
        A table of schema `PAIR_PROBABILITIES`.
    """
    pairs, models = scored_once(scored), _models(calibration)
    features = feature_matrix(pairs)
    folds = folds_of(pairs, max(len(models) - 1, 1))
    columns = {
        "pair_id": pairs["pair_id"].combine_chunks(),
        "probability": pa.array(models[None].probabilities(features), pa.float32()),
        "held_out_probability": pa.array(_held_out(models, features, folds), pa.float32()),
    }
    return pa.table(columns, schema=PAIR_PROBABILITIES)


def _reviewed(scored: pa.Table, verdicts: pa.Table, fold_count: int) -> _Reviewed:
    pairs = scored_once(scored)
    labels = labels_as_scored(pairs, verdicts)
    used = pairs.filter(pa.array([label is not None for label in labels], pa.bool_()))
    known = np.array([label for label in labels if label is not None], dtype=bool)
    return _Reviewed(feature_matrix(used), folds_of(used, fold_count), known)


def _fit(reviewed: _Reviewed, params: CalibrationParams) -> Models:
    """A model of all verdicts, and one without each fold; the prior where nothing is left."""
    models: Models = {}
    for fold in (None, *range(params.fold_count)):
        inside = reviewed.folds != (-1 if fold is None else fold)
        features, labels = reviewed.features[inside], reviewed.is_correct[inside]
        is_any = len(labels) > 0
        models[fold] = fit_logistic(features, labels, params.regularisation) if is_any else _prior()
    return models


def _held_out(models: Models, features: Array, folds: npt.NDArray[np.int64]) -> Array:
    """Of every pair, the probability by the model of its fold; the prior has seen no verdict."""
    predicted = models[None].probabilities(features)
    for fold in range(len(models) - 1):
        inside = folds == fold
        predicted[inside] = models[fold].probabilities(features[inside])
    return predicted


def _base_rates(reviewed: _Reviewed, fold_count: int) -> Array:
    """The share of correct pairs outside each pair's fold; one half where nothing is outside."""
    rates = np.full(len(reviewed.folds), 0.5)
    for fold in range(fold_count):
        outside = reviewed.folds != fold
        if outside.any():
            rates[~outside] = reviewed.is_correct[outside].mean()
    return rates


def _prior() -> Logistic:
    columns = np.array([_PRIOR.get(name, (0.0, 0.0, 1.0)) for name in FEATURE_NAMES])
    return Logistic(0.0, columns[:, 0], columns[:, 1], columns[:, 2])


def _rows(models: Models) -> Iterator[dict[str, object]]:
    for fold, model in models.items():
        intercept = (_INTERCEPT, model.intercept, 0.0, 1.0)
        columns = (model.weights, model.means, model.scales)
        features = zip(FEATURE_NAMES, *(column.tolist() for column in columns), strict=True)
        for name, weight, mean, scale in (intercept, *features):
            yield {"fold": fold, "feature": name, "weight": weight, "mean": mean, "scale": scale}


def _models(calibration: pa.Table) -> Models:
    rows: dict[int | None, dict[str, dict[str, float]]] = {}
    for row in calibration.to_pylist():
        rows.setdefault(row["fold"], {})[row["feature"]] = row
    return {fold: _model(features) for fold, features in rows.items()}


def _model(features: dict[str, dict[str, float]]) -> Logistic:
    def column(name: str) -> Array:
        values: Sequence[float] = [features[feature][name] for feature in FEATURE_NAMES]
        return np.array(values)

    intercept = features[_INTERCEPT]["weight"]
    return Logistic(intercept, column("weight"), column("mean"), column("scale"))

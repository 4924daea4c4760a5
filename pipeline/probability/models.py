"""Fitted models as a table, and the probabilities that they give to pairs. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.errors import InputError
from pipeline.probability.features import FEATURE_NAMES, feature_matrix, folds_of, scored_once
from pipeline.probability.logistic import Array, Logistic
from pipeline.tables import CALIBRATION, PAIR_PROBABILITIES, as_table

Models = Mapping[int | None, Logistic]
"""The model of all verdicts under None, then perhaps one for each fold, without its verdicts."""

_INTERCEPT = "intercept"


def models_table(models: Models) -> pa.Table:
    """As a table of schema `CALIBRATION`."""
    return as_table(list(_rows(models)), CALIBRATION)


def pair_probabilities(scored: pa.Table, calibration: pa.Table) -> pa.Table:
    """The probability of every pair that is not rejected, once, ordered by `pair_id`.

    Rejected pairs have no features and so no row. `held_out_probability` comes from the model that
    saw no verdict of the pair's group: use it wherever verdicts test probabilities.

    Args:
        scored: table of schema `SCORED_PAIRS`.
        calibration: table of schema `CALIBRATION`.

    Returns:
        A table of schema `PAIR_PROBABILITIES`.

    Raises:
        InputError: the calibration lacks a feature: it was made by another version.
    """
    pairs, models = scored_once(scored), _models(calibration)
    features = feature_matrix(pairs)
    folds = folds_of(pairs, max(len(models) - 1, 1))
    columns = {
        "pair_id": pairs["pair_id"].combine_chunks(),
        "probability": pa.array(models[None].probabilities(features), pa.float32()),
        "held_out_probability": pa.array(held_out(models, features, folds), pa.float32()),
    }
    return pa.table(columns, schema=PAIR_PROBABILITIES)


def held_out(models: Models, features: Array, folds: npt.NDArray[np.int64]) -> Array:
    """Of every pair, the probability by the model of its fold; one without folds saw no verdict."""
    predicted = models[None].probabilities(features)
    for fold in range(len(models) - 1):
        inside = folds == fold
        predicted[inside] = models[fold].probabilities(features[inside])
    return predicted


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


def _model(features: Mapping[str, Mapping[str, float]]) -> Logistic:
    if missing := {_INTERCEPT, *FEATURE_NAMES} - features.keys():
        raise InputError(
            f"the calibration does not know {', '.join(sorted(missing))}: fit it anew with this "
            "version"
        )

    def column(name: str) -> Array:
        values: Sequence[float] = [features[feature][name] for feature in FEATURE_NAMES]
        return np.array(values)

    intercept = features[_INTERCEPT]["weight"]
    return Logistic(intercept, column("weight"), column("mean"), column("scale"))

"""The probability that a pair is correct, before anyone has judged one. Pure.

A logistic regression tells trusted pairs from wrong ones that were made on purpose. How many
candidates are correct it cannot know from them; that is estimated for each origin from the margins
alone, of which correct and wrong candidates are a mixture, and the odds are shifted to it (the
correction for a changed prior of Saerens, Latinne & Decaestecker 2002). The other features have no
say in the share: wrong pairs made from good sentences differ from real ones in more than is wrong.
"""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from scipy.optimize import brentq
from scipy.special import expit

from pipeline.probability.features import (
    FEATURE_NAMES,
    ORIGIN_FEATURES,
    feature_matrix,
    numbers,
    scored_once,
)
from pipeline.probability.logistic import Array, Logistic, fit_weighted
from pipeline.probability.mixture import fit_mixture

LEAST_PAIRS = 20
"""Of trusted pairs, of wrong ones and of candidates, before anything is fitted."""

_REGULARISATION = 1.0
_LIGHT_REGULARISATION = 0.01  # every round of a mixture would shrink the slope again
# How often a pair of each kind stands for one: mistakes of mining and of aligning are common, near
# misses and texts that were not translated are few.
_WEIGHTS = {
    "trusted": 1.0,
    "nearest": 1.0,
    "neighbour": 1.0,
    "changed": 0.1,
    "wrong language": 0.05,
}
_FOUND, _SHIFTED = "nearest", "neighbour"  # mistakes of mining, and of aligning
_UNSURE = 0.02  # first guess of a probability, and how far the other one is from 1
_FURTHEST = 30.0  # log odds


def fit_synthetic(scored: pa.Table, synthetic: pa.Table) -> Logistic | None:
    """Fit a model on made pairs, for the candidates at hand.

    Args:
        scored: table of schema `SCORED_PAIRS`: the candidates.
        synthetic: table of schema `SYNTHETIC_PAIRS` made from them.

    Returns:
        A model whose mean probability over an origin is the estimated share of correct pairs; None
        with fewer than `LEAST_PAIRS` trusted pairs or mistakes.
    """
    candidates = scored_once(scored)
    kinds = np.array(synthetic["kind"].to_pylist())
    is_correct = numbers(synthetic["is_correct"]) > 0
    is_mistaken = np.isin(kinds, (_FOUND, _SHIFTED))
    if min(is_mistaken.sum(), is_correct.sum(), candidates.num_rows) < LEAST_PAIRS:
        return None
    features = _without_origins(feature_matrix(synthetic))
    weight = np.array([_WEIGHTS[kind] for kind in kinds.tolist()])
    model = fit_weighted(features, is_correct.astype(np.float64), weight, _REGULARISATION)
    margins = _margins(synthetic)
    found, mistaken = margins[kinds == _FOUND], margins[is_mistaken]
    mined = {"mined": found} if len(found) >= LEAST_PAIRS else {}
    return _with_shares(model, candidates, mined, mistaken)


def _with_shares(
    model: Logistic, candidates: pa.Table, wrong: Mapping[str, Array], otherwise: Array
) -> Logistic:
    """The model with an intercept for each origin, held in the weights of the origins' features.

    Args:
        model: knows nothing of origins.
        candidates: table of schema `SCORED_PAIRS`.
        wrong: margins of pairs like the wrong ones of an origin.
        otherwise: like those of the other origins.
    """
    odds = model.log_odds(_without_origins(feature_matrix(candidates)))
    origins, margins = np.array(candidates["origin"].to_pylist()), _margins(candidates)
    shifts = {}
    for origin in sorted(set(origins.tolist())):
        inside = origins == origin
        share = _share(margins[inside], wrong.get(origin, otherwise))
        shifts[origin] = _shift(odds[inside], share)
    plain = shifts.get("textbooks", float(np.mean(list(shifts.values()))))
    weights, means, scales = (np.array(one) for one in (model.weights, model.means, model.scales))
    for origin, name in ORIGIN_FEATURES.items():
        at = FEATURE_NAMES.index(name)
        weights[at], means[at], scales[at] = shifts.get(origin, plain) - plain, 0.0, 1.0
    return Logistic(model.intercept + plain, weights, means, scales)


def _share(margins: Array, wrong: Array) -> float:
    """The share of correct pairs among candidates with these margins."""
    ceiling = np.quantile(wrong, 0.99)
    start = np.where(margins > ceiling, 1 - _UNSURE, _UNSURE)
    column, even = margins[:, None], np.ones(len(wrong))
    model = fit_mixture(column, wrong[:, None], even, start, _LIGHT_REGULARISATION)
    return float(model.probabilities(column).mean())


def _shift(odds: Array, share: float) -> float:
    """What all log odds need for the mean probability to be this share."""
    share = float(np.clip(share, 1e-3, 1 - 1e-3))
    low, high = -_FURTHEST - odds.max(), _FURTHEST - odds.min()
    return float(brentq(lambda shift: expit(odds + shift).mean() - share, low, high))


def _margins(pairs: pa.Table) -> Array:
    return feature_matrix(pairs)[:, FEATURE_NAMES.index("margin")]


def _without_origins(features: Array) -> Array:
    """Features in which no pair tells where it is from, nor a score that made pairs lack."""
    silent = features.copy()
    for name in (*ORIGIN_FEATURES.values(), "bead_score"):
        silent[:, FEATURE_NAMES.index(name)] = np.nan
    return silent

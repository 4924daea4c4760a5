"""From pairs nobody judged and wrong ones made on purpose to the odds that a pair is correct. Pure.

Candidates are a mixture of correct and wrong pairs in unknown shares. What wrong ones look like is
known from examples; how many times as dense correct ones are is the exponential of a linear score
(exponential tilt mixture, Qin 1999, "Empirical likelihood ratio based confidence intervals for
mixture proportions"; Zou, Fine & Yandell 2002). Expectation maximisation turns this into a few
weighted logistic regressions, whose intercept tells the share of correct candidates.
"""

import numpy as np
from scipy.special import expit

from pipeline.probability.logistic import Array, Logistic, fit_weighted

_MAX_ROUNDS = 60
_TOLERANCE = 1e-3  # of a probability
_LEAST_SHARE = 1e-3  # of correct and of wrong candidates, so that neither kind dies out


def fit_mixture(
    candidates: Array, wrong: Array, wrong_weight: Array, start: Array, regularisation: float
) -> Logistic:
    """Fit the probability that a candidate is correct.

    Args:
        candidates: features (n, d), n >= 1; nan where missing.
        wrong: features (m, d) of pairs known to be wrong, m >= 1, like the wrong candidates.
        wrong_weight: how often each stands for one of its kind (m,).
        start: first guess of the candidates' probabilities (n,).
        regularisation: inverse variance of the standardised weights' prior.
    """
    features = np.vstack([candidates, candidates, wrong])
    targets = np.repeat([1.0, 0.0, 0.0], [len(candidates), len(candidates), len(wrong)])
    probability = start
    for _ in range(_MAX_ROUNDS):
        weight = np.concatenate([probability, 1 - probability, wrong_weight])
        model = fit_weighted(features, targets, weight, regularisation)
        share = np.clip(probability.mean(), _LEAST_SHARE, 1 - _LEAST_SHARE)
        fitted = weight[: len(candidates)].sum() / weight[len(candidates) :].sum()
        shift = float(np.log(share / (1 - share)) - np.log(fitted))
        model = Logistic(model.intercept + shift, model.weights, model.means, model.scales)
        before, probability = probability, expit(model.log_odds(candidates))
        if np.abs(probability - before).max() < _TOLERANCE:
            break
    return model

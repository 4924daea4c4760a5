"""Figures, their confidence intervals and significance; pure functions of arrays and a seed."""

from pipeline.statistics.estimates import Array, Statistic, mean, pearson, ratio, spearman
from pipeline.statistics.intervals import Interval, gained_share, sample_size, wilson
from pipeline.statistics.resampling import bootstrap, paired_bootstrap, percentile_interval
from pipeline.statistics.significance import holm, randomisation_test, sign_test
from pipeline.statistics.spread import evenly_over_range

__all__ = [
    "Array",
    "Interval",
    "Statistic",
    "bootstrap",
    "evenly_over_range",
    "gained_share",
    "holm",
    "mean",
    "paired_bootstrap",
    "pearson",
    "percentile_interval",
    "randomisation_test",
    "ratio",
    "sample_size",
    "sign_test",
    "spearman",
    "wilson",
]

"""From some pages of a book to the whole: which to read, and how sure what follows is (pure).

Intervals of counts are Student's t over runs of pages, as for a ratio, with the correction for a
finite population (Cochran, Sampling Techniques, 1977); those of shares are Wilson's.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from pipeline.statistics import Interval, wilson

RUN_PAGES = 3


def spread_runs(page_count: int, most_pages: int) -> list[range]:
    """Runs of page numbers (1-based) that cover a book evenly; one of all pages of a short one."""
    if page_count <= most_pages:
        return [range(1, page_count + 1)]
    count = most_pages // RUN_PAGES
    between = page_count - count * RUN_PAGES  # pages outside the runs
    starts = [
        1 + number * RUN_PAGES + (2 * number + 1) * between // (2 * count)
        for number in range(count)
    ]
    return [range(start, start + RUN_PAGES) for start in starts]


def scaled(places: Sequence[int], runs: Sequence[range], page_count: int) -> Interval:
    """How many there are in the book, from the pages on which those of the runs were found."""
    pages = np.array([len(run) for run in runs])
    found = np.array([sum(place in run for place in places) for run in runs])
    rate, count = found.sum() / pages.sum(), len(runs)
    value = float(rate * page_count)
    if count == 1:
        return Interval(value, value, value, int(pages.sum()))
    error = np.sqrt(count / (count - 1) * ((found - rate * pages) ** 2).sum()) / pages.sum()
    unread = np.sqrt(1 - pages.sum() / page_count)
    reach = float(stats.t.ppf(0.975, count - 1) * error * unread * page_count)
    return Interval(value, max(float(found.sum()), value - reach), value + reach, count)


def share_of(page_count: int, count: int, read: int) -> Interval:
    """How many pages there are of which `count` were found among those read."""
    share = wilson(count, read)
    low, high = max(count, share.ci_low * page_count), share.ci_high * page_count
    most = page_count - (read - count)
    value = share.value * page_count
    return Interval(value, min(low, value), max(min(high, most), value), read)


def mean_of(values: Sequence[float]) -> Interval | None:
    """The mean with Student's interval, not below zero; None of fewer than two values."""
    if len(values) < 2:  # noqa: PLR2004 - an error needs two
        return None
    value, error = float(np.mean(values)), float(stats.sem(values))
    reach = float(stats.t.ppf(0.975, len(values) - 1)) * error
    return Interval(value, max(0.0, value - reach), value + reach, len(values))

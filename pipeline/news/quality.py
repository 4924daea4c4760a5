"""What must hold of a crawl before anyone uses it (pure).

A day on which nothing changed has no rows and passes.
"""

from collections.abc import Mapping

import pyarrow as pa

from pipeline.storage import GateVerdict
from pipeline.tables import kept

MAX_FAILED_FRACTION = 0.5
MIN_JUDGED_ARTICLES = 10  # of fewer, a few odd ones prove nothing
MIN_READABLE_FRACTION = 0.5


def crawl_verdicts(facts: Mapping[str, int]) -> list[GateVerdict]:
    """Judge a crawl by its facts: at most half of the pages asked for failed.

    What robots.txt keeps from us is no failure.
    """
    asked = facts["page_count"] - facts["postponed_count"] - facts["forbidden_count"]
    failed = facts["failed_count"] - facts["forbidden_count"]
    reason = f"{failed} of {asked} pages failed"
    return [GateVerdict("sites_answered", failed <= MAX_FAILED_FRACTION * asked, reason)]


def article_verdicts(articles: pa.Table) -> list[GateVerdict]:
    """Judge a day's NEWS_ARTICLES: half of them have a text in their language, or they are few.

    When less is readable, the site has probably been rebuilt; the first reason is quoted.
    """
    readable, count = kept(articles).num_rows, articles.num_rows
    is_passed = count < MIN_JUDGED_ARTICLES or readable >= MIN_READABLE_FRACTION * count
    reason = f"{readable} of {count} articles are readable"
    if not is_passed:
        reasons = [each for each in articles["reject_reason"].to_pylist() if each is not None]
        reason += f"; the first that is not: {reasons[0]}"
    return [GateVerdict("has_readable_articles", is_passed, reason)]

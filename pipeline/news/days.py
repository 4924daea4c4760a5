"""Crawl days: only today can be crawled, and all visits of a day are one. Pure."""

from datetime import date

import pyarrow as pa

from pipeline.errors import InputError


def refuse_other_days(day: str, today: date) -> None:
    """Let a crawl happen on its own day alone, for what a site shows now is no other day's news.

    Args:
        day: whose pages are asked for, as `2026-11-03`.
        today: in UTC.

    Raises:
        InputError: it is another day.
    """
    if day != today.isoformat():
        raise InputError(
            f"the pages of {day} cannot be fetched on {today}: the past is gone and the future not"
            " here yet. Launch read_news for today's partition"
        )


def merged_visits(before: pa.Table | None, after: pa.Table) -> pa.Table:
    """What a day holds after one more visit: of a page seen twice, the later version.

    Args:
        before: NEWS_PAGES of the day so far, if it was crawled already.
        after: what the last visit found new or changed.

    Returns:
        NEWS_PAGES, sorted by site and address.
    """
    if before is None or not before.num_rows:
        return after
    rows = {(row["site"], row["url"]): row for row in (*before.to_pylist(), *after.to_pylist())}
    return pa.Table.from_pylist([rows[key] for key in sorted(rows)], schema=after.schema)

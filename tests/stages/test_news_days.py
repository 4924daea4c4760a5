from datetime import date

import pytest

from pipeline.errors import InputError
from pipeline.news.days import merged_visits, refuse_other_days
from pipeline.tables import NEWS_PAGES, as_table


def pages(**bodies):
    rows = [{"site": "s", "url": url, "body": body} for url, body in bodies.items()]
    return as_table(rows, NEWS_PAGES)


def test_merged_visits_keeps_the_later_version_of_a_page_and_every_page():
    merged = merged_visits(pages(b=b"old", a=b"kept"), pages(c=b"new", b=b"edited"))
    assert dict(zip(merged["url"].to_pylist(), merged["body"].to_pylist(), strict=True)) == {
        "a": b"kept",
        "b": b"edited",
        "c": b"new",
    }
    assert merged["url"].to_pylist() == ["a", "b", "c"]


def test_a_first_visit_is_the_day():
    assert merged_visits(None, pages(a=b"x")) == pages(a=b"x")


@pytest.mark.parametrize("day", ["2026-11-02", "2026-11-04"])
def test_only_today_can_be_crawled(day):
    refuse_other_days("2026-11-03", date(2026, 11, 3))
    with pytest.raises(InputError, match=f"the pages of {day} cannot be fetched on 2026-11-03"):
        refuse_other_days(day, date(2026, 11, 3))

import datetime as dt

import pytest

from pipeline.languages import language_codes
from pipeline.news.dates import find_day
from pipeline.news_site import DateNotation

PLAIN = DateNotation()
NOVEMBER_14 = dt.date(2025, 11, 14)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("tuk_Latn", "14 noýabr 2025"),
        ("tuk_Latn", "14-nji noýabr 2025 ý., 12:30"),
        ("tuk_Latn", "2025-nji ýylyň 14-nji noýabrynda"),
        ("tuk_Latn", "2025-nji ýylyň noýabr aýynyň 14-i"),
        ("tuk_Latn", "Noýabr 14, 2025"),
        ("rus_Cyrl", "14 ноября 2025 г."),
        ("rus_Cyrl", "12:30, 14 ноября 2025"),
        ("rus_Cyrl", "пятница, 14 нояб. 2025"),
        ("eng_Latn", "November 14th, 2025 at 12:30"),
        ("eng_Latn", "Fri, 14 Nov 2025 12:30:00 GMT"),
        ("azj_Latn", "14 noyabr 2025"),
        ("kaz_Cyrl", "2025 жылғы 14 қараша"),
        ("ben_Beng", "১৪ নভেম্বর ২০২৫"),
        ("tuk_Latn", "14.11.2025 09:15"),
        ("tuk_Latn", "14/11/2025"),
        ("tuk_Latn", "2025-11-14"),
    ],
)
def test_a_day_is_read_as_its_language_writes_it(code, text):
    assert find_day(text, [code], PLAIN) == NOVEMBER_14


@pytest.mark.parametrize(
    "text",
    ["", "bu gün 12:30", "noýabr 2025", "31 fewral 2025", "2025-13-45", "14.11.1925", "14 noýabr"],
)
def test_what_names_no_possible_day_is_none(text):
    assert find_day(text, ["tuk_Latn"], PLAIN) is None


@pytest.mark.parametrize("code", language_codes())
def test_all_months_of_every_language_are_told_apart(code):
    from babel.dates import get_month_names

    from pipeline.languages import language

    names = get_month_names("wide", "format", language(code).iso639_1)
    days = [find_day(f"7 {names[month]} 2025", [code], PLAIN) for month in range(1, 13)]
    assert days == [dt.date(2025, month, 7) for month in range(1, 13)]


def test_a_format_of_the_site_comes_first():
    american = DateNotation(formats=("%m/%d/%Y",))
    assert find_day("11/12/2025", ["eng_Latn"], american) == dt.date(2025, 11, 12)
    assert find_day("11/12/2025", ["eng_Latn"], PLAIN) == dt.date(2025, 12, 11)


def test_a_site_may_have_names_for_months_of_its_own():
    old = DateNotation(months={"Ruhnama": 9})
    assert find_day("6 Ruhnama 2004", ["tuk_Latn"], old) == dt.date(2004, 9, 6)


def test_a_moment_belongs_to_the_day_of_the_sites_time_zone():
    moment = "2025-11-13T20:30:00Z"
    assert find_day(moment, [], PLAIN) == dt.date(2025, 11, 13)
    assert find_day(moment, [], DateNotation(time_zone="Asia/Ashgabat")) == NOVEMBER_14

"""Days as news sites write them, in any language that CLDR knows the months of (pure).

A day in words is a month's name with a day and a year close by, in any order: `14 ноября 2025 г.`,
`November 14th, 2025`, `2025-nji ýylyň 14-nji noýabry`. Words such as "today" name no day here, for
what they mean hangs on a clock.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

import regex
from babel.dates import get_month_names

from pipeline.languages import language
from pipeline.news_site import DateNotation

FIRST_YEAR = 1990  # no page is older than the web

_MOMENT = regex.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)")
_ISO_DAY = regex.compile(r"(?<!\d)(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)")
_NUMERIC_DAY = regex.compile(r"\b(?P<day>\d\d?)[./](?P<month>\d\d?)[./](?P<year>\d{4})\b")
_TOKEN = regex.compile(r"\d+|[\p{L}\p{M}]+")
_NEAR_TOKENS = 6  # between a month's name and its day or year
_LEAST_STEM = 3  # letters of a name that endings may follow: `maýyň`, `noýabrynda`
_YEAR_DIGITS = 4


def find_day(text: str, codes: Iterable[str], notation: DateNotation) -> dt.date | None:
    """The day that a text names; None when it names none, or one that cannot be.

    Args:
        text: a date in words, numbers or ISO 8601, perhaps with more around it.
        codes: languages whose names of months are known.
        notation: the site's own formats, names and time zone. A format must fit the whole text.
    """
    text = " ".join(text.split())
    for form in notation.formats:
        try:
            return _possible(dt.datetime.strptime(text, form).date())  # noqa: DTZ007 - a day only
        except ValueError:
            continue
    if moment := _MOMENT.search(text):
        return _day_of_moment(moment[0], notation.time_zone)
    if match := _ISO_DAY.search(text) or _NUMERIC_DAY.search(text):
        return _day(int(match["year"]), int(match["month"]), int(match["day"]))
    own = {name.casefold(): number for name, number in notation.months.items()}
    return _day_in_words(text.casefold(), {**_months(tuple(codes)), **own})


def _day_of_moment(text: str, time_zone: str | None) -> dt.date | None:
    """The day of a moment, in the site's time zone or as it is written."""
    try:
        moment = dt.datetime.fromisoformat(text)
        return _possible((moment.astimezone(ZoneInfo(time_zone)) if time_zone else moment).date())
    except (ValueError, OverflowError):
        return None


def _day_in_words(text: str, months: Mapping[str, int]) -> dt.date | None:
    tokens = _TOKEN.findall(text)
    for place, token in enumerate(tokens):
        if month := _month(token, months):
            near = range(max(0, place - _NEAR_TOKENS), place + _NEAR_TOKENS + 1)
            numbers = sorted(
                (abs(other - place), tokens[other])
                for other in near
                if other < len(tokens) and tokens[other].isdecimal()
            )
            years = [number for _, number in numbers if len(number) == _YEAR_DIGITS]
            days = [number for _, number in numbers if len(number) < _YEAR_DIGITS - 1]
            if years and days and (day := _day(int(years[0]), month, int(days[0]))):
                return day
    return None


def _month(word: str, months: Mapping[str, int]) -> int | None:
    if word in months:
        return months[word]
    stems = [name for name in months if len(name) >= _LEAST_STEM and word.startswith(name)]
    return months[max(stems, key=len)] if stems else None


@lru_cache
def _months(codes: tuple[str, ...]) -> Mapping[str, int]:
    """Numbers of months by their names in small letters; of English always."""
    locales = dict.fromkeys(("en", *(language(code).iso639_1 for code in codes)))
    return {
        name.casefold().rstrip("."): number
        for width in ("abbreviated", "wide")
        for context in ("format", "stand-alone")
        for locale in locales
        for number, name in get_month_names(width, context, locale).items()
    }


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return _possible(dt.date(year, month, day))
    except ValueError:
        return None


def _possible(day: dt.date) -> dt.date | None:
    return day if day.year >= FIRST_YEAR else None

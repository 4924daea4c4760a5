"""CLDR display names as a bitext: countries, languages, scripts, currencies, time zones, units.

Reads the data inside the installed `babel` package; opens no network.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version

from babel import Locale, localedata

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.language_names import locale_names
from pipeline.bitexts.units import Origin, Unit

_LICENCE = "Unicode-3.0"
_CATEGORIES = (
    "currencies",
    "day_periods",
    "days",
    "eras",
    "languages",
    "measurement_systems",
    "meta_zones",
    "months",
    "quarters",
    "scripts",
    "territories",
    "time_zones",
    "unit_display_names",
    "variants",
)
_ABBREVIATED = {"abbreviated", "narrow", "short"}  # widths that hold no words


def cldr_units(source: BitextSource, languages: Sequence[str]) -> Iterator[Unit]:
    """Names present in any of the languages, in the order of categories and keys."""
    del source
    origin = Origin(_LICENCE, f"babel {version('babel')} (PyPI)")
    locales = {code: locale for code in languages if (locale := _locale(code))}
    for category in _CATEGORIES:
        names = {code: dict(_leaves(getattr(locale, category))) for code, locale in locales.items()}
        for key in sorted(set().union(*names.values())):
            texts = {code: of[key] for code, of in names.items() if key in of}
            yield Unit(f"cldr/{category}", f"cldr/{category}#{key}", texts, origin=origin)


def _locale(code: str) -> Locale | None:
    for name in locale_names(code):
        if localedata.exists(name):
            return Locale.parse(name)
    return None


def _leaves(names: Mapping[object, object], path: str = "") -> Iterator[tuple[str, str]]:
    """Paths and texts of a nested mapping, without its abbreviated widths."""
    for key, value in names.items():
        if str(key) in _ABBREVIATED:
            continue
        here = f"{path}/{key}" if path else str(key)
        if isinstance(value, str):
            yield here, value
        elif isinstance(value, Mapping):
            yield from _leaves(value, here)

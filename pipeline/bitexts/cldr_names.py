"""CLDR display names as a bitext: countries, languages, scripts, currencies, time zones, units.

Reads the data inside the installed `babel` package; opens no network.
"""

from collections.abc import Iterator, Mapping

from babel import Locale

from pipeline.bitexts.catalogue_entries import CatalogueEntry

LICENCE = "Unicode-3.0"

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


def cldr_entries(source: str, target: str) -> Iterator[CatalogueEntry]:
    """Names present in either language, in the order of categories and keys.

    Args:
        source: ISO 639-1 code.
        target: likewise.
    """
    locales = Locale(source), Locale(target)
    for category in _CATEGORIES:
        sources, targets = (dict(_leaves(getattr(locale, category))) for locale in locales)
        for key in sorted(sources.keys() | targets.keys()):
            locator = f"cldr/{category}#{key}"
            yield CatalogueEntry(
                f"cldr/{category}", locator, sources.get(key, ""), targets.get(key, "")
            )


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

"""Django's interface as a bitext: messages of its apps, joined on their English ids.

Reads the files of the installed package; opens no network and imports nothing of Django's.
"""

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.gettext_messages import catalogue_paths, joined_units
from pipeline.bitexts.units import Origin, Unit

_LICENCE = "BSD-3-Clause"


def django_units(source: BitextSource, languages: Sequence[str]) -> Iterator[Unit]:
    """Every message of every app, in the order of apps and message ids; an app is a group."""
    del source
    origin = Origin(_LICENCE, f"django {version('django')} (PyPI)")
    for app, folder in _apps():
        paths = catalogue_paths(folder, "django.po", languages)
        yield from joined_units(paths, languages, f"django/{app}", origin)


def _apps() -> list[tuple[str, Path]]:
    """Name and folder of each part of Django that has catalogues, sorted by name."""
    root = Path(str(files("django")))
    contributed = [(f"contrib.{folder.name}", folder) for folder in (root / "contrib").iterdir()]
    return sorted(
        (name, folder / "locale")
        for name, folder in [("conf", root / "conf"), *contributed]
        if (folder / "locale").is_dir()
    )

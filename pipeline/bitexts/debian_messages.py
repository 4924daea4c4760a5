"""Debian's installed gettext catalogues as a bitext, joined on their English ids.

Reads `/usr/share` and dpkg's own lists of files; runs nothing and opens no network.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.gettext_messages import catalogue_paths, joined_units
from pipeline.bitexts.units import Origin, Unit
from pipeline.errors import InputError
from pipeline.languages import language

_SHARE = Path("/usr/share")
_DPKG = Path("/var/lib/dpkg")
_PACKAGE_AND_VERSION = re.compile(r"^Package: (\S+)$.*?^Version: (\S+)$", re.MULTILINE | re.DOTALL)


def debian_units(
    source: BitextSource, languages: Sequence[str], share: Path = _SHARE, dpkg: Path = _DPKG
) -> Iterator[Unit]:
    """Messages of the catalogues in the first language, ordered by catalogue and id.

    A catalogue is a group. The licence of a text names the file that tells it, so that
    public exports leave the text out.

    Args:
        source: not asked for.
        languages: wanted ones.
        share: holds `locale` and, on Ubuntu, `locale-langpack`.
        dpkg: holds `status` and `info`.

    Raises:
        InputError: the machine has no packages of Debian's, or no catalogues.
    """
    del source
    catalogues = debian_catalogues(languages, share)
    if not catalogues or not (dpkg / "status").is_file():
        raise InputError(
            "catalogue 'debian' needs a Debian or Ubuntu with translations into "
            f"{languages[0]}; containers often leave out /usr/share/locale"
        )
    origins = _origins({path for paths in catalogues.values() for path in paths.values()}, dpkg)
    for name, paths in catalogues.items():
        unknown = Origin(f"unknown: {name}", "a file of this machine")
        origin = next((origins[path] for path in paths.values() if path in origins), unknown)
        yield from joined_units(paths, languages, f"debian/{name}", origin)


def debian_catalogues(languages: Sequence[str], share: Path = _SHARE) -> dict[str, dict[str, Path]]:
    """Names of catalogues that are translated into the first language (or written in it, English).

    Sorted, with the file of each language that has one.
    """
    focus = languages[0]
    found: dict[str, dict[str, Path]] = {}
    for folder in (share / "locale", share / "locale-langpack"):
        files = folder.glob("*/LC_MESSAGES/*.mo")
        for name in {path.name for path in files if not path.is_symlink()}:
            paths = catalogue_paths(folder, name, languages)
            if focus in paths or (paths and language(focus).iso639_1 == "en"):
                found.setdefault(name.removesuffix(".mo"), {}).update(paths)
    return dict(sorted(found.items()))


def _origins(paths: set[Path], dpkg: Path) -> dict[Path, Origin]:
    """Who owns each file, as far as dpkg knows."""
    wanted = {str(path): path for path in paths}
    versions = _versions(dpkg / "status")
    origins = {}
    for listing in sorted((dpkg / "info").glob("*.list")):
        package = listing.stem.partition(":")[0]
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line in wanted:
                origins[wanted[line]] = Origin(
                    f"see /usr/share/doc/{package}/copyright",
                    f"{package} {versions.get(package, '')} (Debian package)",
                )
    return origins


def _versions(status: Path) -> Mapping[str, str]:
    paragraphs = status.read_text(encoding="utf-8").split("\n\n")
    found = (_PACKAGE_AND_VERSION.search(paragraph) for paragraph in paragraphs)
    return {match[1]: match[2] for match in found if match}

"""What a recipe would say of files that a user points at: format, columns, languages."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.gettext_messages import open_catalogue
from pipeline.bitexts.language_names import named_language
from pipeline.bitexts.opening import numbered_lines
from pipeline.bitexts.reading import first_units
from pipeline.bitexts.units import reject_reason
from pipeline.errors import InputError
from pipeline.text.identify import identify_language

_LOOKED_AT_LINES = 200
_LOOKED_AT_UNITS = 5_000
UNREADABLE = "not readable yet"
_UNSTATED = {"licence": "unknown", "provenance": "unknown"}

Entry = Mapping[str, object]


@dataclass(frozen=True)
class Guess:
    """An entry of `bitexts:` in a recipe, its name, and what reading it brought."""

    name: str
    entry: Entry
    note: str


def guess_entries(files: Sequence[Path], focus: str, pivots: Sequence[str]) -> list[Guess]:
    """Entries for files, in their order; line-parallel ones (`a.uz`, `a.ru`) become one entry.

    Raises:
        InputError: a file cannot be read, or nothing tells its languages.
    """
    languages = (focus, *pivots)
    guesses: dict[str, Guess] = {}
    for stem, entry in _entries(files, languages):
        name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")
        name = name if re.match("[a-z]", name) else f"bitext_{name}".rstrip("_")
        while name in guesses:
            name += "_more"
        guesses[name] = Guess(name, entry, look_into(entry, focus, pivots))
    return list(guesses.values())


def look_into(entry: Entry, focus: str, pivots: Sequence[str]) -> str:
    """What a user would find in an entry's first units: usable pairs, or what is wrong."""
    try:
        source = BitextSource.model_validate(entry)
        units = first_units(source, focus, pivots, _LOOKED_AT_UNITS)
    except InputError as error:
        return f"{UNREADABLE}: {' '.join(str(error).split())}"
    reasons = {pivot: [reject_reason(unit, focus, pivot) for unit in units] for pivot in pivots}
    counts = (f"{found.count(None):,} with {pivot}" for pivot, found in reasons.items())
    first = "the first " if len(units) == _LOOKED_AT_UNITS else ""
    return f"usable pairs in {first}{len(units):,} entries: {', '.join(counts)}"


def _entries(files: Sequence[Path], languages: Sequence[str]) -> Iterator[tuple[str, Entry]]:
    parallel: dict[Path, dict[str, str]] = {}
    for path in files:
        if not path.is_file():
            raise InputError(f"there is no bitext {path}")
        name = path.name.removesuffix(".gz")
        stem, _, ending = name.rpartition(".")
        if ending in _ASKED_OF:
            yield stem, {"file": str(path), **_ASKED_OF[ending](path, languages), **_UNSTATED}
        elif code := named_language(path.suffix[1:], languages):
            parallel.setdefault(path.with_suffix(""), {})[code] = str(path)
        else:
            raise InputError(
                f"cannot tell the format of {path.name}: it must end in .tmx, .tsv, .po, .mo, or, "
                "as one of several line-parallel files, in a language such as .uz or .ru"
            )
    for stem_path, found in parallel.items():
        if languages[0] not in found or len(found) == 1:
            raise InputError(f"{stem_path.name}.*: give one file for {languages[0]} and a pivot's")
        yield stem_path.name, {"files": found, **_UNSTATED}


def _tsv_columns(path: Path, languages: Sequence[str]) -> Entry:
    """Columns by the names in the header, else by the languages of their texts."""
    lines = itertools.islice(numbered_lines(path), _LOOKED_AT_LINES)
    rows = [line.split("\t") for _, line in lines]
    header = rows[0] if rows else []
    named = {code: name for name in reversed(header) if (code := named_language(name, languages))}
    if _do_pair(named, languages):
        return {"columns": {named[code]: code for code in languages if code in named}}
    columns = _columns_by_text(rows[1:] or rows, len(header), languages)
    if _do_pair(columns, languages):
        return {"columns": columns}
    raise InputError(
        f"cannot tell which columns of {path.name} are in {' and '.join(languages)}; "
        "leave it out here and write its entry with `columns` yourself"
    )


def _columns_by_text(
    rows: Sequence[Sequence[str]], width: int, languages: Sequence[str]
) -> list[str]:
    """For each language the column with the most text in it, which a key or category has not."""
    whole = [row for row in rows if len(row) == width]
    texts = [" ".join(row[place] for row in whole) for place in range(width)]
    columns = ["-"] * width
    for place in sorted(range(width), key=lambda place: -len(texts[place])):
        guess = identify_language(texts[place], languages).code
        if guess in languages and guess not in columns:
            columns[place] = guess
    return columns


def _gettext_languages(path: Path, languages: Sequence[str]) -> Entry:
    """English ids, and the language that the header names, or else the focus."""
    stated = open_catalogue(path).metadata.get("Language", "")
    english = named_language("en", languages)
    other = named_language(stated, [code for code in languages if code != english])
    if english is None:
        raise InputError(
            f"{path.name} translates English ids: pair with English too (--pivot eng_Latn), or "
            "leave it out here and write its entry with `languages` yourself"
        )
    return {"languages": [english, other or languages[languages[0] == english]]}


def _nothing(path: Path, languages: Sequence[str]) -> Entry:
    """A TMX says itself which language is which."""
    del path, languages
    return {}


_ASKED_OF = {
    "mo": _gettext_languages,
    "po": _gettext_languages,
    "tmx": _nothing,
    "tsv": _tsv_columns,
}


def _do_pair(codes: Mapping[str, str] | Sequence[str], languages: Sequence[str]) -> bool:
    return languages[0] in codes and any(code in codes for code in languages[1:])

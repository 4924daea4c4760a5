r"""Texts that are nobody's translation: what FLORES is hidden among.

English comes from STS-B, XQuAD's passages and the examples and definitions of WordNet, the focus
languages from what `test_data()` has in them and, for the rest, from messages of Debian's packages;
no text of one side translates one of the other but by chance. Fetch the packages once:

    apt-get download wordnet-base aptitude-common caja-common eog evince-common evolution-common \
        evolution-data-server-common file-roller gedit-common gimp-data gnome-control-center-data \
        gnome-desktop3-data gnome-shell-common gnome-user-docs inkscape iso-codes libglib2.0-data \
        libgtk-3-common libgtk2.0-common libreoffice-l10n-{bn,kk,tg,uz} mate-control-center-common \
        mate-desktop-common mate-panel-common mate-utils-common nautilus-data pidgin-data \
        rhythmbox-data synaptic totem-common vlc-l10n yelp
    for file in *.deb; do dpkg -x $file ROOT; done

Those of Debian 12 were used; other versions give other figures.
"""

import csv
import gettext
import io
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from pipeline.settings import test_data
from pipeline.text.split import split_sentences

LEAST_CHARACTERS, MOST_CHARACTERS, LEAST_WORDS = 25, 200, 4
_PLACEHOLDER = re.compile(r"[%{}$<>\\|&@#\n]|_\w|https?:")
_TATOEBA = {
    "tuk_Latn": ("tuk",),
    "azj_Latn": ("aze",),
    "uzn_Latn": ("uzb",),
    "kaz_Cyrl": ("kaz",),
    "ben_Beng": ("ben",),
}
_CATALOGUES = {
    "tuk_Latn": "tk",
    "azj_Latn": "az",
    "uzn_Latn": "uz",
    "kaz_Cyrl": "kk",
    "tgk_Cyrl": "tg",
    "ben_Beng": "bn",
}
_EXAMPLE = re.compile(r'"([^"]+)"')


def distractors(language: str, packages: Path, count: int) -> list[str]:
    """Up to `count` distinct sentences, those of natural text first, in a fixed order.

    Args:
        language: `eng_Latn` or one of the six focus languages.
        packages: folder into which Debian's packages were unpacked.
        count: the most; a language may have fewer.
    """
    texts = _english(packages) if language == "eng_Latn" else _focus(language, packages)
    fitting = (" ".join(text.split()) for text in texts)
    return list(dict.fromkeys(text for text in fitting if _is_sentence(text)))[:count]


def _is_sentence(text: str) -> bool:
    return (
        LEAST_CHARACTERS <= len(text) <= MOST_CHARACTERS
        and len(text.split()) >= LEAST_WORDS
        and not _PLACEHOLDER.search(text)
    )


def _english(packages: Path) -> Iterator[str]:
    for part in ("train", "dev"):
        with (test_data() / "stsb" / f"stsb-en-{part}.csv").open(encoding="utf-8") as file:
            for row in csv.reader(file):
                yield from row[:2]
    passages = json.loads((test_data() / "xquad" / "xquad.en.json").read_text("utf-8"))
    for document in passages["data"]:
        for paragraph in document["paragraphs"]:
            yield from split_sentences(paragraph["context"], "eng_Latn")
    glosses = [
        line.partition(" | ")[2]
        for kind in ("noun", "verb", "adj", "adv")
        for line in _lines(packages / f"usr/share/wordnet/data.{kind}")
    ]
    yield from (example for gloss in glosses for example in _EXAMPLE.findall(gloss))
    yield from (gloss.partition(";")[0] for gloss in glosses)


def _focus(language: str, packages: Path) -> Iterator[str]:
    folder = test_data()
    for code in _TATOEBA.get(language, ()):
        yield from _tatoeba(folder / "tatoeba_challenge", code)
    if language == "tuk_Latn":
        for path in sorted((folder / "tds_gov_tm/text").glob("*.tm.txt")):
            yield from _sentences(path.read_text("utf-8").splitlines(), language)
    elif language == "kaz_Cyrl":
        packed = "kazqad/kazqad-reading-comprehension-v1.0-kk-validation.jsonl.zst"
        rows = map(json.loads, _lines(folder / packed))
        yield from _sentences(dict.fromkeys(row["context"] for row in rows), language)
    elif language == "azj_Latn":
        rows = map(json.loads, _lines(folder / "azerbaijan_labour_code/articles.jsonl"))
        yield from _sentences((row["content"] for row in rows), language)
    elif language == "ben_Beng":
        table = csv.reader(_lines(folder / "bengali_hate/bengali_hate_v2.0.csv.zst"))
        yield from (row[0] for row in table if row)
    yield from _messages(_CATALOGUES[language], packages)


def _tatoeba(folder: Path, code: str) -> Iterator[str]:
    for path in sorted(folder.glob("*.tsv")):
        rows = [line.split("\t") for line in _lines(path)]
        if code in rows[0]:
            column = rows[0].index(code)
            yield from (row[column] for row in rows[1:])


def _messages(code: str, packages: Path) -> Iterator[str]:
    for path in sorted(packages.rglob(f"{code}/LC_MESSAGES/*.mo")):
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined] # noqa: SLF001 - no public way to list them
        yield from (text for key, text in sorted(_singular(catalogue)) if key and text != key)


def _singular(catalogue: dict[object, str]) -> Iterator[tuple[str, str]]:
    return ((key, text) for key, text in catalogue.items() if isinstance(key, str))


def _sentences(paragraphs: Iterable[str], language: str) -> Iterator[str]:
    for paragraph in paragraphs:
        yield from split_sentences(paragraph, language)


def _lines(path: Path) -> list[str]:
    if path.suffix == ".zst":
        with pa.input_stream(str(path), compression="zstd") as stream:
            return io.TextIOWrapper(stream, encoding="utf-8").read().splitlines()
    return path.read_text("utf-8").splitlines()

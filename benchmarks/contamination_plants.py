"""What the benchmark of contamination plants, and where: FLORES, catalogues, seeded edits."""

import csv
import re
import tarfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.bitext_source import BitextSource
from pipeline.bitexts.reading import read_bitext
from pipeline.bitexts.units import plain_text
from pipeline.evaluation.contamination.findings import Text
from pipeline.settings import test_data
from pipeline.tables import kept

LANGUAGES = ("tuk_Latn", "rus_Cyrl", "eng_Latn")
CATALOGUES = ("django", "babel")  # of the demo's recipe
LAWS = (16, 17, 18)
MOST_EDITS = 2
_COLUMNS = {
    **dict.fromkeys(("tk", "tm", "tuk"), "tuk_Latn"),
    **dict.fromkeys(("ru", "rus"), "rus_Cyrl"),
    "en": "eng_Latn",
}


def flores(languages: Sequence[str] = LANGUAGES) -> list[dict[str, str]]:
    """FLORES-200 dev: 997 rows, each a text by language."""
    found: dict[str, list[str]] = {}
    packed = str(test_data() / "flores200" / "flores200_dev.tar.zst")
    with (
        pa.input_stream(packed, compression="zstd") as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        for member in archive:
            code = Path(member.name).stem
            file = archive.extractfile(member)
            if file and member.name.endswith(".dev") and code in languages:
                lines = file.read().decode().splitlines()
                found[code] = [line.strip() for line in lines]
    columns = [found[code] for code in languages]
    return [dict(zip(languages, texts, strict=True)) for texts in zip(*columns, strict=True)]


def training_catalogues() -> list[Text]:
    """All distinct texts that the project trains on, in Turkmen, Russian and English."""
    texts = [*_installed_catalogues(), *_tables(), *_laws()]
    return list(dict.fromkeys(text for text in texts if text[1]))


def case_and_numbers_changed(text: str, rng: np.random.Generator) -> str:
    """All capitals or all small letters, other numbers of any length, fewer commas and stops."""
    changed = text.upper() if rng.integers(2) else text.lower()
    changed = re.sub(r"\d+", lambda _: str(rng.integers(1, 10_000)), changed)
    return re.sub(r"[,.]", lambda mark: mark[0] if rng.integers(2) else "", changed)


def few_words_changed(text: str, rng: np.random.Generator, other_words: Sequence[str]) -> str:
    """One or two words dropped, doubled, swapped with the next or replaced; final stop dropped."""
    words = text.rstrip(".").split()
    for _ in range(int(rng.integers(1, MOST_EDITS + 1))):
        at = int(rng.integers(len(words) - 1))
        edit = rng.integers(4)
        if edit == 0:
            del words[at]
        elif edit == 1:
            words.insert(at, words[at])
        elif edit == 2:  # noqa: PLR2004 - the third of four
            words[at : at + 2] = words[at + 1], words[at]
        else:
            words[at] = str(rng.choice(other_words))
    return " ".join(words)


def _installed_catalogues() -> list[Text]:
    rows = [
        row
        for name in CATALOGUES
        for row in kept(
            read_bitext(BitextSource(catalogue=name), LANGUAGES[0], LANGUAGES[1:], name)
        ).to_pylist()
    ]
    sides = ("source", "target")
    return [(row[f"{side}_language"], row[f"{side}_text"]) for row in rows for side in sides]


def _tables() -> list[Text]:
    folder = test_data()
    paths = [
        *sorted((folder / "ui_strings").glob("*.tsv")),
        *sorted((folder / "cldr_lexicon").glob("*.tsv")),
        folder / "turkmen_phrasebook" / "tuk-rus.tsv",
        folder / "tds_gov_tm" / "standards_titles.tsv",
    ]
    return [text for path in paths for text in _table(path)]


def _table(path: Path) -> list[Text]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        (_COLUMNS[column], plain_text(value))
        for row in rows
        for column, value in row.items()
        if column in _COLUMNS and value
    ]


def _laws() -> list[Text]:
    folder = test_data() / "tds_gov_tm" / "text"
    return [
        (_COLUMNS[code], line.strip())
        for law in LAWS
        for code in ("tm", "ru", "en")
        for line in (folder / f"{law}.{code}.txt").read_text("utf-8").splitlines()
    ]

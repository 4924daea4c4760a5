"""Spelling dictionaries of a machine: whether a language has a word.

A dictionary is a pair of Hunspell files such as `ru_RU.dic` and `ru_RU.aff`, which know inflected
forms by rules, or a plain list of words such as `az_AZ.txt` (one a line, as `read_word_list` takes
it). A language names its own in `languages.yaml`; `scripts/setup.sh` installs those that packages
hold.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import hunspell

from pipeline import settings
from pipeline.errors import InputError
from pipeline.languages import Language, language, language_codes
from pipeline.text.casing import lower
from pipeline.text.frequent_words import read_word_list


@dataclass(frozen=True)
class Dictionary:
    """What knows the words of a language.

    Attributes:
        files: that it was read from.
        knows: whether a word, in the case in which it stands in a text, is spelt well.
    """

    files: tuple[Path, ...]
    knows: Callable[[str], bool]


def find_dictionary(of: Language) -> Dictionary | None:
    """The dictionary of a language; None where this machine has none.

    Raises:
        InputError: its files cannot be read.
    """
    if of.dictionary is None:
        return None
    for folder in settings.dictionary_folders():
        if all((folder / f"{of.dictionary}.{kind}").is_file() for kind in ("dic", "aff")):
            return _hunspell(folder, of.dictionary)
        if (folder / f"{of.dictionary}.txt").is_file():
            return _word_list(folder / f"{of.dictionary}.txt", of.code)
    return None


def missing_dictionary(of: Language) -> str | None:
    """What is lost without the dictionary and where to put it, as one sentence; None if it is here.

    Raises:
        InputError: its files cannot be read.
    """
    if find_dictionary(of) is not None:
        return None
    if of.dictionary is None:
        return f"no dictionary of {of.name} is known: OCR is repaired by the book's own words alone"
    folders = " or ".join(map(str, settings.dictionary_folders()))
    return (
        f"the dictionary {of.dictionary} of {of.name} is missing, so OCR is repaired by the book's "
        f"own words alone: run `make setup`, or put {of.dictionary}.dic and .aff, or a list of "
        f"words {of.dictionary}.txt, into {folders}"
    )


def dictionary_hash(code: str) -> str:
    """SHA-256 of the files of a language's dictionary; empty without one, or without the language.

    Raises:
        InputError: they cannot be read.
    """
    if code not in language_codes() or (found := find_dictionary(language(code))) is None:
        return ""
    return sha256(b"".join(path.read_bytes() for path in found.files)).hexdigest()


@lru_cache(maxsize=4)
def _hunspell(folder: Path, name: str) -> Dictionary:
    files = (folder / f"{name}.dic", folder / f"{name}.aff")
    try:
        engine = hunspell.Hunspell(name, hunspell_data_dir=str(folder))
    except OSError as error:
        raise InputError(f"the dictionary {files[0]} cannot be read: {error}") from error
    return Dictionary(files, engine.spell)


@lru_cache(maxsize=4)
def _word_list(path: Path, code: str) -> Dictionary:
    words = frozenset(lower(word, code) for word in read_word_list(path))
    return Dictionary((path,), lambda word: lower(word, code) in words)

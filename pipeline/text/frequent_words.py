"""Frequency lists: the words that a model of a language must know, whatever it was trained on.

From the wordfreq package (Speer 2022), which knows some forty languages; Turkmen, Azerbaijani,
Uzbek and Kazakh are not among them. Those may have a list as a file, such as one of UNILEX.
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pipeline.errors import InputError
from pipeline.languages import language

WordLists = Mapping[str, Path]
"""Files of words by language code, see `read_word_list`."""
NO_LISTS: WordLists = MappingProxyType({})


def frequent_words(code: str, count: int, lists: WordLists = NO_LISTS) -> list[str]:
    """The most frequent words of a language, most frequent first.

    Args:
        code: of the language.
        count: how many at most.
        lists: files that are asked before the package, whose words are in small letters.

    Returns:
        An empty list for a language without a frequency list.

    Raises:
        InputError: the language is unknown, or its file cannot be read.
    """
    import wordfreq  # noqa: PLC0415 - takes a second

    if code in lists:
        return read_word_list(lists[code])[:count]
    name = language(code).iso639_1
    if name not in wordfreq.available_languages("best"):
        return []
    words: list[str] = wordfreq.top_n_list(name, count)
    return words[:count]  # asked for none, it gives one


def read_word_list(path: Path) -> list[str]:
    """Words of a file with a word and a tab and its frequency a line, most frequent first.

    Lines without a number, such as a header, and those that begin with `#` are left out. In a file
    without any numbers each line is a word, and their order is kept. The file may be compressed,
    which its name tells (.gz, .bz2, .xz, .zst).

    Raises:
        InputError: it cannot be read, or has no words.
    """
    import pandas as pd  # noqa: PLC0415 - a second, in every process that reads a page

    try:
        table = pd.read_csv(
            path, sep="\t", comment="#", header=None, names=["word", "frequency"],
            index_col=False, dtype=str, keep_default_na=False, quoting=csv.QUOTE_NONE,
        )  # fmt: skip
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"the word list {path} cannot be read: {error}") from error
    if table.empty:
        raise InputError(f"the word list {path} cannot be read: it is empty")
    table["frequency"] = pd.to_numeric(table["frequency"], errors="coerce")
    if table["frequency"].notna().any():
        table = table.dropna().sort_values("frequency", ascending=False, kind="stable")
    return list(table["word"])

"""Writes pipeline/text/letters.npz: how often letters follow letters in lists of words.

Run: python scripts/letter_counts.py UNILEX_FOLDER HUNSPELL_TK_DIC

UNILEX_FOLDER holds `tk.txt.xz` and so on, from github.com/unicode-org/unilex, data/frequency
(Unicode License v3); the dictionary is tk_TM.dic of
github.com/nazartm/turkmen-spell-check-dictionary (Apache-2.0). Only counts are written.
"""

import sys
from pathlib import Path

import numpy as np

from pipeline.text.frequent_words import read_word_list
from pipeline.text.letters import COUNTS_FILE, count_trigrams, own_words, train

UNILEX_NAMES = {
    "tuk_Latn": "tk",
    "azj_Latn": "az",
    "uzn_Cyrl": "uz",
    "kaz_Cyrl": "kk",
    "kir_Cyrl": "ky",
    "tat_Cyrl": "tt",
    "ben_Beng": "bn",
}


def main(unilex: Path, dictionary: Path) -> None:
    """Count the lists of all languages."""
    arrays: dict[str, np.ndarray] = {}
    for code, name in UNILEX_NAMES.items():
        text = " ".join(read_word_list(unilex / f"{name}.txt.xz"))
        if code == "tuk_Latn":
            stems = dictionary.read_text(encoding="utf-8").splitlines()[1:]
            text += " " + " ".join(stem.split("/")[0] for stem in stems)
        words = own_words(text, code)
        model, counts = train(words, code), count_trigrams(words, code).ravel()
        cells = np.flatnonzero(counts)
        arrays[f"{code}.cells"] = np.diff(cells, prepend=0).astype(np.uint32)
        arrays[f"{code}.counts"] = np.minimum(counts[cells], np.iinfo(np.uint16).max).astype(
            np.uint16
        )
        arrays[f"{code}.facts"] = np.array([model.usual, model.deviation, len(words)])
        print(f"{code}: {len(words):,} words, {len(cells):,} trigrams, usual {model.usual:.2f}")
    np.savez_compressed(COUNTS_FILE, **arrays)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

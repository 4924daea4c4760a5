"""Evidence in the letters: names, loan words and formulas look alike in most languages. Pure.

Words are written in Latin letters without marks and cut into trigrams, so that `Туркменистан` and
`Türkmenistanyň` have most of theirs in common. Trigrams that only one document has say nothing of
the other and are left out; rare ones weigh more (tf-idf).
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from anyascii import anyascii
from scipy import sparse

_SIGNS = " abcdefghijklmnopqrstuvwxyz0123456789"
_PLACE = {sign: place for place, sign in enumerate(_SIGNS)}
_TRIGRAM_COUNT = len(_SIGNS) ** 3
_WORD = re.compile(r"[a-z0-9]{3,}")
_MOST_OFTEN = 2  # a trigram counts at most so often in a sentence


def trigram_counts(texts: Sequence[str]) -> sparse.csr_matrix:
    """How often each trigram of word beginnings and insides occurs, (n, 37**3) float32."""
    counts = [Counter(_trigrams(text)) for text in texts]
    ends = np.cumsum([0, *map(len, counts)])
    columns = np.array([code for count in counts for code in sorted(count)], dtype=np.int32)
    values = [min(count[code], _MOST_OFTEN) for count in counts for code in sorted(count)]
    shape = (len(texts), _TRIGRAM_COUNT)
    return sparse.csr_matrix((np.array(values, dtype=np.float32), columns, ends), shape=shape)


def weighted_by_rarity(
    source: sparse.csr_matrix, target: sparse.csr_matrix
) -> tuple[sparse.csr_matrix, sparse.csr_matrix]:
    """Counts (n, c) and (m, c) times the log of how rare each column is in both documents.

    Columns that either document lacks become zero and are dropped.
    """
    found = [np.asarray((side > 0).sum(axis=0)).reshape(-1) for side in (source, target)]
    both = np.maximum(found[0] + found[1], 1)
    is_shared = (found[0] > 0) & (found[1] > 0)
    sentence_count = max(source.shape[0] + target.shape[0], 1)
    rarity = np.where(is_shared, np.log(sentence_count / both), 0)
    scaling = sparse.diags(rarity.astype(np.float32), format="csr")
    weighted = [sparse.csr_matrix(side @ scaling, dtype=np.float32) for side in (source, target)]
    for side in weighted:
        side.eliminate_zeros()
    return weighted[0], weighted[1]


def _trigrams(text: str) -> list[int]:
    words = _WORD.findall(anyascii(text).lower())
    return [
        (_PLACE[first] * len(_SIGNS) + _PLACE[second]) * len(_SIGNS) + _PLACE[third]
        for word in words
        for first, second, third in zip(f" {word}", word, word[1:], strict=False)
    ]

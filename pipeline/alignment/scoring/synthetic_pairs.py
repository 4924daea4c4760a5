"""Pairs whose label is known without asking anyone: trusted ones, and wrong ones made from them.

Wrong pairs are what a classifier of parallel text is commonly trained on (Sánchez-Cartagena et al.
2018, "Prompsit's submission to WMT 2018": bicleaner): changed numbers and names, cut texts,
neighbours, texts that were not translated. The likeliest mistakes are found, not made: the texts of
trusted pairs are mined once more without their partners, so whoever they find is wrong, and has
passed the same competition as a mined pair has. Pure but for the encoder, which is asked for the
vectors of changed texts alone.

Trusted are bitexts that somebody made, and pairs with a margin above all but a hundredth of those
of the wrong pairs found like this. Some of them are wrong all the same, and pairs that were never
translated exactly are missing: a model fitted on them must not believe their share of correct pairs
(see `pipeline.probability.synthetic_training`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.alignment.mining.margin import mine
from pipeline.alignment.scoring.evidence import text_evidence
from pipeline.alignment.scoring.neighbourhoods import NEIGHBOURS, Pool, cosines, margins, pooled
from pipeline.encoders import Encoder
from pipeline.tables import SYNTHETIC_PAIRS, as_table, identify, kept
from pipeline.text.changes import near_misses

MOST_CHANGED = 200
"""Trusted pairs of two languages of which a changed version is encoded."""

Row = dict[str, Any]
Indices = npt.NDArray[np.int64]

_SIDES = "source", "target"
_CEILING_QUANTILE = 0.99
_SAME_WORDS = 0.5  # Jaccard index from which a text says nearly what the lost partner said
_NOBODY = -1
_TRUSTED = "trusted"


@dataclass(frozen=True)
class _Heaps:
    """Pairs of two languages with their vectors, and the pools of texts they compete in."""

    rows: Sequence[Row]
    pools: tuple[Pool, Pool]
    at: tuple[Indices, Indices]  # each row's texts in the pools; -1 outside


def synthetic_pairs(
    scored: pa.Table,
    encoder: Encoder,
    seed: int,
    *,
    trusted_origins: Collection[str] = ("bitexts",),
    pools: Mapping[str, Sequence[str]] | None = None,
) -> pa.Table:
    """Trusted pairs, and wrong ones of four kinds.

    Args:
        scored: table of schema `SCORED_PAIRS`; rejected pairs and repetitions are left out.
        encoder: the one whose cosines `scored` holds.
        seed: of the changes.
        trusted_origins: whose pairs are trusted whatever their margins.
        pools: by language code, further texts that compete; None: those of the pairs alone.

    Returns:
        A table of schema `SYNTHETIC_PAIRS`, by languages and kind; empty where nothing is scored.
        Wrong pairs inherit the origin and group of the trusted pair they come from.
    """
    by_languages: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
    for row in kept(scored).sort_by("pair_id").to_pylist():
        if row["cosine"] is not None:
            languages = row["source_language"], row["target_language"]
            by_languages[languages].setdefault(row["pair_id"], row)
    found: list[Row] = []
    for languages, rows in sorted(by_languages.items()):
        heaps = _heaps(list(rows.values()), languages, encoder, pools or {})
        found += _pairs_of(heaps, encoder, seed, trusted_origins)
    return as_table(found, SYNTHETIC_PAIRS)


def _heaps(
    rows: list[Row],
    languages: tuple[str, str],
    encoder: Encoder,
    others: Mapping[str, Sequence[str]],
) -> _Heaps:
    def pool(side: str, code: str) -> Pool:
        texts = pooled([*(row[f"{side}_text"] for row in rows), *others.get(code, ())])
        return Pool(texts, encoder.encode(texts, language=code))

    source, target = (pool(side, code) for side, code in zip(_SIDES, languages, strict=True))
    at = (
        source.rows_of([row["source_text"] for row in rows]),
        target.rows_of([row["target_text"] for row in rows]),
    )
    inside = np.flatnonzero((at[0] != _NOBODY) & (at[1] != _NOBODY))
    return _Heaps(
        [rows[n] for n in inside.tolist()], (source, target), (at[0][inside], at[1][inside])
    )


def _pairs_of(
    heaps: _Heaps, encoder: Encoder, seed: int, trusted_origins: Collection[str]
) -> list[Row]:
    if not heaps.rows:
        return []
    margin = np.array([row["margin"] for row in heaps.rows], dtype=np.float64)
    hopeful = np.flatnonzero(margin >= np.median(margin))
    nearest = [*_nearest(heaps, hopeful, 0), *_nearest(heaps, hopeful, 1)]
    reached = [row["margin"] for row in nearest]
    ceiling = np.quantile(reached, _CEILING_QUANTILE) if reached else np.median(margin)
    is_trusted = np.array([row["origin"] in trusted_origins for row in heaps.rows])
    trusted = np.flatnonzero((margin > ceiling) | is_trusted)
    return [
        *(_labelled(heaps.rows[n], _TRUSTED, {}) for n in trusted.tolist()),
        *nearest,
        *_changed(heaps, trusted, encoder, seed),
        *_neighbours(heaps, trusted),
        *_untranslated(heaps, trusted),
    ]


def _nearest(heaps: _Heaps, hopeful: Indices, lost: int) -> Iterator[Row]:
    """What the texts of one side are mined with once the other side's partners are lost."""
    other = 1 - lost
    widowed = dict(zip(heaps.at[other][hopeful].tolist(), hopeful.tolist(), strict=True))
    places = [np.arange(len(pool.texts)) for pool in heaps.pools]
    places[lost] = np.setdiff1d(places[lost], heaps.at[lost][hopeful])
    vectors = [pool.vectors[left] for pool, left in zip(heaps.pools, places, strict=True)]
    for found in mine(vectors[0], vectors[1], NEIGHBOURS, 0.0):
        at = int(places[0][found.source]), int(places[1][found.target])
        if (number := widowed.get(at[other])) is None:
            continue
        row, text = heaps.rows[number], heaps.pools[lost].texts[at[lost]]
        if _shared_words(text, row[f"{_SIDES[lost]}_text"]) < _SAME_WORDS:
            new = {f"{_SIDES[lost]}_text": text, "cosine": found.cosine, "margin": found.margin}
            yield _labelled(row, "nearest", new)


def _changed(heaps: _Heaps, trusted: Indices, encoder: Encoder, seed: int) -> list[Row]:
    """Numbers or names changed, a clause or a rare word left out, on either side in turn."""
    found: list[Row] = []
    for lost, side in enumerate(_SIDES):
        chosen = trusted[lost::2][: MOST_CHANGED // 2]
        changed = near_misses([heaps.rows[n][f"{side}_text"] for n in chosen.tolist()], seed)
        texts = [one.text for one in changed]
        if texts:
            code = heaps.rows[0][f"{side}_language"]
            new = Pool(texts, encoder.encode(texts, language=code))
            found += _rescored(heaps, chosen[[one.of for one in changed]], lost, new, "changed")
    return found


def _neighbours(heaps: _Heaps, trusted: Indices) -> list[Row]:
    """The target of the next pair of the same group."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number in trusted.tolist():
        groups[heaps.rows[number]["group_key"]].append(number)
    shifted = [pair for members in groups.values() for pair in pairwise(members)]
    own, after = np.array(shifted, dtype=np.int64).reshape(-1, 2).T
    target, places = heaps.pools[1], heaps.at[1][after]
    new = Pool([target.texts[at] for at in places], target.vectors[places])
    return _rescored(heaps, own, 1, new, "neighbour")


def _untranslated(heaps: _Heaps, trusted: Indices) -> list[Row]:
    """The source once more, where its translation should be."""
    source, places = heaps.pools[0], heaps.at[0][trusted]
    new = Pool([source.texts[at] for at in places], source.vectors[places])
    return _rescored(heaps, trusted, 1, new, "wrong language")


def _rescored(heaps: _Heaps, rows: Indices, lost: int, new: Pool, kind: str) -> list[Row]:
    """Pairs that have a new text, row by row, where the lost side's was, which competes no more."""
    other = 1 - lost
    sides, left_out = [new.vectors] * 2, [heaps.at[other][rows][:, None]] * 2
    sides[other] = heaps.pools[other].vectors[heaps.at[other][rows]]
    left_out[lost] = np.column_stack([heaps.at[lost][rows], heaps.pools[lost].rows_of(new.texts)])
    margin = margins((sides[0], sides[1]), heaps.pools, (left_out[0], left_out[1]))
    values = zip(rows.tolist(), new.texts, cosines(sides[0], sides[1]), margin, strict=True)
    return [
        _labelled(
            heaps.rows[number],
            kind,
            {f"{_SIDES[lost]}_text": text, "cosine": float(cosine), "margin": float(wide)},
        )
        for number, text, cosine, wide in values
    ]


def _labelled(row: Row, kind: str, new: Row) -> Row:
    """A pair with its label; its features are told anew where a text is new."""
    made = row | new | {"bead_score": None, "kind": kind, "is_correct": kind == _TRUSTED}
    if not new:
        return made
    sides = ((made[f"{side}_language"], made[f"{side}_text"]) for side in _SIDES)
    return (
        made
        | text_evidence(made)
        | {"pair_id": identify(*(part for side in sides for part in side))}
    )


def _shared_words(one: str, other: str) -> float:
    """Jaccard index of the two sets of words."""
    words = set(one.casefold().split()), set(other.casefold().split())
    return len(words[0] & words[1]) / max(len(words[0] | words[1]), 1)

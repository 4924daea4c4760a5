"""The neighbours that mining rests on: all of them, or of large sides nearly all. Pure.

Up to `exact_rows` rows a side everything is compared with everything. Above, cells of rows are, see
`cells`, and what that loses is measured. Where cells would save little, as among vectors without
any order, or FAISS cannot be used, the search is exact after all.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from pipeline.alignment.memory import Memo, fingerprint, packed, unpacked
from pipeline.alignment.mining.cells import Cells, Recall, can_make_cells, make_cells
from pipeline.alignment.mining.shards import Workshop, search_both_ways
from pipeline.alignment.sentences.sides import FloatArray
from pipeline.parameters import MiningParams
from pipeline.search import Neighbours, check_sides

_METHOD = "3"  # to be raised when the same inputs give other cells


class Searched(NamedTuple):
    """Neighbours in both directions, and how they were found."""

    onward: Neighbours
    back: Neighbours
    facts: Mapping[str, Any]


def find_neighbours(
    left: FloatArray, right: FloatArray, params: MiningParams, workshop: Workshop
) -> Searched:
    """Find the neighbours of either side in the other.

    Args:
        left: (n, d) float32, unit rows.
        right: (m, d) likewise, of the same encoder.
        params: how many neighbours, from what size on approximately, and how well.
        workshop: who does the shards, and where finished ones are kept.

    Returns:
        Neighbours as `search_both_ways` gives them. Facts: `method`, "exact" or "approximate"; of
        the latter `cell_count`, `probes`, `compared_fraction` of all pairs, and `recall_fraction`,
        the share found of `recall_pairs` pairs, which an exact search found to be the nearest of
        one another.

    Raises:
        InputError: the sides are not matrices of one width.
        SourceUnavailable: as the executor.
    """
    check_sides(left, right, params.neighbours)
    facts: dict[str, Any] = {"method": "exact"}
    cells = None
    is_large = min(len(left), len(right)) > 0 and max(len(left), len(right)) > params.exact_rows
    if is_large and can_make_cells():
        workshop.progress(0, 1, "sorting vectors into cells")
        if made := _remembered_cells(left, right, params, workshop.memo):
            cells, recall = made
            facts = {
                "method": "approximate",
                "cell_count": cells.cell_count,
                "probes": recall.probes,
                "compared_fraction": cells.pair_count() / (len(left) * len(right)),
                "recall_fraction": recall.found / recall.tried,
                "recall_pairs": recall.tried,
            }
    return Searched(*search_both_ways(left, right, params.neighbours, cells, workshop), facts)


def _remembered_cells(
    left: FloatArray, right: FloatArray, params: MiningParams, memo: Memo
) -> tuple[Cells, Recall] | None:
    key = fingerprint([left, right], _METHOD, params.recall_fraction, params.seed)
    if (remembered := memo.get(key)) is not None:
        arrays = unpacked(remembered)
        return Cells(*arrays[:-1]), Recall(*arrays[-1].tolist())
    made = make_cells(left, right, params.recall_fraction, params.seed)
    if made is not None:
        memo.put(key, packed([*made[0], np.array(made[1])]))
    return made

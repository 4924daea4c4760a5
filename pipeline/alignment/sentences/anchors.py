"""Anchors: places where two documents surely meet, found in time linear in their lengths.

Pure. A bounded number of landmarks is taken from the source; each is a window of a few sentences,
which is recognised far more surely than one sentence. A landmark is looked for in the whole target,
and kept when the two choose each other. Among those the heaviest monotone chain (a weighted longest
increasing subsequence) stands, so that repeated exercises, a missing chapter or shuffled parts cost
only their own anchors. Wide gaps are searched once more with landmarks of their own.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.alignment.sentences.corridor import Anchor
from pipeline.alignment.sentences.sides import FloatArray, normalised

_WINDOW = 5  # sentences in a landmark
_LANDMARKS = 1024  # over a document: their search costs 1024 products a target sentence
_GAP_LANDMARKS = 64  # in a gap
_WIDE_GAP = 48  # sentences on both sides; narrower ones lie inside the corridor anyway
_CHUNK_WINDOWS = 2048
_CELLS = 1 << 21  # similarities held at once: 8 MiB
_FEWEST_AT_ONCE = 64  # landmarks, however long the target: its windows are made anew for each lot

Hit = tuple[int, int, float]


def find_anchors(source: FloatArray, target: FloatArray) -> list[Anchor]:
    """Pairs (source position, target position) that ascend strictly on both sides.

    Args:
        source: (n, d) centred unit vectors of the sentences.
        target: (m, d) likewise.
    """
    whole = (0, 0), (len(source), len(target))
    coarse = _chain(_hits(source, target, *whole, _LANDMARKS))
    anchors = []
    for low, high in pairwise([whole[0], *coarse, whole[1]]):
        anchors.append(low)
        if min(high[0] - low[0], high[1] - low[1]) > _WIDE_GAP:
            anchors += _chain(_hits(source, target, low, high, _GAP_LANDMARKS))
    return [anchor for anchor, after in pairwise([*anchors, whole[1]]) if _ascends(anchor, after)]


def _ascends(low: Anchor, high: Anchor) -> bool:
    return low[0] < high[0] and low[1] < high[1]


def _windows(vectors: FloatArray, centres: npt.NDArray[np.int64]) -> FloatArray:
    """Unit mean vectors of the windows around some sentences; edges repeat the edge."""
    shifts = range(-(_WINDOW // 2), _WINDOW // 2 + 1)
    total = sum(vectors[np.clip(centres + shift, 0, len(vectors) - 1)] for shift in shifts)
    return normalised(np.asarray(total))


def _hits(
    source: FloatArray, target: FloatArray, low: Anchor, high: Anchor, landmarks: int
) -> list[Hit]:
    """Landmarks strictly between two nodes and the target windows that choose them in turn.

    A hit weighs as much as its cosine exceeds the best one elsewhere in the target.
    """
    rows = np.unique(np.linspace(low[0] + 1, high[0] - 1, landmarks).astype(np.int64))
    columns = np.arange(low[1] + 1, high[1])
    rows = rows[(rows > low[0]) & (rows < high[0])]
    if not len(rows) or not len(columns):
        return []
    best, margins, suitor = _search(_windows(source, rows), target, columns)
    mutual = np.flatnonzero((suitor[best] == np.arange(len(rows))) & (margins > 0))
    return [(int(rows[k]), int(columns[best[k]]), float(margins[k])) for k in mutual]


def _search(
    landmarks: FloatArray, target: FloatArray, columns: npt.NDArray[np.int64]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Best window and margin of each landmark, and the best landmark of each window."""
    best = np.zeros(len(landmarks), dtype=np.int64)
    margins = np.zeros(len(landmarks), dtype=np.float32)
    suitor = np.zeros(len(columns), dtype=np.int64)
    record = np.full(len(columns), -np.inf, dtype=np.float32)
    step = max(_FEWEST_AT_ONCE, _CELLS // len(columns))
    for start in range(0, len(landmarks), step):
        cosines = _cosines(landmarks[start : start + step], target, columns)
        here = np.arange(len(cosines))
        chosen, tops = cosines.argmax(axis=0), cosines.max(axis=0)
        suitor = np.where(tops > record, chosen + start, suitor)
        record = np.maximum(tops, record)
        best[start + here] = peak = cosines.argmax(axis=1)
        height = cosines[here, peak]
        around = np.clip(peak[:, None] + np.arange(-_WINDOW, _WINDOW + 1), 0, len(columns) - 1)
        cosines[here[:, None], around] = 0.0  # overlapping windows are no rivals
        margins[start + here] = height - cosines.max(axis=1)
    return best, margins, suitor


def _cosines(
    landmarks: FloatArray, target: FloatArray, columns: npt.NDArray[np.int64]
) -> FloatArray:
    """Cosines (landmarks, columns) with windows, which are made anew: kept, they were a copy."""
    cosines = np.empty((len(landmarks), len(columns)), dtype=np.float32)
    for start in range(0, len(columns), _CHUNK_WINDOWS):
        some = slice(start, start + _CHUNK_WINDOWS)
        np.matmul(landmarks, _windows(target, columns[some]).T, out=cosines[:, some])
    return cosines


def _chain(hits: Sequence[Hit]) -> list[Anchor]:
    """The heaviest chain that ascends on both sides; hits come in ascending source order.

    Keeps, for every reachable weight, the smallest last target position (a Pareto front), as in
    patience sorting. Of equally heavy chains the one found first stands.
    """
    ends: list[int] = []  # ascending target positions of the front's chains
    front: list[tuple[float, int]] = []  # their weights, ascending, and last hits
    before: list[int] = []
    for number, (_, position, weight) in enumerate(hits):
        place = bisect_left(ends, position)
        base, previous = front[place - 1] if place else (0.0, -1)
        before.append(previous)
        beaten = place
        while beaten < len(ends) and front[beaten][0] <= base + weight:
            beaten += 1
        if place == beaten and place < len(ends) and ends[place] == position:
            continue
        ends[place:beaten] = [position]
        front[place:beaten] = [(base + weight, number)]
    chain = []
    last = front[-1][1] if front else -1
    while last >= 0:
        chain.append(hits[last][:2])
        last = before[last]
    return chain[::-1]

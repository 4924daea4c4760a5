"""Pairs by ratio margin, which know nothing of order: 1-1 and no insertions.

`laser`: pairs that are one another's best (Artetxe & Schwenk 2019, "intersect"), as LASER mines.
`greedy`: the best of either side, highest margin first, each sentence once and from a margin of 1
on, as the bitext mining example of sentence-transformers does. Both with k = 4.
Run in any environment with numpy: `python -m benchmarks.peers.with_margin laser raw JOBS`.
"""

import numpy as np

from benchmarks.peers.harness import Beads, Documents, Vectors, arguments, centred, serve

_NEIGHBOURS = 4
_LEAST_MARGIN = 1.0


def mutual_best(margins: Vectors) -> Beads:
    """Cells that are the first greatest of their row and of their column."""
    best_target, best_source = margins.argmax(axis=1), margins.argmax(axis=0)
    return [([i], [int(j)]) for i, j in enumerate(best_target) if best_source[j] == i]


def greedy_best(margins: Vectors) -> Beads:
    """The greatest of each row and column, greatest first, while both are free."""
    forward = [(i, int(j)) for i, j in enumerate(margins.argmax(axis=1))]
    backward = [(int(i), j) for j, i in enumerate(margins.argmax(axis=0))]
    cells = sorted({*forward, *backward}, key=lambda cell: (-margins[cell], cell))
    sources: set[int] = set()
    targets: set[int] = set()
    beads: Beads = []
    for i, j in cells:
        if i not in sources and j not in targets and margins[i, j] >= _LEAST_MARGIN:
            sources.add(i)
            targets.add(j)
            beads.append(([i], [j]))
    return sorted(beads)


_METHODS = {"laser": mutual_best, "greedy": greedy_best}


def main() -> None:
    """Serve the jobs of the command line."""
    method, space, *paths = arguments()

    def prepare(documents: Documents) -> Documents:
        return centred(documents) if space == "centred" else documents

    def align(documents: Documents) -> Beads:
        return _METHODS[method](_margins(documents.source.vectors, documents.target.vectors))

    serve(prepare, align, paths)


def _margins(sources: Vectors, targets: Vectors) -> Vectors:
    """Cosines over the mean of both sentences' mean cosines to their nearest neighbours."""
    cosines = sources @ targets.T
    crowding = [
        np.sort(matrix, axis=1)[:, -_NEIGHBOURS:].mean(axis=1) for matrix in (cosines, cosines.T)
    ]
    mean = (crowding[0][:, None] + crowding[1][None, :]) / 2
    return np.asarray(cosines / mean, np.float32)


if __name__ == "__main__":
    main()

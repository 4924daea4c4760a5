"""Pairs of documents with exact gold beads, without text: vectors and lengths only. Pure.

Ideas are random unit vectors; a sentence is its idea plus noise of its own, and an idea told in two
sentences is split between them. 85 % of the beads are 1-1, 5 % 1-2, 5 % 2-1 and 5 % are left out
on one side or the other.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from pipeline.alignment.sentences.sides import DocumentSide

GoldBead = tuple[tuple[int, ...], tuple[int, ...]]

_SHAPES = np.array([(1, 1), (1, 2), (2, 1), (1, 0), (0, 1)])
_SHARES = [0.85, 0.05, 0.05, 0.025, 0.025]


@dataclass(frozen=True)
class SyntheticPair:
    """Two sides and the beads that join them."""

    source: DocumentSide
    target: DocumentSide
    gold: list[GoldBead]


def synthetic_pair(
    beads: int, seed: int, noise: float = 0.8, hole: int = 0, dimension: int = 384
) -> SyntheticPair:
    """Draw a pair of documents.

    Args:
        beads: ideas told, about 1.025 sentences each on either side.
        seed: of the draw.
        noise: length of a sentence's own part beside its idea's unit vector; 0.8 puts the cosine
            of a translated pair near 0.6.
        hole: ideas in the middle that the target leaves out, a missing chapter.
        dimension: of the vectors.
    """
    generator = np.random.default_rng(seed)
    shapes = _SHAPES[generator.choice(len(_SHAPES), size=beads, p=_SHARES)]
    shapes[(beads - hole) // 2 : (beads + hole) // 2] = (1, 0)
    ideas = _unit(generator, beads, dimension)
    characters = generator.gamma(4, 25, size=beads) + 10
    source, target = (_side(generator, ideas, characters, counts, noise) for counts in shapes.T)
    ends = np.vstack([(0, 0), np.cumsum(shapes, axis=0)])
    gold = [
        (tuple(range(i, i + a)), tuple(range(j, j + b)))
        for (i, j), (a, b) in zip(ends.tolist(), shapes.tolist(), strict=False)
    ]
    return SyntheticPair(source, target, gold)


def _side(
    generator: np.random.Generator,
    ideas: npt.NDArray[np.float32],
    characters: npt.NDArray[np.float64],
    counts: npt.NDArray[np.int64],
    noise: float,
) -> DocumentSide:
    """One side: an idea told in two sentences gives each a half of the meaning and the length."""
    idea = np.repeat(np.arange(len(ideas)), counts)
    is_half = (counts[idea] == 2)[:, None]  # noqa: PLR2004 - told in two sentences
    own = _unit(generator, len(idea), len(ideas[0]))
    contrast = _unit(generator, len(ideas), len(ideas[0]))[idea]
    sign = np.where(np.r_[False, idea[1:] == idea[:-1]], -1, 1)[:, None]
    vectors = ideas[idea] + np.where(is_half, sign, 0) * contrast + noise * own
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths = characters[idea] * generator.lognormal(0, 0.15, size=len(idea)) / counts[idea]
    nothing = sparse.csr_matrix((len(idea), 1), dtype=np.float32)
    return DocumentSide(vectors.astype(np.float32), lengths.astype(np.float32), nothing, nothing)


def _unit(generator: np.random.Generator, rows: int, dimension: int) -> npt.NDArray[np.float32]:
    vectors = generator.standard_normal((rows, dimension), dtype=np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))

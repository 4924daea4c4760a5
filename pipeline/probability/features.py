"""What a calibration knows of a pair: its scores and where it came from, as numbers. Pure."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.tables import identify, kept

Array = npt.NDArray[np.float64]

_SMALLEST_RATIO = 1e-3


def _column(name: str) -> Callable[[pa.Table], Array]:
    return lambda pairs: numbers(pairs[name])


def _is_from(origin: str) -> Callable[[pa.Table], Array]:
    return lambda pairs: numbers(pc.equal(pairs["origin"], origin))


def _log_length_ratio(pairs: pa.Table) -> Array:
    return np.asarray(np.log(np.maximum(numbers(pairs["length_ratio"]), _SMALLEST_RATIO)))


# Only aligned pairs have a bead score, so the origin tells as well what is missing, and its weight
# makes up for it. Textbooks are what the others differ from.
ORIGIN_FEATURES = {"mined": "is_mined", "news": "is_news", "bitexts": "is_bitext"}
"""The feature that tells each origin."""

_FEATURES: dict[str, Callable[[pa.Table], Array]] = {
    "cosine": _column("cosine"),
    "margin": _column("margin"),
    "bead_score": _column("bead_score"),
    "sentence_count": _column("sentence_count"),
    "log_length_ratio": _log_length_ratio,
    "number_agreement": _column("number_agreement_fraction"),
    "name_agreement": _column("name_agreement_fraction"),
    "source_language": _column("source_language_score"),
    "target_language": _column("target_language_score"),
    "confidence": _column("confidence_fraction"),
    **{name: _is_from(origin) for origin, name in ORIGIN_FEATURES.items()},
}

FEATURE_NAMES = tuple(_FEATURES)


def scored_once(scored: pa.Table) -> pa.Table:
    """Each pair that is not rejected and has a cosine, once, ordered by `pair_id`.

    Of a pair that was found in several places the row with the highest cosine stands for it, then
    the first by origin and group.
    """
    pairs = kept(scored).filter(pc.is_valid(kept(scored)["cosine"]))
    order = [("pair_id", "ascending"), ("cosine", "descending")]
    order += [(name, "ascending") for name in ("origin", "group_key", "locator")]
    pairs = pairs.sort_by(order)
    ids = pairs["pair_id"].to_pylist()
    is_first = [number == 0 or ids[number - 1] != one for number, one in enumerate(ids)]
    return pairs.filter(pa.array(is_first, pa.bool_()))


def feature_matrix(pairs: pa.Table) -> Array:
    """Features (n, d) of pairs (`SCORED_PAIRS`), columns as `FEATURE_NAMES`; nan where missing."""
    return np.column_stack([feature(pairs) for feature in _FEATURES.values()])


def folds_of(pairs: pa.Table, fold_count: int) -> npt.NDArray[np.int64]:
    """The fold (n,) of each pair: that of its group, by a hash, whatever other groups there are."""
    groups = pairs["group_key"].to_pylist()
    fold = {group: int(identify(str(group)), 16) % fold_count for group in set(groups)}
    return np.array([fold[group] for group in groups], dtype=np.int64)


def numbers(column: pa.ChunkedArray) -> Array:
    """A column as floating point (n,); nan where it is null."""
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64)

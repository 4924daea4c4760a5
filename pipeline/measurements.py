"""Rows of the scores table: every figure with its N, interval, seed and data set. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

from pipeline.statistics import Interval
from pipeline.tables import identify

_SOFTWARE = ("dutar", "numpy", "scipy", "scikit-learn", "torch", "transformers")


@dataclass(frozen=True)
class Measurement:
    """What a figure was measured on, and for which model.

    Attributes:
        suite: name of the data set, e.g. `flores200_dev`.
        direction: query and pool language, e.g. `tuk_Latn-rus_Cyrl`; empty where there is none.
        dataset_hash: `hash_texts` of what was scored.
        model: `start`, a student's name, `difference`, or who else was measured.
        model_fingerprint: of the encoder; empty where there is none.
        seed: of the measurement, stored also where an interval needs no draw.
        pool_size: candidates a query chooses from; 0 where nothing is chosen.
        slice: the part of the suite, e.g. `script: Cyrillic`; empty for the whole.
    """

    suite: str
    direction: str
    dataset_hash: str
    model: str
    model_fingerprint: str
    seed: int
    pool_size: int = 0
    slice: str = ""

    def score(
        self, metric: str, interval: Interval, note: str = "", p_value: float | None = None
    ) -> dict[str, object]:
        """A row of schema `SCORES`; only a difference has a p-value."""
        return {
            "suite": self.suite,
            "slice": self.slice,
            "model": self.model,
            "model_fingerprint": self.model_fingerprint,
            "direction": self.direction,
            "metric": metric,
            "value": interval.value,
            "n": interval.n,
            "pool_size": self.pool_size,
            "ci_low": interval.ci_low,
            "ci_high": interval.ci_high,
            "confidence_level_fraction": interval.level_fraction,
            "seed": self.seed,
            "p_value": p_value,
            "p_adjusted": None,
            "dataset_hash": self.dataset_hash,
            "software": software_versions(),
            "note": note,
        }

    def undefined(self, metric: str, n: int, note: str) -> dict[str, object]:
        """A row for a figure that `n` units do not define; the note says why."""
        row = self.score(metric, Interval(0.0, 0.0, 0.0, n), note)
        return row | dict.fromkeys(("value", "ci_low", "ci_high"))


def hash_texts(*columns: Sequence[str]) -> str:
    """Content hash of parallel columns of texts, in order."""
    return identify(*(identify(*column) for column in columns))


@cache
def software_versions() -> str:
    """Names and versions of the packages that a figure may depend on."""
    return ", ".join(f"{name} {version(name)}" for name in _SOFTWARE)

"""Similarity as reviewers see it: their ratings of meaning against the models' cosines.

Pure but for the encoders, which are given. The two texts of a pair are in two languages, as in the
cross-lingual tracks of SemEval-2017 task 1 (Cer et al. 2017).
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.encoders import Encoder
from pipeline.evaluation.similarity import RatedPairs, cosines, similarity_scores
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES

SUITE = "reviewed_meaning"
LEAST_PAIRS = 10
NOTE = "pairs were chosen for review by the pipeline, not drawn from the language; none trained on"


def score_similarity(
    verdicts: pa.Table, corpus: pa.Table, encoders: Mapping[str, Encoder], params: EvaluationParams
) -> pa.Table:
    """Spearman and Pearson of each model's cosines with the mean rating of a pair's meaning.

    Pairs that a student was trained on are left out: to have learnt that they belong together is
    no view of how alike they are. So are orphaned verdicts, whose languages nobody knows any more.

    Args:
        verdicts: table of schema `VERDICTS`.
        corpus: table of schema `PARALLEL_CORPUS`; says what was trained on.
        encoders: by name; `start` comes first.
        params: bootstrap and seed.

    Returns:
        A table of schema `SCORES`; no rows for a language pair with fewer than ten rated pairs, or
        whose ratings are all the same.
    """
    train = corpus.filter(pc.equal(corpus["split"], "train"))["pair_id"]
    is_trained = pc.is_in(verdicts["pair_id"], value_set=train.combine_chunks())
    is_whole = pc.and_(pc.is_valid(verdicts["meaning"]), pc.is_valid(verdicts["source_language"]))
    rated = verdicts.filter(pc.and_(is_whole, pc.invert(is_trained)))
    tables = [
        similarity_scores(pairs, _cosines(pairs, encoders), params) for pairs in _suites(rated)
    ]
    return pa.concat_tables([SCORES.empty_table(), *tables])


def _suites(rated: pa.Table) -> list[RatedPairs]:
    by_languages: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rated.sort_by("pair_id").to_pylist():
        languages = row["source_language"], row["target_language"]
        by_languages.setdefault(languages, []).append(row)
    suites = [
        RatedPairs(
            SUITE,
            languages,
            [row["source_text"] for row in rows],
            [row["target_text"] for row in rows],
            [float(row["meaning"]) for row in rows],
            NOTE,
        )
        for languages, rows in sorted(by_languages.items())
    ]
    return [
        suite for suite in suites if len(suite.gold) >= LEAST_PAIRS and len(set(suite.gold)) > 1
    ]


def _cosines(
    pairs: RatedPairs, encoders: Mapping[str, Encoder]
) -> dict[str, tuple[str, list[float]]]:
    found = {}
    for name, encoder in encoders.items():
        first, second = (
            encoder.encode(texts, language=language, role="query")
            for texts, language in zip((pairs.first, pairs.second), pairs.languages, strict=True)
        )
        found[name] = encoder.fingerprint, cosines(first, second).tolist()
    return found

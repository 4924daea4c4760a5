"""Similarity as reviewers see it: their ratings of meaning, to be held against the models'.

Pure. The two texts of a pair are in two languages, as in the
cross-lingual tracks of SemEval-2017 task 1 (Cer et al. 2017).
"""

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.evaluation.tasks.similarity import RatedPairs

SUITE = "reviewed_meaning"
LEAST_PAIRS = 10
NOTE = "pairs were chosen for review by the pipeline, not drawn from the language; none trained on"


def reviewed_pairs(verdicts: pa.Table, corpus: pa.Table) -> list[RatedPairs]:
    """Reviewed pairs with the mean rating of their meaning, by pair of languages.

    Pairs that a student was trained on are left out: to have learnt that they belong together is
    no view of how alike they are. So are orphaned verdicts, whose languages nobody knows any more.

    Args:
        verdicts: table of schema `VERDICTS`.
        corpus: table of schema `PARALLEL_CORPUS`; says what was trained on.

    Returns:
        Nothing for a language pair with fewer than ten rated pairs, or whose ratings are all the
        same.
    """
    train = corpus.filter(pc.equal(corpus["split"], "train"))["pair_id"]
    is_trained = pc.is_in(verdicts["pair_id"], value_set=train.combine_chunks())
    is_whole = pc.and_(pc.is_valid(verdicts["meaning"]), pc.is_valid(verdicts["source_language"]))
    rated = verdicts.filter(pc.and_(is_whole, pc.invert(is_trained)))
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
            note=NOTE,
        )
        for languages, rows in sorted(by_languages.items())
    ]
    return [
        suite for suite in suites if len(suite.gold) >= LEAST_PAIRS and len(set(suite.gold)) > 1
    ]

"""Scores on the corpus's own test split: text that no student was trained on.

Pure but for the encoders, which are given.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.encoders import Encoder
from pipeline.errors import InputError
from pipeline.evaluation.gates import collapse_gate, retention_gate, sample_size_gate
from pipeline.evaluation.retention import retention
from pipeline.evaluation.retrieval import EncodedTexts, ParallelTexts, retrieval_scores
from pipeline.evaluation.retrieval_errors import RetrievalError, worst_errors
from pipeline.evaluation.scores import START, Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.progress import Progress
from pipeline.statistics import Interval
from pipeline.storage import GateVerdict
from pipeline.tables import SCORES, as_table

ALL_ORIGINS = "held_out"


def held_out_suites(corpus: pa.Table, pivots: Sequence[str]) -> list[ParallelTexts]:
    """The test split by pivot language: all origins together, then each by itself.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        pivots: target languages, the most important first.
    """
    test = corpus.filter(pc.equal(corpus["split"], "test"))
    return [suite for pivot in pivots for suite in _suites_of(test, pivot)]


def score_retrieval(
    suites: Sequence[ParallelTexts],
    encoders: Mapping[str, Encoder],
    params: EvaluationParams,
    progress: Progress,
) -> pa.Table:
    """P@1 and MRR of every model on every suite, both directions.

    Args:
        suites: the whole test split of a pivot comes before its parts.
        encoders: by name; `start` comes first.
        params: bootstrap and seed.
        progress: hears of every model and suite.

    Returns:
        A table of schema `SCORES`.

    Raises:
        InputError: there is no suite.
    """
    if not suites:
        raise InputError("the corpus has no test pairs: add text, or lower corpus.min_cosine")
    tables = []
    for number, suite in enumerate(suites):
        progress(number, len(suites), f"retrieval on {suite.suite}, {suite.languages[1]}")
        models = {name: _encoded(suite, encoder) for name, encoder in encoders.items()}
        tables.append(retrieval_scores(suite, models, params))
    return pa.concat_tables(tables)


def held_out_pivot_sentences(corpus: pa.Table, pivot: str, count: int) -> list[str]:
    """Distinct texts of one pivot in the test split, at most `count`.

    They are ordered, and so chosen, by their hashes: from all origins alike.
    """
    is_asked = pc.and_(
        pc.equal(corpus["split"], "test"), pc.equal(corpus["target_language"], pivot)
    )
    texts = set(corpus.filter(is_asked)["target_text"].to_pylist())
    return sorted(texts, key=lambda text: hash_texts([text]))[:count]


def score_retention(
    sentences: Sequence[str],
    language: str,
    encoders: Mapping[str, Encoder],
    params: EvaluationParams,
) -> pa.Table:
    """How well each student keeps the start model's view of held-out pivot sentences.

    Args:
        sentences: held out, distinct.
        language: theirs.
        encoders: by name, `start` among them.
        params: bootstrap and seed.

    Returns:
        A table of schema `SCORES`, one row per student.
    """
    vectors = {name: _encode(encoder, sentences, language) for name, encoder in encoders.items()}
    rows = []
    for name, encoder in encoders.items():
        if name == START:
            continue
        interval = retention(
            vectors[START], vectors[name], count=params.bootstrap_count, seed=params.seed
        )
        measured = Measurement(
            ALL_ORIGINS, language, hash_texts(sentences), name, encoder.fingerprint, params.seed
        )
        rows.append(measured.score("retention_spearman", interval, "pairwise similarities"))
    return as_table(rows, SCORES)


def _suites_of(test: pa.Table, pivot: str) -> Iterator[ParallelTexts]:
    of_pivot = test.filter(pc.equal(test["target_language"], pivot))
    origins = sorted(set(of_pivot["origin"].to_pylist()))
    if of_pivot.num_rows:
        yield _suite(of_pivot, ALL_ORIGINS, pivot)
    if len(origins) > 1:
        for origin in origins:
            part = of_pivot.filter(pc.equal(of_pivot["origin"], origin))
            yield _suite(part, f"{ALL_ORIGINS}/{origin}", pivot)


def _suite(pairs: pa.Table, name: str, pivot: str) -> ParallelTexts:
    focus = pairs["source_language"][0].as_py()
    sides = pairs["source_text"].to_pylist(), pairs["target_text"].to_pylist()
    return ParallelTexts(name, (focus, pivot), *sides)


def _encoded(suite: ParallelTexts, encoder: Encoder) -> EncodedTexts:
    source, target = suite.languages
    return EncodedTexts(
        encoder.fingerprint,
        _encode(encoder, suite.sources, source),
        _encode(encoder, suite.targets, target),
    )


def _encode(encoder: Encoder, texts: Sequence[str], language: str) -> np.ndarray:
    return encoder.encode(texts, language=language, role="query")


def retrieval_verdicts(
    suites: Sequence[ParallelTexts], encoders: Mapping[str, Encoder], params: EvaluationParams
) -> list[GateVerdict]:
    """Whether the main suite is large enough, and whether any student's space has collapsed."""
    main = suites[0]
    texts = list(dict.fromkeys(main.sources))
    verdicts = [
        collapse_gate(_encode(encoder, texts, main.languages[0])) for encoder in encoders.values()
    ]
    worst = min(verdicts, key=lambda verdict: verdict.is_passed)
    return [sample_size_gate(len(main.sources), params.min_queries), worst]


def retention_verdict(scores: pa.Table, least: float) -> GateVerdict:
    """Whether any student keeps enough; the best of them is judged.

    Raises:
        InputError: there is no student.
    """
    rows = scores.to_pylist()
    if not rows:
        raise InputError("no student to judge: train one first")
    best = max(rows, key=lambda row: row["value"])
    interval = Interval(
        **{name: best[name] for name in ("value", "ci_low", "ci_high", "n", "seed")}
    )
    return retention_gate(interval, least)


def main_errors(suites: Sequence[ParallelTexts], encoder: Encoder) -> list[RetrievalError]:
    """The worst mistakes of one model on the main suite."""
    return worst_errors(suites[0], _encoded(suites[0], encoder))

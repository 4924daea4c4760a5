"""Scores on the corpus's own test split: text that no student was trained on.

Pure but for the models, which are given.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.encoders import Encoder
from pipeline.errors import InputError
from pipeline.evaluation.gates import (
    collapse_gate,
    language_gate,
    sample_size_gate,
    saturation_gate,
)
from pipeline.evaluation.measures.retention import retention
from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.models import EncoderModel, Model, Texts
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.storage import GateVerdict
from pipeline.tables import SCORES, as_table, kept

ALL_ORIGINS = "held_out"
LEAST_SENTENCES = 10


def held_out_suites(corpus: pa.Table, pivots: Sequence[str]) -> list[ParallelTexts]:
    """The test split by pivot language: all origins together, then each by itself.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        pivots: target languages, the most important first.
    """
    test = corpus.filter(pc.equal(corpus["split"], "test"))
    return [suite for pivot in pivots for suite in _suites_of(test, pivot)]


def training_texts(corpus: pa.Table, triplets: Iterable[pa.Table] = ()) -> list[tuple[str, str]]:
    """Language and text of all that students may learn from: pairs, then triplets.

    Args:
        corpus: table of schema `PARALLEL_CORPUS`.
        triplets: tables of schema `FILTERED_TRIPLETS`.
    """
    train = corpus.filter(pc.equal(corpus["split"], "train"))
    columns = [(train, f"{side}_language", f"{side}_text") for side in ("source", "target")]
    for table in map(kept, triplets):
        columns.append((table, "anchor_language", "anchor_text"))
        written = ("positive_text", "negative_text")
        columns += [(table, "written_language", name) for name in written]
    return [
        text
        for table, language, name in columns
        for text in zip(table[language].to_pylist(), table[name].to_pylist(), strict=True)
    ]


def held_out_pivot_sentences(
    corpus: pa.Table, pivots: Sequence[str], count: int
) -> dict[str, list[str]]:
    """Distinct texts of each pivot in the test split, at most `count` of each.

    They are ordered, and so chosen, by their hashes: from all origins alike. A pivot with too few
    of them to speak of an order is left out.
    """
    test = corpus.filter(pc.equal(corpus["split"], "test"))
    found = {}
    for pivot in pivots:
        texts = test.filter(pc.equal(test["target_language"], pivot))["target_text"].to_pylist()
        if len(set(texts)) >= LEAST_SENTENCES:
            found[pivot] = sorted(set(texts), key=lambda text: hash_texts([text]))[:count]
    return found


def score_retention(
    sentences: Mapping[str, Sequence[str]],
    encoders: Mapping[str, Encoder],
    params: EvaluationParams,
) -> pa.Table:
    """How well each student keeps the start model's view of held-out pivot sentences.

    Args:
        sentences: held out, distinct, by language.
        encoders: by name, `start` among them.
        params: bootstrap and seed.

    Returns:
        A table of schema `SCORES`, one row per language and student.
    """
    rows = [
        row
        for language, texts in sentences.items()
        for row in _retention_rows(language, texts, encoders, params)
    ]
    return as_table(rows, SCORES)


def _retention_rows(
    language: str,
    texts: Sequence[str],
    encoders: Mapping[str, Encoder],
    params: EvaluationParams,
) -> Iterator[dict[str, object]]:
    start = _encode(encoders[START], texts, language)
    for name, encoder in encoders.items():
        if name == START:
            continue
        student = _encode(encoder, texts, language)
        interval = retention(start, student, count=params.bootstrap_count, seed=params.seed)
        measured = Measurement(
            ALL_ORIGINS, language, hash_texts(texts), name, encoder.fingerprint, params.seed
        )
        yield measured.score("retention_spearman", interval, "pairwise similarities")


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


def _encode(encoder: Encoder, texts: Sequence[str], language: str) -> np.ndarray:
    return encoder.encode(texts, language=language, role="query")


def retrieval_verdicts(
    suites: Sequence[ParallelTexts],
    models: Mapping[str, Model],
    scores: pa.Table,
    params: EvaluationParams,
) -> list[GateVerdict]:
    """Whether the main suite is large, hard and in its languages, and whether a space collapsed.

    Args:
        suites: the most important one first; where nothing was held out, those of the recipe.
        models: by name; baselines have no space that could collapse.
        scores: table of schema `SCORES`.
        params: least number of queries.

    Raises:
        InputError: there is no suite.
    """
    if not suites:
        raise InputError(
            "the corpus has no test pairs, and no suite of the recipe is for retrieval: add text,"
            " lower corpus.min_cosine, or name such a suite in `suites`"
        )
    main = suites[0]
    texts = Texts(main.languages[0], list(dict.fromkeys(main.sources)))
    encoders = [model for model in models.values() if isinstance(model, EncoderModel)]
    collapse = [collapse_gate(model.encode(texts)) for model in encoders]
    wanted = ("p_at_1", START, main.suite, main.direction)
    names = ("metric", "model", "suite", "direction")
    start = next(row for row in scores.to_pylist() if tuple(row[name] for name in names) == wanted)
    return [
        sample_size_gate(len(main.sources), params.min_queries),
        saturation_gate(start["value"], start["pool_size"]),
        min(collapse, key=lambda verdict: verdict.is_passed),
        language_gate(dict(zip(("source texts", "target texts"), main.sides, strict=True))),
    ]

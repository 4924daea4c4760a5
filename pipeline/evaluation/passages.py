"""Finding the passage that answers: what retrieval for a language model (RAG) rests on.

Pure but for the encoders, which are given. A query is the title of an article; right are the
passages of its body, or of its other language version's. The pool holds the passages of all
articles of a language.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.encoders import Encoder
from pipeline.evaluation.articles import Article, read_articles
from pipeline.evaluation.model_comparison import Metric, Outcomes, comparison_rows
from pipeline.evaluation.retrieval import retrieval_outcomes
from pipeline.measurements import Measurement, hash_texts
from pipeline.parameters import EvaluationParams
from pipeline.search import nearest
from pipeline.tables import SCORES, as_table

SUITE = "news_passages"
PASSAGE_CHARACTERS = 400
"""A passage is closed once it is this long."""
MOST_PARAGRAPHS = 3
"""Of one passage."""
_NDCG_DEPTH = 10


@dataclass(frozen=True)
class PassageTask:
    """Titles of one language to be answered by passages of one language.

    Attributes:
        languages: of the queries and of the passages.
        queries: titles of held-out articles.
        passages: the pool.
        right: for each query the positions of its passages; never empty.
    """

    languages: tuple[str, str]
    queries: Sequence[str]
    passages: Sequence[str]
    right: Sequence[Collection[int]]


def score_rag(
    articles: pa.Table, corpus: pa.Table, encoders: Mapping[str, Encoder], params: EvaluationParams
) -> pa.Table:
    """Top-1 accuracy, MRR and nDCG@10 of finding an article's passages by its title.

    Asked about are stories with a language version in the test split and none in the training
    split; wherever the corpus's focus language takes part, within it and across.

    Args:
        articles: table of schema `NEWS_ARTICLES`, oldest first, see `read_articles`.
        corpus: table of schema `PARALLEL_CORPUS`.
        encoders: by name; `start` comes first.
        params: bootstrap and seed.

    Returns:
        A table of schema `SCORES`, empty where nothing is held out; `direction` is the language of
        the titles, then that of the passages.
    """
    found = read_articles(articles, corpus)
    focuses = set(corpus["source_language"].to_pylist())
    languages = sorted(
        {one.language for one in found}, key=lambda code: (code not in focuses, code)
    )
    pairs = [(asked, pool) for asked in languages for pool in languages if focuses & {asked, pool}]
    tasks = [passage_task(found, pair) for pair in pairs]
    rows = [row for task in tasks if task.queries for row in _rows(task, encoders, params)]
    return as_table(rows, SCORES)


def passage_task(articles: Sequence[Article], languages: tuple[str, str]) -> PassageTask:
    """Queries, pool and right answers from one language to another.

    A passage with the same text as a right one is right as well.
    """
    asked, searched = languages
    passages: list[str] = []
    of_story: dict[str, list[int]] = {}
    for one in articles:
        if one.language == searched:
            for passage in split_passages(one.paragraphs):
                of_story.setdefault(one.story, []).append(len(passages))
                passages.append(passage)
    places: dict[str, list[int]] = {}
    for number, passage in enumerate(passages):
        places.setdefault(passage, []).append(number)
    queries = [
        one
        for one in articles
        if one.language == asked and one.is_tested and one.title and one.story in of_story
    ]
    right = [
        {place for number in of_story[one.story] for place in places[passages[number]]}
        for one in queries
    ]
    return PassageTask(languages, [one.title for one in queries], passages, right)


def split_passages(paragraphs: Sequence[str]) -> list[str]:
    """Neighbouring paragraphs joined until there are 400 characters, or three of them."""
    passages: list[list[str]] = [[]]
    for paragraph in paragraphs:
        last = passages[-1]
        if len(last) == MOST_PARAGRAPHS or sum(map(len, last)) >= PASSAGE_CHARACTERS:
            passages.append(last := [])
        last.append(paragraph)
    return ["\n".join(passage) for passage in passages if passage]


def ndcg(queries: np.ndarray, pool: np.ndarray, right: Sequence[Collection[int]]) -> np.ndarray:
    """Normalised discounted cumulative gain at 10 of each query (Jarvelin and Kekalainen 2002).

    Args:
        queries: (n, d) float32 unit rows.
        pool: (m, d) float32 unit rows.
        right: for each query the positions of what is right, at least one.

    Returns:
        (n,) float64 in [0, 1]; 1 when all ten, or all there are, are right.
    """
    discounts = 1 / np.log2(np.arange(2, _NDCG_DEPTH + 2))
    ranked = nearest(queries, pool, _NDCG_DEPTH).row
    gains = [
        discounts[: len(rows)][[row in wanted for row in rows]].sum()
        / discounts[: len(wanted)].sum()
        for rows, wanted in zip(ranked.tolist(), right, strict=True)
    ]
    return np.array(gains)


def _rows(
    task: PassageTask, encoders: Mapping[str, Encoder], params: EvaluationParams
) -> list[dict[str, object]]:
    dataset_hash = hash_texts(task.queries, task.passages)
    direction, pool_size = "-".join(task.languages), len(task.passages)
    measured = Measurement(SUITE, direction, dataset_hash, "", "", params.seed, pool_size)
    metrics = [Metric("top_1"), Metric("mrr"), Metric("ndcg_at_10")]
    models = {name: _outcomes(task, encoder) for name, encoder in encoders.items()}
    return comparison_rows(measured, metrics, models, params)


def _outcomes(task: PassageTask, encoder: Encoder) -> Outcomes:
    queries = encoder.encode(task.queries, language=task.languages[0], role="query")
    pool = encoder.encode(task.passages, language=task.languages[1], role="passage")
    found = retrieval_outcomes(queries, pool, task.right)
    columns = {
        "top_1": found.is_hit,
        "mrr": found.reciprocal_rank,
        "ndcg_at_10": ndcg(queries, pool, task.right),
    }
    return Outcomes(encoder.fingerprint, columns, {})

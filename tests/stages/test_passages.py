import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.gates import suite_gate
from pipeline.evaluation.passages import (
    MOST_PARAGRAPHS,
    PASSAGE_CHARACTERS,
    ndcg,
    score_rag,
    split_passages,
)
from pipeline.parameters import EvaluationParams
from pipeline.tables import NEWS_ARTICLES, PARALLEL_CORPUS, SCORES, as_table

PARAMS = EvaluationParams(bootstrap_count=100)
STORIES = "abcdef"


class Letters:
    """The axis of a text is its last letter; capitals are Russian."""

    dimension = 8

    def __init__(self, fingerprint, *, is_bilingual=True):
        self.fingerprint = fingerprint
        self.is_bilingual = is_bilingual
        self.roles = set()

    def encode(self, texts, *, language, role="query"):
        self.roles.add((role, len(texts)))
        shift = 0 if self.is_bilingual or language == "tuk_Latn" else 1
        axes = [(STORIES.index(text[-1].lower()) + shift) % 6 for text in texts]
        return np.eye(8, dtype=np.float32)[axes]


ARTICLES = as_table(
    [
        {
            "document_key": f"news/a/{language}/{letter}",
            "site": "a",
            "article_id": letter,
            "language": language,
            "title": f"title {letter}",
            "paragraphs": ["x" * PASSAGE_CHARACTERS + letter, f"more {letter}"],
        }
        for language in ("tuk_Latn", "rus_Cyrl")
        for letter in STORIES
    ],
    NEWS_ARTICLES,
)
CORPUS = as_table(
    [
        {
            "source_language": "tuk_Latn",
            "target_language": "rus_Cyrl",
            "source_document": f"news/a/tuk_Latn/{letter}",
            "target_document": f"news/a/rus_Cyrl/{letter}",
            "split": "test" if letter in "ab" else "train",
        }
        for letter in "abcd"
    ],
    PARALLEL_CORPUS,
)


def test_held_out_titles_find_passages_within_and_across_languages():
    start = Letters("a", is_bilingual=False)
    table = score_rag(ARTICLES, CORPUS, {"start": start, "student": Letters("b")}, PARAMS)
    assert table.schema == SCORES
    rows = {(row["model"], row["direction"], row["metric"]): row for row in table.to_pylist()}
    assert {direction for _, direction, _ in rows} == {
        "tuk_Latn-tuk_Latn",
        "tuk_Latn-rus_Cyrl",
        "rus_Cyrl-tuk_Latn",
    }
    for metric in ("top_1", "mrr", "ndcg_at_10"):
        assert rows["start", "tuk_Latn-tuk_Latn", metric]["value"] == pytest.approx(1)
        assert rows["student", "rus_Cyrl-tuk_Latn", metric]["value"] == pytest.approx(1)
        assert rows["start", "rus_Cyrl-tuk_Latn", metric]["value"] < 0.6
        assert rows["difference", "rus_Cyrl-tuk_Latn", metric]["value"] > 0.4
    assert {row["n"] for row in rows.values()} == {2}
    assert {row["pool_size"] for row in rows.values()} == {12}
    assert start.roles == {("query", 2), ("passage", 12)}


def test_without_held_out_articles_there_is_nothing_to_score():
    table = score_rag(ARTICLES, PARALLEL_CORPUS.empty_table(), {"start": Letters("a")}, PARAMS)
    assert table.num_rows == 0
    verdict = suite_gate(table, 100, "titles")
    assert verdict.is_passed
    assert "nothing to score" in verdict.reason


def test_a_suite_with_too_few_titles_is_refused():
    table = score_rag(ARTICLES, CORPUS, {"start": Letters("a")}, PARAMS)
    verdict = suite_gate(table, 3, "titles")
    assert not verdict.is_passed
    assert verdict.reason.startswith("2 titles were scored; 3 is the minimum.")
    assert suite_gate(table, 2, "titles").is_passed


@given(st.lists(st.text("ab ", min_size=1, max_size=300), max_size=20))
def test_passages_hold_every_paragraph_once_in_order(paragraphs):
    passages = split_passages(paragraphs)
    assert "\n".join(passages) == "\n".join(paragraphs)
    for passage in passages:
        parts = passage.split("\n")
        assert len(parts) <= MOST_PARAGRAPHS
        assert sum(map(len, parts[:-1])) < PASSAGE_CHARACTERS


def unit(*rows):
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


POOL = unit([1, 0], [1, 0.2], [1, 0.4], [1, 0.8])


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ({0}, 1),
        ({1}, 1 / np.log2(3)),
        ({0, 1}, 1),
        ({0, 2}, (1 + 1 / 2) / (1 + 1 / np.log2(3))),
        ({3}, 1 / np.log2(5)),
    ],
)
def test_ndcg_discounts_by_the_logarithm_of_the_rank(right, expected):
    assert ndcg(unit([1, 0]), POOL, [right])[0] == pytest.approx(expected)


def test_what_stands_behind_the_tenth_place_counts_nothing():
    pool = unit(*[[1, 0.05 * number] for number in range(12)])
    assert ndcg(unit([1, 0]), pool, [{11}])[0] == 0
    assert ndcg(unit([1, 0]), pool, [set(range(12))])[0] == pytest.approx(1)

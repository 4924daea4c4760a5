import numpy as np
import pytest

from pipeline.evaluation.held_out.news_passages import SUITE, news_passages
from pipeline.evaluation.measures.scores import Scored
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.tasks.passages import score_passages
from pipeline.parameters import EvaluationParams
from pipeline.tables import NEWS_ARTICLES, PARALLEL_CORPUS, as_table
from pipeline.text.passages import PASSAGE_CHARACTERS

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
    models = {"start": EncoderModel(start), "student": EncoderModel(Letters("b"))}
    tasks = news_passages(ARTICLES, CORPUS)
    scored = Scored.all_of(score_passages(task, models, PARAMS) for task in tasks)
    rows = {(row["model"], row["direction"], row["metric"]): row for row in scored.rows}
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
    assert {row["suite"] for row in rows.values()} == {SUITE}
    assert {row["n"] for row in rows.values()} == {2}
    assert {row["pool_size"] for row in rows.values()} == {12}
    assert start.roles == {("query", 2), ("passage", 12)}
    assert {(one.model, one.direction) for one in scored.mistakes} == {
        ("start", "tuk_Latn-rus_Cyrl"),
        ("start", "rus_Cyrl-tuk_Latn"),
    }


def test_without_held_out_articles_there_is_no_task():
    assert news_passages(ARTICLES, PARALLEL_CORPUS.empty_table()) == []

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from pipeline.evaluation.held_out.news_topics import topic_tasks
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.tasks.classification import (
    ClassificationTask,
    LabelledTexts,
    macro_f1,
    score_classification,
)
from pipeline.parameters import EvaluationParams
from pipeline.tables import NEWS_ARTICLES, PARALLEL_CORPUS, SCORES, as_table

PARAMS = EvaluationParams(bootstrap_count=100)
NOTHING = PARALLEL_CORPUS.empty_table()
NAMES = {"sport": ("sport", "спорт"), "economy": ("ykdysadyýet", "экономика")}


class Topics:
    """One axis per topic, told by a letter in the title, and a little noise by length."""

    dimension = 4

    def __init__(self, fingerprint, *, is_blind_to=()):
        self.fingerprint = fingerprint
        self.is_blind_to = is_blind_to

    def encode(self, texts, *, language, role="query"):
        axes = [2 if language in self.is_blind_to else "#" in text for text in texts]
        vectors = np.eye(4, dtype=np.float32)[np.array(axes, int)]
        vectors[:, 3] = 0.01 * np.array([len(text) for text in texts])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


MODELS = {
    "start": EncoderModel(Topics("a", is_blind_to=("tuk_Latn",))),
    "student": EncoderModel(Topics("b")),
}


def articles(count=10, **more):
    return as_table(
        [
            {
                "document_key": f"news/a/{language}/{topic}/{number:02}",
                "site": "a",
                "article_id": f"{topic}{number}",
                "language": language,
                "title": ("#" if topic == "sport" else "") + "söz " * (number % 3),
                "category": NAMES[topic][place],
                "paragraphs": ["tekst"],
            }
            | more
            for place, language in enumerate(("tuk_Latn", "rus_Cyrl"))
            for topic in NAMES
            for number in range(count)
        ],
        NEWS_ARTICLES,
    )


def scores(table, corpus=NOTHING, models=MODELS):
    tasks = topic_tasks(table, corpus, PARAMS.seed)
    rows = [row for task in tasks for row in score_classification(task, models, PARAMS).rows]
    assert as_table(rows, SCORES).num_rows == len(rows)
    return {(row["model"], row["direction"], row["metric"]): row for row in rows}


def test_a_space_shared_by_languages_carries_a_classifier_across():
    found = scores(articles())
    assert found["student", "rus_Cyrl-tuk_Latn", "accuracy"]["value"] == 1
    assert found["student", "rus_Cyrl-tuk_Latn", "macro_f1"]["value"] == 1
    assert found["start", "rus_Cyrl-tuk_Latn", "accuracy"]["value"] == pytest.approx(0.5, abs=0.2)
    assert found["start", "rus_Cyrl-rus_Cyrl", "accuracy"]["value"] == 1
    gain = found["difference", "rus_Cyrl-tuk_Latn", "accuracy"]
    assert gain["value"] == pytest.approx(
        1 - found["start", "rus_Cyrl-tuk_Latn", "accuracy"]["value"]
    )
    assert gain["n"] == 20
    assert gain["pool_size"] == 2


def test_what_was_trained_on_is_not_asked_about():
    corpus = as_table(
        [{"source_document": "news/a/tuk_Latn/sport/00", "target_document": "x", "split": "train"}],
        PARALLEL_CORPUS,
    )
    assert {row["n"] for row in scores(articles(), corpus).values()} == {19}


@pytest.mark.parametrize(
    "table", [articles(4), articles(category="sport"), articles(category=None)]
)
def test_without_two_categories_of_enough_stories_there_is_no_score(table):
    assert scores(table) == {}


def test_nothing_is_learnt_from_the_other_version_of_a_story_that_is_asked_about():
    """Vectors name the story alone, so that only a leak could be right more often than chance."""

    class Stories(Topics):
        def encode(self, texts, *, language, role="query"):
            numbers = [int(text.split()[0]) for text in texts]
            return np.eye(40, dtype=np.float32)[numbers]

        dimension = 40

    rows = articles(20).to_pylist()
    rng = np.random.default_rng(3)
    hidden = rng.permutation(40)
    for row in rows:
        number = int(row["document_key"][-2:]) + 20 * (row["category"] in NAMES["sport"])
        row["title"] = str(hidden[number])
    table = as_table(rows, NEWS_ARTICLES)
    found = scores(table, models={"start": EncoderModel(Stories("s"))})
    values = [row["value"] for row in found.values() if row["metric"] == "accuracy"]
    assert len(values) == 4
    assert max(values) <= 0.6


def _task(**more):
    train = LabelledTexts.of_one_fold("tuk_Latn", ["#a", "b"] * 8, ["sport", "economy"] * 8, 0)
    test = LabelledTexts.of_one_fold(
        "tuk_Latn", ["#c", "#d", "e"], ["sport", "economy", "economy"], 1
    )
    return ClassificationTask("news", train, test, **more)


def test_the_mistakes_tell_what_was_taken_for_what():
    models = {"student": MODELS["student"]}
    scored = score_classification(_task(), models, PARAMS)
    (mistake,) = scored.mistakes
    assert (mistake.query, mistake.right, mistake.found) == ("#d", "economy", "sport")
    values = {row["metric"]: row["value"] for row in scored.rows}
    assert values["accuracy"] == pytest.approx(2 / 3)


def test_sensitive_texts_are_scored_and_not_shown():
    scored = score_classification(_task(is_sensitive=True), MODELS, PARAMS)
    assert scored.rows
    assert scored.mistakes == []


LABELS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


@given(LABELS)
def test_macro_f1_agrees_with_scikit_learn(labels):
    predicted, gold = (np.array(column, float) for column in zip(*labels, strict=True))
    expected = f1_score(gold, predicted, average="macro", zero_division=0)
    assert macro_f1(predicted, gold) == pytest.approx(expected)


def test_macro_f1_of_resamples_looks_at_the_classes_of_each():
    predicted, gold = np.array([[0, 0], [0, 1]]), np.array([[0, 0], [0, 0]])
    assert macro_f1(predicted, gold).tolist() == pytest.approx([1, 1 / 3])

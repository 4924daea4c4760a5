import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from pipeline.evaluation.held_out.paraphrase_pairs import held_out_paraphrases, paraphrase_pairs
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.tasks.paraphrase import (
    average_precision,
    best_threshold,
    score_paraphrases,
)
from pipeline.parameters import EvaluationParams
from pipeline.tables import PARALLEL_CORPUS, SCORES, as_table

PARAMS = EvaluationParams(bootstrap_count=100)


def corpus(*rows, split="test", origin="bitexts"):
    defaults = {
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "split": split,
        "origin": origin,
    }
    return as_table(
        [defaults | {"source_text": source, "target_text": target} for source, target in rows],
        PARALLEL_CORPUS,
    )


PAIRS = corpus(
    ("faýly aç", "Открыть файл"),
    ("faýly açmak", "открыть файл!"),
    ("faýly poz", "Удалить файл"),
    ("bukjany aç", "Открыть папку"),
)


def test_texts_with_one_translation_are_paraphrases_and_a_look_alike_is_the_near_miss():
    (pairs,) = paraphrase_pairs(PAIRS, "test")
    assert pairs.languages == ("tuk_Latn", "tuk_Latn")
    assert list(pairs.is_paraphrase) == [True, False]
    assert {pairs.first[0], pairs.second[0]} == {"faýly aç", "faýly açmak"}
    assert pairs.first[1] == pairs.first[0]
    assert pairs.second[1] in {"faýly poz", "bukjany aç"}


def test_pivot_texts_with_one_focus_text_are_paraphrases_too():
    turned = corpus(("ýap", "Закрыть"), ("ýap", "Закройте"), ("aç", "Открыть"))
    (pairs,) = paraphrase_pairs(turned, "test")
    assert pairs.languages == ("rus_Cyrl", "rus_Cyrl")
    assert pairs.second[1] == "Открыть"


def test_copies_are_no_paraphrases_of_each_other():
    assert paraphrase_pairs(corpus(("Aç", "x"), ("aç!", "x"), ("ýap", "y")), "test") == []


def test_texts_that_differ_in_a_number_are_no_paraphrases():
    numbers = corpus(("3 gün", "осталось 3"), ("5 gün galdy", "осталось 5"), ("ýap", "закрыть"))
    assert paraphrase_pairs(numbers, "test") == []


def test_a_near_miss_is_of_the_same_origin_and_shares_no_meaning():
    alone = corpus(("aç", "открыть"), ("açmak", "открыть"))
    elsewhere = as_table(
        alone.to_pylist() + corpus(("aç indi", "теперь"), origin="news").to_pylist(),
        PARALLEL_CORPUS,
    )
    assert paraphrase_pairs(elsewhere, "test") == []


def test_no_text_stands_in_two_paraphrases():
    many = corpus(*[(f"söz {letter}", "слово") for letter in "abcde"], ("başga", "другое"))
    (pairs,) = paraphrase_pairs(many, "test")
    used = [
        text
        for first, second, is_paraphrase in zip(
            pairs.first, pairs.second, pairs.is_paraphrase, strict=True
        )
        if is_paraphrase
        for text in (first, second)
    ]
    assert len(used) == len(set(used)) == 4


class Stems:
    """Two axes by the first letters of the last word; one shared by all."""

    dimension = 64

    def __init__(self, fingerprint):
        self.fingerprint = fingerprint

    def encode(self, texts, *, language, role="query"):
        axes = [ord(text.split()[-1][0]) % 64 for text in texts]
        return np.eye(64, dtype=np.float32)[axes]


def groups(split, count=12):
    letters = "abcdefghijklmnop"[:count]
    rows = [(f"{a} {letter}x", f"значение {letter}") for letter in letters for a in ("bir", "iki")]
    return corpus(*rows, split=split)


def test_a_model_that_tells_them_apart_is_right_at_either_threshold():
    both = as_table(groups("dev").to_pylist() + groups("test").to_pylist(), PARALLEL_CORPUS)
    (task,) = held_out_paraphrases(both)
    models = {name: EncoderModel(Stems(name)) for name in ("start", "student")}
    scored = score_paraphrases(task, models, PARAMS)
    assert scored.mistakes == []
    assert as_table(scored.rows, SCORES).num_rows == len(scored.rows)
    rows = {(row["model"], row["metric"]): row for row in scored.rows}
    for metric in ("accuracy_at_0.8", "accuracy_at_tuned", "average_precision", "mean_cosine"):
        assert rows["start", metric]["value"] == pytest.approx(1)
        assert rows["difference", metric]["value"] == pytest.approx(0)
    assert rows["start", "accuracy_at_0.8"]["n"] == 24
    assert rows["start", "mean_cosine"]["n"] == 12
    assert rows["start", "accuracy_at_tuned"]["note"] == "from 1.000 on, tuned on 24 other pairs"


def test_without_a_development_split_no_threshold_is_tuned():
    (task,) = held_out_paraphrases(groups("test"))
    scored = score_paraphrases(task, {"start": EncoderModel(Stems("a"))}, PARAMS)
    assert "accuracy_at_tuned" not in {row["metric"] for row in scored.rows}


def test_nothing_held_out_gives_no_task():
    assert held_out_paraphrases(groups("train")) == []


LABELLED = st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=30)


@given(LABELLED)
def test_average_precision_agrees_with_scikit_learn_where_no_scores_are_equal(labelled):
    labels = np.array([label for _, label in labelled], float)
    scores = np.array([score for score, _ in labelled]) + np.linspace(0, 0.5, len(labelled))
    value = average_precision(scores, labels)
    if labels.any():
        assert value == pytest.approx(average_precision_score(labels, scores))
    else:
        assert np.isnan(value)


def test_equal_scores_count_against_the_model():
    assert average_precision(np.zeros(4), np.array([1.0, 0, 0, 0])) == pytest.approx(0.25)


@given(LABELLED)
def test_no_other_threshold_is_right_more_often(labelled):
    scores, labels = (np.array(column, float) for column in zip(*labelled, strict=True))
    best = best_threshold(scores, labels)
    right = ((scores >= best) == (labels > 0)).sum()
    assert all(right >= ((scores >= other) == (labels > 0)).sum() for other in scores)

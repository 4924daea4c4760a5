import numpy as np
import pytest

from pipeline.errors import InputError
from pipeline.evaluation.baselines import load_models
from pipeline.evaluation.held_out.corpus_split import (
    held_out_pivot_sentences,
    held_out_suites,
    retrieval_verdicts,
    score_retention,
    training_texts,
)
from pipeline.evaluation.models import as_models
from pipeline.parameters import EvaluationParams
from pipeline.tables import FILTERED_TRIPLETS, PARALLEL_CORPUS, SCORES, as_table

PARAMS = EvaluationParams(bootstrap_count=100, min_queries=6)
WORDS = ["suw", "ot", "ýel", "daş", "gum", "gün"]


class Meanings:
    """Gives a word and its translation, which is the word in capitals, one axis."""

    dimension = 8

    def __init__(self, fingerprint, shift=0):
        self.fingerprint = fingerprint
        self.shift = shift  # how far the pivot side is from where it belongs

    def encode(self, texts, *, language, role="query"):
        assert role == "query"
        shift = self.shift if language != "tuk_Latn" else 0
        axes = [(WORDS.index(text.lower()) + shift) % len(WORDS) for text in texts]
        vectors = np.eye(8, dtype=np.float32)[axes]
        vectors[:, 7] = 0.1 * np.array([len(text) for text in texts])
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class OnePoint(Meanings):
    """All texts mean the same."""

    def encode(self, texts, *, language, role="query"):
        return np.eye(8, dtype=np.float32)[[0] * len(texts)]


def corpus(*rows):
    names = ("source_text", "target_language", "origin", "split")
    return as_table(
        [
            dict(zip(names, row, strict=True))
            | {"source_language": "tuk_Latn", "target_text": row[0].upper()}
            for row in rows
        ],
        PARALLEL_CORPUS,
    )


CORPUS = corpus(
    *[(word, "rus_Cyrl", "textbooks", "test") for word in WORDS[:3]],
    *[(word, "rus_Cyrl", "bitexts", "test") for word in WORDS[3:]],
    ("suw", "eng_Latn", "bitexts", "test"),
    ("seen", "rus_Cyrl", "bitexts", "train"),
    ("out", "rus_Cyrl", "bitexts", None),
)
SUITES = held_out_suites(CORPUS, ["rus_Cyrl", "eng_Latn"])
ENCODERS = {"start": Meanings("a", shift=1), "student": Meanings("b")}
MODELS = as_models(ENCODERS)


def test_the_whole_test_split_of_a_pivot_comes_before_its_origins():
    assert [(one.suite, one.languages[1], len(one.sources)) for one in SUITES] == [
        ("held_out", "rus_Cyrl", 6),
        ("held_out/bitexts", "rus_Cyrl", 3),
        ("held_out/textbooks", "rus_Cyrl", 3),
        ("held_out", "eng_Latn", 1),
    ]
    assert SUITES[0].targets == [word.upper() for word in WORDS]


def test_a_corpus_without_test_pairs_cannot_be_judged():
    assert held_out_suites(PARALLEL_CORPUS.empty_table(), ["rus_Cyrl"]) == []
    with pytest.raises(InputError, match="no test pairs"):
        retrieval_verdicts([], MODELS, SCORES.empty_table(), PARAMS)


def many(pivot, *origins):
    letters = "abcçdeäfghijž"
    return [(letter, pivot, origin, "test") for letter in letters for origin in origins]


def test_pivot_sentences_are_distinct_held_out_and_a_smaller_choice_is_part_of_a_larger():
    twice = corpus(*many("rus_Cyrl", "a", "b"), ("seen", "rus_Cyrl", "a", "train"))
    everything = held_out_pivot_sentences(twice, ["rus_Cyrl"], 99)["rus_Cyrl"]
    assert sorted(everything) == sorted("ABCÇDEÄFGHIJŽ")
    assert held_out_pivot_sentences(twice, ["rus_Cyrl"], 4) == {"rus_Cyrl": everything[:4]}


def test_a_pivot_with_a_handful_of_sentences_has_no_order_to_be_judged():
    assert held_out_pivot_sentences(CORPUS, ["rus_Cyrl", "eng_Latn"], 99) == {}


def test_a_student_that_keeps_the_start_models_view_has_retention_one_in_every_language():
    sentences = dict.fromkeys(["rus_Cyrl", "eng_Latn"], WORDS)
    models = {"start": Meanings("a"), "student": Meanings("b")}
    table = score_retention(sentences, models, PARAMS)
    assert table.schema == SCORES
    rows = table.to_pylist()
    assert [row["direction"] for row in rows] == ["rus_Cyrl", "eng_Latn"]
    for row in rows:
        assert (row["model"], row["model_fingerprint"], row["n"]) == ("student", "b", 6)
        assert row["value"] == pytest.approx(1.0)


def p_at_1_of_start(value):
    main = {"suite": SUITES[0].suite, "direction": SUITES[0].direction}
    row = main | {"metric": "p_at_1", "model": "start", "value": value, "pool_size": 6}
    other = row | {"suite": "another", "value": 1 - value}
    return as_table([other, row], SCORES)


def test_few_queries_an_easy_suite_and_a_collapsed_student_are_refused():
    passed = retrieval_verdicts(
        SUITES, MODELS | load_models(["bm25"], ENCODERS.get), p_at_1_of_start(0.4), PARAMS
    )
    assert [(gate.name, gate.is_passed) for gate in passed] == [
        ("sample_size", True),
        ("saturation", True),
        ("collapse", True),
        ("language", True),
    ]
    flat = as_models(ENCODERS | {"flat": OnePoint("c")})
    failed = retrieval_verdicts(SUITES, flat, p_at_1_of_start(1.0), EvaluationParams(min_queries=7))
    assert [gate.is_passed for gate in failed] == [False, False, False, True]
    assert "6 queries" in failed[0].reason


def test_training_texts_are_those_of_train_and_of_kept_triplets():
    row = {"anchor_language": "tuk_Latn", "written_language": "eng_Latn", "anchor_text": "suw"}
    kept = row | {"positive_text": "water", "negative_text": "fire"}
    rejected = kept | {"anchor_text": "ot", "reject_reason": "duplicate anchor"}
    texts = training_texts(
        corpus(("gum", "rus_Cyrl", "bitexts", "train"), ("daş", "rus_Cyrl", "bitexts", "test")),
        [as_table([kept, rejected], FILTERED_TRIPLETS)],
    )
    assert sorted(texts) == [
        ("eng_Latn", "fire"),
        ("eng_Latn", "water"),
        ("rus_Cyrl", "GUM"),
        ("tuk_Latn", "gum"),
        ("tuk_Latn", "suw"),
    ]

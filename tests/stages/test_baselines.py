import bm25s
import numpy as np
import pytest

from pipeline.evaluation.baselines import Bm25, LengthRatio, TfIdf, load_models
from pipeline.evaluation.models import EncoderModel, Texts
from pipeline.evaluation.tasks.retrieval import ParallelTexts, score_retrieval
from pipeline.parameters import EvaluationParams

POOL = Texts("eng_Latn", ["the red cat sat", "the dog ran", "a red red fox", "..."], "passage")
QUERIES = Texts("eng_Latn", ["Red fox?", "dog dog", "nothing known", "!"])


def whole(similarities):
    rows, columns = similarities.shape
    return similarities.tile(slice(0, rows), slice(0, columns))


def test_bm25_scores_are_those_of_the_library():
    index = bm25s.BM25(k1=1.5, b=0.75, method="lucene")
    index.index([text.split() or [""] for text in [*POOL.texts[:3], ""]], show_progress=False)
    found = whole(Bm25().similarities(QUERIES, POOL))
    for row, words in enumerate((["red", "fox"], ["dog", "dog"])):
        assert found[row] == pytest.approx(index.get_scores(words), abs=1e-6)
    assert found[2:].tolist() == [[0] * 4] * 2


def test_bm25_of_a_pair_takes_the_rarity_of_words_from_all_seconds():
    found = Bm25().pairwise(QUERIES, POOL)
    assert found == pytest.approx(np.diagonal(whole(Bm25().similarities(QUERIES, POOL))))


def test_a_pool_without_words_matches_nothing():
    signs = Texts("und", ["!", "?"])
    assert whole(Bm25().similarities(signs, signs)).tolist() == [[0, 0], [0, 0]]


def test_capitals_are_those_of_the_language():
    pool = ["ISPARTA IŞIK", "İstanbul"]
    asked = ["ısparta ışık", "istanbul"]
    turkish = Bm25().similarities(Texts("tur_Latn", asked), Texts("tur_Latn", pool))
    assert (whole(turkish) > 0).tolist() == [[True, False], [False, True]]
    english = Bm25().similarities(Texts("eng_Latn", asked), Texts("eng_Latn", pool))
    assert not whole(english)[0].any()


def test_tfidf_gives_cosines_by_shared_letters():
    found = whole(TfIdf().similarities(QUERIES, POOL))
    assert found.argmax(axis=1)[:2].tolist() == [2, 1]
    assert 0 <= found.min() <= found.max() <= 1 + 1e-6
    same = TfIdf().pairwise(POOL, POOL)
    assert same == pytest.approx(np.ones(4), abs=1e-6)


def test_tfidf_learns_its_features_from_the_training_texts_alone():
    train, test = TfIdf().features(POOL, QUERIES)
    again, _ = TfIdf().features(POOL, Texts("eng_Latn", ["zebra zebra"]))
    assert train.shape == again.shape == (4, test.shape[1])
    assert test[[2]].sum() == pytest.approx(0)
    assert Bm25().features(POOL, QUERIES) is None
    assert LengthRatio().features(POOL, QUERIES) is None


def test_the_length_baseline_falls_with_the_log_of_the_ratio():
    first, second = Texts("und", ["aa"] * 4), Texts("und", ["aa", "a", "aaaa", "a" * 8])
    found = LengthRatio().pairwise(first, second)
    assert -np.log(found) == pytest.approx(np.log([1, 2, 2, 4]))


def test_every_baseline_can_be_scored_both_ways_and_beside_an_encoder():
    texts = [f"word{i} in {'x' * i} line {i}" for i in range(12)]
    task = ParallelTexts("toy", ("und", "und"), texts, [f"{text} again" for text in texts])
    models = load_models(["bm25", "tfidf", "length"], load=lambda _: None)
    table = score_retrieval(task, models, EvaluationParams(bootstrap_count=100)).table()
    hits = {row["model"]: row["value"] for row in table.to_pylist() if row["metric"] == "p_at_1"}
    assert hits["bm25"] == hits["tfidf"] == 1
    assert hits["length"] < 1


def test_names_that_are_no_baseline_are_loaded_and_each_name_once():
    loaded = []
    models = load_models(["bm25", "some/model", "bm25"], load=loaded.append)
    assert list(models) == ["bm25", "some/model"]
    assert loaded == ["some/model"]
    assert isinstance(models["some/model"], EncoderModel)


def test_fingerprints_tell_baselines_and_settings_apart():
    models = [Bm25(), Bm25(k1=1.2), TfIdf(), TfIdf(longest=4), LengthRatio()]
    assert len({model.fingerprint for model in models}) == 5
    assert Bm25().fingerprint == Bm25().fingerprint

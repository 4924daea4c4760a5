import numpy as np
import pytest
from scipy import stats

from pipeline.errors import InputError
from pipeline.evaluation.measures.scores import START
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.evaluation.tasks.similarity import RatedPairs
from pipeline.evaluation.tasks.sts_retention import (
    pivot_ratings,
    score_sts_retention,
    sts_retention_rows,
)
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES

PARAMS = EvaluationParams(bootstrap_count=300)
RUS, ENG, TUK = "rus_Cyrl", "eng_Latn", "tuk_Latn"
GOLD = np.random.default_rng(0).uniform(0, 5, 150)


class Known:
    """Similarities that are given, whatever the texts."""

    def __init__(self, fingerprint, values):
        self.fingerprint = fingerprint
        self.values = np.asarray(values, float)

    def pairwise(self, first, second):
        return self.values


def rated(languages=(RUS, RUS), gold=GOLD, suite="sts"):
    texts = [f"sentence {number}" for number in range(len(gold))]
    return RatedPairs(suite, languages, texts, texts, list(gold))


def noisy(noise, seed):
    return GOLD / 5 + noise * np.random.default_rng(seed).normal(size=len(GOLD))


def test_a_student_that_judges_as_the_start_model_does_keeps_exactly_everything():
    models = {START: Known("a", noisy(0.3, 1)), "student": Known("b", 2 * noisy(0.3, 1) - 1)}
    (row,) = sts_retention_rows(rated(), models, PARAMS)
    assert (row["value"], row["ci_low"], row["ci_high"]) == (1, 1, 1)
    assert (row["model"], row["metric"], row["direction"]) == ("student", "retention_sts", RUS)
    assert (row["n"], row["seed"], row["model_fingerprint"]) == (150, PARAMS.seed, "b")


def test_what_is_kept_is_the_ratio_of_two_spearmans():
    before, after = noisy(0.1, 1), noisy(0.6, 2)
    models = {START: Known("a", before), "student": Known("b", after)}
    (row,) = sts_retention_rows(rated(), models, PARAMS)
    ratio = stats.spearmanr(after, GOLD).statistic / stats.spearmanr(before, GOLD).statistic
    assert row["value"] == pytest.approx(ratio)
    assert row["ci_low"] < row["value"] < row["ci_high"] < 1


def test_a_student_may_know_more_than_its_start_and_the_opposite_is_negative():
    models = {
        START: Known("a", noisy(0.6, 1)),
        "better": Known("b", noisy(0.1, 2)),
        "turned round": Known("c", -noisy(0.6, 1)),
    }
    better, turned = sts_retention_rows(rated(), models, PARAMS)
    assert better["ci_low"] > 1
    assert turned["value"] == pytest.approx(-1)


def test_the_scale_of_the_ratings_does_not_matter():
    models = {START: Known("a", noisy(0.3, 1)), "student": Known("b", noisy(0.4, 2))}
    five, hundred = (
        sts_retention_rows(rated(gold=gold), models, PARAMS)[0]["value"]
        for gold in (GOLD, 20 * GOLD)
    )
    assert five == pytest.approx(hundred)


@pytest.mark.parametrize("what", ["ratings", "similarities"])
def test_ratings_or_similarities_that_do_not_vary_are_refused(what):
    gold = np.full(150, 3.0) if what == "ratings" else GOLD
    before = np.ones(150) if what == "similarities" else noisy(0.3, 1)
    models = {START: Known("a", before), "student": Known("b", noisy(0.3, 1))}
    with pytest.raises(InputError, match="do not vary"):
        sts_retention_rows(rated(gold=gold), models, PARAMS)


def test_the_first_ratings_within_a_pivot_are_taken_and_other_tasks_passed_over():
    russian, english, again = rated(), rated((ENG, ENG)), rated(suite="second")
    crossed, bitext = rated((RUS, ENG)), ParallelTexts("b", (RUS, RUS), ["a"], ["b"])
    tasks = [bitext, crossed, english, rated((TUK, TUK)), russian, again]
    assert pivot_ratings(tasks, [RUS, ENG]) == {RUS: russian, ENG: english}


def test_pivots_that_nobody_rated_are_left_out():
    assert pivot_ratings([rated()], [ENG, RUS]) == {RUS: rated()}
    assert pivot_ratings([], [ENG]) == {}


def test_every_student_has_a_row_for_every_rated_pivot():
    models = {
        "one": Known("b", noisy(0.2, 2)),
        START: Known("a", noisy(0.2, 1)),
        "two": Known("c", noisy(0.2, 3)),
    }
    table = score_sts_retention({RUS: rated(), ENG: rated((ENG, ENG))}, models, PARAMS)
    assert table.schema == SCORES
    found = [(row["direction"], row["model"]) for row in table.to_pylist()]
    assert found == [(RUS, "one"), (RUS, "two"), (ENG, "one"), (ENG, "two")]


def test_without_ratings_or_students_there_is_an_empty_table():
    start = {START: Known("a", noisy(0.2, 1))}
    assert score_sts_retention({}, start, PARAMS).num_rows == 0
    assert score_sts_retention({RUS: rated()}, start, PARAMS).num_rows == 0

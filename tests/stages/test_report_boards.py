import pytest

from pipeline.evaluation.report.boards import boards
from pipeline.evaluation.report.facts import SuiteFacts, facts_of, suite_facts
from pipeline.suites import load_suites
from pipeline.tables import SCORES, as_table

FOCUS, OTHER, SECOND = "tuk_Latn-rus_Cyrl", "kaz_Cyrl-rus_Cyrl", "rus_Cyrl-tuk_Latn"


def score(model, value, **changes):
    row = {
        "suite": "flores",
        "model": model,
        "model_fingerprint": model,
        "direction": FOCUS,
        "metric": "p_at_1",
        "value": value,
        "n": 997,
        "ci_low": value - 0.1,
        "ci_high": value + 0.2,
        "confidence_level_fraction": 0.95,
    }
    return row | changes


def difference(model, value, p_adjusted, **changes):
    own = {"model_fingerprint": model, "p_value": p_adjusted, "p_adjusted": p_adjusted}
    return score("difference", value, **own | changes)


def board(*rows, task="retrieval", **options):
    (found,) = boards({task: as_table(rows, SCORES)}, {}, "tuk_Latn", **options)
    return found


def test_the_start_model_leads_and_baselines_follow():
    rows = [score(name, 0.5) for name in ("bm25", "other/encoder", "student", "start")]
    found = board(*rows, baselines=("other/encoder",))
    assert found.models == ("start", "student", "bm25", "other/encoder")


def test_a_mean_over_directions_has_the_mean_of_their_intervals():
    rows = [score("start", 0.4), score("start", 0.6, direction=SECOND)]
    cell = board(*rows).columns[0].cells["start"]
    assert cell.value == pytest.approx(0.5)
    assert (cell.ci_low, cell.ci_high) == (pytest.approx(0.4), pytest.approx(0.7))
    assert cell.direction_count == 2


def test_directions_without_the_focus_language_have_their_own_column():
    found = board(score("start", 0.4), score("start", 0.9, direction=OTHER))
    shown = [(column.group, column.cells["start"].value) for column in found.columns]
    assert shown == [("Turkmen", 0.4), ("other languages", 0.9)]


def test_a_difference_counts_only_when_its_adjusted_p_is_small():
    rows = [score("start", 0.4), score("a", 0.5), score("b", 0.6), score("c", 0.2)]
    changes = [difference("a", 0.1, 0.05), difference("b", 0.2, 0.049), difference("c", -0.2, 0.01)]
    cells = board(*rows, *changes).columns[0].cells
    assert [cells[name].verdict for name in ("start", "a", "b", "c")] == ["", "", "better", "worse"]


def test_of_an_error_rate_less_is_better():
    rows = [score("start", 0.4, metric="cer"), score("a", 0.1, metric="cer")]
    found = board(*rows, difference("a", -0.3, 0.001, metric="cer"), task="reading")
    assert found.columns[0].cells["a"].verdict == "better"
    assert found.columns[0].cells["a"].is_best


def test_a_mean_says_in_how_many_directions_a_model_is_better_and_worse():
    rows = [score(model, 0.5, direction=one) for one in (FOCUS, SECOND) for model in ("start", "a")]
    changes = [difference("a", 0.2, 0.001), difference("a", -0.2, 0.001, direction=SECOND)]
    cell = board(*rows, *changes).columns[0].cells["a"]
    assert (cell.verdict, cell.told) == ("mixed", "better in 1 of 2, worse in 1 of 2")


def test_a_model_without_some_directions_is_never_the_best():
    rows = [score("start", 0.4), score("start", 0.4, direction=SECOND), score("a", 0.9)]
    cells = board(*rows, score("b", 0.1), score("b", 0.1, direction=SECOND)).columns[0].cells
    assert [name for name, cell in cells.items() if cell.is_best] == ["start"]


def test_equals_are_both_the_best_and_one_alone_is_not():
    cells = board(score("start", 0.5), score("a", 0.5)).columns[0].cells
    assert [cell.is_best for cell in cells.values()] == [True, True]
    assert not board(score("start", 0.5)).columns[0].cells["start"].is_best


def test_with_few_cases_nobody_is_the_best():
    column = board(score("start", 0.5, n=9), score("a", 0.6, n=9)).columns[0]
    assert column.is_anecdote
    assert not any(cell.is_best for cell in column.cells.values())


def test_parts_and_other_metrics_are_no_columns():
    part = score("start", 0.9, slice="length: 1-5 words")
    found = board(score("start", 0.5), part, score("start", 0.6, metric="mrr"))
    assert [column.metric for column in found.columns] == ["p_at_1"]
    assert found.columns[0].cells["start"].value == 0.5


def test_what_is_not_defined_has_no_cell():
    undefined = score("a", 0.5) | dict.fromkeys(("value", "ci_low", "ci_high"))
    assert set(board(score("start", 0.5), undefined).columns[0].cells) == {"start"}


def test_systems_of_different_kinds_stand_in_different_boards():
    tables = {
        "retrieval": as_table([score("start", 0.5)], SCORES),
        "alignment": as_table([score("aligner", 0.9, metric="strict_f1")], SCORES),
        "agreement": as_table([score("people", 0.9, metric="alpha_accept")], SCORES),
    }
    suites = {"flores": SuiteFacts("FLORES-200 dev", role="dev")}
    found = boards(tables, suites, "tuk_Latn")
    assert [one.models for one in found] == [("start",), ("aligner",)]
    assert found[0].columns[0].facts.title == "FLORES-200 dev"


def test_the_catalogue_tells_of_its_data_sets_and_names_tell_of_the_others():
    told = suite_facts(load_suites(["*"]))
    assert told
    assert all(one.title and one.task and one.role and one.licence for one in told.values())
    assert facts_of(told, "held_out/textbooks") == SuiteFacts("Held out, textbooks")

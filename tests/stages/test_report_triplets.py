"""What the report says of triplets that a language model wrote, and who learnt from them."""

import pytest

from pipeline.evaluation.report.page import ReportData, render_report
from pipeline.evaluation.report.triplets import triplet_funnel
from pipeline.recipe_sections import Students
from pipeline.tables import FILTERED_TRIPLETS, LEADERBOARD, as_table

RULES = ("no answer", "copy of the premise", "positive cosine below")
EVIL = "<script>alert(1)</script>"


def triplet(number, reason=None):
    return {
        "triplet_id": f"t{number}",
        "anchor_language": "tuk_Latn",
        "written_language": "eng_Latn",
        "anchor_text": f"Suw {number}",
        "positive_text": f"Water {number} {EVIL}",
        "negative_text": f"Fire {number}",
        "positive_cosine": 0.9,
        "negative_cosine": 0.8,
        "prompt_tokens": 1000 + number,
        "completion_tokens": 20,
        "reject_reason": reason,
    }


@pytest.fixture
def funnel():
    rows = [triplet(number) for number in range(8)]
    rows += [triplet(8, "positive cosine below 0.8"), triplet(9, "copy of the premise")]
    table = as_table(rows, FILTERED_TRIPLETS)
    return triplet_funnel("in_context", "a/model", table, RULES, 12.34)


def page_of(funnel, **learnt_from):
    board = [{"model": name, "value": 0.5, "ci_low": 0.4, "ci_high": 0.6} for name in learnt_from]
    return render_report(
        ReportData(
            "A trial",
            "tuk_Latn",
            ("eng_Latn",),
            leaderboard=as_table(board, LEADERBOARD),
            triplets=(funnel,),
            learnt_from=learnt_from,
        )
    )


def test_a_funnel_leads_rule_by_rule_to_the_kept_with_an_interval(funnel):
    assert [(one.name, one.rejected_count, one.left_count) for one in funnel.steps] == [
        ("in", 0, 10),
        ("copy of the premise", 1, 9),
        ("positive cosine below 0.8", 1, 8),
        ("kept", 0, 8),
    ]
    interval = funnel.kept_fraction
    assert (interval.value, interval.n) == (0.8, 10)
    assert interval.ci_low == pytest.approx(0.490, abs=1e-3)  # Wilson, 8 of 10
    assert interval.ci_high == pytest.approx(0.943, abs=1e-3)


def test_the_report_shows_the_funnel_the_model_its_tokens_and_kept_samples(funnel):
    page = page_of(funnel, a="pairs")
    section = page.partition('<section id="triplets">')[2].partition("</section>")[0]
    for words in ("In context: 8 of 10", "80.0% (49.0% to 94.3%)", "a/model", "12.3 tokens"):
        assert words in section
    assert "read 10\u202f045 tokens and wrote 200, 12.3 tokens a second" in section
    assert "5 of the kept triplets" in section
    assert 'lang="tk">Suw' in section
    assert EVIL not in page


def test_the_leaderboard_says_which_student_learnt_from_triplets(funnel):
    page = page_of(funnel, one="triplets", two="pairs", three="pairs, then triplets")
    board = page.partition('<section id="models">')[2].partition("</section>")[0]
    for words in ("triplets", "pairs", "pairs, then triplets"):
        assert f"learnt from {words}<" in board
    assert "one, three learnt from triplets" in page


def test_without_triplets_the_report_is_silent_about_them():
    data = ReportData("A trial", "tuk_Latn", ("eng_Latn",), learnt_from={"one": "pairs"})
    assert "triplets" not in render_report(data)


def test_a_strategy_that_wrote_nothing_has_no_fraction():
    empty = triplet_funnel("adapters", "a/model", FILTERED_TRIPLETS.empty_table(), RULES)
    assert (empty.kept_fraction, empty.triplet_count, empty.kept_count) == (None, 0, 0)
    assert (empty.prompt_tokens, empty.completion_tokens) == (0, 0)
    assert "Adapters: 0 of 0 triplets kept" in page_of(empty, a="pairs")


def test_students_are_told_apart_by_what_they_learn_from():
    kinds = {"student": {}, "after": {"are_triplets_after": True}}
    students = Students.model_validate({"kinds": kinds, "objectives": ["simcse", "mse"]})
    assert {name: students.lessons_of(name) for name in students.variants()} == {
        "simcse@0.3": "triplets",
        "mse@0.3": "pairs",
        "after-simcse@0.3": "triplets",
        "after-mse@0.3": "pairs, then triplets",
    }

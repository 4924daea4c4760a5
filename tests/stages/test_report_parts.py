"""Sections, parts, mistakes, trade-offs and plots of the report."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.measures.scores import Mistake
from pipeline.evaluation.report import words
from pipeline.evaluation.report.boards import boards
from pipeline.evaluation.report.facts import SuiteFacts
from pipeline.evaluation.report.headline import quality_comparison
from pipeline.evaluation.report.mistakes import suite_mistakes
from pipeline.evaluation.report.page import ReportData, render_report
from pipeline.evaluation.report.plots import Mark, interval_plot
from pipeline.evaluation.report.score_sections import score_sections
from pipeline.evaluation.report.trade_off_plots import Axis, Point, trade_off_plot
from pipeline.evaluation.report.trade_offs import trade_offs
from pipeline.evaluation.report.views import compared
from pipeline.tables import SCORES, as_table

FORWARD = "tuk_Latn-rus_Cyrl"


def score(model, value, metric="p_at_1", **changes):
    row = {
        "suite": "held_out",
        "model": model,
        "model_fingerprint": model,
        "direction": FORWARD,
        "metric": metric,
        "value": value,
        "n": 400,
        "pool_size": 4000,
        "ci_low": value - 0.1,
        "ci_high": value + 0.1,
        "confidence_level_fraction": 0.95,
    }
    return row | changes


def sections(*rows, suites=None):
    tables = {"retrieval": as_table(rows, SCORES)}
    return score_sections(tables, suites or {}, boards(tables, suites or {}, "tuk_Latn"))


PARTS = [
    score(model, 0.5, slice=part, direction=direction)
    for part in ("length: 1-5 words", "length: 6-12 words")
    for direction in (FORWARD, "rus_Cyrl-tuk_Latn")
    for model in ("start", "student")
]


def test_parts_of_a_suite_are_means_over_its_directions_and_no_rows_of_the_whole():
    (section,) = sections(score("start", 0.4), score("student", 0.6), *PARTS)
    (suite,) = section.suites
    assert [column.group for column in suite.parts] == ["length: 1-5 words", "length: 6-12 words"]
    assert suite.parts[0].cells["student"].direction_count == 2
    assert suite.line_count == 2


def test_a_small_suite_is_an_anecdote_beside_a_sound_one():
    (section,) = sections(score("start", 0.4), score("start", 0.9, suite="nine", n=9))
    assert [suite.facts.title for suite in section.sound] == ["Held out"]
    assert [suite.facts.title for suite in section.anecdotes] == ["Nine"]


def test_a_section_of_many_lines_folds_its_suites():
    many = [score(f"model {number}", 0.5) for number in range(17)]
    assert [sections(*many[:16])[0].is_long, sections(*many)[0].is_long] == [False, True]


def test_the_plot_shows_start_and_students_and_no_baseline():
    (section,) = sections(score("start", 0.4), score("student", 0.6), score("bm25", 0.1))
    assert "before training" in section.plot
    assert "BM25" not in section.plot


def test_of_many_students_the_plot_shows_the_best_and_says_so():
    students = [score(f"student {number}", number / 10) for number in range(1, 7)]
    (section,) = sections(*students, score("start", 0.05))
    assert "(best 4 of 7 models)" in section.plot
    assert "before training" in section.plot
    assert "student 6" in section.plot
    assert "student 3" not in section.plot


def test_mistakes_stand_by_data_set_direction_and_model_with_their_kinds():
    mistakes = [
        Mistake("a", FORWARD, "start", "q1", "r", "f", 0.3, "numbers differ"),
        Mistake("b", "tuk_Latn", "start", "q2", "r", "f", 0.3),
        Mistake("a", FORWARD, "start", "q3", "r", "f", 0.2, "names differ"),
        Mistake("a", FORWARD, "start", "q4", "r", "f", 0.1, "names differ"),
        Mistake("a", FORWARD, "student", "q5", "r", "f", 0.1),
    ]
    first, second = suite_mistakes(mistakes, {"a": SuiteFacts("FLORES")})
    assert (first.facts.title, first.count, second.facts.title) == ("FLORES", 4, "B")
    assert [group.model for group in first.groups] == ["start", "student"]
    assert first.groups[0].kinds == [("names differ", 2), ("numbers differ", 1)]
    assert (first.groups[0].query_language, first.groups[0].answer_language) == (
        "tuk_Latn",
        "rus_Cyrl",
    )


RETENTION = as_table(
    [
        score("student", value, "retention_spearman", direction=pivot)
        for pivot, value in (("rus_Cyrl", 0.98), ("eng_Latn", 0.91))
    ],
    SCORES,
)
COST = as_table(
    [
        score(model, value, metric, ci_low=None, ci_high=None)
        for model, rate in (("start", 100.0), ("student", 900.0), ("bm25", 20_000.0))
        for metric, value in (("sentences_per_second", rate), ("gemm_share", 0.2))
    ],
    SCORES,
)
QUALITY = compared(
    as_table([score("start", 0.4), score("student", 0.7), score("bm25", 0.2)], SCORES)
)[0]


def test_trade_offs_are_drawn_against_what_was_measured_alone():
    found = trade_offs(QUALITY, {"retention": RETENTION, "cost": COST})
    assert [one.title for one in found] == ["Against retention", "Against speed"]
    for name in ("before training, 20% of GEMM", "student, 20% of GEMM", "BM25"):
        assert name in found[1].plot
    assert "BM25" not in found[0].plot


def test_without_a_quality_or_a_cost_there_is_no_trade_off():
    assert trade_offs(None, {"retention": RETENTION, "cost": COST}) == []
    assert trade_offs(QUALITY, {}) == []


def test_quality_is_that_of_the_focus_language_where_it_was_measured():
    other = score("start", 0.9, direction="kaz_Cyrl-rus_Cyrl")
    rows = compared(as_table([other, score("start", 0.4)], SCORES))
    assert quality_comparison(rows, "tuk_Latn", ("rus_Cyrl",)).direction == FORWARD
    assert quality_comparison(rows, "aze_Latn", ("rus_Cyrl",)) is rows[0]
    assert quality_comparison([], "tuk_Latn", ("rus_Cyrl",)) is None


def test_names_of_models_at_one_place_do_not_cover_one_another():
    mark = Mark(0.5, 0.5, 0.5)
    points = [Point(f"model {number}", "student", mark, mark) for number in range(4)]
    axis = Axis("share", str)
    svg = str(trade_off_plot(points, axis, axis))
    places = {svg[: svg.index(f">{point.name}<")].rsplit("<text", 1)[1] for point in points}
    assert len(places) == len(points)


def test_hostile_names_stay_text_in_a_plot():
    mark = Mark(0.5, 0.4, 0.6)
    axis = Axis("<b>", str)
    svg = trade_off_plot([Point("<script>", "x & y", mark, mark)] * 2, axis, axis)
    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg


def test_an_interval_plot_begins_below_zero_for_a_negative_correlation():
    svg = interval_plot({"row": {"before": Mark(-0.2, -0.4, 0.0)}}, "Spearman", ticks="{x:.1f}")
    assert "−0.4" in svg or "-0.4" in svg


@pytest.mark.parametrize(
    ("value", "metric", "text"),
    [
        (0.7123, "p_at_1", "71.2%"),
        (0.7123, "spearman", "0.712"),
        (31.44, "chrf2pp", "31.4"),
        (36_000_000, "parameter_count", "36 M"),
        (471_200_000, "disk_bytes", "471 MB"),
        (999_900, "disk_bytes", "1 MB"),
        (21_000.4, "sentences_per_second", "21\u202f000"),
        (None, "p_at_1", "undefined"),
    ],
)
def test_figures_are_written_in_the_unit_of_their_metric(value, metric, text):
    assert words.figure(value, metric) == text


def test_changes_and_intervals_are_written_as_people_say_them():
    assert words.change(0.331, "p_at_1") == "+33.1"
    assert words.change(-1.5, "chrf2pp") == "−1.5"
    assert words.between(0.64, 0.78, "p_at_1") == "64.0 to 78.0%"
    assert words.between(0.64, 0.78, "mrr") == "0.640 to 0.780"


@given(st.integers(min_value=0, max_value=10**14))
def test_a_size_has_few_digits_whatever_it_is(byte_count):
    number, unit = words.size(byte_count).split()
    assert len(number.replace(".", "")) <= 3
    assert unit in {"bytes", "kB", "MB", "GB", "TB"}


def test_the_page_marks_the_best_and_the_sure_in_words_and_folds_what_is_long():
    scored = [
        row
        for suite in ("held_out", "second")
        for row in (
            score("start", 0.4, suite=suite),
            score("student", 0.7, suite=suite),
            score("difference", 0.3, suite=suite, model_fingerprint="student", p_adjusted=0.001),
        )
    ]
    data = ReportData("T", "tuk_Latn", ("rus_Cyrl",), scores=as_table(scored + PARTS, SCORES))
    page = render_report(data)
    assert "▲ better" in page
    assert '<span class="best">best</span>' in page
    assert "length: 1-5 words" in page[page.index("<h3>By part</h3>") :]
    assert "Dev sets may be looked at" in page


def test_a_figure_that_is_not_defined_says_why():
    row = score("start", 0.5, note="one class only") | dict.fromkeys(("value", "ci_low", "ci_high"))
    data = ReportData("T", "tuk_Latn", ("rus_Cyrl",), scores=as_table([row], SCORES))
    page = render_report(data)
    assert "undefined" in page
    assert "one class only" in page


def test_an_interval_plot_of_small_errors_ends_soon_after_them():
    svg = interval_plot({"row": {"ocr": Mark(0.004, 0.002, 0.009)}}, "character error rate")
    assert "0.40%" in svg
    assert ">20%<" not in svg


def test_an_edition_is_named_by_its_language():
    assert words.spaced("textbooks/school_reader.rus_Cyrl") == "textbooks, school reader in Russian"
    assert words.spaced("labour.v2") == "labour.v2"


def test_forms_of_a_student_stand_beside_it_in_the_report_and_are_no_models_of_its_own():
    form = "mse@0.3 in 64 dimensions"
    note = f"{form} minus mse@0.3; Holm over 1 comparison"
    rows = [
        score("mse@0.3", 0.6),
        score(form, 0.5),
        score("difference", -0.1, model_fingerprint=form, note=note),
    ]
    tables = {"forms": as_table(rows, SCORES)}
    (section,) = score_sections(tables, {}, boards(tables, {}, "tuk_Latn"))
    (suite,) = section.suites
    assert suite.compared_with == "the student"
    assert suite.models == ("mse@0.3", form)
    assert section.plot is None
    assert boards(tables, {}, "tuk_Latn") == []
    page = render_report(ReportData("A trial", "tuk_Latn", ("rus_Cyrl",), others=tables))
    assert '<section id="forms">' in page
    assert "Against the student" in page
    assert form in page


def test_figures_against_the_start_say_so():
    note = "student minus start; Holm over 3 comparisons"
    rows = [
        score("start", 0.4),
        score("student", 0.6),
        score("difference", 0.2, model_fingerprint="student", note=note),
    ]
    (section,) = sections(*rows)
    assert section.suites[0].compared_with == "before"

"""Quality against retention: the front of a sweep, its plot, and who is let go."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.report.pareto import leaderboard_plot, pareto_front, released_student
from pipeline.evaluation.report.plots import Mark
from pipeline.evaluation.report.trade_off_plots import Point
from pipeline.evaluation.report.trade_offs import Release, trade_offs
from pipeline.evaluation.report.views import compared
from pipeline.tables import LEADERBOARD, SCORES, as_table


def point(name, kept, quality):
    return Point(name, "student", Mark(kept, kept, kept), Mark(quality, quality, quality))


def row(rank, model, value, retention, *, is_releasable=False):
    return {
        "rank": rank,
        "model": model,
        "metric": "p_at_1",
        "value": value,
        "ci_low": value - 0.05,
        "ci_high": value + 0.05,
        "retention": retention,
        "min_retention": retention and 0.986,
        "is_releasable": is_releasable,
    }


SWEEP = as_table(
    [
        row(1, "mse@1", 0.91, 0.62),
        row(2, "mse@0.9", 0.90, 0.97),
        row(3, "mse@0.7", 0.85, 0.988, is_releasable=True),
        row(4, "mse@0.5", 0.80, 0.991, is_releasable=True),
        row(5, "mse@0.3", 0.78, 0.985),
        row(6, "start", 0.48, None),
    ],
    LEADERBOARD,
)

fractions = st.integers(0, 5).map(lambda number: number / 5)
clouds = st.lists(st.tuples(fractions, fractions), min_size=1, max_size=12)


@given(clouds)
def test_every_point_is_on_the_front_or_outdone_by_one_that_is(cloud):
    points = [point(str(number), *place) for number, place in enumerate(cloud)]
    front = pareto_front(points)
    for one in points:
        assert one in front or any(
            other.x.value >= one.x.value and other.y.value >= one.y.value for other in front
        )


@given(clouds)
def test_along_the_front_more_is_kept_and_less_is_found(cloud):
    front = pareto_front(point("", *place) for place in cloud)
    for former, latter in pairwise(front):
        assert former.x.value < latter.x.value
        assert former.y.value > latter.y.value


def test_of_two_equal_points_the_first_is_on_the_front():
    assert [one.name for one in pareto_front([point("a", 1, 1), point("b", 1, 1)])] == ["a"]


def test_the_student_to_be_released_is_the_best_that_keeps_enough():
    assert released_student(SWEEP) == "mse@0.7"
    assert released_student(SWEEP.slice(0, 2)) is None
    assert released_student(None) is None


def test_the_plot_of_a_sweep_names_every_student_the_front_and_the_gate():
    svg = str(leaderboard_plot(SWEEP))
    for name in ("mse@1", "mse@0.9", "mse@0.7", "mse@0.5", "mse@0.3", "before training"):
        assert f">{name}<" in svg
    for kind in ("start model", "student to be released", "front", "gate at 0.986"):
        assert f">{kind}<" in svg


def test_a_leaderboard_whose_retention_was_not_measured_has_no_plot():
    assert leaderboard_plot(as_table([row(1, "start", 0.5, None)], LEADERBOARD)) is None
    assert leaderboard_plot(as_table([], LEADERBOARD)) is None


def test_the_report_marks_the_gate_and_the_released_student_where_they_are_told():
    scores = [
        {
            "suite": "held_out",
            "model": model,
            "model_fingerprint": model,
            "direction": direction,
            "metric": metric,
            "value": value,
        }
        for metric, direction, values in (
            ("p_at_1", "tuk_Latn-rus_Cyrl", {"start": 0.4, "a": 0.6, "b": 0.7}),
            ("retention_spearman", "rus_Cyrl", {"a": 0.99, "b": 0.9}),
        )
        for model, value in values.items()
    ]
    quality, _ = compared(as_table(scores, SCORES))
    tables = {"retention": as_table(scores[3:], SCORES)}
    (plain,) = trade_offs(quality, tables)
    (marked,) = trade_offs(quality, tables, release=Release("a", 0.986))
    assert "gate at" not in plain.plot
    assert "to be released" not in plain.plot
    assert "gate at 0.986" in marked.plot
    assert "student to be released" in marked.plot

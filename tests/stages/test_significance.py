import pyarrow as pa
import pytest

from pipeline.evaluation.significance import with_adjusted_p
from pipeline.measurements import Measurement
from pipeline.statistics import Interval, holm
from pipeline.tables import SCORES, as_table

INTERVAL = Interval(0.1, 0.0, 0.2, 100)


def difference(metric, p_value, part="", suite="one"):
    measured = Measurement(suite, "", "hash", "difference", "", 0, slice=part)
    return measured.score(metric, INTERVAL, "student minus start", p_value)


def adjusted(*rows):
    return with_adjusted_p(as_table(list(rows), SCORES)).to_pylist()


def test_whole_suites_of_a_metric_are_a_family_and_its_slices_another():
    rows = adjusted(
        difference("p_at_1", 0.01),
        difference("p_at_1", 0.02, suite="two"),
        difference("p_at_1", 0.03, "length: short"),
        difference("mrr", 0.04),
    )
    assert [row["p_adjusted"] for row in rows] == [*holm([0.01, 0.02]), 0.03, 0.04]
    assert [row["note"] for row in rows] == [
        "student minus start; Holm over 2 comparisons",
        "student minus start; Holm over 2 comparisons",
        "student minus start; Holm over 1 comparison",
        "student minus start; Holm over 1 comparison",
    ]


def test_rows_without_a_p_value_stay_as_they_are():
    model = Measurement("one", "", "hash", "start", "", 0).score("p_at_1", INTERVAL, "a note")
    rows = adjusted(model, difference("p_at_1", None), difference("p_at_1", 0.5))
    assert rows[0] == model
    assert [row["p_adjusted"] for row in rows] == [None, None, pytest.approx(0.5)]
    assert rows[1]["note"] == "student minus start"


def test_adjusting_a_joined_table_takes_the_place_of_what_was_there():
    first, second = ([difference("p_at_1", p)] for p in (0.01, 0.04))
    parts = [with_adjusted_p(as_table(rows, SCORES)) for rows in (first, second)]
    joined = with_adjusted_p(pa.concat_tables(parts))
    assert joined.to_pylist() == adjusted(*first, *second)
    assert with_adjusted_p(joined) == joined


def test_a_table_without_rows_stays_empty():
    assert with_adjusted_p(SCORES.empty_table()) == SCORES.empty_table()

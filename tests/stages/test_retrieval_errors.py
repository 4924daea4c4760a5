import numpy as np
import pytest

from pipeline.evaluation.tasks.retrieval_errors import Asked, kind_of, worst_mistakes
from pipeline.search import Neighbours

RIGHT = "On 5 May the mayor of Mary met 300 guests."


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ("On 5 May the mayor.", "much longer or shorter"),
        ("On 6 May the mayor of Mary met 300 guests.", "numbers differ"),
        ("In May the mayor of Mary met hundreds of guests.", "numbers differ"),
        ("On 5 May the mayor of Lebap met 300 guests.", "names differ"),
        ("On 5 May the mayor of Mary had 300 guests.", "nearly the same text"),
        ("We 300 from Mary sang loudly until 5 in May!", "other"),
        (RIGHT, "nearly the same text"),
    ],
)
def test_a_mistake_is_named_by_what_sets_the_texts_apart(found, kind):
    assert kind_of(RIGHT, found) == kind_of(found, RIGHT) == kind


def test_digits_of_any_script_and_decimal_commas_are_the_same_numbers():
    assert kind_of("দাম ৩,৫ টাকা এখন", "দাম 3.5 টাকা আজ ও") != "numbers differ"


def test_the_widest_margin_comes_first_and_right_candidates_are_no_mistakes():
    asked = Asked("toy", "a-b", ["a", "b", "c"], ["x", "y", "z"], [{0}, {1}, {2}])
    nearest = Neighbours(np.array([[0.9], [0.8], [0.95]]), np.array([[0], [2], [1]]))
    best_right = np.array([0.9, 0.75, 0.3])
    mistakes = worst_mistakes(asked, "m", nearest, best_right)
    assert [(one.query, one.right, one.found) for one in mistakes] == [
        ("c", "z", "y"),
        ("b", "y", "z"),
    ]
    assert [one.margin for one in mistakes] == pytest.approx([0.65, 0.05])
    assert {(one.suite, one.direction, one.model) for one in mistakes} == {("toy", "a-b", "m")}
    assert worst_mistakes(asked, "m", nearest, best_right, count=1) == mistakes[:1]

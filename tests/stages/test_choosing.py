import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.documents.choosing import competitive, margins, mutual_best

ALONE = (list("abcd"), list("wxyz"))  # nobody is a copy

score_tables = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    st.sampled_from([0.1, 0.2, 0.3, 0.5]),
    max_size=20,
)


def test_the_mutual_best_choose_each_other_without_a_tie():
    assert mutual_best({(0, 0): 0.9, (0, 1): 0.5, (1, 1): 0.4}) == [(0, 0)]
    assert mutual_best({(0, 0): 0.9, (0, 1): 0.9}) == []
    assert mutual_best({}) == []


@given(score_tables)
def test_a_document_is_chosen_once_and_the_mutual_best_are_among_the_chosen(scores):
    chosen = competitive(scores, 0.0)
    for side in (0, 1):
        places = [pair[side] for pair in chosen]
        assert len(set(places)) == len(places)
    assert set(mutual_best(scores)) <= set(chosen)
    assert [scores[pair] for pair in chosen] == sorted(map(scores.get, chosen), reverse=True)


@given(score_tables)
def test_whoever_is_left_has_only_candidates_that_were_taken_or_too_weak(scores):
    chosen = competitive(scores, 0.2)
    taken = {i for i, _ in chosen}, {j for _, j in chosen}
    for (i, j), score in scores.items():
        assert score < 0.2 or i in taken[0] or j in taken[1]


def test_ties_go_to_the_lower_places():
    assert competitive({(1, 1): 0.5, (0, 1): 0.5, (1, 0): 0.5}, 0.0) == [(0, 1), (1, 0)]


def test_a_margin_is_taken_over_four_rivals_of_either_side():
    scores = {(0, j): score for j, score in enumerate((0.9, 0.4, 0.4, 0.4, 0.4, 0.1))}
    found = margins(scores, (["a"], list("uvwxyz")))
    assert found[0, 0] == pytest.approx(0.9 - (0.4 + 0.2) / 2)  # nobody else wants the target


def test_lacking_rivals_are_thought_of_as_strangers():
    assert margins({(0, 0): 0.25}, ALONE)[0, 0] == pytest.approx(0.05)
    assert margins({(0, 0): 0.15}, ALONE)[0, 0] < 0


def test_a_copy_of_the_partner_is_no_rival():
    scores = {(0, 0): 0.8, (0, 1): 0.8}
    assert margins(scores, (["a"], ["x", "y"]))[0, 0] == pytest.approx(0.8 - (0.35 + 0.2) / 2)
    assert margins(scores, (["a"], ["x", "x"]))[0, 0] == pytest.approx(0.8 - 0.2)

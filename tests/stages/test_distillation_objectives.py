import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from pipeline.distillation.objectives.collapse import (
    collapse_message,
    is_collapsed,
    mean_cosine,
    spread,
)
from pipeline.distillation.objectives.distances import cosine_distance, mean_of, squared_distance
from pipeline.distillation.objectives.matryoshka import prefix, prefix_widths
from pipeline.distillation.objectives.ranking import rank_among, rank_both_ways, rank_in_batch
from pipeline.distillation.objectives.similarity_distribution import similarity_divergence
from pipeline.distillation.objectives.weighing import weigh
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams, objective_terms

EYE = torch.eye(3)
EACH = torch.arange(3)


def unit(*rows):
    return functional.normalize(torch.tensor(rows, dtype=torch.float32), dim=1)


def random_rows(count, dimension, seed):
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(count, dimension, generator=generator), dim=1)


def test_distance_of_unit_vectors_is_two_minus_two_cosines():
    student, teacher = random_rows(5, 4, 1), random_rows(5, 4, 2)
    cosines = (student * teacher).sum(dim=1)
    assert squared_distance(student, teacher) == pytest.approx(2 - 2 * cosines, abs=1e-6)
    assert cosine_distance(student, teacher) == pytest.approx(1 - cosines, abs=1e-6)


def test_cosine_distance_does_not_care_for_norms():
    student, teacher = random_rows(5, 4, 1), random_rows(5, 4, 2)
    assert cosine_distance(3 * student, 7 * teacher) == pytest.approx(
        cosine_distance(student, teacher), abs=1e-6
    )


def test_distance_has_a_gradient_that_does_not_shrink_with_the_dimension():
    norms = []
    for dimension in (8, 512):
        student = torch.eye(2, dimension, requires_grad=True)
        squared_distance(student, torch.eye(2, dimension).roll(1, 0)).mean().backward()
        norms.append(student.grad.norm().item())
    assert norms[0] == pytest.approx(norms[1])


def test_a_pair_of_weight_two_counts_as_if_it_stood_there_twice():
    losses = torch.tensor([1.0, 5.0])
    twice = torch.tensor([1.0, 5.0, 5.0])
    weights = torch.tensor([1.0, 2.0]) / 1.5
    assert mean_of(losses, weights).item() == pytest.approx(mean_of(twice).item())


def test_the_mean_of_no_losses_is_nothing():
    assert mean_of(torch.empty(0)).item() == 0


def test_ranking_of_orthogonal_pairs_has_its_closed_form():
    loss = rank_in_batch(EYE, EYE, scale=2.0)
    assert loss == pytest.approx(math.log(1 + 2 * math.exp(-2)), abs=1e-6)


def test_ranking_is_lowest_for_the_right_order():
    assert (rank_in_batch(EYE, EYE, 20.0) < rank_in_batch(EYE.roll(1, 0), EYE, 20.0)).all()


def test_ranking_in_a_batch_does_not_care_which_side_is_which():
    one, other = random_rows(5, 4, 1), random_rows(5, 4, 2)
    assert rank_in_batch(one, other, 5.0) == pytest.approx(rank_in_batch(other, one, 5.0), abs=1e-6)


def test_what_means_the_same_is_no_negative_in_either_direction():
    anchors, counterparts = random_rows(3, 4, 1), random_rows(3, 4, 2)
    same = torch.tensor([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=torch.bool)
    losses = rank_in_batch(anchors, counterparts, 20.0, same)
    without = rank_in_batch(anchors[[0, 2]], counterparts[[0, 2]], 20.0)
    assert losses[0].item() == pytest.approx(without[0].item(), abs=1e-5)
    assert losses[2] > without[1]


def test_a_mask_that_has_a_pairs_own_counterpart_leaves_it_in():
    everything = torch.ones(3, 3, dtype=torch.bool)
    assert rank_in_batch(EYE.roll(1, 0), EYE, 20.0, everything).tolist() == [0, 0, 0]


def test_among_candidates_that_stay_a_text_does_not_depend_on_the_others():
    scores, own = random_rows(4, 9, 1) @ random_rows(7, 9, 2).T, torch.tensor([3, 0, 3, 6])
    whole = rank_among(scores, own, 20.0)
    parts = torch.cat(
        [rank_among(scores[:1], own[:1], 20.0), rank_among(scores[1:], own[1:], 20.0)]
    )
    assert whole == pytest.approx(parts, abs=1e-6)


def test_two_texts_with_one_counterpart_are_no_negatives_of_each_other():
    counterparts, own = unit([1, 0, 0], [0, 1, 0]), torch.tensor([0, 0, 1])
    students = unit([1, 0, 0], [1, 0, 0], [0, 1, 0])
    same = counterparts[own] @ counterparts.T > 0.99
    expected = rank_both_ways(students[[0, 2]], counterparts, torch.tensor([0, 1]), 20.0)
    assert rank_both_ways(students, counterparts, own, 20.0, same)[0].item() == pytest.approx(
        expected[0].item()
    )


def test_a_hard_negative_counts_for_the_anchor_it_is_near_to():
    hard = unit([1, 0.2, 0])
    harder = rank_in_batch(EYE, EYE, 20.0, negatives=hard) - rank_in_batch(EYE, EYE, 20.0)
    assert harder[0] > 0.1
    assert harder[2] < 1e-6


def test_divergence_is_nothing_where_both_agree_and_more_elsewhere():
    teacher = 20 * random_rows(4, 6, 1)
    assert similarity_divergence(teacher, teacher) == pytest.approx(0, abs=1e-6)
    assert similarity_divergence(teacher + 3, teacher) == pytest.approx(0, abs=1e-5)
    assert (similarity_divergence(20 * random_rows(4, 6, 2), teacher) > 0.01).all()


def test_mean_cosine_tells_a_collapsed_space_from_an_open_one():
    assert mean_cosine(unit([1, 2], [1, 2], [1, 2])).item() == pytest.approx(1)
    assert mean_cosine(EYE).item() == pytest.approx(0)
    assert mean_cosine(EYE[:1]).item() == 0


def test_spread_is_one_beside_a_teacher_as_narrow_and_nothing_in_one_point():
    narrow = functional.normalize(random_rows(6, 4, 1) + 5, dim=1)
    assert mean_cosine(narrow) > 0.98
    assert spread(narrow, narrow).item() == pytest.approx(1)
    assert spread(narrow[:1].expand(6, -1), narrow).item() == pytest.approx(0, abs=1e-3)
    assert spread(narrow, narrow[:1].expand(6, -1)).item() == 1


def test_a_collapse_is_told_after_half_of_the_training_but_not_of_a_model_still_unfolding():
    assert not is_collapsed([0.02] * 20, step_count=100)
    assert is_collapsed([0.9] * 40 + [0.02] * 20, step_count=100)
    assert not is_collapsed([0.02] * 40 + [0.9] * 20, step_count=100)


def test_steps_whose_vectors_are_no_numbers_say_nothing_about_collapse():
    assert not is_collapsed([math.nan] * 4, step_count=4)
    assert is_collapsed([math.nan, 0.9, 0.01, math.inf, *[0.01] * 20], step_count=24)


def test_a_model_that_begins_narrow_is_given_time_unless_it_is_a_point():
    assert not is_collapsed([0.02] * 4, step_count=4)
    assert is_collapsed([1e-5] * 4, step_count=4)
    assert is_collapsed([0.02] * 60, step_count=60)


def test_a_short_run_of_a_model_that_was_open_is_judged():
    assert is_collapsed([0.9, *[0.01] * 30], step_count=31)


def test_a_space_that_shrinks_to_a_foreign_mean_and_widens_there_is_no_collapse_before_the_end():
    shrinking, widening = [0.2, *[0.02] * 30], [0.02 + 0.002 * step for step in range(20)]
    assert not is_collapsed(shrinking, step_count=52)
    assert not is_collapsed([*shrinking, *widening], step_count=90)
    assert is_collapsed([*shrinking, *[0.02] * 20], step_count=90)
    assert is_collapsed([*shrinking, *widening], step_count=51)


def test_the_message_of_a_collapse_says_where_and_what_to_do():
    assert "step 7 " in collapse_message(7)
    assert "learning rate" in collapse_message(7)


def test_prefixes_always_have_the_whole_vector_and_come_widest_first():
    assert prefix_widths("", 384) == (384,)
    assert prefix_widths("64,128", 384) == (384, 128, 64)
    assert prefix_widths("384,64", 384) == (384, 64)


@pytest.mark.parametrize("dimensions", ["0", "64,385"])
def test_a_prefix_that_the_student_does_not_have_is_refused(dimensions):
    with pytest.raises(InputError, match="between 1 and 384"):
        prefix_widths(dimensions, 384)


def test_a_prefix_is_a_unit_vector_again():
    assert prefix(unit([3, 4, 12]), 2) == pytest.approx(torch.tensor([[0.6, 0.8]]))


TERMS = {
    "mse": torch.tensor(2.0),
    "cosine": torch.tensor(7.0),
    "mnr": torch.tensor(3.0),
    "kl": torch.tensor(11.0),
    "retention": torch.tensor(5.0),
}


@pytest.mark.parametrize(
    ("objective", "focus"),
    [
        ("mse", 2.0),
        ("cosine", 0.1 * 7),
        ("mnr", 0.5 * 3),
        ("kl", 0.25 * 11),
        ("mse+mnr", 2 + 0.5 * 3),
        ("mse+cosine+mnr+kl", 2 + 0.1 * 7 + 0.5 * 3 + 0.25 * 11),
    ],
)
@pytest.mark.parametrize("balance", [0.0, 0.25, 1.0])
def test_the_loss_has_the_terms_of_its_objective_weighed_by_the_balance(objective, focus, balance):
    params = DistillationParams(
        balance=balance, cosine_weight=0.1, ranking_weight=0.5, kl_weight=0.25
    )
    expected = balance * focus + (1 - balance) * 5.0
    assert weigh(TERMS, objective, params).item() == pytest.approx(expected)


@given(st.permutations(["mse", "cosine", "mnr", "kl"]), st.integers(1, 4))
def test_nothing_is_learnt_from_a_term_that_the_objective_does_not_name(names, count):
    terms = {name: value.clone().requires_grad_() for name, value in TERMS.items()}
    weigh(terms, "+".join(names[:count]), DistillationParams()).backward()
    taught = {name for name, term in terms.items() if term.grad is not None}
    assert taught == {*names[:count], "retention"}


@pytest.mark.parametrize("objective", ["", "mse+", "mse+mse", "mse+infonce", "mse mnr"])
def test_an_objective_of_unknown_or_repeated_names_is_refused(objective):
    with pytest.raises(ValueError, match="each once, joined by"):
        objective_terms(objective)

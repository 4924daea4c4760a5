import math

import pytest
import torch
from torch.nn import functional

from pipeline.distillation.objectives.terms import mean_cosine, ranking, squared_distance, weighed
from pipeline.parameters import DistillationParams

EYE = torch.eye(3)


def unit(*rows):
    return functional.normalize(torch.tensor(rows, dtype=torch.float32), dim=1)


def test_distance_of_unit_vectors_is_two_minus_two_cosines():
    student, teacher = unit([1, 0], [1, 1]), unit([1, 0], [1, 0])
    expected = (0 + 2 - 2 * math.cos(math.pi / 4)) / 2
    assert squared_distance(student, teacher).item() == pytest.approx(expected, abs=1e-6)


def test_distance_has_a_gradient_that_does_not_shrink_with_the_dimension():
    norms = []
    for dimension in (8, 512):
        student = torch.eye(2, dimension, requires_grad=True)
        squared_distance(student, torch.eye(2, dimension).roll(1, 0)).backward()
        norms.append(student.grad.norm().item())
    assert norms[0] == pytest.approx(norms[1])


def test_ranking_of_orthogonal_pairs_has_its_closed_form():
    loss = ranking(EYE, EYE, scale=2.0).item()
    assert loss == pytest.approx(math.log(1 + 2 * math.exp(-2)), abs=1e-6)


def test_ranking_is_lowest_for_the_right_order():
    assert ranking(EYE, EYE, 20.0) < ranking(EYE.roll(1, 0), EYE, 20.0)


def test_ranking_does_not_care_which_side_is_which():
    torch.manual_seed(1)
    one = functional.normalize(torch.randn(5, 4), dim=1)
    other = functional.normalize(torch.randn(5, 4), dim=1)
    assert ranking(one, other, 5.0).item() == pytest.approx(ranking(other, one, 5.0).item())


def test_pairs_of_one_meaning_are_no_negatives_of_each_other():
    teacher = unit([1, 0, 0], [1, 0, 0.001], [0, 1, 0])
    without = ranking(teacher[[0, 2]], teacher[[0, 2]], 20.0)
    assert ranking(teacher, teacher, 20.0).item() == pytest.approx(without.item(), abs=1e-6)


def test_a_batch_of_one_meaning_teaches_ranking_nothing():
    student = unit([1, 0.5], [0.5, 1]).requires_grad_()
    loss = ranking(student, unit([1, 0], [1, 0]), 20.0)
    loss.backward()
    assert loss.item() == 0
    assert student.grad.abs().max() == 0


def test_mean_cosine_tells_a_collapsed_space_from_an_open_one():
    assert mean_cosine(unit([1, 2], [1, 2], [1, 2])).item() == pytest.approx(1)
    assert mean_cosine(EYE).item() == pytest.approx(0)
    assert mean_cosine(EYE[:1]).item() == 0


TERMS = {
    "distance": torch.tensor(2.0),
    "ranking": torch.tensor(3.0),
    "retention": torch.tensor(5.0),
}


@pytest.mark.parametrize(
    ("objective", "focus"), [("mse", 2.0), ("mnr", 3.0), ("mse+mnr", 2.0 + 0.5 * 3.0)]
)
@pytest.mark.parametrize("balance", [0.0, 0.25, 1.0])
def test_the_loss_has_the_terms_of_its_objective_weighed_by_the_balance(objective, focus, balance):
    params = DistillationParams(balance=balance, ranking_weight=0.5)
    expected = balance * focus + (1 - balance) * 5.0
    assert weighed(TERMS, objective, params).item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("objective", "taught"),
    [
        ("mse", {"distance", "retention"}),
        ("mnr", {"ranking", "retention"}),
        ("mse+mnr", {"distance", "ranking", "retention"}),
    ],
)
def test_nothing_is_learnt_from_a_term_that_the_objective_does_not_name(objective, taught):
    terms = {name: value.clone().requires_grad_() for name, value in TERMS.items()}
    weighed(terms, objective, DistillationParams()).backward()
    assert {name for name, term in terms.items() if term.grad is not None} == taught

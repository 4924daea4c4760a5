import numpy as np
import pytest
import torch
from torch.nn import functional

from pipeline.distillation.objectives.targets import Targets, leading_directions
from pipeline.errors import InputError

CPU = torch.device("cpu")


def random_unit(count, dimension, seed):
    rows = np.random.default_rng(seed).normal(size=(count, dimension))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def narrow_rows(count, dimension, rank, seed):
    """Rows of many dimensions in which they use few."""
    rng = np.random.default_rng(seed)
    plane = np.linalg.qr(rng.normal(size=(dimension, rank)))[0]
    return (random_unit(count, rank, seed) @ plane.T).astype(np.float32)


def test_alike_in_dimension_both_stay_as_they_are():
    vectors = random_unit(5, 8, 1)
    targets = Targets(vectors, 8, seed=1)
    assert targets.of_teacher(vectors, CPU).numpy() == pytest.approx(vectors, abs=1e-6)
    student = torch.from_numpy(random_unit(3, 8, 2))
    assert (targets.of_student(student, 8) == student).all()
    assert not list(targets.parameters())


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_teacher_of_any_norm_and_precision_becomes_unit_rows(dtype):
    vectors = (9 * random_unit(5, 8, 1)).astype(dtype)
    rows = Targets(vectors, 8, seed=1).of_teacher(vectors, CPU)
    assert rows.dtype == torch.float32
    assert rows.norm(dim=1) == pytest.approx(torch.ones(5), abs=1e-6)


def test_a_wider_teacher_keeps_the_cosines_that_the_students_dimension_has_room_for():
    vectors = narrow_rows(40, 32, rank=6, seed=1)
    targets = Targets(vectors, 6, seed=1)
    rows = targets.of_teacher(vectors, CPU).numpy()
    assert rows.shape == (40, 6)
    assert rows @ rows.T == pytest.approx(vectors @ vectors.T, abs=1e-5)
    assert targets.kept_fraction == pytest.approx(1)


def test_no_other_directions_keep_more_of_the_dot_products():
    vectors = random_unit(60, 12, 1) * np.linspace(2, 0.1, 12, dtype=np.float32)
    directions, kept_fraction = leading_directions(vectors, 4)
    assert directions.T @ directions == pytest.approx(np.eye(4), abs=1e-6)
    kept = np.square(vectors @ directions).sum() / np.square(vectors).sum()
    assert kept == pytest.approx(kept_fraction, abs=1e-6)
    for seed in range(20):
        others = np.linalg.qr(np.random.default_rng(seed).normal(size=(12, 4)))[0]
        assert np.square(vectors @ others).sum() <= kept * np.square(vectors).sum()


def test_the_strongest_direction_comes_first_and_signs_are_settled():
    vectors = random_unit(60, 12, 1) * np.linspace(2, 0.1, 12, dtype=np.float32)
    directions, _ = leading_directions(vectors, 4)
    strengths = np.square(vectors @ directions).sum(axis=0)
    assert (np.diff(strengths) < 0).all()
    assert (directions[np.abs(directions).argmax(axis=0), range(4)] > 0).all()
    again, _ = leading_directions(-vectors, 4)
    assert again == pytest.approx(directions, abs=1e-6)


def test_a_narrower_teacher_is_met_through_a_map_that_is_learnt():
    vectors = random_unit(5, 4, 1)
    targets = Targets(vectors, 8, seed=1)
    (projection,) = targets.parameters()
    assert (projection @ projection.T).detach() == pytest.approx(torch.eye(4), abs=1e-6)
    student = torch.from_numpy(random_unit(3, 8, 2))
    mapped = targets.of_student(student, 8)
    assert mapped.shape == (3, 4)
    assert mapped.norm(dim=1).detach() == pytest.approx(torch.ones(3), abs=1e-6)
    mapped[:, 0].sum().backward()
    assert projection.grad.abs().max() > 0


def test_a_prefix_is_mapped_as_if_the_rest_were_nothing():
    targets = Targets(random_unit(5, 4, 1), 8, seed=1)
    student = torch.from_numpy(random_unit(3, 8, 2))
    rest_gone = functional.normalize(torch.cat([student[:, :3], torch.zeros(3, 5)], 1), dim=1)
    assert targets.of_student(student, 3).detach() == pytest.approx(
        targets.of_student(rest_gone, 8).detach(), abs=1e-6
    )
    rows = targets.of_teacher(random_unit(2, 4, 3), CPU)
    assert (targets.shorten(rows, 3) == rows).all()


def test_the_map_is_the_same_for_the_same_seed():
    one, same, other = (
        Targets(random_unit(5, 4, 1), 8, seed=seed).projection for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


@pytest.mark.parametrize("dimension", [4, 12])
def test_a_later_training_begins_in_the_space_of_the_one_before(dimension):
    before = Targets(random_unit(30, dimension, 1), 8, seed=1)
    if before.projection is not None:
        with torch.no_grad():
            before.projection += 0.3  # as if it had learnt
    others = random_unit(20, dimension, 2)
    later = Targets(others, 8, seed=5, earlier=before.between)
    student = torch.from_numpy(random_unit(3, 8, 3))
    for width in (3, 8):
        assert (later.of_student(student, width) == before.of_student(student, width)).all()
    assert (later.of_teacher(others, CPU) == before.of_teacher(others, CPU)).all()
    assert (later.between == before.between).all()


def test_of_an_earlier_rotation_it_is_told_how_much_it_keeps():
    vectors = narrow_rows(40, 12, rank=6, seed=1)
    directions, kept_fraction = leading_directions(vectors, 4)
    again = Targets(vectors, 4, seed=1, earlier=directions)
    assert again.kept_fraction == pytest.approx(kept_fraction, abs=1e-6)


def test_nothing_lies_between_spaces_of_one_dimension():
    assert Targets(random_unit(5, 8, 1), 8, seed=1).between is None


def test_a_projection_between_other_dimensions_is_refused():
    with pytest.raises(InputError, match=r"\(3, 8\).* 4 and 8"):
        Targets(random_unit(5, 4, 1), 8, seed=1, earlier=np.zeros((3, 8), np.float32))

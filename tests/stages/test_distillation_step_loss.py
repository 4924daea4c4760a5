import dataclasses

import numpy as np
import pytest
import torch
from torch.nn import functional

from pipeline.distillation.objectives.candidates import Teaching
from pipeline.distillation.objectives.distances import squared_distance
from pipeline.distillation.objectives.matryoshka import prefix
from pipeline.distillation.objectives.ranking import rank_both_ways, rank_in_batch
from pipeline.distillation.objectives.similarity_distribution import similarity_divergence
from pipeline.distillation.objectives.step_loss import StepLoss, StudentVectors
from pipeline.errors import InputError
from pipeline.parameters import DistillationParams

COUNT, DIMENSION, SCALE = 12, 16, 50.0
TEXTS = [f"sözlem {row}" for row in range(COUNT)]
ALL_TERMS = "mse+cosine+mnr+kl"


def rows(count, dimension, seed):
    generator = torch.Generator().manual_seed(seed)
    return functional.normalize(torch.randn(count, dimension, generator=generator), dim=1)


TEACHER = rows(COUNT, DIMENSION, 1)


def step_loss(objective=ALL_TERMS, *, teacher=TEACHER, texts=TEXTS, student=DIMENSION, **options):
    fields = {field.name for field in dataclasses.fields(Teaching)}
    own = {name: options.pop(name) for name in list(options) if name in fields}
    params = DistillationParams(**options)
    return StepLoss(Teaching(teacher.numpy(), texts, **own), objective, params, student)


def student_vectors(chosen=range(COUNT), dimension=DIMENSION, retained=3, teacher=TEACHER):
    chosen = np.array(list(chosen))
    return StudentVectors(
        chosen,
        rows(COUNT, dimension, 2)[chosen].clone().requires_grad_(),
        rows(retained, dimension, 3).requires_grad_(),
        teacher[:retained].numpy(),
    )


def terms_of(loss, vectors, step=0):
    return {name: float(term) for name, term in loss(step, vectors).terms.items()}


def test_a_step_names_its_terms_and_always_tells_distance_retention_and_room():
    measures = {"distance", "retention", "mean_cosine", "spread"}
    for objective in ("mse", "mnr", ALL_TERMS):
        terms = terms_of(step_loss(objective), student_vectors())
        assert set(terms) == {*objective.split("+"), *measures}


def test_a_student_that_agrees_with_its_teacher_is_not_punished_for_distance_or_order():
    vectors = StudentVectors(np.arange(COUNT), TEACHER, TEACHER[:3], TEACHER[:3].numpy())
    terms = terms_of(step_loss(), vectors)
    for name in ("mse", "cosine", "kl", "retention", "distance"):
        assert terms[name] == pytest.approx(0, abs=1e-5)
    assert terms["spread"] == pytest.approx(1, abs=1e-5)


def test_who_learns_likings_keeps_the_likings_of_what_is_retained():
    vectors = student_vectors(retained=4)
    plain, liking = (terms_of(step_loss(name), vectors) for name in ("mse", "mse+kl"))
    params = DistillationParams()
    scores = (
        params.similarity_scale * side @ TEACHER.T for side in (vectors.retained, TEACHER[:4])
    )
    divergence = similarity_divergence(*scores).mean().item()
    expected = plain["retention"] + params.kl_weight * divergence
    assert liking["retention"] == pytest.approx(expected, rel=1e-5)
    assert divergence > 0.01


def test_the_memory_ranks_against_all_targets_of_the_corpus():
    vectors = student_vectors([2, 5])
    expected = rank_both_ways(vectors.focus, TEACHER, torch.tensor([2, 5]), SCALE).mean()
    assert terms_of(step_loss("mnr"), vectors)["mnr"] == pytest.approx(expected.item(), rel=1e-5)


def test_the_batch_ranks_both_ways_against_itself():
    vectors = student_vectors([2, 5, 7])
    expected = rank_in_batch(vectors.focus, TEACHER[[2, 5, 7]], SCALE).mean()
    terms = terms_of(step_loss("mnr", ranking_negatives="batch"), vectors)
    assert terms["mnr"] == pytest.approx(expected.item(), rel=1e-5)


def test_mined_negatives_join_the_batch():
    negatives = np.full((COUNT, 1), -1)
    negatives[2] = 9
    loss = step_loss("mnr", ranking_negatives="batch", negative_rows=negatives)
    vectors = student_vectors([2, 5])
    expected = rank_in_batch(vectors.focus, TEACHER[[2, 5]], SCALE, negatives=TEACHER[[9]]).mean()
    assert terms_of(loss, vectors)["mnr"] == pytest.approx(expected.item(), rel=1e-5)


NEARLY = functional.normalize(TEACHER[0] + 0.02 * TEACHER[5], dim=0)


@pytest.mark.parametrize("negatives", ["memory", "batch"])
@pytest.mark.parametrize(
    ("other_target", "other_text"),
    [(TEACHER[0], "başga"), (NEARLY, "başga"), (TEACHER[1], TEXTS[0])],
    ids=["equal targets", "targets nearly equal", "equal texts"],
)
def test_duplicates_are_never_negatives(negatives, other_target, other_text):
    teacher, texts = torch.stack([TEACHER[0], other_target]), [TEXTS[0], other_text]
    loss = step_loss("mnr", teacher=teacher, texts=texts, ranking_negatives=negatives)
    vectors = student_vectors(range(2))
    weighed = loss(0, vectors)
    weighed.loss.backward()
    assert weighed.terms["mnr"] == 0
    assert vectors.focus.grad.abs().max() == 0


def test_a_batch_of_one_meaning_teaches_ranking_nothing():
    teacher = TEACHER[:1].expand(3, -1)
    for negatives in ("memory", "batch"):
        loss = step_loss("mnr", teacher=teacher, texts=TEXTS[:3], ranking_negatives=negatives)
        vectors = student_vectors(range(3), teacher=TEACHER)
        weighed = loss(0, vectors)
        weighed.loss.backward()
        assert weighed.terms["mnr"] == 0
        assert vectors.focus.grad.abs().max() == 0


@pytest.mark.parametrize("objective", ["mse", "cosine", "kl"])
def test_without_a_ranking_a_batch_is_the_mean_of_its_halves(objective):
    loss = step_loss(objective, balance=1.0)
    whole, *halves = (
        loss(0, student_vectors(range(*ends))).loss.item() for ends in ((0, 12), (0, 6), (6, 12))
    )
    assert whole == pytest.approx(sum(halves) / 2, rel=1e-5)


def test_a_drawn_memory_is_the_same_for_the_same_step_and_has_gradients_of_the_drawn():
    loss = step_loss("mnr", memory_vectors=5, memory_steps=1)
    vectors = student_vectors([2, 5])
    assert terms_of(loss, vectors, step=1) == terms_of(loss, vectors, step=1)
    assert len({terms_of(loss, vectors, step)["mnr"] for step in range(5)}) > 1
    assert terms_of(loss, vectors)["mnr"] < terms_of(step_loss("mnr"), vectors)["mnr"]


@pytest.mark.parametrize("name", ["mse", "cosine", "mnr", "kl"])
def test_a_pair_counts_by_its_weight_over_the_mean_of_all(name):
    """Weights add up: all alike, and on top of them one pair alone with as much as all others."""
    alike, alone = np.ones(COUNT), np.eye(COUNT)[5] * COUNT
    pairs = student_vectors([2, 5])
    parts = [terms_of(step_loss(name, weights=weights), pairs)[name] for weights in (alike, alone)]
    whole = terms_of(step_loss(name, weights=alike + alone), pairs)[name]
    assert whole == pytest.approx(sum(parts) / 2, rel=1e-5)


@pytest.mark.parametrize("objective", ["mse", "mse+mnr", ALL_TERMS])
@pytest.mark.parametrize("negatives", ["memory", "batch"])
def test_weights_that_are_all_alike_change_nothing(objective, negatives):
    one, other = (
        step_loss(objective, weights=weights, ranking_negatives=negatives)
        for weights in (None, np.full(COUNT, 0.25))
    )
    assert terms_of(one, student_vectors()) == pytest.approx(terms_of(other, student_vectors()))


def test_prefixes_are_held_to_the_teachers_prefixes():
    vectors = student_vectors()
    loss = step_loss("mse", matryoshka_dimensions="4")
    expected = sum(
        squared_distance(prefix(vectors.focus, width), prefix(TEACHER, width)).mean()
        for width in (4, DIMENSION)
    )
    assert terms_of(loss, vectors)["mse"] == pytest.approx(expected.item() / 2, rel=1e-5)


@pytest.mark.parametrize("student", [8, DIMENSION, 24])
@pytest.mark.parametrize("negatives", ["memory", "batch"])
@pytest.mark.parametrize("dimensions", ["", "2,4"])
def test_descending_the_loss_brings_a_student_of_any_dimension_to_its_teacher(
    student, negatives, dimensions
):
    loss = step_loss(student=student, ranking_negatives=negatives, matryoshka_dimensions=dimensions)
    free = rows(COUNT, student, 2).clone().requires_grad_()
    optimizer = torch.optim.Adam([free, *loss.parameters()], lr=0.06)
    values = []
    for step in range(30):
        unit = functional.normalize(free, dim=1)
        weighed = loss(step, StudentVectors(np.arange(COUNT), unit, unit, TEACHER.numpy()))
        optimizer.zero_grad()
        weighed.loss.backward()
        optimizer.step()
        values.append(float(weighed.terms["distance"]))
    assert values[-1] < values[0] / 4


def test_a_step_that_retains_nothing_is_not_punished_for_it():
    vectors = student_vectors(retained=0)
    assert terms_of(step_loss(), vectors)["retention"] == 0


def test_a_prefix_wider_than_the_student_is_refused():
    with pytest.raises(InputError, match="between 1 and 16"):
        step_loss(matryoshka_dimensions="32")

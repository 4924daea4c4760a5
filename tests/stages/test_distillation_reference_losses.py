"""The losses against those of sentence-transformers, on the same vectors: values and gradients."""

import pytest
import torch
from sentence_transformers.sentence_transformer import losses
from sentence_transformers.util import pairwise_dot_score
from torch import nn
from torch.nn import functional

from pipeline.distillation.objectives.cached import backward_cached
from pipeline.distillation.objectives.distances import cosine_distance, squared_distance
from pipeline.distillation.objectives.matryoshka import prefix, prefix_widths
from pipeline.distillation.objectives.ranking import rank_among, rank_in_batch
from pipeline.distillation.objectives.similarity_distribution import similarity_divergence
from pipeline.distillation.objectives.weighing import Weighed

TOLERANCE = 1e-5
SCALE = 20.0
DIMENSION = 48


class Linear(nn.Module):
    """Stands in for a model: its texts are vectors already."""

    def __init__(self, dimension=DIMENSION):
        super().__init__()
        generator = torch.Generator().manual_seed(3)
        self.matrix = nn.Parameter(torch.randn(dimension, dimension, generator=generator) / 7)
        self.device = self.matrix.device

    def __getitem__(self, _):
        return self

    def get_embedding_dimension(self):
        return len(self.matrix)

    def forward(self, features):
        embedding = functional.normalize(features["input_ids"] @ self.matrix, dim=1)
        return {"sentence_embedding": embedding}


def unit(vectors):
    return functional.normalize(vectors, dim=1)


def rows(count, seed):
    generator = torch.Generator().manual_seed(seed)
    return unit(torch.randn(count, DIMENSION, generator=generator))


def features(vectors):
    mask = torch.ones_like(vectors, dtype=torch.long)
    return {"input_ids": vectors.clone(), "attention_mask": mask}


def value_and_gradients(loss_of, *vectors):
    leaves = [vector.clone().requires_grad_() for vector in vectors]
    loss = loss_of(*leaves)
    loss.backward()
    return [loss.detach(), *(leaf.grad for leaf in leaves)]


def assert_same(ours, theirs, *vectors):
    pairs = zip(
        value_and_gradients(ours, *vectors), value_and_gradients(theirs, *vectors), strict=True
    )
    for own, other in pairs:
        torch.testing.assert_close(own, other, rtol=TOLERANCE, atol=TOLERANCE)
        assert other.abs().max() > 10 * TOLERANCE


def test_squared_distance_is_their_mse_times_the_dimension():
    teacher, reference = rows(9, 1), losses.MSELoss(Linear())
    assert_same(
        lambda student: squared_distance(student, teacher).mean(),
        lambda student: DIMENSION * reference.compute_loss_from_embeddings([student], [teacher]),
        rows(9, 2),
    )


@pytest.mark.parametrize("norm", [1.0, 6.0])
def test_cosine_distance_is_theirs_for_vectors_of_any_norm(norm):
    teacher = norm * rows(9, 1)
    reference = losses.EmbedDistillLoss(Linear(), distance_metric="cosine")
    assert_same(
        lambda student: cosine_distance(student, teacher).mean(),
        lambda student: reference.compute_loss_from_embeddings([student], [teacher]),
        rows(9, 2),
    )


def test_ranking_among_candidates_is_their_one_sided_ranking():
    reference = losses.MultipleNegativesRankingLoss(Linear(), scale=SCALE)
    assert_same(
        lambda one, other: rank_among(unit(one) @ unit(other).T, torch.arange(9), SCALE).mean(),
        lambda one, other: reference.compute_loss_from_embeddings([one, other], None),
        rows(9, 1),
        rows(9, 2),
    )


def symmetric(model, kind=losses.MultipleNegativesRankingLoss, **options):
    return kind(
        model,
        scale=SCALE,
        directions=("query_to_doc", "doc_to_query"),
        partition_mode="per_direction",
        **options,
    )


def test_ranking_in_a_batch_is_their_symmetric_ranking():
    reference = symmetric(Linear())
    assert_same(
        lambda one, other: rank_in_batch(unit(one), unit(other), SCALE).mean(),
        lambda one, other: reference.compute_loss_from_embeddings([one, other], None),
        rows(9, 1),
        rows(9, 2),
    )


def test_ranking_with_hard_negatives_is_their_symmetric_ranking():
    reference = symmetric(Linear())
    assert_same(
        lambda one, other, hard: rank_in_batch(
            unit(one), unit(other), SCALE, negatives=unit(hard)
        ).mean(),
        lambda one, other, hard: reference.compute_loss_from_embeddings([one, other, hard], None),
        rows(9, 1),
        rows(9, 2),
        rows(9, 3),
    )


def test_similarity_divergence_is_their_distillation_of_scores():
    candidates, teacher_scores = rows(5, 4), SCALE * rows(9, 1) @ rows(5, 4).T
    reference = losses.DistillKLDivLoss(
        Linear(), similarity_fct=lambda one, other: SCALE * pairwise_dot_score(one, other)
    )
    columns = [candidate.expand(9, -1) for candidate in candidates]
    assert_same(
        lambda student: similarity_divergence(
            SCALE * student @ candidates.T, teacher_scores
        ).mean(),
        lambda student: reference.compute_loss_from_embeddings([student, *columns], teacher_scores),
        rows(9, 2),
    )


@pytest.mark.parametrize("kind", ["ranking", "cosine"])
def test_the_mean_over_prefixes_is_their_matryoshka_sum_over_the_count(kind):
    widths = prefix_widths("8,16", DIMENSION)
    one, other = rows(9, 1), rows(9, 2)
    ours_model, their_model = Linear(), Linear()
    embedded = [ours_model(features(side))["sentence_embedding"] for side in (one, other)]
    if kind == "ranking":
        parts = [
            rank_in_batch(*(prefix(side, width) for side in embedded), SCALE) for width in widths
        ]
        inner, labels, columns = symmetric(their_model), None, (one, other)
    else:
        targets = rows(9, 5)
        parts = [
            cosine_distance(prefix(embedded[0], width), prefix(targets, width)) for width in widths
        ]
        inner, labels, columns = losses.EmbedDistillLoss(their_model), targets, (one,)
    ours = torch.stack([part.mean() for part in parts]).mean()
    ours.backward()
    reference = losses.MatryoshkaLoss(their_model, inner, widths)
    theirs = reference([features(side) for side in columns], labels) / len(widths)
    theirs.backward()
    torch.testing.assert_close(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)
    torch.testing.assert_close(
        ours_model.matrix.grad, their_model.matrix.grad, rtol=TOLERANCE, atol=TOLERANCE
    )


@pytest.mark.parametrize("chunk_rows", [1, 4, 9, 18])
def test_the_cached_ranking_is_the_uncached_one_and_theirs(chunk_rows):
    one, other = rows(9, 1), rows(9, 2)
    plain, cached, reference = Linear(), Linear(), Linear()
    sides = [plain(features(side))["sentence_embedding"] for side in (one, other)]
    rank_in_batch(*sides, SCALE).mean().backward()

    def loss_of(vectors):
        return Weighed(rank_in_batch(vectors[:9], vectors[9:], SCALE).mean(), {})

    loss, _ = backward_cached(
        torch.cat([one, other]).split(chunk_rows),
        lambda chunk: cached(features(chunk))["sentence_embedding"],
        loss_of,
    )
    theirs = symmetric(reference, losses.CachedMultipleNegativesRankingLoss, mini_batch_size=4)
    their_loss = theirs([features(one), features(other)], None)
    their_loss.backward()
    torch.testing.assert_close(loss, their_loss.detach(), rtol=TOLERANCE, atol=TOLERANCE)
    for gradient in (plain.matrix.grad, reference.matrix.grad):
        torch.testing.assert_close(cached.matrix.grad, gradient, rtol=TOLERANCE, atol=TOLERANCE)

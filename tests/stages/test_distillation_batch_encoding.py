"""Flat texts, and a batch's vectors and gradients in every way that an engine has."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.distillation.students.student import Student
from pipeline.distillation.training.batch_encoding import BatchEncoder, Engine
from pipeline.distillation.training.flat_texts import FlatTexts, tokenised
from pipeline.distillation.training.packing_trial import (
    disagreement,
    trial_texts,
    vectors_and_gradient,
)
from pipeline.encoders.packed_attention import PackedTransformer, ends_of_texts

TEXTS = ["salam", "salam kitap okadym", "kitap", "привет, книга!", "", "okadym " * 40, "kitaplar"]
lists = st.lists(st.lists(st.integers(0, 9), max_size=5), max_size=8)


def as_lists(texts):
    return [part.tolist() for part in np.split(texts.token_ids, texts.offsets[1:-1])][: len(texts)]


@given(lists, st.data())
def test_rows_taken_from_flat_texts_are_those_of_the_lists(texts, data):
    rows = data.draw(st.lists(st.sampled_from(range(len(texts))))) if texts else []
    taken = FlatTexts.of(texts).take(np.array(rows, np.int64))
    assert as_lists(taken) == [texts[row] for row in rows]


@given(lists, lists)
def test_joined_flat_texts_follow_one_another(first, second):
    joined = FlatTexts.joined([FlatTexts.of(first), FlatTexts.of(second)])
    assert as_lists(joined) == first + second
    assert joined.token_ids.dtype == np.int32


def test_tokenising_in_parts_changes_nothing(monkeypatch):
    monkeypatch.setattr("pipeline.distillation.training.flat_texts._TEXTS_AT_ONCE", 2)
    texts = tokenised(["a", "bb", "", "ccc", "d"], lambda some: [list(map(ord, x)) for x in some])
    assert as_lists(texts) == [[97], [98, 98], [], [99] * 3, [100]]
    assert len(tokenised([], lambda some: [])) == 0


def vectors_and_gradients(folder, engine):
    """Of one batch with unfrozen word embeddings."""
    student = Student(folder, is_word_embedding_frozen=False)
    texts = FlatTexts.of(student.tokenise(TEXTS, 64))
    texts = texts.take(np.argsort(-texts.lengths, kind="stable"))
    vectors = BatchEncoder(student.model, engine).embed(texts)
    wanted = torch.linspace(-1, 1, vectors.numel()).view_as(vectors)
    ((vectors - wanted) ** 2).sum().backward()
    gradients = {name: one.grad for name, one in student.trained_parameters.items()}
    return vectors.detach(), {name: one for name, one in gradients.items() if one is not None}


@pytest.fixture(scope="module")
def padded(tiny_model_folder):
    return vectors_and_gradients(tiny_model_folder, Engine(is_packed=False))


def test_packed_texts_have_the_vectors_and_gradients_of_padded_ones(padded, tiny_model_folder):
    vectors, gradients = vectors_and_gradients(tiny_model_folder, Engine(is_packed=True))
    assert torch.allclose(vectors, padded[0], atol=1e-6)
    assert gradients.keys() == padded[1].keys()
    for name, gradient in gradients.items():
        assert torch.allclose(gradient, padded[1][name], atol=1e-4), name


class Refusing(PackedTransformer):
    """Attention that a GPU does not have."""

    def flat_states(self, token_ids, lengths):
        raise RuntimeError("no kernel image is available")


class Mixing(PackedTransformer):
    """Attention that takes the texts for one."""

    def flat_states(self, token_ids, lengths):
        states, _ = super().flat_states(token_ids, np.array([lengths.sum()]))
        parts = torch.split(states[0], lengths.tolist())
        padded = torch.nn.utils.rnn.pad_sequence(parts, batch_first=True)
        return padded, (torch.arange(padded.shape[1]) < torch.tensor(lengths)[:, None]).long()


@pytest.mark.parametrize(
    ("attention", "reason"),
    [(PackedTransformer, ""), (Refusing, "no kernel"), (Mixing, "agree by")],
)
def test_a_way_of_encoding_that_gives_something_else_is_found_out(
    tiny_model_folder, attention, reason
):
    student = Student(tiny_model_folder)
    trained = list(student.trained_parameters.values())
    texts = trial_texts(student.model.transformers_model.config.vocab_size)
    padded = BatchEncoder(student.model, Engine(is_packed=False))
    wanted = vectors_and_gradient(padded.embed, texts, trained)
    packed = attention(student.model.transformers_model)
    embed = partial(padded._embed_packed, packed)
    found = disagreement(embed, wanted, texts, trained)
    assert reason in found
    assert bool(found) == bool(reason)
    packed.restore()
    assert disagreement(padded.embed, wanted, texts, trained) == ""


def attention_by_definition(query, key, value, ends, *bounds, scale):
    """What torch's `varlen_attn` says that it gives, for machines without a GPU."""
    assert query.dtype == torch.bfloat16
    assert ends.dtype == torch.int32
    assert bounds[0] is ends
    assert bounds[1] == bounds[2] >= ends.diff().max()
    parts = []
    for begin, end in pairwise(ends):
        sides = (side[begin:end].transpose(0, 1) for side in (query, key, value))
        found = torch.nn.functional.scaled_dot_product_attention(*sides, scale=scale)
        parts.append(found.transpose(0, 1))
    return torch.cat(parts)


def test_a_gpu_is_asked_for_attention_within_each_text(padded, tiny_model_folder, monkeypatch):
    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", attention_by_definition)
    monkeypatch.setattr("pipeline.encoders.packed_attention._bounds", ends_of_texts)
    vectors, gradients = vectors_and_gradients(tiny_model_folder, Engine(is_packed=True))
    assert torch.allclose(vectors, padded[0], atol=0.02)
    assert gradients.keys() == padded[1].keys()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
def test_a_gpu_lays_texts_end_to_end_and_gives_what_padding_gives(padded, tiny_model_folder):
    vectors, gradients = vectors_and_gradients(
        tiny_model_folder, Engine(is_packed=True, is_bf16=True)
    )
    assert torch.allclose(vectors.cpu(), padded[0].cpu(), atol=0.02)
    assert gradients.keys() == padded[1].keys()


def test_packed_gradients_have_the_same_bits_each_time(tiny_model_folder):
    first, again = (vectors_and_gradients(tiny_model_folder, Engine()) for _ in range(2))
    assert torch.equal(first[0], again[0])
    assert all(torch.equal(gradient, again[1][name]) for name, gradient in first[1].items())


def test_bfloat16_stays_near(padded, tiny_model_folder):
    engine = Engine(is_packed=False, is_bf16=True)
    vectors, gradients = vectors_and_gradients(tiny_model_folder, engine)
    assert (vectors * padded[0]).sum(dim=1).min() > 0.999
    assert all(gradient.dtype == torch.float32 for gradient in gradients.values())


@pytest.mark.slow
def test_a_compiled_model_stays_the_same(padded, tiny_model_folder):
    engine = Engine(is_packed=False, is_compiled=True)
    vectors, gradients = vectors_and_gradients(tiny_model_folder, engine)
    assert torch.allclose(vectors, padded[0], atol=1e-5)
    for name, gradient in gradients.items():
        assert torch.allclose(gradient, padded[1][name], atol=1e-3), name


def test_many_texts_are_encoded_in_their_order(tiny_model_folder):
    student = Student(tiny_model_folder)
    texts = FlatTexts.of(student.tokenise(TEXTS * 30, 64))
    vectors = BatchEncoder(student.model, Engine()).encode(texts)
    assert np.allclose(vectors, Student(tiny_model_folder).encode(as_lists(texts)), atol=1e-6)

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.encoders import EmbeddingCache
from pipeline.encoders.batching import plan_batches
from pipeline.encoders.planned import PlannedEncoder
from pipeline.errors import InputError

TEXTS = ["salam " * n for n in range(1, 40)] + [f"word {n}" for n in range(200)]

token_counts = st.lists(st.integers(1, 600), max_size=80).map(lambda counts: np.array(counts, int))


class Model:
    """Its vectors depend on the whole batch, as those of a padded matrix product do."""

    dimension = 4
    token_budget = 1000

    def __init__(self, fail_after=10**9):
        self.embedded = []
        self.fail_after = fail_after

    def count_tokens(self, texts, role):
        return np.array([len(text) for text in texts])

    def embed(self, texts, role):
        if len(self.embedded) == self.fail_after:
            raise KeyboardInterrupt
        self.embedded.append(list(texts))
        flavour = sum(map(len, texts)) / 1e6 + (role == "passage")
        rows = np.array([[len(text), ord(text[-2]), 1, flavour] for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def encoder(model, cache=None, **options):
    return PlannedEncoder("f" * 64, lambda: model, cache, **options)


@given(token_counts, st.integers(1, 2000))
def test_every_row_is_in_one_batch(counts, budget):
    rows = [row for batch in plan_batches(counts, budget) for row in batch]
    assert sorted(rows) == list(range(len(counts)))


@given(token_counts, st.integers(1, 2000))
def test_a_padded_batch_keeps_the_budget_or_holds_one_text(counts, budget):
    for batch in plan_batches(counts, budget):
        assert len(batch) * counts[batch].max() <= budget or len(batch) == 1


@given(token_counts)
def test_longest_come_first_and_equal_lengths_keep_their_order(counts):
    rows = [row for batch in plan_batches(counts) for row in batch]
    assert rows == sorted(rows, key=lambda row: (-counts[row], row))


def test_rows_come_in_input_order_and_equal_texts_are_computed_once():
    model = Model()
    vectors = encoder(model).encode(["bb ", "a ", "bb "], language="tuk")
    assert vectors.dtype == np.float32
    assert vectors[:, 0].argmax() == 0
    assert (vectors[0] == vectors[2]).all()
    assert model.embedded == [["bb ", "a "]]


def test_no_texts_give_no_rows_of_the_right_width():
    assert encoder(Model()).encode([], language="tuk").shape == (0, 4)


def test_a_second_run_encodes_nothing_and_loads_no_model(tmp_path):
    cache = EmbeddingCache(tmp_path)
    first = encoder(Model(), cache).encode(TEXTS, language="tuk")
    second = PlannedEncoder("f" * 64, lambda: pytest.fail("loaded"), cache)
    assert second.encode(TEXTS, language="tuk").tobytes() == first.tobytes()


def test_roles_are_remembered_apart(tmp_path):
    cache, model = EmbeddingCache(tmp_path), Model()
    query = encoder(model, cache).encode(["salam"], language="tuk")
    passage = encoder(model, cache).encode(["salam"], language="tuk", role="passage")
    assert (query != passage).any()


@pytest.mark.parametrize("batches_before_the_kill", [0, 1, 2])
def test_a_resumed_run_gives_the_bytes_of_an_undisturbed_one(tmp_path, batches_before_the_kill):
    undisturbed = encoder(Model(), EmbeddingCache(tmp_path / "a")).encode(TEXTS, language="tuk")
    cache = EmbeddingCache(tmp_path / "b")
    with pytest.raises(KeyboardInterrupt):
        encoder(Model(batches_before_the_kill), cache).encode(TEXTS, language="tuk")
    resumed = Model()
    vectors = encoder(resumed, cache).encode(TEXTS, language="tuk")
    assert vectors.tobytes() == undisturbed.tobytes()
    all_batches = plan_batches(np.array([len(text) for text in TEXTS]), Model.token_budget)
    assert len(resumed.embedded) == len(all_batches) - batches_before_the_kill


def test_a_run_resumed_with_other_texts_too_gives_the_left_ones_the_same_bytes(tmp_path):
    undisturbed = encoder(Model(), EmbeddingCache(tmp_path / "a")).encode(TEXTS, language="tuk")
    cache = EmbeddingCache(tmp_path / "b")
    with pytest.raises(KeyboardInterrupt):
        encoder(Model(1), cache).encode(TEXTS, language="tuk")
    vectors = encoder(Model(), cache).encode(["täze söz ", *TEXTS], language="tuk")
    assert vectors[1:].tobytes() == undisturbed.tobytes()


def test_a_run_resumed_with_fewer_texts_plans_anew(tmp_path):
    cache = EmbeddingCache(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        encoder(Model(0), cache).encode(TEXTS, language="tuk")
    model = Model()
    assert len(encoder(model, cache).encode(TEXTS[::2], language="tuk")) == len(TEXTS[::2])
    assert sorted(text for batch in model.embedded for text in batch) == sorted(TEXTS[::2])


def test_one_book_added_to_three_hundred_costs_one_book(tmp_path):
    books = [[f"{'söz ' * (1 + (7 * s) % 40)}{b} {s} " for s in range(4)] for b in range(301)]
    cache, model = EmbeddingCache(tmp_path), Model()
    shelf = [text for book in books[:300] for text in book]
    before = encoder(model, cache).encode(shelf, language="tuk")
    assert sum(len(text) for batch in model.embedded for text in batch) == sum(map(len, shelf))
    model.embedded.clear()
    after = encoder(model, cache).encode([*books[300], *shelf], language="tuk")
    assert sorted(text for batch in model.embedded for text in batch) == sorted(books[300])
    assert after[4:].tobytes() == before.tobytes()


def test_progress_ends_with_all_distinct_texts():
    heard = []
    listener = lambda done, total, message: heard.append((done, total, message))  # noqa: E731
    encoder(Model(), progress=listener).encode(TEXTS + TEXTS, language="tuk")
    assert heard[-1][:2] == (len(TEXTS), len(TEXTS))
    assert len(heard) > 1


def test_vectors_that_are_not_finite_are_refused():
    model = Model()
    model.embed = lambda texts, _role: np.full((len(texts), 4), np.nan, np.float32)
    with pytest.raises(InputError, match="salam"):
        encoder(model).encode(["salam"], language="tuk")

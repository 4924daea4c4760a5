import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.near_duplicates import Match, near_duplicates
from pipeline.text.normalise import comparison_key

words = st.text("abçö0", min_size=1, max_size=4)
texts = st.lists(words, max_size=7).map(" ".join)


def jaccard(left, right):
    sets = [{text[n : n + 5] for n in range(len(text) - 4)} for text in (left, right)]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def random_texts(count, seed):
    rng = np.random.default_rng(seed)
    letters = np.array(list("abcdefghijklmnoprstuyäöüçş"))
    vocabulary = ["".join(rng.choice(letters, rng.integers(2, 10))) for _ in range(2000)]
    return [" ".join(rng.choice(vocabulary, rng.integers(8, 25))) for _ in range(count)]


def with_small_edits(lines, seed):
    rng = np.random.default_rng(seed)
    edited = []
    for text in lines:
        letters = list(text)
        for place in rng.integers(0, len(text), rng.integers(1, 3)):
            letters[place] = "x"
        edited.append("".join(letters))
    return edited


def test_copies_that_differ_in_case_digits_and_marks_match_by_their_comparison_keys():
    book = ["Maddə 12. Her adam deňdir!", "Düýe çölüň gämisidir, diýýärler."]
    leaked = ["düýe  çölüň gämisidir - diýýärler", "maddə 47. her adam deňdir"]
    keys = [[comparison_key(text, "tuk_Latn") for text in side] for side in (leaked, book)]
    assert near_duplicates(*keys, 0.8) == [Match(0, 1, 1.0), Match(1, 0, 1.0)]


def test_a_small_change_is_found_and_measured_exactly():
    one = "the camel is the ship of the great karakum desert"
    two = "the camel is the ship of the great kyzylkum desert"
    (match,) = near_duplicates([one], ["something else was written here", two], 0.6)
    assert (match.query, match.base) == (0, 1)
    assert match.similarity == pytest.approx(jaccard(one, two))
    assert near_duplicates([one], [two], match.similarity) == [Match(0, 0, match.similarity)]
    assert near_duplicates([one], [two], match.similarity + 1e-9) == []


def test_of_equally_similar_texts_the_first_is_named_and_an_equal_one_is_preferred():
    text = "a camel walked through the desert at night"
    near, rival = f"{text} x", f"{text} y"
    assert near_duplicates([text], [rival, near], 0.5)[0].base == 0
    assert near_duplicates([text], [rival, near, text, text], 0.5) == [Match(0, 2, 1.0)]


def test_short_texts_match_only_their_equals_and_empty_ones_nothing():
    base = ["save files", "ok", "a b c", "", "yes it is so"]
    asked = ["save file", "save files", "okay", "ok", "a b d", "a b c", ""]
    assert near_duplicates(asked, base, 0.1) == [
        Match(1, 0, 1.0),
        Match(3, 1, 1.0),
        Match(5, 2, 1.0),
    ]


def test_nothing_is_found_in_nothing():
    assert near_duplicates([], ["one two three four"], 0.8) == []
    assert near_duplicates(["one two three four"], [], 0.8) == []


@pytest.mark.parametrize("similarity", [0, -0.5, 1.1, float("nan")])
def test_a_similarity_out_of_range_is_refused(similarity):
    with pytest.raises(InputError, match=r"\(0, 1\]"):
        near_duplicates(["a"], ["a"], similarity)


@given(st.lists(texts, max_size=8), st.lists(texts, max_size=8), st.sampled_from([0.2, 0.5, 0.8]))
def test_every_match_is_true_and_each_query_has_at_most_one(queries, base, least):
    matches = near_duplicates(queries, base, least)
    assert [match.query for match in matches] == sorted({match.query for match in matches})
    for query, place, similarity in matches:
        is_equal = queries[query] == base[place]
        assert similarity == (1.0 if is_equal else jaccard(queries[query], base[place]))
        assert similarity >= least
    equals = {n for n, text in enumerate(queries) if text and text in base}
    assert equals <= {match.query for match in matches}


@given(st.lists(texts, min_size=1, max_size=8))
def test_a_text_is_found_among_any_others_that_hold_it(base):
    matches = near_duplicates(base, base, 0.8)
    assert [match.query for match in matches] == [n for n, text in enumerate(base) if text]
    assert all(match.base == base.index(base[match.query]) for match in matches)


def test_at_least_99_of_100_pairs_above_the_threshold_are_found():
    base = random_texts(4000, seed=1)
    queries = with_small_edits(base, seed=2)
    similar = {n for n, pair in enumerate(zip(queries, base, strict=True)) if jaccard(*pair) >= 0.8}
    hard = {n for n in similar if jaccard(queries[n], base[n]) < 0.9}
    found = {match.query for match in near_duplicates(queries, base, 0.8)}
    assert len(similar) > 2000
    assert len(hard) > 400
    assert len(similar & found) >= 0.99 * len(similar)
    assert len(hard & found) >= 0.99 * len(hard)


def test_other_processes_with_other_hash_seeds_find_the_same():
    program = (
        "import json, sys; from pipeline.near_duplicates import near_duplicates;"
        "print(near_duplicates(*json.load(sys.stdin), 0.6))"
    )
    base = random_texts(300, seed=1)
    queries = with_small_edits(base, seed=2)
    expected = str(near_duplicates(queries, base, 0.6))
    for seed in ("1", "2"):
        answer = subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps([queries, base]),
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert answer.stdout.strip() == expected

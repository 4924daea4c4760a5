"""Pairs made on purpose, over an encoder whose vectors are a function of the text's own words."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.alignment.commands.score import SCORED_BITEXT, score_bitext, score_lines
from pipeline.alignment.scoring.neighbourhoods import Pool, cosines, margins
from pipeline.alignment.scoring.pair_features import score_pairs
from pipeline.alignment.scoring.synthetic_pairs import synthetic_pairs
from pipeline.encoders.embeddings import Vectors, embed_texts
from pipeline.errors import InputError
from pipeline.tables import (
    ALIGNED_PAIRS,
    BITEXT_PAIRS,
    DOCUMENTS,
    MINED_PAIRS,
    SYNTHETIC_PAIRS,
    as_table,
    distinct_texts,
)

COUNT = 120
WORDS = [f"word{chr(97 + n % 26)}{n}" for n in range(60)]


@cache
def direction(word):
    key = sum(ord(sign) * 31**n for n, sign in enumerate(word.strip(".,").casefold()))
    return np.random.default_rng(key).normal(size=48)


class WordEncoder:
    """A text is the sum of its words' random directions; both languages spell words alike."""

    fingerprint = "words"
    dimension = 48

    def encode(self, texts, *, language, role="query"):
        del language, role
        rows = [sum((direction(word) for word in text.split()), np.full(48, 0.3)) for text in texts]
        matrix = np.array(rows, dtype=np.float32).reshape(-1, 48)
        return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


def bitext(wrong=0):
    """Pairs of five words, each side with a mark of its own; the first targets are shifted."""
    rng = np.random.default_rng(0)
    texts = [" ".join([*rng.choice(WORDS, 5, replace=False), str(n)]) for n in range(COUNT)]
    targets = texts[1 : wrong + 1] + texts[:1] + texts[wrong + 1 :] if wrong else texts
    rows = [
        {
            "pair_id": f"{n:04d}",
            "document_key": "bitexts/x",
            "source_language": "tuk_Latn",
            "target_language": "eng_Latn",
            "source_text": f"Bu {source}.",
            "target_text": f"This {target}.",
            "group_key": "0",
            "locator": f"x#line {n}",
            "licence": "CC0",
        }
        for n, (source, target) in enumerate(zip(texts, targets, strict=True))
    ]
    return as_table(rows, BITEXT_PAIRS)


@cache
def scored_bitext(wrong=0):
    return scored(bitext(wrong))


def scored(pairs):
    vectors = Vectors.from_table(embed_texts(WordEncoder(), distinct_texts([pairs])))
    nothing = ALIGNED_PAIRS.empty_table(), MINED_PAIRS.empty_table(), DOCUMENTS.empty_table()
    return score_pairs(nothing[0], nothing[1], nothing[2], {}, pairs, vectors)


STRAY = {"eng_Latn": [f"This {' '.join(WORDS[n : n + 5])} x{n}." for n in range(50)]}


def test_all_kinds_are_made_and_only_trusted_pairs_are_correct():
    made = synthetic_pairs(scored_bitext(), WordEncoder(), 13, pools=STRAY)
    assert made.schema == SYNTHETIC_PAIRS
    kinds = set(made["kind"].to_pylist())
    assert kinds == {"trusted", "nearest", "changed", "neighbour", "wrong language"}
    for row in made.to_pylist():
        assert row["is_correct"] == (row["kind"] == "trusted")
        assert row["bead_score"] is None


def test_no_wrong_pair_is_a_trusted_one():
    rows = synthetic_pairs(scored_bitext(), WordEncoder(), 13, pools=STRAY).to_pylist()
    texts = {
        is_correct: {
            (r["source_text"], r["target_text"]) for r in rows if r["is_correct"] is is_correct
        }
        for is_correct in (True, False)
    }
    assert texts[True]
    assert not texts[True] & texts[False]


def test_wrong_pairs_have_lower_margins_than_trusted_ones():
    rows = synthetic_pairs(scored_bitext(), WordEncoder(), 13, pools=STRAY).to_pylist()
    median = {
        kind: np.median([row["margin"] for row in rows if row["kind"] == kind])
        for kind in ("trusted", "nearest", "neighbour")
    }
    assert median["trusted"] > median["nearest"] > median["neighbour"]


def test_the_same_pairs_in_any_order_make_the_same_table():
    table = scored_bitext()
    shuffled = table.take(np.random.default_rng(1).permutation(COUNT))
    one, other = (synthetic_pairs(each, WordEncoder(), 13) for each in (table, shuffled))
    assert one.equals(other)


def test_what_is_not_trusted_by_origin_must_stand_out_by_its_margin():
    table = scored_bitext(40)
    rows = synthetic_pairs(table, WordEncoder(), 13, trusted_origins=()).to_pylist()
    trusted = [int(row["pair_id"]) for row in rows if row["kind"] == "trusted"]
    assert len(trusted) > 40
    assert sum(number < 40 for number in trusted) <= 2


def test_nothing_scored_makes_nothing():
    empty = scored_bitext().slice(0, 0)
    assert synthetic_pairs(empty, WordEncoder(), 13).num_rows == 0


def test_the_margin_in_a_pool_is_that_of_mining_when_nobody_is_left_out():
    left = np.eye(4, dtype=np.float32)
    pool = Pool(["a", "b", "c", "d"], left)
    own = np.arange(4)[:, None]
    # one neighbour at 1 and three at right angles: 1 over a mean of 1/4
    assert margins((left, left), (pool, pool), (own, own)) == pytest.approx(4)
    assert cosines(left, left) == pytest.approx(1)


@given(st.integers(0, 2**16), st.integers(8, 16))  # with neighbours enough for all
def test_a_partner_left_out_never_lowers_a_margin(seed, count):
    rng = np.random.default_rng(seed)
    vectors = np.abs(rng.normal(size=(2, count, 6))).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=2, keepdims=True)
    names = [f"{n:02d}" for n in range(count)]
    pools = Pool(names, vectors[0]), Pool(names, vectors[1])
    sides = vectors[0], np.roll(vectors[1], 1, axis=0)
    own = np.arange(count)[:, None]
    shifted = np.roll(own, 1, axis=0)
    with_partner = margins(sides, pools, (own, shifted))
    without = margins(sides, pools, (own, np.hstack([shifted, own])))
    assert (without >= with_partner - 1e-6).all()


def test_a_bitext_is_scored_in_its_order_and_wrong_pairs_are_improbable():
    found = score_bitext(bitext(wrong=30), WordEncoder(), None, 13)
    assert found.schema == SCORED_BITEXT
    assert found["pair_id"].to_pylist() == [f"{n:04d}" for n in range(COUNT)]
    probability = np.array(found["probability"])
    assert np.median(probability[:30]) < 0.2
    assert np.median(probability[30:]) > 0.8


def test_rejected_pairs_are_listed_with_their_reason_and_without_scores():
    rows = bitext().to_pylist()
    rows[3] |= {"reject_reason": "empty"}
    lines = list(score_lines(score_bitext(as_table(rows, BITEXT_PAIRS), WordEncoder(), None, 13)))
    assert lines[0].split("\t") == ["cosine", "margin", "probability", "locator", "reject_reason"]
    assert lines[4].split("\t") == ["", "", "", "x#line 3", "empty"]
    assert len(lines) == COUNT + 1


def test_a_bitext_too_small_to_learn_from_asks_for_a_calibration():
    with pytest.raises(InputError, match="--calibration"):
        score_bitext(bitext().slice(0, 10), WordEncoder(), None, 13)

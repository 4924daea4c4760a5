import hashlib

import numpy as np
import pytest

from pipeline.aligner_comparison.suites import align_task
from pipeline.evaluation.baselines import Bm25, LengthRatio
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.tasks.alignment_f1 import Alignment, AlignmentTask, score_alignment
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES

PARAMS = EvaluationParams(bootstrap_count=100)


def text(count, prefix):
    return [f"{prefix}{number}" for number in range(count)]


def one_to_one(count):
    return [((number,), (number,)) for number in range(count)]


def task(gold, source_count=60, target_count=60):
    sides = text(source_count, "s"), text(target_count, "t")
    return AlignmentTask("own", ("deu_Latn", "fra_Latn"), *sides, gold)


def scored(gold, **alignments):
    made = {name: Alignment(f"print of {name}", beads) for name, beads in alignments.items()}
    return score_alignment(task(gold), made, PARAMS)


def values(result, part=""):
    return {row["metric"]: row["value"] for row in result.rows if row["slice"] == part}


def test_the_gold_itself_scores_one_without_width_and_without_mistakes():
    gold = [*one_to_one(30), ((30, 31), (30,)), ((32,), ())]
    result = scored(gold, aligner=gold)
    assert values(result) == {"strict_f1": 1, "lax_f1": 1}
    assert {(row["ci_low"], row["ci_high"]) for row in result.rows} == {(1, 1)}
    assert {row["direction"] for row in result.rows} == {"deu_Latn-fra_Latn"}
    assert {row["model_fingerprint"] for row in result.rows} == {"print of aligner"}
    assert [row["n"] for row in result.rows] == [32, 32, 30]
    assert result.mistakes == []
    assert result.table().schema == SCORES


def test_beads_that_overlap_are_lax_hits_and_no_strict_ones():
    gold = one_to_one(10)
    halves = [((number, number + 1), (number, number + 1)) for number in range(0, 10, 2)]
    assert values(scored(gold, aligner=halves)) == {"strict_f1": 0, "lax_f1": 1}


def test_precision_and_recall_meet_in_f1():
    gold = one_to_one(4)
    found = [*one_to_one(2), ((2,), (3,)), ((3,), (2,))]
    assert values(scored(gold, aligner=found))["strict_f1"] == pytest.approx(0.5)
    assert values(scored(gold, aligner=one_to_one(2)))["strict_f1"] == pytest.approx(2 / 3)


def test_nothing_aligned_scores_zero():
    result = scored(one_to_one(5), aligner=[])
    assert values(result) == {"strict_f1": 0, "lax_f1": 0}
    assert result.mistakes == []


def test_shapes_of_twenty_beads_have_a_row_of_their_own():
    ones = one_to_one(19)
    many = [((19 + number,), (19 + 2 * number, 20 + 2 * number)) for number in range(20)]
    gold = [*ones, *many]
    result = scored(gold, aligner=ones)
    slices = {row["slice"]: (row["metric"], row["value"], row["n"]) for row in result.rows[2:]}
    assert slices == {"shape: 1-many": ("strict_f1", 0, 20)}


@pytest.mark.parametrize(
    ("source_size", "target_size", "shape"),
    [(1, 1, "1-1"), (1, 3, "1-many"), (2, 1, "1-many"), (2, 3, "many-many")],
)
def test_a_shape_is_the_same_either_way_round(source_size, target_size, shape):
    gold = [
        (
            tuple(range(number * source_size, (number + 1) * source_size)),
            tuple(range(number * target_size, (number + 1) * target_size)),
        )
        for number in range(20)
    ]
    result = scored(gold, aligner=gold)
    assert [row["slice"] for row in result.rows] == ["", "", f"shape: {shape}"]


def test_sentences_without_counterpart_make_no_slice():
    gold = [*one_to_one(5), *(((number,), ()) for number in range(5, 30))]
    assert {row["slice"] for row in scored(gold, aligner=gold).rows} == {""}


def test_mistakes_are_told_in_the_words_of_the_texts():
    gold = [((0,), (0,)), ((1, 2), (1,)), ((3,), ())]
    found = [((0,), (0,)), ((1,), (1,)), ((2,), ()), ((3,), (2,)), ((), (3,))]
    mistakes = scored(gold, aligner=found).mistakes
    assert [(one.query, one.right, one.found, one.kind) for one in mistakes] == [
        ("s1", "t1", "t1", "1-1 instead of 1-many"),
        ("s2", "t1", "nothing", "none instead of 1-many"),
        ("s3", "nothing", "t2", "1-1 instead of none"),
    ]
    assert {(one.suite, one.direction, one.model) for one in mistakes} == {
        ("own", "deu_Latn-fra_Latn", "aligner")
    }


def test_ten_mistakes_of_every_aligner_are_kept():
    shifted = [((number,), (number + 1,)) for number in range(30)]
    mistakes = scored(one_to_one(30), one=shifted, two=shifted).mistakes
    assert [one.model for one in mistakes] == ["one"] * 10 + ["two"] * 10
    assert mistakes[0].query == "s0"


def test_other_gold_is_another_data_set():
    hashes = {
        row["dataset_hash"]
        for gold in (one_to_one(3), one_to_one(4))
        for row in scored(gold, aligner=one_to_one(3)).rows
    }
    assert len(hashes) == 2


class TextHashes:
    """Equal texts get equal vectors, others almost orthogonal ones."""

    fingerprint = "text-hashes"
    dimension = 64

    def encode(self, texts, *, language, role="query"):
        seeds = [int.from_bytes(hashlib.sha256(one.encode()).digest()[:8]) for one in texts]
        rows = np.array([np.random.default_rng(seed).normal(size=64) for seed in seeds], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


SENTENCES = ["bir dört", "iki we üç", "bäş alty ýedi sekiz dokuz", "on", "ýüz müň million"]


def test_an_encoder_aligns_by_what_is_said_even_when_a_sentence_is_missing():
    other = SENTENCES[:2] + SENTENCES[3:]
    asked = AlignmentTask("own", ("tuk_Latn", "tuk_Latn"), SENTENCES, other, [])
    made = align_task(asked, EncoderModel(TextHashes()))
    assert made.fingerprint == "text-hashes"
    kept = [(0, 0), (1, 1), (3, 2), (4, 3)]
    assert {((source,), (target,)) for source, target in kept} < set(made.beads)


def test_lengths_align_by_gale_and_church():
    other = ["x" * len(sentence) for sentence in SENTENCES]
    asked = AlignmentTask("own", ("tuk_Latn", "rus_Cyrl"), SENTENCES, other, [])
    made = align_task(asked, LengthRatio())
    assert made.fingerprint == LengthRatio().fingerprint
    assert made.beads == one_to_one(5)


def test_a_model_of_words_aligns_nothing():
    asked = AlignmentTask("own", ("tuk_Latn", "tuk_Latn"), SENTENCES, SENTENCES, [])
    assert align_task(asked, Bm25()) is None

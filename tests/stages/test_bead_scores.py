import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluation.held_out.bead_mapping import map_units, project_beads
from pipeline.evaluation.measures.bead_scores import (
    bead_f1_gain,
    bead_f1_interval,
    bead_scores,
    pooled_bead_scores,
)

GOLD = [((0,), (0,)), ((1,), (1, 2)), ((2,), ()), ((), (3,)), ((3, 4), (4,))]


def random_alignment(shapes):
    beads, i, j = [], 0, 0
    for a, b in shapes:
        beads.append((tuple(range(i, i + a)), tuple(range(j, j + b))))
        i, j = i + a, j + b
    return beads


alignments = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=20).map(
    random_alignment
)


def reference_precision(test, gold):
    """The published scorer's procedure, bead by bead, written out."""
    test = {bead for bead in test if bead[0] or bead[1]}
    gold = set(gold)
    linked = {}
    for source, target in gold:
        for i in source:
            linked.setdefault(i, set()).update(target)
    strict = lax = 0
    for source, target in test:
        if (source, target) in gold:
            strict, lax = strict + 1, lax + 1
        elif any(set(target) & linked.get(i, set()) for i in source):
            lax += 1
    return (strict / len(test), lax / len(test)) if test else (0.0, 0.0)


@given(alignments, alignments)
def test_scores_equal_the_published_procedure(predicted, gold):
    scores = bead_scores(predicted, gold)
    recall = reference_precision(
        [bead for bead in gold if all(bead)], [bead for bead in predicted if all(bead)]
    )
    precision = reference_precision(predicted, gold)
    assert (scores.strict.precision, scores.lax.precision) == pytest.approx(precision)
    assert (scores.strict.recall, scores.lax.recall) == pytest.approx(recall)


def test_gold_against_itself_is_perfect():
    scores = bead_scores(GOLD, GOLD)
    assert (scores.strict.f1, scores.lax.f1, scores.n) == (1.0, 1.0, 5)


def test_a_wrong_deletion_lowers_precision_but_not_recall():
    scores = bead_scores([*GOLD[:1], ((1,), (1,)), ((), (2,)), *GOLD[2:]], GOLD)
    assert scores.strict.precision == pytest.approx(4 / 6)
    assert scores.strict.recall == pytest.approx(2 / 3)
    assert scores.lax.precision == pytest.approx(5 / 6)
    assert scores.lax.recall == 1.0


def test_duplicate_and_empty_beads_count_once_and_never():
    scores = bead_scores([GOLD[0], GOLD[0], ((), ())], GOLD[:1])
    assert scores.strict.precision == scores.strict.recall == 1.0


def test_an_empty_prediction_scores_zero():
    assert bead_scores([], GOLD).strict.f1 == 0.0


def test_pooled_scores_sum_hits_before_dividing():
    pooled = pooled_bead_scores([(GOLD, GOLD), ([((0,), (1,))], [((0,), (0,))])])
    assert pooled.strict.precision == pytest.approx(5 / 6)
    assert pooled.n == 6


def test_the_interval_holds_the_score_and_repeats_with_its_seed():
    gold = [((i,), (i,)) for i in range(200)]
    predicted = [bead if bead[0][0] % 7 else (bead[0], ()) for bead in gold]
    interval = bead_f1_interval([(predicted, gold)], seed=3, count=300)
    assert interval.value == pytest.approx(bead_scores(predicted, gold).strict.f1)
    assert interval.ci_low < interval.value < interval.ci_high
    assert interval == bead_f1_interval([(predicted, gold)], seed=3, count=300)
    assert interval.n == 40


def test_an_interval_of_nothing_is_refused():
    with pytest.raises(InputError):
        bead_f1_interval([], seed=1)


def test_sentences_are_mapped_to_gold_in_order_with_duplicates_kept_apart():
    gold = ["Read the text.", "Answer.", "Read the text.", "Write it down now."]
    found = map_units(["Read  the text.", "noise here", "Answer.", "Read the text"], gold)
    assert found == [0, None, 1, 2]


def test_half_a_sentence_is_no_sentence():
    assert map_units(["It rained all day"], ["It rained all day and then it snowed."]) == [None]


def test_sentences_after_a_long_stretch_that_was_not_extracted_are_found():
    gold = [f"Sentence number {number} of the book {number * 977}." for number in range(100)]
    assert map_units(gold[:5] + gold[60:], gold)[-20:] == list(range(80, 100))


def test_sentences_are_mapped_to_the_paragraph_that_holds_them():
    gold = ["It rained. We stayed in.", "The sun came out, and we went."]
    found = map_units(
        ["It rained.", "We stayed in.", "The sun came out, and we went.", "12"],
        gold,
        unit="paragraph",
    )
    assert found == [0, 0, 1, None]


def test_beads_that_share_a_paragraph_are_merged():
    beads = [((0,), (0,)), ((1,), (1,)), ((2,), (2,))]
    assert project_beads(beads, [0, 0, 1], [0, 0, 1]) == [((0,), (0,)), ((1,), (1,))]


def test_a_bead_can_join_two_groups_that_stood_apart():
    beads = [((0,), (0,)), ((1,), (1,)), ((2,), (2,))]
    assert project_beads(beads, [0, 1, 1], [0, 1, 0]) == [((0, 1), (0, 1))]


def test_a_sentence_without_a_gold_unit_makes_its_bead_wrong_but_not_unlinked():
    beads = project_beads([((0, 1), (0,))], [0, None], [0])
    scores = bead_scores(beads, [((0,), (0,))])
    assert (scores.strict.f1, scores.lax.f1) == (0.0, 1.0)


def test_gold_that_was_never_extracted_counts_as_missed():
    beads = project_beads([((0,), (0,))], [0], [0])
    scores = bead_scores(beads, [((0,), (0,)), ((1,), (1,))])
    assert scores.strict.recall == 0.5


@given(alignments, alignments, alignments.filter(lambda beads: any(map(any, beads))))
def test_the_gain_is_the_difference_of_both_scores_and_turns_round_with_them(before, after, gold):
    gain = bead_f1_gain([(before, after, gold)], seed=1, count=20)
    loss = bead_f1_gain([(after, before, gold)], seed=1, count=20)
    scores = [bead_scores(predicted, gold).strict.f1 for predicted in (before, after)]
    assert gain.value == pytest.approx(scores[1] - scores[0])
    assert loss.value == pytest.approx(-gain.value)


def test_a_gain_that_every_block_shares_is_surer_than_either_score():
    gold = [((n,), (n,)) for n in range(200)]
    before = [bead for n, bead in enumerate(gold) if n % 5 not in {0, 1} and n % 3]
    after = [bead for n, bead in enumerate(gold) if n % 5 and n % 3]
    gain = bead_f1_gain([(before, after, gold)], seed=1)
    alone = bead_f1_interval([(after, gold)], seed=1)
    assert 0 < gain.ci_low < gain.value
    assert gain.ci_high - gain.ci_low < 1.5 * (alone.ci_high - alone.ci_low)


def test_an_alignment_gains_nothing_over_itself():
    gain = bead_f1_gain([(GOLD[:3], GOLD[:3], GOLD)], seed=1)
    assert (gain.ci_low, gain.value, gain.ci_high) == (0, 0, 0)

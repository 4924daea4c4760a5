from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.synthetic_documents import synthetic_pair
from pipeline import settings as places
from pipeline.alignment.commands.align import read_lines
from pipeline.alignment.sentences.anchors import find_anchors
from pipeline.alignment.sentences.corridor import corridor_along
from pipeline.alignment.sentences.length_baseline import length_baseline
from pipeline.alignment.sentences.sentence_alignment import align_sentences
from pipeline.alignment.sentences.sides import describe_side
from pipeline.errors import InputError
from pipeline.evaluation.measures.bead_scores import bead_scores
from pipeline.parameters import AlignmentParams
from pipeline.text.beads import Bead, format_bead, parse_bead
from pipeline.text.marks import numbers

PARAMS = AlignmentParams()


def pairs(beads):
    return [(bead.source, bead.target) for bead in beads]


def assert_monotone_full_cover(beads, source_count, target_count):
    assert [i for bead in beads for i in bead.source] == list(range(source_count))
    assert [j for bead in beads for j in bead.target] == list(range(target_count))
    assert all(bead.source or bead.target for bead in beads)


def random_side(count, seed, texts=None):
    vectors = np.random.default_rng(seed).standard_normal((count, 16))
    return describe_side(texts or ["a sentence"] * count, vectors)


counts = st.integers(0, 90)


@settings(deadline=None, max_examples=40)
@given(counts, counts, st.integers(2, 8), st.integers(5, 12))
def test_any_two_documents_get_a_monotone_full_cover(n, m, max_bead, band):
    params = AlignmentParams(max_bead_sentences=max_bead, band_sentences=band)
    beads = align_sentences(random_side(n, 1), random_side(m, 2), params)
    assert_monotone_full_cover(beads, n, m)
    assert all(len(b.source) + len(b.target) <= max_bead for b in beads)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 500), max_size=60), st.lists(st.integers(0, 500), max_size=60))
def test_the_length_baseline_covers_both_documents(source_lengths, target_lengths):
    beads = length_baseline(source_lengths, target_lengths)
    assert_monotone_full_cover(beads, len(source_lengths), len(target_lengths))


def test_the_length_baseline_joins_the_two_halves_of_a_split_sentence():
    beads = length_baseline([40, 200, 31, 90], [42, 96, 101, 30, 92])
    assert pairs(beads) == [((0,), (0,)), ((1,), (1, 2)), ((2,), (3,)), ((3,), (4,))]


@pytest.mark.parametrize("count", [1, 2, 50])
def test_duplicates_of_one_sentence_are_aligned_one_to_one(count):
    side = describe_side(["the same"] * count, np.ones((count, 8)))
    assert pairs(align_sentences(side, side, PARAMS)) == [((i,), (i,)) for i in range(count)]


def test_a_line_of_a_million_characters_breaks_nothing():
    texts = ["one", "x" * 1_000_000, "three"]
    side = describe_side(texts, np.eye(3, 8))
    assert pairs(align_sentences(side, side, PARAMS)) == [((i,), (i,)) for i in range(3)]


def test_empty_sentences_and_zero_vectors_are_covered():
    source = describe_side(["", "a", ""], np.zeros((3, 4)))
    target = describe_side(["b", ""], np.zeros((2, 4)))
    assert_monotone_full_cover(align_sentences(source, target, PARAMS), 3, 2)


def test_swapped_sides_give_mirrored_beads():
    documents = synthetic_pair(300, seed=5)
    there = align_sentences(documents.source, documents.target, PARAMS)
    back = align_sentences(documents.target, documents.source, PARAMS)
    assert pairs(there) == [(bead.target, bead.source) for bead in back]


def noisy_translation(count, noise, seed):
    """Sides of which each sentence has its counterpart at the same place."""
    generator = np.random.default_rng(seed)
    ideas = generator.standard_normal((count, 64))
    own = [ideas + noise * generator.standard_normal(ideas.shape) for _ in range(2)]
    return [describe_side(["a sentence"] * count, vectors) for vectors in own]


def test_where_nothing_is_left_out_even_doubtful_sentences_find_their_counterpart():
    source, target = noisy_translation(400, noise=2.0, seed=3)
    learnt = pairs(align_sentences(source, target, PARAMS))
    fixed = pairs(align_sentences(source, target, AlignmentParams(skip_scale=1e-6)))
    right = {((number,), (number,)) for number in range(400)}
    assert len(right & set(learnt)) > len(right & set(fixed))
    assert len(right & set(learnt)) > 340


def test_a_document_in_the_wrong_language_is_covered_with_low_scores():
    source, target = noisy_translation(60, noise=0.5, seed=1)
    stranger = random_side(60, 9)
    stranger = describe_side(["a sentence"] * 60, np.pad(stranger.vectors, ((0, 0), (0, 48))))
    beads = align_sentences(source, stranger, PARAMS)
    assert_monotone_full_cover(beads, 60, 60)
    mean = np.mean([bead.score for bead in beads])
    assert mean < np.mean([bead.score for bead in align_sentences(source, target, PARAMS)]) / 2


def test_names_decide_where_the_vectors_do_not():
    sources = [f"{name} geldi" for name in ("Mary", "Daşoguz", "Lebap", "Balkan", "Aşgabat")]
    targets = [f"{name} приехал" for name in ("Мары", "Лебап", "Балкан", "Ашгабат")]
    source, target = (
        describe_side(texts, np.ones((len(texts), 8))) for texts in (sources, targets)
    )
    found = pairs(align_sentences(source, target, PARAMS))
    assert {((0,), (0,)), ((2,), (1,)), ((3,), (2,)), ((4,), (3,))} <= set(found)


def test_the_same_input_gives_the_same_beads_and_scores():
    documents = synthetic_pair(400, seed=6)
    runs = [align_sentences(documents.source, documents.target, PARAMS) for _ in range(2)]
    assert runs[0] == runs[1]


def test_merged_split_and_omitted_sentences_are_found():
    documents = synthetic_pair(2_000, seed=7)
    beads = align_sentences(documents.source, documents.target, PARAMS)
    assert bead_scores(pairs(beads), documents.gold).strict.f1 > 0.99


@pytest.mark.parametrize("is_swapped", [False, True])
def test_a_missing_chapter_of_two_thousand_sentences_is_skipped_on_either_side(is_swapped):
    documents = synthetic_pair(3_500, seed=8, hole=2_000)
    source, target = documents.source, documents.target
    if is_swapped:
        beads = [(b.target, b.source) for b in align_sentences(target, source, PARAMS)]
    else:
        beads = pairs(align_sentences(source, target, PARAMS))
    assert_monotone_full_cover([Bead(*bead) for bead in beads], len(source), len(target))
    outside = [bead for bead in documents.gold if all(bead)]
    assert len(set(outside) & set(beads)) / len(outside) > 0.98


def test_shuffled_chapters_keep_the_longer_one_aligned():
    documents = synthetic_pair(1_200, seed=9)
    cut = len(documents.target) // 3
    order = np.r_[cut : len(documents.target), :cut]
    texts = ["a sentence"] * len(order)
    target = describe_side(texts, documents.target.vectors[order])
    source = describe_side(["a sentence"] * len(documents.source), documents.source.vectors)
    moved = {old: new for new, old in enumerate(order.tolist())}
    kept_gold = {
        (left, tuple(moved[j] for j in right))
        for left, right in documents.gold
        if left and right and right[0] >= cut
    }
    found = set(pairs(align_sentences(source, target, PARAMS)))
    assert len(found & kept_gold) / len(kept_gold) > 0.9


def test_equal_numbers_decide_where_the_vectors_do_not():
    source_texts = ["Exercise 1", "Exercise 2", "Exercise 3"]
    vectors = np.eye(5)
    source = describe_side(source_texts, vectors[:3])
    target = describe_side(["Gönükme 2", "Gönükme 3"], vectors[3:])
    beads = pairs(align_sentences(source, target, PARAMS))
    assert beads == [((0,), ()), ((1,), (0,)), ((2,), (1,))]


def test_anchors_ascend_strictly_and_lie_inside_the_documents():
    documents = synthetic_pair(600, seed=10, hole=200)
    anchors = find_anchors(documents.source.vectors, documents.target.vectors)
    assert len(anchors) > 100
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in pairwise(anchors))
    assert anchors[-1][0] < len(documents.source)
    assert anchors[-1][1] < len(documents.target)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), max_size=8),
    st.integers(5, 9),
)
def test_a_corridor_moves_by_at_most_one_and_holds_both_ends(steps, width):
    anchors = [
        tuple(sum(axis) for axis in zip(*steps[: k + 1], strict=True)) for k in range(len(steps))
    ]
    n, m = (anchors[-1][0] + 3, anchors[-1][1] + 1) if anchors else (0, 4)
    corridor = corridor_along(anchors, n, m, width)
    assert set(np.diff(corridor.first).tolist()) <= {0, 1}
    assert corridor.first[0] <= 0 < corridor.first[0] + width
    assert corridor.first[-1] <= n < corridor.first[-1] + width


def test_a_side_needs_one_finite_vector_for_each_sentence():
    with pytest.raises(InputError, match="as many vectors"):
        describe_side(["a", "b"], np.zeros((1, 4)))
    with pytest.raises(InputError, match="not finite"):
        describe_side(["a"], np.full((1, 4), np.nan))


@given(
    st.lists(st.integers(0, 999), max_size=4),
    st.lists(st.integers(0, 999), max_size=4),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_bead_survives_formatting(source, target, score):
    bead = Bead(tuple(source), tuple(target), score)
    assert parse_bead(format_bead(bead, with_score=True)) == bead


@pytest.mark.parametrize("line", ["[0, 1]:[2]", " [0,1] : [2] ", "[0 1]:[2]:0.0", "[0,1,]:[2]"])
def test_parsing_a_bead_does_not_mind_spaces_or_a_third_field(line):
    assert parse_bead(line) == Bead((0, 1), (2,), 0.0)


@pytest.mark.parametrize("line", ["", "0:1", "[a]:[0]", "[0]:[1]:low", "[0]"])
def test_a_line_of_another_form_is_refused(line):
    with pytest.raises(InputError):
        parse_bead(line)


def test_numbers_are_read_alike_in_all_scripts_and_spellings():
    assert numbers("3,5 sm we ১২ gün, 7.") == ["3.5", "12", "7"]


def test_lengths_alone_align_real_paragraphs_that_are_nearly_all_one_to_one():
    folder = places.test_data() / "tds_gov_tm"
    if not folder.exists():
        pytest.skip("the evaluation data is not at hand: set DUTAR_TEST_DATA")
    source, target = (read_lines(folder / "text" / f"16.{code}.txt") for code in ("tm", "ru"))
    gold = [parse_bead(line) for line in read_lines(folder / "gold_para" / "16.tm-ru")]
    beads = length_baseline([*map(len, source)], [*map(len, target)])
    assert_monotone_full_cover(beads, len(source), len(target))
    assert bead_scores(pairs(beads), pairs(gold)).strict.f1 > 0.9


def test_pairs_with_noisy_vectors_are_not_merged():
    generator = np.random.default_rng(4)
    ideas = generator.standard_normal((200, 64))
    noisy = (ideas + 1.2 * generator.standard_normal((200, 64)) for _ in range(2))
    source, target = (describe_side(["a sentence"] * 200, vectors) for vectors in noisy)
    merged = align_sentences(source, target, AlignmentParams(merge_penalty=0))
    beads = align_sentences(source, target, PARAMS)
    assert len(merged) < len(beads)
    assert sum(bead.source == bead.target for bead in beads) >= 190

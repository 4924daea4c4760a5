import re
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus import gates
from pipeline.corpus.build import build_corpus
from pipeline.corpus.gates import leak_verdict
from pipeline.corpus.leaks import comparison_keys
from pipeline.corpus.reasons import LEAK, NEAR_LEAK
from pipeline.corpus.splits import split_groups
from pipeline.parameters import CorpusParams
from pipeline.tables import FILTERED_PAIRS, PARALLEL_CORPUS, as_table, identify

PARAMS = CorpusParams()


def _pair(source, target, **changes):
    row = {
        "pair_id": identify(source, target, str(changes)),
        "origin": "textbooks",
        "source_document": "textbooks/a.tk",
        "target_document": "textbooks/a.ru",
        "group_key": "chapter 1",
        "locator": "page 3",
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "source_text": source,
        "target_text": target,
        "licence": "CC0-1.0",
        "cosine": 0.9,
        "bead_score": 0.5,
        "length_ratio": 0.9,
        "number_agreement_fraction": 1.0,
        "confidence_fraction": 0.9,
        "is_reviewed": False,
    }
    return row | changes


def _build(rows, params=PARAMS):
    return build_corpus(as_table(rows, FILTERED_PAIRS), params)


def _reasons(rows, params=PARAMS):
    return _build(rows, params).pairs["reject_reason"].to_pylist()


def _word(number):
    """A word of its own for each number: comparison keys make all digits alike."""
    return f"{number:04x}".translate(str.maketrans("0123456789abcdef", "abdegklmnoprstuz"))


def _many(count, group_count, **changes):
    return [
        _pair(
            f"sözlem {_word(i)} bar",
            f"фраза {_word(i)} есть",
            group_key=f"g{i % group_count}",
            **changes,
        )
        for i in range(count)
    ]


def test_of_duplicates_the_highest_cosine_stays_and_the_first_of_equals():
    rows = [
        _pair("Kitap bar", "Книга есть", cosine=0.85),
        _pair("Kitap bar", "Книга есть", cosine=0.95),
        _pair("Kitap bar", "Книга есть", cosine=0.95),
    ]
    assert _reasons(rows) == ["duplicate pair", None, "duplicate pair"]


def test_of_duplicates_a_reviewed_one_stays_whatever_its_cosine():
    rows = [
        _pair("Kitap bar", "Книга есть", cosine=0.95),
        _pair("Kitap bar!", "Книга есть", cosine=0.15, is_reviewed=True),
    ]
    assert _reasons(rows) == ["duplicate pair", None]


def test_every_row_stays_and_is_either_split_or_rejected():
    rows = [
        *_many(60, 12),
        _pair("sözlem abba bar", "фраза abba есть"),
        _pair("", "нет пары", reject_reason="no counterpart"),
    ]
    corpus = _build(rows).pairs
    assert corpus.schema == PARALLEL_CORPUS
    assert sorted(corpus["pair_id"].to_pylist()) == sorted(row["pair_id"] for row in rows)
    for row in corpus.to_pylist():
        assert (row["split"] is None) == (row["reject_reason"] is not None)


def test_text_tested_in_one_origin_is_taken_from_training_in_another():
    textbooks = _many(40, 10)
    tested = {
        row["source_text"] for row in _build(textbooks).pairs.to_pylist() if row["split"] == "test"
    }
    assert tested
    again = [
        _pair(
            row["source_text"].upper(), f"другой перевод {i}", origin="bitexts", group_key=f"b{i}"
        )
        for i, row in enumerate(textbooks)
    ]
    corpus = _build(textbooks + again).pairs
    assert comparison_keys(corpus, ["test"]).isdisjoint(comparison_keys(corpus, ["train", "dev"]))
    assert LEAK in corpus["reject_reason"].to_pylist()
    assert leak_verdict(corpus, PARAMS).is_passed


def _with_a_trained_pair(corpus, **changes):
    """The corpus with one test pair more: a training pair, changed."""
    rows = corpus.to_pylist()
    trained = next(row for row in rows if row["split"] == "train")
    changed = {name: change(trained[name]) for name, change in changes.items()}
    return pa.Table.from_pylist([*rows, trained | {"split": "test"} | changed], PARALLEL_CORPUS)


def test_the_leak_verdict_finds_a_text_on_both_sides_of_the_split():
    leaky = _with_a_trained_pair(
        _build(_many(40, 10)).pairs, source_text="{}!".format, target_text="нет {}".format
    )
    verdict = leak_verdict(leaky, PARAMS)
    assert not verdict.is_passed
    assert re.match(
        r"Pairs of train or dev that hold a text of test, or nearly: 1. For example, 'sözlem"
        r" \w+ bar' in train is the same as 'sözlem \w+ bar!' in test:"
        r" remove it or its source, textbooks/a\.tk\.$",
        verdict.reason,
    )


TESTED = "Gadymy döwürlerde kerwenler çölüň içinden tuz, ýüpek we kitap daşapdyrlar"
TWIN = "Gadymy döwürlerde kerwenler çölüň içinden tuz, ýüpek hem kitap daşapdyrlar"


def test_a_near_duplicate_planted_in_training_is_refused_by_the_gate():
    rows = _build(_many(40, 10)).pairs.to_pylist()
    tested = _pair(TESTED, "Одно", split="test")
    planted = _pair(TWIN, "Совсем другое", split="train", source_document="textbooks/b.tk")
    corpus = pa.Table.from_pylist([*rows, tested, planted], PARALLEL_CORPUS)
    verdict = leak_verdict(corpus, PARAMS)
    assert not verdict.is_passed
    assert verdict.reason == (
        f"Pairs of train or dev that hold a text of test, or nearly: 1. For example, '{TWIN}' in"
        f" train is 0.83 alike to '{TESTED}' in test: remove it or its source, textbooks/b.tk."
    )
    assert leak_verdict(corpus, CorpusParams(near_duplicate_similarity=0.9)).is_passed


def test_a_near_duplicate_of_a_test_text_is_taken_from_training_and_nothing_else_moves():
    rows = _many(40, 10)
    before = _build(rows).pairs.to_pylist()
    tested = next(row for row in before if row["split"] == "test")
    for row in rows:
        if row["group_key"] == tested["group_key"]:
            row["source_text"] = TESTED + row["source_text"]
    trained = next(row for row in before if row["split"] == "train")
    for row in rows:
        if row["pair_id"] == trained["pair_id"]:
            row["source_text"] = TWIN + tested["source_text"]
    corpus = _build(rows).pairs
    was = {row["pair_id"]: row["split"] for row in before}
    for row in corpus.to_pylist():
        if row["pair_id"] == trained["pair_id"]:
            assert (row["split"], row["reject_reason"]) == (None, NEAR_LEAK)
        else:
            assert row["split"] == was[row["pair_id"]]
    assert leak_verdict(corpus, PARAMS).is_passed


def test_texts_of_two_languages_never_leak_into_one_another():
    tested = _pair(TESTED, "Одно", split="test")
    trained = _pair("Kitap", TESTED, split="train")
    corpus = pa.Table.from_pylist([tested, trained], PARALLEL_CORPUS)
    assert leak_verdict(corpus, PARAMS).is_passed


@given(st.lists(st.tuples(st.text("ab ", max_size=5), st.integers(0, 9)), max_size=60))
def test_what_is_built_passes_the_gate(pairs):
    rows = [
        _pair(f"bir iki {text} üç", f"раз {text * 3}", group_key=f"g{group}")
        for text, group in pairs
    ]
    params = CorpusParams(near_duplicate_similarity=0.6)
    assert leak_verdict(_build(rows, params).pairs, params).is_passed


@pytest.mark.parametrize(("count", "is_passed"), [(9, False), (29, False), (30, True)])
def test_a_test_split_of_a_few_pairs_is_refused(count, is_passed):
    rows = [_pair(f"sözlem {_word(i)} bar", f"фраза {i}", split="test") for i in range(count)]
    rows.append(_pair("başga sözlem", "другое", split="train"))
    verdict = gates.test_size_verdict(
        pa.Table.from_pylist(rows, PARALLEL_CORPUS), PARAMS, may_be_empty=True
    )
    assert verdict.is_passed == is_passed
    assert verdict.reason.startswith(f"{count} test pairs; 30 is the minimum.")
    assert ("add sources" in verdict.reason) != is_passed


def test_no_pairs_at_all_are_no_fault_where_a_language_may_have_none():
    empty = PARALLEL_CORPUS.empty_table()
    verdict = gates.test_size_verdict(empty, PARAMS, may_be_empty=True)
    assert verdict.is_passed
    assert verdict.reason.startswith("Not measured")
    assert not gates.test_size_verdict(empty, PARAMS, may_be_empty=False).is_passed
    few = pa.Table.from_pylist([_pair("bir", "один", split="test")], PARALLEL_CORPUS)
    assert not gates.test_size_verdict(few, PARAMS, may_be_empty=True).is_passed


def test_the_corpus_is_the_same_for_a_seed_and_differs_for_another():
    rows = _many(60, 20)
    assert _build(rows).pairs.equals(_build(rows).pairs)
    other = _build(rows, CorpusParams(seed=14)).pairs
    assert _build(rows).pairs["split"] != other["split"]


def test_rows_are_ordered_by_origin_and_document_and_keep_their_positions():
    rows = [
        _pair("bir sözlem", "одна фраза", origin="textbooks"),
        _pair("iki sözlem", "две фразы", origin="bitexts"),
        _pair("üç sözlem", "три фразы", origin="bitexts"),
    ]
    texts = _build(rows).pairs["source_text"].to_pylist()
    assert texts == ["iki sözlem", "üç sözlem", "bir sözlem"]


def test_an_origin_with_one_group_has_no_test_split_and_says_so():
    corpus = _build(_many(30, 1))
    assert set(corpus.pairs["split"].to_pylist()) == {"train"}
    assert corpus.notes == ("textbooks: 15 test pairs were wanted, its 1 groups allow 0",)


def test_enough_groups_need_no_note():
    assert _build(_many(400, 80)).notes == ()


groups = st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1, 50), min_size=1)


@given(groups, st.integers(0, 9))
def test_splits_cover_every_group_and_leave_at_least_half_out_of_test(pair_counts, seed):
    splits = split_groups(pair_counts, CorpusParams(seed=seed))
    assert splits.by_group.keys() == pair_counts.keys()
    sizes = Counter()
    for key, split in splits.by_group.items():
        sizes[split] += pair_counts[key]
    assert sizes["test"] == splits.test_pairs <= sum(pair_counts.values()) / 2
    assert sizes["train"] > 0


@given(st.integers(20, 400), st.integers(0, 9))
def test_groups_of_one_pair_give_exactly_the_wanted_test_split(count, seed):
    splits = split_groups({f"g{i}": 1 for i in range(count)}, CorpusParams(seed=seed))
    assert splits.test_pairs == splits.wanted_test_pairs == min(100, count // 2)


def test_pairs_with_a_text_of_an_evaluation_suite_are_rejected_before_duplicates_are():
    def evaluated_in(texts):
        return ["flores" if text == ("rus_Cyrl", "Книга есть") else None for text in texts]

    rows = [_pair("Kitap bar", "Книга есть"), _pair("Kitap bar", "Книга есть"), _pair("Öý", "Дом")]
    filtered = as_table(rows, FILTERED_PAIRS)
    reasons = build_corpus(filtered, PARAMS, evaluated_in).pairs["reject_reason"].to_pylist()
    assert reasons == ["evaluation text: flores", "evaluation text: flores", None]
    kept = PARAMS.model_copy(update={"is_decontaminated": False})
    reasons = build_corpus(filtered, kept, evaluated_in).pairs["reject_reason"].to_pylist()
    assert reasons == [None, "duplicate pair", None]

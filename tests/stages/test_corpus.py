from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus.build import LEAK, build_corpus, comparison_keys, leak_verdict
from pipeline.corpus.funnel import funnel
from pipeline.corpus.splits import split_groups
from pipeline.parameters import CorpusParams
from pipeline.tables import FUNNEL, PARALLEL_CORPUS, SCORED_PAIRS, as_table, identify

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
    }
    return row | changes


def _build(rows, params=PARAMS):
    return build_corpus(as_table(rows, SCORED_PAIRS), params)


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


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"reject_reason": "no counterpart"}, "no counterpart"),
        ({"cosine": 0.74}, "cosine below 0.75"),
        ({"cosine": 0.74, "bead_score": None}, None),
        ({"cosine": None}, "not scored"),
        ({"cosine": None, "bead_score": None}, None),
        ({"length_ratio": 0.3}, "length ratio below 0.35"),
        ({"source_text": "ab"}, "shorter than 3 characters"),
        ({"target_text": "kitap BAR"}, "identical sides"),
        ({"source_text": "?!..."}, "no letters or numbers"),
        ({"number_agreement_fraction": 0.0}, None),
    ],
)
def test_a_pair_is_kept_or_rejected_with_its_first_fault(changes, reason):
    assert _reasons([_pair("Kitap bar", "Книга есть") | changes]) == [reason]


def test_of_duplicates_the_highest_cosine_stays_and_the_first_of_equals():
    rows = [
        _pair("Kitap bar", "Книга есть", cosine=0.85),
        _pair("Kitap bar", "Книга есть", cosine=0.95),
        _pair("Kitap bar", "Книга есть", cosine=0.95),
    ]
    assert _reasons(rows) == ["duplicate pair", None, "duplicate pair"]


def test_every_row_stays_and_is_either_split_or_rejected():
    rows = [
        *_many(60, 12),
        _pair("ab", "вг"),
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
    assert leak_verdict(corpus).is_passed


def test_the_leak_verdict_finds_a_text_on_both_sides_of_the_split():
    rows = _build(_many(40, 10)).pairs.to_pylist()
    trained = next(row for row in rows if row["split"] == "train")
    leaky = [*rows, trained | {"split": "test", "source_text": trained["source_text"] + "!"}]
    verdict = leak_verdict(pa.Table.from_pylist(leaky, schema=PARALLEL_CORPUS))
    assert not verdict.is_passed
    assert verdict.reason.startswith("2 of ")


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


def test_the_funnel_counts_every_row_once_and_shows_its_provenance():
    corpus = _build([*_many(60, 12), _pair("ab", "вг"), _pair("cd", "де")]).pairs
    table = funnel(corpus)
    assert table.schema == FUNNEL
    outcomes = table.to_pylist()
    assert sum(outcome["pair_count"] for outcome in outcomes) == corpus.num_rows
    rejected = outcomes[-1]
    assert rejected["reject_reason"] == "shorter than 3 characters"
    assert rejected["pair_count"] == 2
    assert {row["locator"] for row in rejected["sample"]} == {"page 3"}
    assert [outcome["split"] for outcome in outcomes[:2]] == ["train", "dev"]


def test_the_funnel_shows_at_most_the_wanted_rows():
    outcomes = funnel(_build(_many(60, 12)).pairs, sample_count=2).to_pylist()
    assert max(len(outcome["sample"]) for outcome in outcomes) == 2

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus.funnel import funnel
from pipeline.tables import FUNNEL, PARALLEL_CORPUS, as_table

OUTCOMES = st.sampled_from(
    [("train", None), ("dev", None), ("test", None), (None, "duplicate pair"), (None, "leak")]
)
ROWS = st.lists(st.tuples(st.sampled_from(["textbooks", "bitexts"]), OUTCOMES), max_size=30)


def corpus(outcomes):
    rows = [
        {"pair_id": f"{number * 7919 % 1000:03}", "origin": origin}
        | {"split": split, "reject_reason": reason}
        for number, (origin, (split, reason)) in enumerate(outcomes)
    ]
    return as_table(rows, PARALLEL_CORPUS)


def groups(table):
    return [(row["origin"], (row["split"], row["reject_reason"])) for row in table.to_pylist()]


@given(ROWS, st.integers(0, 4))
def test_every_outcome_is_counted_once_and_its_sample_is_of_its_kind(outcomes, sample_count):
    table = funnel(corpus(outcomes), sample_count)
    assert table.schema == FUNNEL
    found = dict(zip(groups(table), table["pair_count"].to_pylist(), strict=True))
    assert found == Counter(outcomes)
    for row in table.to_pylist():
        sample = row["sample"]
        assert len(sample) == min(sample_count, row["pair_count"])
        for name in ("origin", "split", "reject_reason"):
            assert {pair[name] for pair in sample} <= {row[name]}


def test_within_an_origin_splits_come_first_then_rejections_by_their_count_and_name():
    kept = [("b", (split, None)) for split in ("test", "dev", "train")]
    rejected = [("b", (None, reason)) for reason in ("z", "few", "z", "also few")]
    assert groups(funnel(corpus([*rejected, *kept, ("a", (None, "z"))]))) == [
        ("a", (None, "z")),
        ("b", ("train", None)),
        ("b", ("dev", None)),
        ("b", ("test", None)),
        ("b", (None, "z")),
        ("b", (None, "also few")),
        ("b", (None, "few")),
    ]


@given(st.permutations(range(12)))
def test_the_sample_does_not_depend_on_the_order_of_the_corpus(order):
    pairs = corpus([("textbooks", ("train", None))] * 12)
    assert funnel(pairs.take(order)).equals(funnel(pairs))

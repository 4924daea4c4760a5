from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus.funnel import funnel
from pipeline.corpus.reasons import ORDER
from pipeline.tables import FILTERED_PAIRS, FUNNEL, PARALLEL_CORPUS, as_table
from pipeline.waterfall import Step, waterfall

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


def filtered(reasons):
    rows = [
        {"pair_id": str(number), "origin": "news", "locator": f"place {number}"}
        | {"reject_reason": reason}
        for number, reason in enumerate(reasons)
    ]
    return as_table(rows, FILTERED_PAIRS)


def test_filtered_pairs_have_no_split_yet_and_the_kept_come_first():
    table = funnel(filtered([None, "not scored", "not scored"]))
    assert groups(table) == [("news", (None, None)), ("news", (None, "not scored"))]
    assert {pair["locator"] for pair in table["sample"][1].as_py()} == {"place 1", "place 2"}


def test_the_waterfall_follows_the_rules_and_not_the_alphabet_or_the_counts():
    reasons = [
        *["duplicate pair"] * 3,
        "probability below 0.87",
        "identical sides",
        *["rejected by reviewers: wrong language", "rejected by reviewers: boilerplate"],
        *["no counterpart"] * 2,
        *["leak: near-duplicate of a test text", "leak: text also in test"],
        *[None] * 4,
    ]
    assert waterfall(filtered(reasons), ORDER) == (
        Step("in", 0, 15),
        Step("no counterpart", 2, 13),
        Step("rejected by reviewers: boilerplate", 1, 12),
        Step("rejected by reviewers: wrong language", 1, 11),
        Step("identical sides", 1, 10),
        Step("probability below 0.87", 1, 9),
        Step("duplicate pair", 3, 6),
        Step("leak: text also in test", 1, 5),
        Step("leak: near-duplicate of a test text", 1, 4),
        Step("kept", 0, 4),
    )


@given(ROWS)
def test_the_steps_of_the_waterfall_add_up(outcomes):
    steps = waterfall(corpus(outcomes), ORDER)
    assert steps[0] == Step("in", 0, len(outcomes))
    for before, after in pairwise(steps):
        assert after.left_count == before.left_count - after.rejected_count
    assert steps[-1].left_count == sum(reason is None for _, (_, reason) in outcomes)

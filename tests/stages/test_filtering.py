import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpus.filtering import filter_pairs
from pipeline.parameters import FilterParams
from pipeline.tables import (
    FILTERED_PAIRS,
    PAIR_PROBABILITIES,
    SCORED_PAIRS,
    VERDICTS,
    as_table,
    identify,
)

PARAMS = FilterParams()
ALIGNED = {
    "pair_id": "aaa",
    "origin": "textbooks",
    "locator": "{}",
    "source_language": "tuk_Latn",
    "target_language": "rus_Cyrl",
    "source_text": "Kitap bar",
    "target_text": "Книга есть",
    "cosine": 0.9,
    "bead_score": 0.5,
    "length_ratio": 0.9,
    "number_agreement_fraction": 1.0,
}
MINED = ALIGNED | {"origin": "mined", "bead_score": None, "margin": 1.2}
BITEXT = ALIGNED | {"origin": "bitexts", "bead_score": None}
VERDICT = {
    "pair_id": "aaa",
    "source_text": "Kitap bar",
    "target_text": "Книга есть",
    "verdict": "CC",
    "is_correct": True,
    "status": "single",
}


def filtered(rows, probabilities=(), verdicts=(), threshold=None, **options):
    table = filter_pairs(
        as_table(list(rows), SCORED_PAIRS),
        as_table(list(probabilities), PAIR_PROBABILITIES),
        as_table(list(verdicts), VERDICTS),
        threshold,
        PARAMS,
        **options,
    )
    assert table.schema == FILTERED_PAIRS
    return table.to_pylist()


def reason(row, **arguments):
    (only,) = filtered([row], **arguments)
    return only["reject_reason"]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (ALIGNED, None),
        (ALIGNED | {"reject_reason": "no counterpart", "source_text": ""}, "no counterpart"),
        (ALIGNED | {"source_text": "?!..."}, "no letters or numbers"),
        (ALIGNED | {"source_text": "книга ЕСТЬ"}, "identical sides"),
        (ALIGNED | {"source_text": "ab"}, "shorter than 3 characters"),
        (ALIGNED | {"length_ratio": 0.3}, "length ratio below 0.35"),
        (ALIGNED | {"number_agreement_fraction": 0.0}, None),
        (ALIGNED | {"cosine": None}, "not scored"),
        (ALIGNED | {"cosine": 0.74}, "cosine below 0.75"),
        (ALIGNED | {"cosine": 0.74, "origin": "news"}, "cosine below 0.75"),
        (MINED | {"cosine": 0.1}, None),
        (MINED | {"margin": 1.01}, "margin below 1.02"),
        (MINED | {"margin": 1.02}, None),
        (MINED | {"margin": None}, "not scored"),
        (BITEXT | {"cosine": 0.1}, None),
        (BITEXT | {"cosine": None}, None),
    ],
)
def test_before_calibration_a_pair_is_rejected_for_its_first_fault(row, expected):
    assert reason(row) == expected


@pytest.mark.parametrize(
    ("row", "probability", "expected"),
    [
        (ALIGNED | {"cosine": 0.1}, 0.87, None),
        (ALIGNED, 0.86, "probability below 0.87"),
        (MINED | {"margin": 0.5}, 0.9, None),
        (MINED, 0.2, "probability below 0.87"),
        (ALIGNED, None, None),
        (ALIGNED | {"cosine": 0.1}, None, "cosine below 0.75"),
        (MINED | {"margin": 0.5}, None, "margin below 1.02"),
        (ALIGNED | {"cosine": None}, None, "not scored"),
        (ALIGNED | {"cosine": None}, 0.9, None),
        (BITEXT, None, None),
        (BITEXT, 0.2, "probability below 0.87"),
        (ALIGNED | {"length_ratio": 0.3}, 0.9, "length ratio below 0.35"),
    ],
)
def test_once_calibrated_the_probability_decides_where_there_is_one(row, probability, expected):
    known = [] if probability is None else [{"pair_id": "aaa", "probability": probability}]
    assert reason(row, probabilities=known, threshold=0.87) == expected


@given(st.floats(0, 1))
def test_a_probability_equal_to_the_threshold_passes_although_it_is_stored_in_single_precision(p):
    known = [{"pair_id": "aaa", "probability": float(np.float32(p))}]
    assert reason(ALIGNED, probabilities=known, threshold=p) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"is_correct": False, "verdict": "X"}, "rejected by reviewers: wrong translation"),
        ({"is_correct": False, "verdict": "QQ"}, "rejected by reviewers: QQ"),
        ({"is_correct": False, "verdict": None}, "rejected by reviewers"),
        ({"is_correct": None, "verdict": None, "status": "disputed"}, "reviewers disagree"),
        ({"source_text": " ?! "}, "no letters or numbers"),
    ],
)
@pytest.mark.parametrize("row", [ALIGNED, ALIGNED | {"cosine": 0.1, "length_ratio": 0.1}, MINED])
def test_reviewers_overrule_every_score(row, changes, expected):
    (found,) = filtered(
        [row], verdicts=[VERDICT | changes], threshold=0.9, verdict_names={"X": "wrong translation"}
    )
    assert found["reject_reason"] == expected
    assert found["is_reviewed"]


def test_a_mended_pair_has_the_identity_of_its_new_texts_and_the_place_of_the_old():
    mended = VERDICT | {"source_text": " Kitap  bar. ", "target_text": None}
    (row,) = filtered([ALIGNED], verdicts=[mended])
    assert (row["source_text"], row["target_text"]) == ("Kitap bar.", "Книга есть")
    assert row["pair_id"] == identify("tuk_Latn", "Kitap bar.", "rus_Cyrl", "Книга есть")
    assert (row["locator"], row["is_reviewed"]) == ("{}", True)


def test_a_pair_found_correct_as_it_was_stays_as_it_was_to_the_last_character():
    odd = {"source_text": "Kitap  «bar»\u00a0", "target_text": "Книга есть"}
    (row,) = filtered([ALIGNED | odd], verdicts=[VERDICT | odd])
    assert (row["pair_id"], row["source_text"]) == ("aaa", odd["source_text"])


def test_a_verdict_on_a_pair_that_is_no_more_counts_for_nothing():
    (row,) = filtered([ALIGNED], verdicts=[VERDICT | {"status": "orphaned", "is_correct": False}])
    assert (row["reject_reason"], row["is_reviewed"]) == (None, False)


def test_a_reason_of_an_earlier_stage_stands_against_reviewers():
    assert reason(ALIGNED | {"reject_reason": "noise"}, verdicts=[VERDICT]) == "noise"


def test_rows_of_one_pair_take_their_probabilities_in_order():
    known = [{"pair_id": "aaa", "probability": value} for value in (0.25, 0.75)]
    rows = filtered([ALIGNED, ALIGNED, ALIGNED], probabilities=known)
    assert [row["probability"] for row in rows] == [0.25, 0.75, 0.75]


ROWS = st.lists(
    st.builds(
        lambda row, **changes: row | changes,
        st.sampled_from([ALIGNED, MINED, BITEXT]),
        pair_id=st.sampled_from("abc"),
        source_text=st.sampled_from(["", "?", "Kitap bar", "книга есть"]),
        cosine=st.none() | st.floats(-1, 1, width=32),
        length_ratio=st.none() | st.floats(0, 1, width=32),
        reject_reason=st.none() | st.just("no counterpart"),
    ),
    max_size=12,
)
CALLS = st.lists(
    st.builds(
        lambda **changes: VERDICT | changes,
        pair_id=st.sampled_from("abc"),
        is_correct=st.none() | st.booleans(),
    ),
    max_size=3,
    unique_by=lambda verdict: verdict["pair_id"],
)


@given(ROWS, CALLS, st.none() | st.floats(0, 1))
def test_every_row_stays_in_its_place_and_only_its_decision_is_new(rows, verdicts, threshold):
    table = as_table(rows, SCORED_PAIRS)
    after = pa.Table.from_pylist(filtered(rows, (), verdicts, threshold), schema=FILTERED_PAIRS)
    untouched = [
        name
        for name in SCORED_PAIRS.names
        if name not in {"pair_id", "source_text", "target_text", "reject_reason"}
    ]
    assert after.select(untouched).equals(table.select(untouched))
    assert after["is_reviewed"].null_count == 0
    for before, row in zip(rows, after.to_pylist(), strict=True):
        if before["reject_reason"] is not None:
            assert row["reject_reason"] == before["reject_reason"]

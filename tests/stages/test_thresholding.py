import pytest

from pipeline.corpus.thresholding import decide_threshold
from pipeline.parameters import FilterParams
from pipeline.tables import PAIR_PROBABILITIES, SCORED_PAIRS, VERDICTS, as_table

PARAMS = FilterParams(target_precision_fraction=0.8)
NAMES = [f"book {n}" for n in range(20)]


def scored(origins):
    rows = [
        {"pair_id": name, "origin": origin, "source_text": name, "target_text": name}
        for name, origin in origins.items()
    ]
    return as_table(rows, SCORED_PAIRS)


def probabilities(values):
    rows = [
        {"pair_id": name, "probability": value, "held_out_probability": value}
        for name, value in values.items()
    ]
    return as_table(rows, PAIR_PROBABILITIES)


def verdicts(names, **changes):
    rows = [
        {
            "pair_id": name,
            "source_text": name,
            "target_text": name,
            "is_correct": True,
            "status": "single",
        }
        | changes
        for name in names
    ]
    return as_table(rows, VERDICTS)


PAIRS = scored(dict.fromkeys(NAMES, "textbooks") | {"menu": "bitexts"})
KNOWN = probabilities({name: n / 20 for n, name in enumerate(NAMES)} | {"menu": 0.1})


def test_probabilities_count_only_for_origins_that_people_have_judged():
    decision = decide_threshold(PAIRS, KNOWN, verdicts(NAMES), PARAMS, is_calibrated=True)
    assert "menu" not in decision.probabilities["pair_id"].to_pylist()
    assert decision.probabilities.num_rows == 20
    assert decision.threshold.expected_precision >= 0.8 - 1e-6


@pytest.mark.parametrize(
    ("reviewed", "is_calibrated"), [(NAMES, False), (NAMES[:9], True), ([], True)]
)
def test_without_enough_reviews_there_is_no_threshold(reviewed, is_calibrated):
    decision = decide_threshold(
        PAIRS, KNOWN, verdicts(reviewed), PARAMS, is_calibrated=is_calibrated
    )
    assert decision.threshold is None
    assert decision.probabilities.num_rows == 0
    assert decision.facts() == {"threshold": None}


def test_a_pair_that_had_to_be_mended_was_not_correct_as_it_was_scored():
    mended = verdicts(NAMES, source_text="mended")
    decision = decide_threshold(PAIRS, KNOWN, mended, PARAMS, is_calibrated=True)
    assert decision.facts()["reviewed_precision"]["value"] == 0
    assert decision.facts()["is_contradicted"]


def test_pairs_that_an_algorithm_made_need_no_verdict_once_synthetic_pairs_have_taught():
    decision = decide_threshold(
        PAIRS,
        KNOWN,
        verdicts([]),
        PARAMS,
        is_calibrated=True,
        is_trained_on_synthetic_pairs=True,
    )
    assert set(decision.probabilities["pair_id"].to_pylist()) == set(NAMES)
    facts = decision.facts()
    assert facts["precision"]["n"] == 0
    assert facts["yield_fraction"] > 0.5
    assert facts["reviewed_precision"] is None

import numpy as np
import pytest

from pipeline.annotation.precision import score_precision
from pipeline.annotation.tasks import select_tasks
from pipeline.parameters import AnnotationParams
from pipeline.tables import PAIR_PROBABILITIES, REVIEWS, SCORED_PAIRS, SCORES, VERDICTS, as_table

PARAMS = AnnotationParams(task_count=200, random_fraction=0.5)


def scored(count):
    rng = np.random.default_rng(0)
    rows = [
        {
            "pair_id": f"{n:05d}",
            "origin": "mined",
            "group_key": "g",
            "source_language": "tuk_Latn",
            "target_language": "rus_Cyrl",
            "source_text": "a",
            "target_text": "b",
            "cosine": cosine,
        }
        for n, cosine in enumerate(rng.random(count))
    ]
    return as_table(rows, SCORED_PAIRS)


def verdicts(pairs, ids, is_correct):
    cosines = dict(zip(pairs["pair_id"].to_pylist(), pairs["cosine"].to_pylist(), strict=True))
    rows = [
        {
            "pair_id": one,
            "source_text": "a",
            "target_text": "b",
            "verdict": "CC",
            "is_correct": is_correct(cosines[one]),
        }
        for one in ids
    ]
    return as_table(rows, VERDICTS)


def test_the_random_part_tells_the_precision_and_the_rest_is_left_out():
    pairs = scored(2000)
    probabilities = pairs.select(["pair_id"]).append_column("probability", pairs["cosine"])
    probabilities = probabilities.append_column("held_out_probability", pairs["cosine"])
    tasks = select_tasks(
        pairs, probabilities.cast(PAIR_PROBABILITIES), REVIEWS.empty_table(), ["only"], PARAMS
    )
    said = verdicts(pairs, tasks["pair_id"].to_pylist(), lambda cosine: cosine > 0.7)
    table = score_precision(pairs, said, PARAMS)
    assert table.schema == SCORES
    (row,) = table.to_pylist()
    assert 100 <= row["n"] <= 115  # the drawn hundred, and the reviewed that follow by luck
    assert row["ci_low"] < 0.3 < row["ci_high"]
    naive = np.mean(said["is_correct"].to_pylist())
    assert naive < 0.2  # the unsure half lies around 0.5 and is all wrong
    assert (row["model"], row["direction"]) == ("mined", "tuk_Latn-rus_Cyrl")


def test_when_all_pairs_are_reviewed_it_is_the_share_of_correct_ones():
    pairs = scored(50)
    said = verdicts(pairs, pairs["pair_id"].to_pylist(), lambda cosine: cosine > 0.5)
    (row,) = score_precision(pairs, said, PARAMS).to_pylist()
    expected = np.mean([cosine > 0.5 for cosine in pairs["cosine"].to_pylist()])
    assert (row["value"], row["n"]) == (pytest.approx(expected), 50)


def test_disputed_pairs_are_counted_and_left_out():
    pairs = scored(50)
    said = verdicts(
        pairs, pairs["pair_id"].to_pylist(), lambda cosine: None if cosine > 0.5 else True
    )
    (row,) = score_precision(pairs, said, PARAMS).to_pylist()
    assert row["value"] == 1
    assert row["note"] == f"{50 - row['n']} undecided pairs left out"


def test_without_verdicts_there_is_no_row():
    assert score_precision(scored(5), VERDICTS.empty_table(), PARAMS).num_rows == 0

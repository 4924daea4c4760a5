import numpy as np
import pytest

from pipeline.evaluation.held_out.reviewed_similarity import NOTE, reviewed_pairs
from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.tasks.similarity import score_similarity
from pipeline.parameters import EvaluationParams
from pipeline.tables import PARALLEL_CORPUS, VERDICTS, as_table

PARAMS = EvaluationParams(bootstrap_count=100)
NOTHING = PARALLEL_CORPUS.empty_table()


class ByNumber:
    """Texts are angles; the cosine of a pair falls as their difference grows."""

    dimension = 2

    def __init__(self, fingerprint, sign=1):
        self.fingerprint = fingerprint
        self.sign = sign

    def encode(self, texts, *, language, role="query"):
        shift = 0 if self.sign > 0 else 10
        angles = np.array([float(text) for text in texts]) * 0.1 * self.sign
        angles = angles if language == "tuk_Latn" else np.where(angles < 0, shift - angles, angles)
        return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


MODELS = {name: EncoderModel(ByNumber(name)) for name in ("start", "student")}


def verdicts(*ratings):
    rows = [
        {
            "pair_id": f"{number:02}",
            "source_language": "tuk_Latn",
            "target_language": "rus_Cyrl",
            "source_text": "0",
            "target_text": str(number),
            "meaning": rating,
        }
        for number, rating in enumerate(ratings)
    ]
    return as_table(rows, VERDICTS)


RATED = verdicts(*[5 - 0.4 * number for number in range(10)])


def test_cosines_that_fall_with_the_ratings_correlate_fully():
    (pairs,) = reviewed_pairs(RATED, NOTHING)
    scored = score_similarity(pairs, MODELS, PARAMS)
    rows = {(row["model"], row["metric"]): row for row in scored.rows}
    start = rows["start", "spearman"]
    assert start["value"] == pytest.approx(1)
    assert (start["n"], start["direction"]) == (10, "tuk_Latn-rus_Cyrl")
    assert start["note"] == NOTE
    assert rows["difference", "pearson"]["value"] == pytest.approx(0)


@pytest.mark.parametrize(
    "few", [RATED.slice(0, 9), verdicts(*[None] * 20), verdicts(*[3] * 12), VERDICTS.empty_table()]
)
def test_few_ratings_or_equal_ones_give_no_score(few):
    assert reviewed_pairs(few, NOTHING) == []


def test_pairs_that_were_trained_on_are_not_scored():
    more = verdicts(*[5 - 0.3 * number for number in range(12)])
    corpus = as_table([{"pair_id": "11", "split": "train"}], PARALLEL_CORPUS)
    (pairs,) = reviewed_pairs(more, corpus)
    assert len(pairs.gold) == 11


def test_orphaned_verdicts_whose_languages_are_unknown_are_left_out():
    rows = RATED.to_pylist()
    lost = rows[0] | {"pair_id": "lost", "source_language": None, "target_language": None}
    (pairs,) = reviewed_pairs(as_table([*rows, lost], VERDICTS), NOTHING)
    assert len(pairs.gold) == 10

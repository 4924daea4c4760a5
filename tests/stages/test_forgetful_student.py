"""A student that was taught nonsense, with nothing to hold its English, is not let go.

Nobody doctors a figure here: a model is trained, scored, ranked and reported as any other.
"""

import numpy as np
import pytest

from pipeline.distillation.training.job import TrainingJob
from pipeline.distillation.training.trainer import train
from pipeline.encoders import load_encoder
from pipeline.evaluation.held_out.corpus_split import score_retention
from pipeline.evaluation.release.kept import retention_verdict
from pipeline.evaluation.release.leaderboard import best_student, leaderboard, release_verdicts
from pipeline.evaluation.report.page import ReportData, render_report
from pipeline.parameters import DistillationParams, EvaluationParams
from pipeline.tables import SCORES, as_table

PARAMS = EvaluationParams(bootstrap_count=100)
WORDS = ("the", "old", "river", "carried", "boats", "to", "sea", "and", "rain", "fell", "again")
ENGLISH = [" ".join(np.random.default_rng(seed).choice(WORDS, 6)) for seed in range(60)]
FOCUS = [f"{a} {b} okadym" for a in ("salam", "kitap", "suw", "lar") for b in "aäbçdeňş"]


def taught_nonsense(start, folder, objective="mse", **params):
    """A student whose focus texts were pulled to wrong places, whatever becomes of the rest.

    The places are those of other texts, turned round the origin: as far apart as texts are, so
    that the student can learn them.
    """
    rng = np.random.default_rng(0)
    own = load_encoder(str(start)).encode(FOCUS, language="tuk_Latn")
    turn, _ = np.linalg.qr(rng.normal(size=(own.shape[1], own.shape[1])))
    wrong = (rng.permutation(own) @ turn).astype(np.float32)
    chosen = DistillationParams(balance=1, retention_floor=0, max_tokens=16, **params)
    texts = {"source_texts": FOCUS, "target_texts": FOCUS, "retained_texts": [ENGLISH]}
    job = TrainingJob(start, **texts, teacher_vectors=wrong, params=chosen, objective=objective)
    train(job, folder / "student", folder / "checkpoint.pt")
    return folder / "student"


def found(model, value, low):
    return {
        "suite": "held_out",
        "model": model,
        "model_fingerprint": "" if model == "start" else "student",
        "direction": "tuk_Latn-eng_Latn",
        "metric": "p_at_1",
        "value": value,
        "ci_low": low,
        "ci_high": value + 0.05,
        "confidence_level_fraction": 0.95,
        "n": 400,
        "pool_size": 400,
    }


RETRIEVAL = as_table(
    [found("start", 0.4, 0.35), found("mse@1", 0.9, 0.85), found("difference", 0.5, 0.45)], SCORES
)


def released(start, student):
    """Scores of retention, their verdict, and the leaderboard, for a student that finds a lot."""
    encoders = {"start": load_encoder(str(start)), "mse@1": load_encoder(str(student))}
    kept = score_retention({"eng_Latn": ENGLISH}, encoders, PARAMS)
    verdict = retention_verdict(kept, PARAMS)
    return kept, verdict, leaderboard(RETRIEVAL, kept, {}, PARAMS)


def check_that_it_is_refused_and_why(start, student):
    kept, verdict, board = released(start, student)
    (row,) = kept.to_pylist()
    assert row["value"] < PARAMS.min_order_kept
    assert not verdict.is_passed
    assert best_student(board) == "mse@1"
    by_name = {gate.name: gate for gate in release_verdicts(board)}
    assert by_name["beats_start"].is_passed
    assert not by_name["retention"].is_passed
    page = render_report(
        ReportData(
            "Turkmen with English",
            "tuk_Latn",
            ("eng_Latn",),
            scores=RETRIEVAL,
            others={"retention": kept},
            leaderboard=board,
            gates=(verdict,),
        )
    )
    why = f"it keeps {row['value']:.3f} of English, less than 0.9"
    assert page.count(why) == 2  # under the headline, and in the list of models
    assert "Lower the balance value" in page
    assert "gate at 0.9" in page
    assert "student to be released" not in page


def test_a_student_that_forgot_english_is_refused_and_the_report_says_why(
    tiny_model_folder, tmp_path
):
    params = {"epochs": 4, "batch_pairs": 8, "learning_rate": 1e-3}
    student = taught_nonsense(tiny_model_folder, tmp_path, **params)
    check_that_it_is_refused_and_why(tiny_model_folder, student)


def test_a_student_that_changed_nothing_keeps_all_and_may_go(tiny_model_folder):
    kept, verdict, board = released(tiny_model_folder, tiny_model_folder)
    assert kept["value"].to_pylist() == pytest.approx([1.0])
    assert verdict.is_passed
    assert all(gate.is_passed for gate in release_verdicts(board))


@pytest.mark.slow
def test_the_embedded_model_forgets_english_likewise(e5_folder, tmp_path):
    params = {"epochs": 12, "batch_pairs": 8, "learning_rate": 4e-4}
    student = taught_nonsense(e5_folder, tmp_path, "mnr", **params)
    check_that_it_is_refused_and_why(e5_folder, student)

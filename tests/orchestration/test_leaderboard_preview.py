"""What the UI shows of a sweep: who leads, who may go, and the front with the gate."""

import base64

import pytest

from assets.previews import leaderboard_preview
from pipeline.storage import Address, Fingerprint
from pipeline.tables import LEADERBOARD, as_table


def row(rank, model, value, retention, reason):
    return {
        "rank": rank,
        "model": model,
        "metric": "p_at_1",
        "value": value,
        "ci_low": value - 0.02,
        "ci_high": value + 0.02,
        "retention": retention,
        "min_retention": retention and 0.97,
        "is_releasable": reason == "May be released.",
        "reason": reason,
    }


FORGETFUL = row(1, "mse@1", 0.91, 0.62, "Not to be released: it keeps 0.620 of English.")
GOOD = row(2, "mse@0.7", 0.85, 0.99, "May be released.")
START = row(3, "start", 0.48, None, "What the students are compared with.")


@pytest.fixture
def shown(place):
    def show(*rows):
        made = place.store.publish(
            Address("trial", "leaderboard"),
            as_table(rows, LEADERBOARD),
            fingerprint=Fingerprint(code_version="1"),
        )
        return leaderboard_preview(made)

    return show


def test_the_front_is_drawn_with_the_gate_as_it_was_when_the_table_was_made(shown):
    image = shown(FORGETFUL, GOOD, START)["pareto_front"].value
    svg = base64.b64decode(image.partition("base64,")[2].rstrip(")")).decode()
    for text in ("mse@1", "mse@0.7", "before training", "gate at 0.97", "student to be released"):
        assert f">{text}<" in svg


def test_the_table_says_of_every_model_whether_it_may_go_and_why_not(shown):
    told = shown(FORGETFUL, GOOD, START)["leaderboard"].value
    assert "Not to be released: it keeps 0.620 of English." in told
    assert "May be released." in told


def test_before_there_is_a_student_there_is_no_front(shown):
    assert set(shown(START)) == {"leaderboard"}

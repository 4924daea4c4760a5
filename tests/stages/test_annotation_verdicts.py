from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.annotation.verdicts import resolve_verdicts
from pipeline.tables import REVIEWS, SCORED_PAIRS, VERDICTS, as_table, identify

START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE, TARGET = "Suw durmuşyň çeşmesidir.", "Вода — источник жизни."


def pair(source=SOURCE, target=TARGET):
    return {
        "pair_id": identify("tuk_Latn", source, "rus_Cyrl", target),
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "source_text": source,
        "target_text": target,
        "cosine": 0.9,
    }


def review(annotator="a", verdict="CC", *, of=None, minute=0, **changes):
    of = of or pair()
    return {
        "review_id": identify(of["pair_id"], annotator, str(minute)),
        "pair_id": of["pair_id"],
        "annotator": annotator,
        "verdict": verdict,
        "source_text": of["source_text"],
        "target_text": of["target_text"],
        "updated_at": START + timedelta(minutes=minute),
    } | changes


def resolve(reviews, pairs=None):
    scored = as_table([pair()] if pairs is None else pairs, SCORED_PAIRS)
    found = resolve_verdicts(as_table(reviews, REVIEWS), scored)
    assert found.table.schema == VERDICTS
    return found.table.to_pylist(), found.facts


def only(reviews, pairs=None):
    rows, _ = resolve(reviews, pairs)
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("codes", "verdict", "is_correct", "status"),
    [
        (["CC"], "CC", True, "single"),
        (["X"], "X", False, "single"),
        (["CC", "CC"], "CC", True, "agreed"),
        (["X", "WL"], None, False, "agreed"),
        (["CC", "X"], None, None, "disputed"),
        (["CC", "X", "X"], "X", False, "majority"),
        (["CC", "CC", "X", "WL", "NL"], None, False, "majority"),
    ],
)
def test_the_majority_decides(codes, verdict, is_correct, status):
    row = only([review(f"annotator {n}", code) for n, code in enumerate(codes)])
    assert (row["verdict"], row["is_correct"], row["status"]) == (verdict, is_correct, status)
    assert row["reviewer_count"] == len(codes)


def test_the_last_word_of_an_annotator_counts():
    rows, facts = resolve([review(verdict="X", minute=1), review(verdict="CC", minute=5)])
    assert (rows[0]["verdict"], rows[0]["status"]) == ("CC", "single")
    assert facts["superseded_count"] == 1


def test_rejected_reviews_are_counted_and_say_nothing():
    bad = review("b", "X") | {"reject_reason": "a.jsonl, line 3: no"}
    rows, facts = resolve([review(), bad])
    assert rows[0]["reviewer_count"] == 1
    assert facts["rejected_count"] == 1


def test_meaning_is_the_mean_of_what_was_rated():
    assert only([review("a", meaning=5), review("b", meaning=4), review("c")])["meaning"] == 4.5
    assert only([review()])["meaning"] is None


@pytest.mark.parametrize(
    ("code", "is_correct", "text"),
    [("P", True, "Вода."), ("OCR", True, "Вода."), ("CC", True, "Вода."), ("X", False, TARGET)],
)
def test_a_mended_pair_is_correct_unless_it_was_called_wrong(code, is_correct, text):
    row = only([review(verdict=code, target_edit=" Вода. ")])
    assert (row["is_correct"], row["target_text"]) == (is_correct, text)
    assert row["source_text"] == SOURCE
    assert row["verdict"] == code


@pytest.mark.parametrize("edit", [None, "", "  ", TARGET, f" {TARGET} "])
def test_an_edit_that_changes_nothing_mends_nothing(edit):
    row = only([review(verdict="P", target_edit=edit)])
    assert (row["is_correct"], row["target_text"]) == (False, TARGET)


def test_the_newest_mending_wins_and_is_normalised():
    row = only(
        [
            review("a", "CC", minute=1, source_edit="köne"),
            review("b", "CC", minute=2, source_edit="täze   “söz”"),
            review("c", "CC", minute=3),
        ]
    )
    assert row["source_text"] == 'täze "söz"'


def test_a_review_follows_its_pair_through_a_small_change_of_the_text():
    old = pair("Suw durmuşyñ çeşmesidir.", TARGET)
    rows, facts = resolve([review(of=old)])
    assert rows[0]["pair_id"] == pair()["pair_id"]
    assert (rows[0]["source_text"], rows[0]["status"]) == (SOURCE, "single")
    assert (facts["carried_count"], facts["orphaned_count"]) == (1, 0)


def test_reviews_of_the_old_and_the_new_text_are_reviews_of_one_pair():
    old = pair("Suw durmuşyñ çeşmesidir.", TARGET)
    row = only([review("a", of=old), review("b")])
    assert (row["status"], row["reviewer_count"]) == ("agreed", 2)


def test_a_review_whose_pair_is_gone_is_orphaned_and_keeps_its_texts():
    gone = pair("Düýe çölüň gämisi.", "Верблюд — корабль пустыни.")
    rows, facts = resolve([review(of=gone)])
    assert (rows[0]["status"], rows[0]["is_correct"]) == ("orphaned", True)
    assert rows[0]["source_text"] == gone["source_text"]
    assert rows[0]["source_language"] is None
    assert facts["orphaned_count"] == 1


def test_other_numbers_make_another_sentence():
    old = pair("Sapak 12: goşmak we aýyrmak.", "Урок 12: сложение и вычитание.")
    new = pair("Sapak 13: goşmak we aýyrmak.", "Урок 13: сложение и вычитание.")
    _, facts = resolve([review(of=old)], [new])
    assert facts["orphaned_count"] == 1


def test_two_pairs_equally_near_leave_a_review_orphaned():
    old = pair("Suw durmuşyn çeşmesidir.", TARGET)
    near = [pair("Suw durmuşyx çeşmesidir.", TARGET), pair("Suw durmuşyy çeşmesidir.", TARGET)]
    _, facts = resolve([review(of=old)], near)
    assert (facts["carried_count"], facts["orphaned_count"]) == (0, 1)


def test_a_review_without_texts_cannot_be_carried():
    lost = review() | {"pair_id": "gone", "source_text": None, "target_text": None}
    assert only([lost])["status"] == "orphaned"


def test_without_reviews_there_are_no_verdicts():
    rows, facts = resolve([])
    assert rows == []
    assert set(facts.values()) == {0}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["CC", "P", "X"])), max_size=6),
    st.randoms(use_true_random=False),
)
def test_the_order_of_reviews_does_not_matter(said, random):
    reviews = [review(who, code, minute=n) for n, (who, code) in enumerate(said)]
    shuffled = random.sample(reviews, len(reviews))
    assert resolve(reviews) == resolve(shuffled)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.distillation.lessons.paragraphs import paragraphs
from pipeline.parameters import LessonParams

ALL = LessonParams(paragraph_fraction=1, paragraph_sentences=4)


def row(number, **more):
    return {
        "pair_id": f"pair {number}",
        "origin": "textbooks",
        "source_document": "textbooks/algebra.tuk_Latn",
        "target_document": "textbooks/algebra.rus_Cyrl",
        "group_key": "section 1",
        "source_text": f"söz {number}.",
        "target_text": f"слово {number}.",
        "split": "train",
        "reject_reason": None,
    } | more


def numbers(found):
    return [[int(each["pair_id"].split()[1]) for each in part] for part in found]


BREAKS = {
    "a rejected pair": {"split": None, "reject_reason": "cosine below 0.75"},
    "a test pair": {"split": "test"},
    "another section": {"group_key": "section 2"},
    "another document": {"source_document": "textbooks/botany.tuk_Latn"},
}


@pytest.mark.parametrize("change", BREAKS.values(), ids=BREAKS)
def test_no_paragraph_reaches_across(change):
    rows = [row(0), row(1), row(2, **change), row(3), row(4)]
    for part in numbers(paragraphs(rows, ALL)):
        assert not (min(part) < 2 <= max(part))
        assert not (min(part) <= 2 < max(part)) or "split" not in change


@settings(deadline=None)
@given(st.lists(st.sampled_from(["train", "dev", "test", None]), max_size=40), st.integers(2, 6))
def test_paragraphs_are_runs_of_neighbours_and_no_pair_is_in_two(splits, most):
    rows = [
        row(number, split=split, reject_reason=None if split else "no letters")
        for number, split in enumerate(splits)
    ]
    params = ALL.model_copy(update={"paragraph_sentences": most, "running_text": "textbooks"})
    found = numbers(paragraphs(rows, params))
    used = [number for part in found for number in part]
    assert len(used) == len(set(used))
    assert all(splits[number] == "train" for number in used)
    assert all(part == list(range(part[0], part[-1] + 1)) for part in found)
    assert all(2 <= len(part) <= most for part in found)


def test_most_of_a_long_run_is_used():
    found = numbers(paragraphs([row(number) for number in range(200)], ALL))
    assert sum(map(len, found)) > 190
    assert {len(part) for part in found} == {2, 3, 4}


def test_no_side_of_a_paragraph_is_longer_than_allowed():
    rows = [row(number, target_text="слово " * (number % 7)) for number in range(60)]
    params = ALL.model_copy(update={"paragraph_characters": 50})
    found = paragraphs(rows, params)
    assert found
    for part in found:
        assert all(
            len(" ".join(each[f"{side}_text"] for each in part)) <= 50
            for side in ("source", "target")
        )


def test_there_are_no_more_paragraphs_than_the_fraction_allows_and_a_lot_picks_them():
    rows = [row(number) for number in range(200)]
    few = numbers(paragraphs(rows, LessonParams(paragraph_fraction=0.05)))
    assert len(few) == 10
    assert few == sorted(few)
    assert few[-1][0] > 100  # not the first ten
    other = numbers(paragraphs(rows, LessonParams(paragraph_fraction=0.05, seed=2)))
    assert few != other


def test_only_running_text_makes_paragraphs():
    key = "bitexts/laws"
    strings = {"origin": "bitexts", "source_document": key, "target_document": key}
    rows = [row(number, **strings) for number in range(9)]
    assert paragraphs(rows, ALL) == []
    assert paragraphs(rows, ALL.model_copy(update={"running_text": "news, bitexts/laws"}))
    assert not paragraphs(rows, ALL.model_copy(update={"running_text": "bitexts/law"}))
    assert not paragraphs(rows, ALL.model_copy(update={"running_text": ""}))


def test_twins_in_two_pivots_give_the_same_paragraphs():
    rows = [row(number) for number in range(60)]
    english = [
        row(number, pair_id=f"other {number}", target_document="textbooks/algebra.eng_Latn")
        for number in range(60)
    ]
    found = numbers(paragraphs([*rows, *english], ALL))
    assert found[: len(found) // 2] == found[len(found) // 2 :]


def test_mined_pairs_are_no_neighbours_whatever_their_documents():
    assert paragraphs([row(number, origin="mined") for number in range(9)], ALL) == []

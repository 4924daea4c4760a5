import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.models import EncoderModel
from pipeline.evaluation.tasks.hard_negatives import score_hard_retrieval
from pipeline.evaluation.tasks.retrieval import ParallelTexts
from pipeline.parameters import EvaluationParams
from pipeline.text.changes import hard_negatives
from pipeline.text.marks import names, numbers

PARAMS = EvaluationParams(bootstrap_count=100)
TEXTS = [
    "In 1995, the mayor of Paris, Jacques Chirac, won the election by 3,5 points.",
    "Yesterday Ehud Barak said that all animals, which are old, are healthy.",
    "২০১৫ সালে দলটি ১,০০০ জন খেলোয়াড় নিয়ে অংশ নেয়।",
    "1990-njy ýylda Aşgabat şäherinde Türkmenistanyň Prezidenti gol çekdi; bu wajyp ädim boldy.",
    "yes",
]


def by_kind(texts, seed=13):
    found = {}
    for one in hard_negatives(texts, seed):
        found.setdefault(one.kind, {})[one.of] = one.text
    return found


def test_a_changed_number_differs_in_one_digit_of_its_own_script():
    changed = by_kind(TEXTS)["a number changed"]
    assert set(changed) == {0, 2, 3}
    for of, text in changed.items():
        assert len(text) == len(TEXTS[of])
        assert sum(a != b for a, b in zip(text, TEXTS[of], strict=True)) == 1
        assert numbers(text) != numbers(TEXTS[of])
    assert all("\u09e6" <= sign <= "\u09ef" for sign in changed[2] if sign.isdecimal())


def test_exchanged_names_are_those_of_other_texts():
    exchanged = by_kind(TEXTS)["names exchanged"]
    assert set(exchanged) == {0, 1, 3}
    for of, text in exchanged.items():
        new = set(names(text)) - set(names(TEXTS[of]))
        others = {name for other in TEXTS if other != TEXTS[of] for name in names(other)}
        assert new
        assert new <= others


def test_what_is_left_out_is_a_clause_or_a_rare_word():
    found = by_kind(TEXTS)
    assert 1 in found["a clause left out"]
    assert set(found["a rare word left out"]) == {0, 2, 3}
    for kind in ("a clause left out", "a rare word left out"):
        for of, text in found[kind].items():
            assert len(text) < len(TEXTS[of])
            assert TEXTS[of].startswith(text[:3])


def test_a_word_that_two_texts_have_stays():
    texts = ["we saw elephants there", "they like elephants too", "and crocodiles too"]
    assert by_kind(texts)["a rare word left out"] == {2: "and too"}


@given(st.lists(st.text("abAB 19,.", max_size=40), max_size=12), st.integers(0, 99))
def test_no_changed_version_is_a_text_of_the_pool_and_each_kind_comes_once(texts, seed):
    found = hard_negatives(texts, seed)
    assert not {one.text for one in found} & set(texts)
    assert len({(one.of, one.kind) for one in found}) == len(found)
    assert found == hard_negatives(texts, seed)


class Bags:
    """Counts letters; a student that is blind to digits cannot tell numbers apart."""

    dimension = 64

    def __init__(self, *, sees_digits):
        self.fingerprint = f"digits: {sees_digits}"
        self.sees_digits = sees_digits

    def encode(self, texts, *, language, role="query"):
        vectors = np.zeros((len(texts), 64))
        for vector, text in zip(vectors, texts, strict=True):
            for sign in text.lower():
                if self.sees_digits or not sign.isdecimal():
                    vector[ord(sign) % 64] += 1
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


ANIMALS = [f"{a}{b}{a}{b}sheep" for a in "klmnprst" for b in "aeio"]
SIDES = [f"Farm number {i} has {i * 7} {animal} today" for i, animal in enumerate(ANIMALS)]
TASK = ParallelTexts("toy", ("eng_Latn", "eng_Latn"), SIDES, [f"{text}." for text in SIDES])


def test_a_model_that_does_not_see_digits_is_found_out_by_changed_numbers_alone():
    models = {
        "start": EncoderModel(Bags(sees_digits=False)),
        "student": EncoderModel(Bags(sees_digits=True)),
    }
    scored = score_hard_retrieval(TASK, models, PARAMS)
    part = {
        (row["model"], row["slice"]): row
        for row in scored.rows
        if row["metric"] == "p_at_1" and row["model"] != "difference"
    }
    assert part["start", "changed: a number changed"]["value"] == 0
    assert part["student", "changed: a number changed"]["value"] == 1
    assert part["start", "changed: a rare word left out"]["value"] == 1
    assert part["start", "changed: a number changed"]["pool_size"] == 2
    assert part["start", ""]["pool_size"] > 2 * 32
    assert {row["suite"] for row in scored.rows} == {"toy"}
    assert part["start", ""]["n"] == 32


def test_the_whole_pool_has_xsims_error_and_the_mistakes_show_the_versions():
    models = {"start": EncoderModel(Bags(sees_digits=False))}
    scored = score_hard_retrieval(TASK, models, PARAMS)
    metrics = {row["metric"] for row in scored.rows if not row["slice"]}
    assert metrics == {"p_at_1", "mrr", "xsim_error"}
    errors = [row["value"] for row in scored.rows if row["metric"] == "xsim_error"]
    assert min(errors) == pytest.approx(1)
    pool = set(TASK.targets)
    assert any(one.found not in pool for one in scored.mistakes)

import functools
import hashlib
import itertools
import math
import tarfile

import hypothesis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import settings
from pipeline.encoders import load_encoder
from pipeline.errors import InputError
from pipeline.evaluation.contamination import by_meaning as contamination_meaning
from pipeline.evaluation.contamination.by_words import folded_key
from pipeline.evaluation.contamination.finding import clean_score, find_contamination
from pipeline.evaluation.contamination.findings import (
    Finding,
    clean_rows,
    contaminated_rows,
    contamination_gate,
)

LAW = hypothesis.settings(max_examples=40, deadline=None)
ENG, RUS, TUK = "eng_Latn", "rus_Cyrl", "tuk_Latn"

CAT = "On 14 May 2009, the grey cat of our neighbours slept on the roof of the old school."
DOG = "Nobody in the village had ever seen such a large and such a quiet dog before."
letters = st.text("abcdefghijklmnop", min_size=1, max_size=6)
other_letters = st.text("qrstuvwxyz", min_size=1, max_size=6)


def sentences(words):
    return st.lists(words, min_size=1, max_size=15).map(" ".join)


def kinds(rows, training, **others):
    return [
        (found.row, found.language, found.kind)
        for found in find_contamination(rows, training, **others)
    ]


def one(text, trained, language=ENG):
    (found,) = find_contamination([{language: text}], [(language, trained)])
    return found


def test_the_same_text_is_found_whatever_its_spaces_and_quotation_marks():
    assert one('He  said "no".', "He said “no”.") == Finding(
        0, ENG, 'He  said "no".', "exact", ENG, (ENG, "He said “no”."), 1.0
    )


@pytest.mark.parametrize(
    ("text", "trained"),
    [
        (CAT, CAT.upper()),
        (CAT, CAT.lower().replace(",", "").replace(".", "!")),
        ("It cost 5 manat.", "It cost 12,500.75 manat."),
        ("The 19th of May", "the 3th of may"),
        ("Ýagyş ýagýar.", "ÝAGYŞ ÝAGÝAR"),
    ],
)
def test_case_punctuation_and_numbers_hide_nothing(text, trained):
    assert one(text, trained).kind == "folded"


@pytest.mark.parametrize(
    "trained",
    [
        CAT.replace("grey ", ""),
        CAT.replace("cat", "cat cat"),
        CAT.replace("old school", "school old"),
        CAT.replace("neighbours", "teachers").replace("roof", "steps"),
        f"They had told us so. {CAT} We did not believe it.",
    ],
)
def test_a_few_changed_words_or_more_text_around_hide_nothing(trained):
    found = one(CAT, trained)
    assert found.kind == "near_duplicate"
    assert found.trained == (ENG, trained)
    assert 0.8 <= found.score <= 1


@pytest.mark.parametrize(
    ("text", "trained"),
    [
        (CAT, DOG),
        (CAT, "The old cat of our school slept on the roof of the neighbours in 2009."),
        ("Save the file", "Save the files"),
        ("I do not know.", "There was no one whom I did ask: I do not know why they left so soon."),
        ("?", "!"),
    ],
)
def test_shared_words_alone_are_no_evidence(text, trained):
    assert not find_contamination([{ENG: text}], [(ENG, trained)])


def test_a_text_is_known_even_if_training_data_give_it_another_language():
    (found,) = find_contamination([{ENG: CAT}], [(TUK, CAT)])
    assert (found.kind, found.trained) == ("exact", (TUK, CAT))


def test_the_strongest_evidence_is_named_and_of_equals_the_first():
    trained = [CAT.replace("grey ", ""), CAT.upper(), CAT.lower(), CAT, CAT.replace(" ", "  ")]
    for count, named in ((1, 0), (3, 1), (5, 3)):
        (found,) = find_contamination([{ENG: CAT}], [(ENG, text) for text in trained[:count]])
        assert found.trained[1] == trained[named]


def test_a_version_that_was_trained_on_contaminates_its_row_in_all_languages():
    rows = [{RUS: "Собака спит.", ENG: DOG}, {TUK: "Pişik uklaýar.", RUS: "Кошка спит.", ENG: CAT}]
    trained = CAT.replace("grey", "black")
    found = find_contamination(rows, [(ENG, trained), (RUS, "КОШКА СПИТ")])
    assert [(one.row, one.language, one.kind, one.through) for one in found] == [
        (1, TUK, "translated", RUS),
        (1, RUS, "folded", RUS),
        (1, ENG, "near_duplicate", ENG),
    ]
    assert found[0].trained == (RUS, "КОШКА СПИТ")


def test_empty_texts_are_not_there():
    assert not find_contamination([{ENG: " ", RUS: ""}], [(ENG, ""), (RUS, " ")])
    assert not find_contamination([], [(ENG, CAT)], StubEncoder())


def test_an_unknown_language_is_refused():
    with pytest.raises(InputError, match="unknown language"):
        find_contamination([{"xxx_Latn": CAT}], [])


@LAW
@given(st.lists(sentences(letters), min_size=1, max_size=20), st.data())
def test_what_was_planted_as_it_is_is_always_found(texts, data):
    planted = data.draw(st.lists(st.sampled_from(texts), max_size=5))
    found = {
        one.row
        for one in find_contamination([{ENG: t} for t in texts], [(ENG, t) for t in planted])
        if one.kind == "exact"
    }
    assert found == {at for at, text in enumerate(texts) if text in planted}


@LAW
@given(
    st.lists(sentences(letters), max_size=20),
    st.lists(sentences(other_letters), max_size=20),
)
def test_nothing_is_found_in_text_without_a_common_word(texts, training):
    assert not find_contamination([{ENG: t} for t in texts], [(ENG, t) for t in training])


@LAW
@given(sentences(letters), st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_folded_key_does_not_tell_numbers_apart(text, number, other):
    assert folded_key(f"{text} {number} x", ENG) == folded_key(f"{text.upper()}, {other}: x", ENG)


@LAW
@given(st.lists(letters, min_size=12, max_size=30, unique=True), st.data())
def test_one_changed_word_of_many_hides_nothing(words, data):
    at = data.draw(st.integers(0, len(words) - 1))
    changed = [*words[:at], "zzz", *words[at + 1 :]]
    assert one(" ".join(words), " ".join(changed)).score == pytest.approx(1 - 1 / len(words))


class StubEncoder:
    """Texts of the same letters mean the same; every language has a direction of its own."""

    fingerprint = "stub"
    dimension = 64

    def encode(self, texts, *, language, role="query"):
        rows = [meaning_of(text) + 3 * meaning_of(language) for text in texts]
        matrix = np.array(rows, np.float32).reshape(len(texts), self.dimension)
        return matrix / np.linalg.norm(matrix, axis=1, keepdims=True)


@functools.cache
def meaning_of(text):
    seed = hashlib.sha256("".join(sorted(text.lower())).encode()).digest()
    return np.random.default_rng([*seed]).normal(size=StubEncoder.dimension) / 8


BY_STUB = {
    "encoder": StubEncoder(),
    "min_score": 1.7,
}  # its strangers are further off than real ones
NAMES = ["".join(name) for name in itertools.islice(itertools.combinations("abcdefghij", 5), 200)]


def translated(name):
    return name[::-1]


def strangers(count=100):
    return [(RUS, translated(name)) for name in NAMES[100 : 100 + count]]


def test_an_unknown_translation_is_found_by_its_meaning_and_strangers_are_not():
    rows = [{ENG: name} for name in NAMES[:100]]
    planted = [(RUS, translated(NAMES[at])) for at in (3, 40)]
    found = find_contamination(rows, [*strangers(), *planted], **BY_STUB)
    assert [(one.row, one.kind, one.through, one.trained) for one in found] == [
        (3, "translated", "", planted[0]),
        (40, "translated", "", planted[1]),
    ]
    assert not find_contamination(rows, strangers(), **BY_STUB)
    assert not find_contamination(rows, [*strangers(), *planted])


def test_an_unknown_translation_contaminates_its_row_in_all_languages():
    rows = [{TUK: name.upper(), ENG: name[2:] + name[:2]} for name in NAMES[:100]]
    found = kinds(rows, [*strangers(), (RUS, translated(NAMES[7]))], **BY_STUB)
    assert found == [(7, TUK, "translated"), (7, ENG, "translated")]


def test_the_same_language_is_left_to_words():
    rows = [{RUS: name} for name in NAMES[:100]]
    planted = (RUS, translated(NAMES[3]))
    assert not find_contamination(rows, [*strangers(), planted], **BY_STUB)


def test_only_what_can_be_a_translation_is_encoded():
    class Watched(StubEncoder):
        seen = ()

        def encode(self, texts, *, language, role="query"):
            self.seen = {*self.seen, *texts}
            return super().encode(texts, language=language, role=role)

    encoder = Watched()
    long, short, own, right = "x" * 11, "y" * 2, "abdce", "edcba"
    find_contamination(
        [{ENG: "abcde"}], [(RUS, long), (RUS, short), (ENG, own), (RUS, right)], encoder
    )
    assert encoder.seen == {"abcde", right}


def test_translations_are_found_in_every_block_and_although_they_are_repeated(monkeypatch):
    monkeypatch.setattr(contamination_meaning, "_BLOCK_TEXTS", 40)
    rows = [{ENG: name} for name in NAMES[:100]]
    planted = [(RUS, translated(NAMES[at])) for at in (0, 50, 99)]
    training = [*planted, *strangers(60), *planted, *strangers()[60:], *planted]
    found = find_contamination(rows, training, **BY_STUB)
    assert [one.row for one in found] == [0, 50, 99]


def test_what_disagrees_in_length_or_numbers_is_less_of_a_translation():
    disagreement = contamination_meaning._disagreement
    assert disagreement("1,000 manat in 2009", "2009: 1 000 manats") < 0.03
    assert disagreement("৫ taka", "12 taka") > 0.2 > disagreement("৫ taka", "5 taka") == 0
    assert disagreement("a" * 10, "a" * 20) == pytest.approx(0.35 * math.log(2))


def test_few_clean_rows_reach_the_score_measured_on_them():
    rows = [{ENG: name} for name in NAMES[:100]]
    for fraction, most in ((0.0, 0), (0.05, 5), (0.3, 30)):
        score = clean_score(rows, strangers(), StubEncoder(), fraction)
        assert len(kinds(rows, strangers(), encoder=StubEncoder(), min_score=score)) == most
    with pytest.raises(InputError, match=r"\[0, 1\)"):
        clean_score(rows, strangers(), StubEncoder(), 1.0)
    with pytest.raises(InputError, match="two languages"):
        clean_score(rows, [(ENG, "abcde")], StubEncoder())


def finding(row, kind="exact", language=ENG, score=1.0):
    return Finding(row, language, f"text {row}", kind, language, (RUS, "Текст."), score)


def test_a_clean_score_leaves_contaminated_rows_out():
    found = [finding(3, "translated", TUK), finding(1), finding(3, "near_duplicate", score=0.8)]
    assert clean_rows(found, 5).tolist() == [True, False, True, False, True]
    assert clean_rows([], 2).tolist() == [True, True]
    assert {row: one.kind for row, one in contaminated_rows(found).items()} == {
        1: "exact",
        3: "near_duplicate",
    }
    with pytest.raises(InputError, match="names row 3, and the suite has 3"):
        clean_rows(found, 3)


def test_the_gate_tells_how_many_rows_with_an_example_and_what_to_do():
    found = [finding(7, "translated", TUK, 1.6), finding(4, "folded"), finding(9, "folded")]
    verdict = contamination_gate(found, 1200, "flores200_dev")
    assert not verdict.is_passed
    assert verdict.name == "contamination"
    assert verdict.reason == (
        "3 of 1,200 rows of flores200_dev were trained on: 2 but for case, punctuation or numbers,"
        " 1 in another language. Row 5, “text 4” (eng_Latn), was seen as “Текст.” (rus_Cyrl)."
        " Believe the score without these rows, or take them out of the training text and train"
        " again."
    )


def test_the_gate_passes_clean_rows_and_says_what_was_not_looked_for():
    verdict = contamination_gate([], 997, "flores200_dev", is_meaning_searched=False)
    assert verdict.is_passed
    assert verdict.reason == (
        "None of 997 rows of flores200_dev was found in the training text."
        " Translations that the suite does not hold itself were not looked for."
    )


@pytest.fixture(scope="module")
def flores():
    packed = settings.test_data() / "flores200" / "flores200_dev.tar.zst"
    if not packed.exists():
        pytest.skip(f"needs {packed}")
    with (
        pa.input_stream(str(packed), compression="zstd") as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        files = {
            member.name[4:-4]: archive.extractfile(member).read().decode().splitlines()
            for member in archive
            if member.name.endswith((f"{ENG}.dev", f"{RUS}.dev"))
        }
    return [dict(zip(files, texts, strict=True)) for texts in zip(*files.values(), strict=True)]


@pytest.mark.slow
def test_a_real_encoder_finds_real_translations_and_accuses_few_strangers(flores, e5_folder):
    rows = [{RUS: row[RUS]} for row in flores[1:301:2]]
    planted = [(ENG, row[ENG]) for row in flores[1:101:2]]
    others = [(ENG, row[ENG]) for row in flores[600:700]]
    encoder = load_encoder(str(e5_folder))
    found = find_contamination(rows, [*others, *planted], encoder)
    right = [one for one in found if one.row < 50 and one.trained == planted[one.row]]
    assert len(right) >= 45
    assert len(found) - len(right) <= 3


@pytest.mark.parametrize(("count", "is_passed"), [(8, True), (30, False)])
def test_what_was_found_by_meaning_refuses_when_chance_does_not_explain_it(count, is_passed):
    found = [finding(row, "translated", TUK, 1.4)._replace(through="") for row in range(count)]
    verdict = contamination_gate(found, 182, "questions")
    assert verdict.is_passed == is_passed
    assert f"{count} of 182 rows" in verdict.reason
    assert not contamination_gate([*found, finding(90)], 182, "questions").is_passed

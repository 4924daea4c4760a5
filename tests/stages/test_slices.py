import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.evaluation.measures.slices import slice_labels, with_attributes


@pytest.mark.parametrize(
    ("count", "band"),
    [
        (0, "1-5 words"),
        (1, "1-5 words"),
        (5, "1-5 words"),
        (6, "6-12 words"),
        (12, "6-12 words"),
        (13, "13-25 words"),
        (25, "13-25 words"),
        (26, "26 words or more"),
    ],
)
def test_texts_are_banded_by_their_words(count, band):
    text = " — ".join(["söz"] * count)
    assert slice_labels([text], "tuk_Latn")["length"] == [band]


@pytest.mark.parametrize(
    "word", ["O‘zbekiston", "o'qidim", "inne-de", "বিশ্ববিদ্যালয়ের", "şäheriňiziň", "12-nji"]
)
def test_a_word_with_marks_hyphens_or_apostrophes_is_one(word):
    six = slice_labels([" ".join([word] * 5), " ".join([word] * 6)], "und")["length"]
    assert six == ["1-5 words", "6-12 words"]


def test_texts_are_told_apart_by_script():
    texts = ["Salam, dünýä!", "Привет, мир!", "ওহে বিশ্ব!", "שלום עולם", "Привет DVD-R"]
    assert slice_labels(texts, "tuk_Latn")["script"] == [
        "Latin",
        "Cyrillic",
        "Bengali",
        "other",
        "Cyrillic",
    ]


@pytest.mark.parametrize(
    ("language", "script"), [("kaz_Cyrl", "Cyrillic"), ("tuk_Latn", "Latin"), ("und", "other")]
)
def test_a_number_counts_for_its_languages_script(language, script):
    assert slice_labels(["1 945"], language)["script"] == [script]


@given(st.lists(st.text(), max_size=8))
def test_every_text_has_a_label_of_every_kind(texts):
    labels = slice_labels(texts, "tuk_Latn")
    assert {kind: len(values) for kind, values in labels.items()} == {
        "length": len(texts),
        "script": len(texts),
    }


def test_attributes_come_behind_and_kinds_that_cut_nothing_go():
    labels = {"length": ["a", "b", "a"], "script": ["Latin"] * 3}
    attributes = {"source": ["law", "news", "law"], "domain": ["x", "x", "x"]}
    found = with_attributes(labels, attributes)
    assert list(found.items()) == [("length", ["a", "b", "a"]), ("source", ["law", "news", "law"])]


def test_what_is_not_known_of_a_text_is_a_slice_of_its_own():
    found = with_attributes({}, {"domain": ["health", None, ""]})
    assert found == {"domain": ["health", "not given", "not given"]}


def test_an_attribute_with_too_few_values_is_an_error():
    with pytest.raises(InputError, match="one value for every text"):
        with_attributes({"length": ["a", "b"]}, {"source": ["law"]})


def test_an_attribute_may_not_pass_for_a_slice_of_the_text():
    with pytest.raises(InputError, match="script"):
        with_attributes({"script": ["a", "b"]}, {"script": ["c", "d"]})

"""The questions of `examples/law_search` themselves."""

import json
from pathlib import Path

import pytest
import regex

from pipeline import settings
from pipeline.errors import InputError
from pipeline.evaluation.suites.statutes import read_paragraphs, read_statute
from pipeline.suites import load_suites

FOLDER = settings.project_root() / "examples" / "law_search"
SUITES = {"tuk_Latn": "turkmen_labour_code", "azj_Latn": "azerbaijani_labour_code"}
KINDS = {"definition", "fact", "procedure", "rule", "situation"}
COPIED_WORDS = 5


def read(language):
    path = FOLDER / f"questions.{language}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def law(language):
    """The suite and its law, which is no part of the project."""
    (suite,) = load_suites([SUITES[language]])
    if not Path(suite.statute.text.path).is_file():
        pytest.skip(f"no text of the law at {suite.statute.text.path}")
    return suite, read_statute(suite.statute, language)


languages = pytest.mark.parametrize("language", SUITES)


@languages
def test_there_are_enough_questions_and_none_twice(language):
    questions = read(language)
    assert len(questions) >= 150
    for column in ("id", "question"):
        assert len({one[column].casefold() for one in questions}) == len(questions)


@languages
def test_every_question_has_its_id_text_places_and_kind(language):
    for one in read(language):
        assert one.keys() == {"id", "question", "places", "kind"}
        assert regex.fullmatch(rf"{language[:3]}-\d{{3}}", one["id"])
        assert one["question"] == one["question"].strip()
        assert one["question"].endswith("?")
        assert one["places"]
        assert one["kind"] in KINDS


@languages
def test_the_suite_asks_these_questions(language, law):
    suite, read_law = law
    assert settings.project_root() / suite.statute.questions == FOLDER / (
        f"questions.{language}.jsonl"
    )
    assert read_law.questions == [one["question"] for one in read(language)]


@languages
def test_every_place_is_in_the_law(language, law):
    suite, read_law = law
    assert all(read_law.right_passages(suite.name))


def test_a_place_that_the_law_does_not_have_is_named():
    (suite,) = load_suites([SUITES["tuk_Latn"]])
    if not Path(suite.statute.text.path).is_file():
        pytest.skip(f"no text of the law at {suite.statute.text.path}")
    law = read_statute(suite.statute, "tuk_Latn")
    law.places[0].append("99999")
    with pytest.raises(InputError, match="the law has no 99999"):
        law.right_passages(suite.name)


@languages
def test_no_question_copies_five_words_of_its_answer(language, law):
    suite, _ = law
    text_of = {one.place: one.text for one in read_paragraphs(suite.statute, language)}
    copied = [
        one["id"]
        for one in read(language)
        if any(runs(one["question"]) & runs(text_of[place]) for place in one["places"])
    ]
    assert copied == []


def runs(text):
    words = regex.findall(r"[\p{L}\p{M}\p{N}]+", text.casefold())
    return set(zip(*(words[start:] for start in range(COPIED_WORDS)), strict=False))

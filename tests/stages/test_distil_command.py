"""`dutar distil`: translations in, a student's folder out."""

import json

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.distillation.command import corpus_of
from pipeline.distillation.lessons.lesson_table import make_lessons
from pipeline.distillation.teaching import read_training_log
from pipeline.encoders import load_encoder
from pipeline.errors import InputError
from pipeline.parameters import LessonParams
from pipeline.tables import BITEXT_PAIRS, NEIGHBOUR_TEXTS, as_table

CALL = ["--source-lang", "tuk", "--target-lang", "rus", "--frequent-words", "0"]
SOURCES = [f"men kitap {number:02d} okadym" for number in range(60)]
TARGETS = [f"я читал {number} книгу" for number in range(60)]


def pair(number, **changes):
    row = {
        "pair_id": f"id {number}",
        "document_key": "bitexts/own",
        "source_language": "tuk_Latn",
        "target_language": "rus_Cyrl",
        "source_text": SOURCES[number],
        "target_text": TARGETS[number],
    }
    return row | changes


def bitext(*rows):
    return as_table(rows, BITEXT_PAIRS)


def invoke(*arguments):
    return CliRunner().invoke(app, ["distil", *map(str, arguments)])


@pytest.fixture
def files(tmp_path):
    paths = tmp_path / "tk.txt", tmp_path / "ru.txt"
    for path, lines in zip(paths, (SOURCES, TARGETS), strict=True):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


@pytest.fixture
def embeddings(tmp_path, monkeypatch):
    monkeypatch.setenv("DUTAR_EMBEDDINGS", str(tmp_path / "embeddings"))


def test_a_twentieth_of_the_texts_is_for_development_and_no_text_is_on_both_sides():
    corpus = corpus_of(bitext(*map(pair, range(60)))).to_pylist()
    again = corpus_of(bitext(*map(pair, reversed(range(60))))).to_pylist()
    split = {row["target_text"]: row["split"] for row in corpus}
    assert split == {row["target_text"]: row["split"] for row in again}
    assert 0 < sum(name == "dev" for name in split.values()) < 12
    assert {row["is_reviewed"] for row in corpus} == {False}


def test_what_is_for_development_is_not_taught_not_even_joined_to_others():
    corpus = corpus_of(bitext(*map(pair, range(60))))
    lessons = make_lessons(corpus, NEIGHBOUR_TEXTS.empty_table(), LessonParams())
    taught = " | ".join(lessons["source_text"].to_pylist())
    for row in corpus.to_pylist():
        assert (row["source_text"] in taught) is (row["split"] == "train")


def test_a_pair_that_comes_twice_is_one_lesson_and_a_rejected_one_is_none():
    rows = [pair(0), pair(0), pair(1, reject_reason="empty")]
    assert corpus_of(bitext(*rows)).num_rows == 1


def test_a_bitext_without_pairs_cannot_be_learnt_from():
    with pytest.raises(InputError, match="no pair to learn from"):
        corpus_of(bitext(pair(1, reject_reason="empty")))


@pytest.mark.usefixtures("embeddings")
def test_the_command_leaves_a_student_that_loads_and_tells_its_sizes(
    files, tmp_path, tiny_model_folder
):
    models = ["--start", tiny_model_folder, "--teacher", tiny_model_folder]
    result = invoke(*files, *CALL, *models, "--epochs", 1, "--out", tmp_path / "student")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    student = load_encoder(str(tmp_path / "student"))
    assert student.encode(["salam"], language="tuk_Latn").shape == (1, 32)
    assert facts["step_count"] == len(read_training_log(tmp_path / "student").steps) > 0
    assert facts["pair_count"] > 60  # short strings are joined to more lessons


@pytest.mark.usefixtures("embeddings")
def test_a_folder_that_is_there_is_not_replaced(files, tmp_path, tiny_model_folder):
    (tmp_path / "student").mkdir()
    models = ["--start", tiny_model_folder, "--teacher", tiny_model_folder]
    result = invoke(*files, *CALL, *models, "--out", tmp_path / "student")
    assert isinstance(result.exception, InputError)
    assert "is there already" in str(result.exception)


def test_an_unknown_objective_is_told_with_those_that_exist(files, tmp_path):
    result = invoke(*files, *CALL, "--objective", "mse+magic", "--out", tmp_path / "student")
    assert isinstance(result.exception, InputError)
    assert "--objective mse+magic" in str(result.exception)

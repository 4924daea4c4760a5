import json
import sys

import pytest
from typer.testing import CliRunner

from pipeline import cli, settings
from pipeline.annotation import label_studio_ratings
from pipeline.annotation.sources import PushReport
from pipeline.settings import Connection

LAW = ["I bölüm", "", "1-nji madda. rugsat", "kitap okadym salam", "2-nji madda", "iş haky"]


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch, tmp_path):
    monkeypatch.setenv("DUTAR_EMBEDDINGS", str(tmp_path / "embeddings"))
    monkeypatch.setenv("DUTAR_LABEL_STUDIO_URL", "")


@pytest.fixture
def index(tmp_path, tiny_model_folder):
    (tmp_path / "law.txt").write_text("\n".join(LAW), encoding="utf-8")
    options = ("--lang", "tuk_Latn", "--model", tiny_model_folder, "--heading", r"\d+-nji madda")
    printed = run("index", tmp_path / "law.txt", *options, "--out", tmp_path / "index")
    assert printed == f"3 passages of 1 texts, 32 dimensions, in {tmp_path / 'index'}\n"
    return tmp_path / "index"


def run(*arguments):
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["dutar", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


def test_search_prints_cosine_place_and_passage(index):
    found = json.loads(run("search", index, "kitap okadym salam", "--top", 2, "--json"))
    assert [hit["document"] for hit in found] == ["law.txt"] * 2
    assert found[0]["cosine"] >= found[1]["cosine"]
    places = [(hit["first_place"], hit["last_place"]) for hit in found]
    assert set(places) <= {("1", "1"), ("3", "4"), ("5", "6")}
    printed = run("search", index, "kitap okadym salam", "--top", 1)
    place = "-".join(dict.fromkeys(places[0]))
    assert printed == f"{found[0]['cosine']:.3f} law.txt:{place}\n{found[0]['text']}\n\n"


def test_texts_of_one_name_are_told_apart(tmp_path, tiny_model_folder):
    paths = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "law.txt")
        paths[-1].write_text("salam\n", encoding="utf-8")
    out = tmp_path / "index"
    run("index", *paths, "--lang", "tuk_Latn", "--model", tiny_model_folder, "--out", out)
    found = json.loads(run("search", out, "salam", "--json"))
    assert [hit["document"] for hit in found] == list(map(str, paths))


def test_what_stands_before_the_first_line_is_left_out_and_lines_keep_their_numbers(
    index, tmp_path, tiny_model_folder
):
    options = ("--lang", "tuk_Latn", "--model", tiny_model_folder, "--first-line", 6)
    run("index", tmp_path / "law.txt", *options, "--out", index)
    (hit,) = json.loads(run("search", index, "haky", "--json"))
    assert (hit["first_place"], hit["text"]) == ("6", "iş haky")


def test_wrong_input_is_refused_in_a_sentence(index, tmp_path, monkeypatch, capsys):
    other = ("--model", "embedded:minilm")
    assert "made by another encoder" in refused(
        monkeypatch, capsys, "search", index, "haky", *other
    )
    assert "is no index" in refused(monkeypatch, capsys, "search", tmp_path, "haky")
    make = ("index", tmp_path / "law.txt", "--out", tmp_path / "x", "--lang")
    assert "xxx" in refused(monkeypatch, capsys, *make, "xxx")
    sentence = refused(monkeypatch, capsys, *make, "tuk_Latn", "--heading", "(")
    assert "no regular expression" in sentence


def test_ratings_need_a_server_and_say_so(index, tmp_path, monkeypatch, capsys):
    for arguments in (("push", index, tmp_path / "questions.jsonl"), ("pull",)):
        assert "make label-studio" in refused(monkeypatch, capsys, "ratings", *arguments)


def test_push_sends_every_question_once_with_what_was_found(index, tmp_path, monkeypatch):
    sent = []

    class Projects:
        def __init__(self, connection):
            assert connection.url == "http://ratings.example"

        def push(self, answers, experts, progress):
            sent.append((answers, experts))
            return PushReport(answers.num_rows, 0)

    connection = Connection("http://ratings.example", "token")
    monkeypatch.setattr(settings, "label_studio", lambda: connection)
    monkeypatch.setattr(label_studio_ratings, "RatingProjects", Projects)
    questions = tmp_path / "questions.jsonl"
    lines = [json.dumps({"question": text}) for text in ("haky?", "kitap?", "haky?")]
    questions.write_text("\n".join(lines), encoding="utf-8")
    printed = run("ratings", "push", index, questions, "--top", 2, "--expert", "ayna")
    assert printed == "4 answers sent to ayna; 0 were there already\n"
    ((answers, experts),) = sent
    assert experts == ("ayna",)
    assert sorted(answers["question"].to_pylist()) == ["haky?"] * 2 + ["kitap?"] * 2
    assert set(answers["suite"].to_pylist()) == {"index"}
    assert set(answers["pool_size"].to_pylist()) == {3}


def test_questions_without_a_question_are_refused(index, tmp_path, monkeypatch, capsys):
    connection = Connection("http://ratings.example", "token")
    monkeypatch.setattr(settings, "label_studio", lambda: connection)
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"text": "haky?"}\n', encoding="utf-8")
    sentence = refused(monkeypatch, capsys, "ratings", "push", index, questions)
    assert "line 1 has no `question`" in sentence


def test_a_file_of_ratings_is_scored(tmp_path):
    rating = {
        "review_id": "1",
        "answer_id": "1",
        "suite": "law",
        "model": "e5",
        "model_fingerprint": "f",
        "rank": 1,
        "pool_size": 3,
        "question_language": "tuk_Latn",
        "passage_language": "tuk_Latn",
        "question": "haky?",
        "passage": "iş haky",
        "document": "law.txt",
        "first_place": "6",
        "last_place": "6",
        "annotator": "ayna",
        "grade": "excellent",
        "updated_at": "2026-11-21T12:00:00+00:00",
    }
    (tmp_path / "ratings.jsonl").write_text(json.dumps(rating) + "\n", encoding="utf-8")
    rows = json.loads(run("ratings", "score", tmp_path / "ratings.jsonl"))
    assert {row["metric"]: row["value"] for row in rows} == {
        "expert_excellent": 1,
        "expert_good": 0,
        "expert_partly": 0,
        "expert_wrong": 0,
    }

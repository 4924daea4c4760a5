import json
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from pipeline import cli, doctor
from pipeline.doctor import Finding
from pipeline.recipe_files import recipe_schema
from pipeline.textbooks import command

TURKMEN = ["salam", "kitap okadym", "", "123"]
RUSSIAN = ["привет", "читал книга", "", "123"]
COMMANDS = ("doctor", "prepare", "schema", "ocr", "align", "encode", "evaluate")


def run(*arguments):
    """Standard output of a command that ends well."""
    result = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def refused(monkeypatch, capsys):
    """The one sentence with which a command refuses its input."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["dutar", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        assert (end.value.code, captured.out) == (2, "")
        (sentence,) = captured.err.splitlines()
        assert sentence.startswith("dutar: ")
        return sentence

    return call


@pytest.fixture
def write(tmp_path):
    def call(name, lines):
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return call


@pytest.fixture
def texts(write):
    return write("a.txt", TURKMEN), write("b.txt", RUSSIAN)


def test_help_names_every_command():
    printed = run("--help")
    assert [name for name in COMMANDS if name not in printed] == []


def test_the_schema_is_the_recipes():
    assert json.loads(run("schema")) == recipe_schema()


@pytest.mark.parametrize(("is_fine", "code", "mark"), [(True, 0, "ok "), (False, 1, "MISSING")])
def test_the_doctor_ends_with_one_when_anything_is_missing(monkeypatch, is_fine, code, mark):
    findings = [Finding("Python", is_fine=True, details="3"), Finding("Tea", is_fine, "make it")]
    monkeypatch.setattr(doctor, "examine", lambda: findings)
    result = CliRunner().invoke(cli.app, ["doctor"])
    assert result.exit_code == code
    first, second = result.stdout.splitlines()
    assert first == "ok      Python: 3"
    assert second.startswith(mark)
    assert second.endswith(" Tea: make it")


def test_align_prints_beads_that_hold_every_line_once(texts, tiny_model_folder):
    languages = ("--source-lang", "tuk_Latn", "--target-lang", "rus_Cyrl")
    lines = run("align", *texts, *languages, "--model", tiny_model_folder).splitlines()
    for side in (0, 1):
        held = [json.loads(line.split(":")[side]) for line in lines]
        assert [number for bead in held for number in bead] == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["vectors.npy", "vectors"])
def test_encode_writes_a_unit_row_for_every_line_blank_ones_included(
    texts, tiny_model_folder, tmp_path, name
):
    out = tmp_path / name
    printed = run("encode", texts[0], "--model", tiny_model_folder, "--out", out)
    assert printed == f"4 vectors of 32 dimensions in {out}\n"
    vectors = np.load(out)
    assert (vectors.shape, vectors.dtype) == ((4, 32), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_an_empty_text_has_no_vectors(write, tiny_model_folder, tmp_path):
    run("encode", write("e.txt", []), "--model", tiny_model_folder, "--out", tmp_path / "e.npy")
    assert np.load(tmp_path / "e.npy").shape == (0, 32)


def test_evaluate_prints_rows_with_interval_and_seed(write, tiny_model_folder):
    bitext = write("a.txt", ["salam", "kitap", "123"]), write("b.txt", ["привет", "книга", "123"])
    rated = write("sts.tsv", ["salam\tsalam\t5", "salam\tkitap\t1", "kitap\tкнига\t4"])
    model = ("--model", tiny_model_folder)
    rows = json.loads(run("evaluate", *model, "--bitext", *bitext))
    assert [row["metric"] for row in rows] == ["p_at_1", "mrr", "xsim_error"] * 2
    rows += json.loads(run("evaluate", *model, "--sts", rated))
    assert {"pearson", "spearman"} < {row["metric"] for row in rows}
    for row in rows:
        assert row["n"] == 3
        assert row["ci_low"] <= row["value"] <= row["ci_high"]
        assert isinstance(row["seed"], int)


def test_ocr_prints_text_or_json(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "ocr_text", lambda *_: "Düýe")
    monkeypatch.setattr(command, "ocr_report", lambda *_: [{"text": "Düýe"}])
    arguments = ("ocr", tmp_path / "book.pdf", "--lang", "tuk_Latn")
    assert run(*arguments) == "Düýe\n"
    assert json.loads(run(*arguments, "--json")) == [{"text": "Düýe"}]


def test_a_wrong_input_ends_in_one_sentence(refused, texts, write, tiny_model_folder, tmp_path):
    absent = tmp_path / "absent.txt"
    languages = ("--source-lang", "tuk_Latn", "--target-lang", "rus_Cyrl")
    model = ("--model", tiny_model_folder)
    out = ("--out", tmp_path / "v.npy")
    assert "absent.txt" in refused("align", absent, texts[1], *languages, *model)
    assert "absent.txt" in refused("encode", absent, *model, *out)
    assert "no embedded model 'e9'" in refused("encode", texts[0], "--model", "embedded:e9", *out)
    assert "no folder" in refused("encode", texts[0], *model, "--out", tmp_path / "no" / "v.npy")
    assert "one of --suite" in refused("evaluate", *model)
    assert "one of --suite" in refused("evaluate", *model, "--bitext", *texts, "--sts", absent)
    assert "line 3 is blank" in refused("evaluate", *model, "--bitext", *texts)
    assert "has 2 fields" in refused("evaluate", *model, "--sts", write("s.tsv", ["a\tb"] * 2))
    assert "absent.txt" in refused("ocr", absent, "--lang", "tuk_Latn")
    assert "absent.txt" in refused("ocr", absent, "--lang", "tuk_Latn", "--json")
    assert "unknown language code 'xx'" in refused("ocr", texts[0], "--lang", "xx")


def test_a_folder_to_write_into_is_a_wrong_option(texts, tiny_model_folder, tmp_path):
    arguments = ["encode", str(texts[0]), "--model", str(tiny_model_folder), "--out", str(tmp_path)]
    assert CliRunner().invoke(cli.app, arguments).exit_code == 2


def test_asking_for_help_imports_no_deep_learning():
    program = (
        "import sys; from typer.testing import CliRunner; from pipeline.cli import app;"
        "assert CliRunner().invoke(app, ['align', '--help']).exit_code == 0;"
        "print({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules))"
    )
    command_line = [sys.executable, "-c", program]
    answer = subprocess.run(command_line, capture_output=True, text=True, check=True)
    assert answer.stdout == "set()\n"

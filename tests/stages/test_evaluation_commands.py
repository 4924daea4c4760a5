import hashlib
import json
import sys

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from pipeline import cli
from pipeline.errors import InputError
from pipeline.evaluation.suites import command
from pipeline.evaluation.suites.command import evaluate_suites
from pipeline.parameters import EvaluationParams
from pipeline.tables import SCORES

CLOSED = EvaluationParams(bootstrap_count=100)
OPENED = EvaluationParams(bootstrap_count=100, are_test_sets_opened=True)
ABOUT = {"licence": "CC0-1.0", "source": "written for this test", "revision": "1"}
PAIRS = [(f"{n} söz at{n * 7}", f"{n} слово им{n * 7}") for n in range(25)]


class WordHashes:
    """A bag of hashed words: texts that share words are near."""

    fingerprint = "word-hashes"
    dimension = 256

    def encode(self, texts, *, language, role="query"):
        vectors = np.zeros((len(texts), 256), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.split():
                vector[hashlib.sha256(word.encode()).digest()[0]] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def entries(tmp_path, monkeypatch):
    """Suites `own_dev`, `own_test`, `own_train` of the same pairs, and `beads`."""
    monkeypatch.setenv("DUTAR_RECIPES", str(tmp_path))
    monkeypatch.setenv("DUTAR_EMBEDDINGS", str(tmp_path / "embeddings"))
    rows = ["tk\tru", *map("\t".join, PAIRS)]
    (tmp_path / "pairs.tsv").write_text("\n".join(rows), encoding="utf-8")
    for side, name in enumerate(("a.txt", "b.txt")):
        lines = "".join(f"{pair[side]}\n" for pair in PAIRS)
        (tmp_path / name).write_text(lines, encoding="utf-8")
    beads = "".join(f"[{n}]:[{n}]\n" for n in range(len(PAIRS)))
    (tmp_path / "beads").write_text(beads, encoding="utf-8")
    table = {
        "path": str(tmp_path / "pairs.tsv"),
        "columns": {"tuk_Latn": "tk", "rus_Cyrl": "ru"},
    }
    bitext = {"title": "Own pairs", "task": "retrieval", "tables": [table]}
    described = {
        f"own_{role}": ABOUT | bitext | {"role": role} for role in ("dev", "test", "train")
    }
    described["beads"] = ABOUT | {
        "title": "Own beads",
        "task": "alignment",
        "role": "dev",
        "languages": ["tuk_Latn", "rus_Cyrl"],
        "texts": [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")],
        "beads": str(tmp_path / "beads"),
    }
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "all.yaml").write_text(
        yaml.safe_dump(described, sort_keys=False), encoding="utf-8"
    )
    return described


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
        return sentence

    return call


def test_the_first_model_is_the_reference_and_keeps_its_own_name():
    table, mistakes = evaluate_suites(["own_dev"], ["length", "bm25", "tfidf"], CLOSED)
    assert table.schema == SCORES
    rows = table.to_pylist()
    assert list(dict.fromkeys(row["model"] for row in rows)) == [
        *("length", "bm25", "difference", "tfidf")
    ]
    notes = {row["note"].partition(";")[0] for row in rows if row["model"] == "difference"}
    assert notes == {"bm25 minus length", "tfidf minus length"}
    assert {one.model for one in mistakes} <= {"length", "bm25", "tfidf"}
    assert "length" in {one.model for one in mistakes}


def test_every_difference_is_adjusted_for_how_many_there_are():
    table, _ = evaluate_suites(["own_dev"], ["length", "bm25", "tfidf"], CLOSED)
    gains = [row for row in table.to_pylist() if row["model"] == "difference"]
    assert {row["note"].partition("; ")[2] for row in gains if not row["slice"]} == {
        "Holm over 4 comparisons"
    }
    assert all(row["p_adjusted"] >= row["p_value"] for row in gains)


def test_encoders_are_loaded_by_their_names_with_the_cache(monkeypatch):
    asked = []

    def load_encoder(name, *, cache):
        asked.append((name, cache))
        return WordHashes()

    monkeypatch.setattr(command, "load_encoder", load_encoder)
    cache = object()
    table, _ = evaluate_suites(["own_dev"], ["mine", "bm25", "mine"], CLOSED, cache=cache)
    assert asked == [("mine", cache)]
    assert list(dict.fromkeys(table["model"].to_pylist())) == ["mine", "bm25", "difference"]


@pytest.mark.parametrize(
    ("params", "suites"), [(CLOSED, ["own_dev"]), (OPENED, ["own_dev", "own_test"])]
)
def test_test_sets_are_scored_only_when_opened_and_training_sets_never(params, suites):
    heard = []
    table, _ = evaluate_suites(
        ["own_*"], ["length"], params, progress=lambda *message: heard.append(message)
    )
    assert list(dict.fromkeys(table["suite"].to_pylist())) == suites
    assert heard == [(number, len(suites), "Own pairs") for number in range(len(suites))]


def test_suites_are_scored_in_the_order_they_are_named():
    table, _ = evaluate_suites(["own_test", "own_dev", "own_*"], ["length"], OPENED)
    assert list(dict.fromkeys(table["suite"].to_pylist())) == ["own_test", "own_dev"]


def test_texts_are_not_aligned_without_an_aligner():
    table, mistakes = evaluate_suites(["beads"], ["length"], CLOSED)
    assert (table.num_rows, list(mistakes)) == (0, [])


def test_an_unknown_suite_is_told_before_any_model_is_loaded(monkeypatch):
    monkeypatch.setattr(command, "load_encoder", lambda *_, **__: pytest.fail("was loaded"))
    with pytest.raises(InputError, match="no suite is called 'yours'"):
        evaluate_suites(["yours"], ["mine"], CLOSED)


def test_suites_are_listed_with_task_role_and_title(entries):
    lines = run("suites").splitlines()
    told = [line.split(maxsplit=3) for line in lines]
    assert told == [
        [name, entries[name]["task"], entries[name]["role"], entries[name]["title"]]
        for name in sorted(entries)
    ]


def test_scores_on_suites_are_printed_and_written_as_markdown(tmp_path):
    path = tmp_path / "scores.md"
    models = ("--model", "length", "--model", "bm25")
    rows = json.loads(run("evaluate", "--suite", "own_*", *models, "--table", path))
    assert {row["suite"] for row in rows} == {"own_dev"}
    assert {row["model"] for row in rows} == {"length", "bm25", "difference"}
    text = path.read_text(encoding="utf-8")
    facts, section = text.split("\n\n", 1)
    assert "- command: `dutar evaluate --suite 'own_*' --model length --model bm25`" in facts
    assert "- intervals: 95 %, seed 13, 2000 resamples" in facts
    assert "better and - worse than length" in facts
    assert section.startswith("## Own pairs (`own_dev`)\n")
    assert section.count("| tuk_Latn-rus_Cyrl | ") == 3
    (found,) = (line for line in section.splitlines() if "tuk_Latn-rus_Cyrl | p_at_1" in line)
    value = next(row["value"] for row in rows if row["model"] == "bm25")
    assert f"| {value:.3f} (" in found
    assert found.endswith(") + |")


def test_final_opens_test_sets(refused):
    arguments = ("evaluate", "--suite", "own_t*", "--model", "length")
    assert "opened by --final" in refused(*arguments)
    rows = json.loads(run(*arguments, "--final"))
    assert {row["suite"] for row in rows} == {"own_test"}


def test_the_command_aligns_by_length_and_not_by_words():
    rows = json.loads(run("evaluate", "--suite", "beads", "--model", "length", "--model", "bm25"))
    assert {row["model"] for row in rows} == {"length"}
    assert {row["metric"] for row in rows} == {"strict_f1", "lax_f1"}
    assert min(row["value"] for row in rows) > 0.5


def test_models_are_measured_one_by_one_on_ones_own_files(tmp_path):
    files = ("--bitext", tmp_path / "a.txt", tmp_path / "b.txt")
    rows = json.loads(run("evaluate", *files, "--model", "length", "--model", "bm25"))
    assert list(dict.fromkeys(row["model"] for row in rows)) == ["length", "bm25"]
    assert {row["n"] for row in rows} == {25}


def test_a_wrong_combination_is_told_in_one_sentence(refused, tmp_path):
    bitext = ("--bitext", tmp_path / "a.txt", tmp_path / "b.txt")
    suite, sts = ("--suite", "own_dev"), ("--sts", tmp_path / "a.txt")
    for given in ((), (*suite, *bitext), (*suite, *sts), (*bitext, *sts)):
        sentence = refused("evaluate", "--model", "length", *given)
        assert sentence == (
            "dutar: give one of --suite NAME, --bitext A.txt B.txt and --sts FILE.tsv"
        )
    unknown = refused("evaluate", "--model", "length", "--suite", "yours")
    assert unknown.startswith("dutar: no suite is called 'yours'; there are ")


def test_a_missing_file_of_a_suite_is_told_in_one_sentence(tmp_path):
    (tmp_path / "pairs.tsv").unlink()
    with pytest.raises(InputError, match=r"there is no file .*pairs\.tsv"):
        evaluate_suites(["own_dev"], ["length"], CLOSED)


def test_the_cost_of_nothing_is_refused(refused, tmp_path, tiny_model_folder):
    empty = tmp_path / "empty.txt"
    empty.write_text("\n \n", encoding="utf-8")
    sentence = refused("cost", "--model", tiny_model_folder, "--text", empty)
    assert "one or more texts" in sentence


@pytest.mark.slow
def test_cost_tells_size_and_speed_on_texts_each_once(tmp_path, tiny_model_folder):
    path = tmp_path / "texts.txt"
    path.write_text("salam\n\nkitap okadym\n salam \n", encoding="utf-8")
    rows = json.loads(run("cost", "--model", tiny_model_folder, "--text", path))
    found = {row["metric"]: row for row in rows}
    assert list(found) == [
        *("parameter_count", "disk_bytes", "sentences_per_second", "tokens_per_second"),
        *("gemm_share", "peak_memory_bytes"),
    ]
    assert all(row["ci_low"] <= row["value"] <= row["ci_high"] for row in rows)
    assert found["sentences_per_second"]["note"].startswith("2 texts, ")
    assert ", 1 core" in found["sentences_per_second"]["note"]
    assert found["sentences_per_second"]["n"] == 7
    assert {row["suite"] for row in rows} == {"inference_cost"}

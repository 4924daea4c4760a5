import hashlib
import sys

import numpy as np
import pytest
import yaml

from pipeline import cli
from pipeline.aligner_comparison import comparison
from pipeline.aligner_comparison.comparison import (
    LENGTH,
    EncoderCost,
    compare_encoders,
    encoder_cost,
    rank,
)
from pipeline.aligner_comparison.report import comparison_report
from pipeline.aligner_comparison.tasks import disturbed_task
from pipeline.alignment.sentences.disturbed_documents import Disturbance
from pipeline.errors import InputError
from pipeline.evaluation.cost.passes import Pass, Speed
from pipeline.evaluation.tasks.alignment_f1 import AlignmentTask
from pipeline.parameters import AlignmentParams, EvaluationParams

QUICK = EvaluationParams(bootstrap_count=100)
LANGUAGES = ("tuk_Latn", "rus_Cyrl")
BITEXT = [(f"söz{n} at{n * 7} iş{n * 3}", f"söz{n} at{n * 7} слово{n}") for n in range(60)]


class WordHashes:
    """A bag of hashed words; of `share` of the words, the others are noise."""

    dimension = 256

    def __init__(self, share):
        self.fingerprint = f"word-hashes {share}"
        self.share = share

    def encode(self, texts, *, language, role="query"):
        vectors = np.full((len(texts), 256), 1e-3, dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            for word in text.split():
                digest = hashlib.sha256(word.encode()).digest()
                salt = b"" if digest[1] < 256 * self.share else text.encode()
                vector[hashlib.sha256(word.encode() + salt).digest()[0]] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def toys(tmp_path, monkeypatch):
    """Two models, one that knows all words and one that knows few; no model is timed."""
    monkeypatch.setenv("DUTAR_EMBEDDINGS", str(tmp_path / "embeddings"))
    models = {"good": WordHashes(1.0), "poor": WordHashes(0.2)}

    def load_encoder(name, *, cache=None):
        if name not in models:
            raise InputError(f"there is no model {name}")
        return models[name]

    monkeypatch.setattr(comparison, "load_encoder", load_encoder)
    monkeypatch.setattr(
        comparison, "encoder_cost", lambda model, tasks: EncoderCost(12.4, 5e8, 118e6, 2e8)
    )


@pytest.fixture
def dutar(monkeypatch, capsys):
    """Run the command; returns its exit status, output and complaint."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["dutar", "compare-aligners", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return run


def write_lines(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def task(name="toy", seed=1):
    return disturbed_task(name, LANGUAGES, BITEXT, Disturbance(), seed)


def test_models_are_ranked_by_strict_f1_whatever_order_they_came_in():
    compared = compare_encoders([task()], ["poor", "good", "poor"], AlignmentParams())
    ranking = rank([task()], compared.beads, QUICK)
    assert ranking[0].model == "good"
    assert {one.model for one in ranking} == {"good", "poor", LENGTH}
    assert ranking[0].lead is None
    for one in ranking[1:]:
        assert one.lead.value == pytest.approx(ranking[0].strict.value - one.strict.value)
        assert one.lead.value > 0


def test_several_tasks_are_ranked_together_and_each():
    tasks = [task("first", seed=1), task("second", seed=2)]
    compared = compare_encoders(tasks, ["good"], AlignmentParams())
    report = comparison_report(tasks, compared, QUICK)
    titles = [line for line in report.splitlines() if line.startswith("## ")]
    assert titles == [
        "## All together",
        "## first, tuk_Latn-rus_Cyrl",
        "## second, tuk_Latn-rus_Cyrl",
    ]
    assert report.count("| 1 | good |") == 3
    assert report.count("| 12 | 500 | 118 | 200 |") == 1  # costs stand once, beside the whole


def test_gold_files_are_compared_and_the_table_is_kept(dutar, tmp_path):
    texts = [write_lines(tmp_path / f"{side}.txt", [p[side] for p in BITEXT]) for side in (0, 1)]
    beads = write_lines(tmp_path / "beads", [f"[{n}]:[{n}]" for n in range(len(BITEXT))])
    languages = ("--source-lang", "tuk_Latn", "--target-lang", "rus_Cyrl")
    out = tmp_path / "table.md"
    status, printed, _ = dutar(
        "--model", "good", "--gold", *texts, beads, *languages, "--no-cost", "--out", out
    )
    assert status == 0
    assert "| 1 | good | 1.000 [1.000, 1.000] | 1.000 [1.000, 1.000] |" in printed
    assert "encoding s" not in printed.splitlines()[4]
    assert out.read_text(encoding="utf-8") == printed


def test_a_bitext_is_made_into_hard_documents(dutar, tmp_path):
    path = write_lines(tmp_path / "pairs.tsv", ["tk\tru", *map("\t".join, BITEXT)])
    languages = ("--source-lang", "tuk_Latn", "--target-lang", "rus_Cyrl")
    status, printed, _ = dutar(
        "--model", "poor", "--model", "good", "--bitext", path, *languages, "--most-pairs", 50
    )
    assert status == 0
    assert "made from 50 pairs: 10% left out" in printed
    assert printed.index("| good |") < printed.index("| poor |")
    assert "| 12 | 500 | 118 | 200 |" in printed


@pytest.fixture
def recipe(tmp_path, monkeypatch):
    """A recipe for Turkmen and Russian, of the given suites among three."""
    monkeypatch.setenv("DUTAR_RECIPES", str(tmp_path))
    pairs = write_lines(tmp_path / "pairs.tsv", ["tk\tru", *map("\t".join, BITEXT)])
    sides = [write_lines(tmp_path / f"{side}.txt", [p[side] for p in BITEXT]) for side in (0, 1)]
    beads = write_lines(tmp_path / "beads", [f"[{n}]:[{n}]" for n in range(len(BITEXT))])
    about = {"title": "x", "role": "dev", "licence": "CC0-1.0", "source": "here", "revision": "1"}
    gold = about | {"task": "alignment", "texts": [*map(str, sides)], "beads": str(beads)}
    columns = {"tuk_Latn": "tk", "rus_Cyrl": "ru"}
    suites = {
        "pairs": about
        | {"task": "retrieval", "tables": [{"path": str(pairs), "columns": columns}]},
        "gold": gold | {"languages": ["rus_Cyrl", "tuk_Latn"]},
        "of_others": gold | {"languages": ["deu_Latn", "fra_Latn"]},
    }
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "own.yaml").write_text(
        yaml.safe_dump(suites, sort_keys=False), encoding="utf-8"
    )

    def write(*names):
        content = {"name": "own", "title": "Own", "focus": "tuk_Latn", "pivots": ["rus_Cyrl"]}
        path = tmp_path / "own.yaml"
        path.write_text(yaml.safe_dump(content | {"suites": [*names]}), encoding="utf-8")
        return path

    return write


def test_a_recipe_gives_its_suites_that_pair_its_languages(dutar, recipe):
    path = recipe("pairs", "gold", "of_others")
    status, printed, _ = dutar("--model", "good", "--recipe", path, "--no-cost")
    assert status == 0
    titles = [line for line in printed.splitlines() if line.startswith("## ")]
    assert titles == [
        "## All together",
        "## pairs, tuk_Latn-rus_Cyrl",
        "## gold, rus_Cyrl-tuk_Latn",
    ]


def test_a_recipe_without_a_fitting_suite_is_told_what_would_do(dutar, recipe):
    status, _, err = dutar("--model", "good", "--recipe", recipe("of_others"), "--no-cost")
    assert status == 2
    assert "recipe own names no suite for alignment or retrieval" in err


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "give one of --gold"),
        (["--recipe", "demo", "--bitext", "a.tsv"], "give one of --gold"),
        (["--bitext", "a.tsv"], "--source-lang and --target-lang"),
    ],
)
def test_what_cannot_be_compared_ends_in_a_sentence(dutar, arguments, complaint):
    status, _, err = dutar("--model", "good", *arguments)
    assert status == 2
    assert complaint in err


def test_an_encoder_is_timed_on_some_sentences_and_reckoned_for_all(monkeypatch, tiny_model_folder):
    asked = []

    def measure_speed(request, progress):
        asked.append(request)
        passes = [Pass(seconds, 1e9) for seconds in (3.0, 2.0, 9.0)]
        return Speed(len(request.texts), 500, 1, passes, 7_000)

    monkeypatch.undo()
    monkeypatch.setattr(comparison, "measure_speed", measure_speed)
    texts = [f"salam {n}" for n in range(80)]
    several = AlignmentTask("toy", LANGUAGES, texts, [*texts[:40], *"abcdefghijklmnop"], [])
    cost = encoder_cost(str(tiny_model_folder), [several])
    assert len(asked[0].texts) == 48  # of 96 distinct ones
    assert cost.seconds == 2 * 3.0
    assert cost.peak_memory_bytes == 7_000
    assert cost.parameter_count > 1_000

import json
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

from pipeline.distillation.exports import student_export as exports
from pipeline.distillation.exports.student_export import (
    ExportTexts,
    export_student,
    export_texts,
    export_verdict,
)
from pipeline.encoders import load_encoder
from pipeline.encoders.onnx import load_onnx_encoder
from pipeline.errors import InputError, SourceUnavailable
from pipeline.sandbox import Failure
from pipeline.settings import project_root
from pipeline.tables import LESSONS, PARALLEL_CORPUS, as_table

TEXTS = ["salam", "men kitap okadym", "привет", "я читал книгу: 12, 345!", "çäýüö", "x"]
CALIBRATION = ["kitap", "книга, 7", "men"]
BOTH = ExportTexts(TEXTS, CALIBRATION)
SEEN_ALONE = "seen in training"


def run_here(function, arguments, **_caps):
    """As `run_capped`, which has its own tests, without the wait for another process."""
    return function(*arguments)


@pytest.fixture(scope="module")
def export(tiny_model_folder, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exports, "run_capped", run_here)
        folder = tmp_path_factory.mktemp("exports") / "onnx"
        return export_student(tiny_model_folder, folder, BOTH)


@pytest.mark.parametrize("role", ["query", "passage"])
def test_the_fp32_export_gives_the_vectors_of_the_student(export, tiny_model_folder, role):
    expected = load_encoder(str(tiny_model_folder)).encode(TEXTS, language="und", role=role)
    exported = load_onnx_encoder(export.folder, "fp32").encode(TEXTS, language="und", role=role)
    np.testing.assert_allclose(exported, expected, atol=1e-5)


def test_the_int8_export_is_smaller_and_near(export):
    exact, coarse = (
        load_onnx_encoder(export.folder, precision).encode(TEXTS, language="und")
        for precision in ("fp32", "int8")
    )
    assert 0.9 < (exact * coarse).sum(axis=1).min() < 1
    np.testing.assert_allclose(np.linalg.norm(coarse, axis=1), 1, atol=1e-5)
    assert export.facts["int8_bytes"] < export.facts["fp32_bytes"]


def test_the_facts_are_measured_against_the_student(export, tiny_model_folder):
    expected = load_encoder(str(tiny_model_folder)).encode(TEXTS, language="und")
    coarse = load_onnx_encoder(export.folder, "int8").encode(TEXTS, language="und")
    cosines = (expected.astype(float) * coarse).sum(axis=1)
    assert export.facts["int8_mean_cosine"] == pytest.approx(cosines.mean(), abs=1e-5)
    assert export.facts["int8_min_cosine"] == pytest.approx(cosines.min(), abs=1e-5)
    assert export.facts["fp32_same_nearest_fraction"] == 1
    assert export.facts["text_count"] == len(TEXTS)
    assert export.facts["fp32_bytes"] == (export.folder / "model.onnx").stat().st_size


def test_texts_of_any_number_and_length_go_through_and_long_ones_are_cut(export):
    encoder = load_onnx_encoder(export.folder, "fp32")
    alone = encoder.encode(["salam"], language="und")
    among = encoder.encode(["salam", "kitap " * 40], language="und")
    np.testing.assert_allclose(alone[0], among[0], atol=1e-5)


def test_an_export_runs_by_its_description_alone(export):
    """As its README tells it, without any code of this project."""
    description = json.loads((export.folder / "onnx.json").read_text(encoding="utf-8"))
    session = onnxruntime.InferenceSession(export.folder / description["files"]["fp32"])
    shapes = {one.name: one.shape for one in session.get_inputs()}
    assert shapes == {name: ["texts", "tokens"] for name in description["inputs"]}
    assert session.get_outputs()[0].shape == ["texts", description["dimension"]]
    assert description["prompts"] == {"query": "query: ", "passage": "passage: "}
    readme = (export.folder / "README.md").read_text(encoding="utf-8")
    assert "`query: `" in readme
    assert "model_int8.onnx" in readme


def test_an_export_holds_no_paths_of_this_machine(export):
    for path in export.folder.iterdir():
        assert b"site-packages" not in path.read_bytes(), path.name


@pytest.mark.slow
def test_a_process_of_its_own_writes_the_same_bytes_and_keeps_torch_out_of_this_one(
    export, tiny_model_folder, tmp_path
):
    program = (
        "import sys; from pathlib import Path\n"
        "from pipeline.distillation.exports.student_export import *\n"
        "if __name__ == '__main__':\n"
        f"    texts = {BOTH!r}\n"
        "    facts = export_student(Path(sys.argv[1]), Path(sys.argv[2]), texts).facts\n"
        "    assert facts['fp32_min_cosine'] > 0.9999, facts\n"
        "    print('torch' in sys.modules)"
    )
    script = tmp_path / "script.py"
    script.write_text(program, encoding="utf-8")
    command = [sys.executable, str(script), str(tiny_model_folder), str(tmp_path / "onnx")]
    done = subprocess.run(
        command, capture_output=True, check=True, env={"PYTHONPATH": str(project_root())}
    )
    assert done.stdout.splitlines()[-1] == b"False"
    for path in export.folder.iterdir():
        assert (tmp_path / "onnx" / path.name).read_bytes() == path.read_bytes(), path.name


def test_each_precision_has_its_own_fingerprint(export):
    prints = {load_onnx_encoder(export.folder, one).fingerprint for one in ("fp32", "int8")}
    assert len(prints) == 2


def test_a_folder_without_an_export_is_named(tmp_path):
    with pytest.raises(InputError, match="no int8 export"):
        load_onnx_encoder(tmp_path, "int8")


def test_one_text_is_too_few_to_compare(tiny_model_folder, tmp_path):
    with pytest.raises(InputError, match="1 texts"):
        export_student(tiny_model_folder, tmp_path / "onnx", ExportTexts(["salam"], CALIBRATION))


@pytest.mark.parametrize(("kind", "error"), [("error", InputError), ("crash", SourceUnavailable)])
def test_a_failed_child_says_why_and_leaves_no_folder(tmp_path, monkeypatch, kind, error):
    monkeypatch.setattr(exports, "run_capped", lambda *_, **__: Failure(kind, "it broke"))
    with pytest.raises(error, match="it broke"):
        export_student(tmp_path, tmp_path / "onnx", BOTH)
    assert not (tmp_path / "onnx").exists()


@pytest.mark.parametrize(
    ("exact", "coarse", "is_passed"),
    [(0.99995, 0.97, True), (0.9998, 0.99, False), (1, 0.9, False)],
)
def test_exports_agree_when_both_are_near_enough(exact, coarse, is_passed):
    facts = {
        "text_count": 6,
        "fp32_min_cosine": exact,
        "int8_mean_cosine": coarse,
        "int8_same_nearest_fraction": 0.5,
    }
    verdict = export_verdict(facts)
    assert (verdict.name, verdict.is_passed) == ("exports_agree", is_passed)
    assert "50.0%" in verdict.reason


def test_exports_are_compared_on_held_out_texts_of_both_sides(monkeypatch):
    rows = [("bir", "один", "test"), ("bir", "одна", "test"), (SEEN_ALONE, "x", "train")]
    names = ("source_text", "target_text", "split")
    corpus = as_table([dict(zip(names, row, strict=True)) for row in rows], PARALLEL_CORPUS)
    lessons = as_table([], LESSONS)
    compared, calibration = export_texts(corpus, lessons)
    assert sorted(compared) == ["bir", "один", "одна"]
    assert sorted(calibration) == [SEEN_ALONE, "x"]
    monkeypatch.setattr(exports, "COMPARED_TEXTS", 2)
    assert export_texts(corpus, lessons).compared == compared[:2]


def test_without_a_corpus_exports_are_compared_on_half_of_what_was_taught():
    rows = [{"source_text": f"söz {n}", "target_text": f"word {n}"} for n in range(5)]
    rows.append({"source_text": "left out", "target_text": "x", "reject_reason": "by lot"})
    compared, calibration = export_texts(as_table([], PARALLEL_CORPUS), as_table(rows, LESSONS))
    assert sorted([*compared, *calibration]) == sorted(
        text for n in range(5) for text in (f"söz {n}", f"word {n}")
    )
    assert len(compared) == len(calibration) == 5


def test_the_process_that_asks_for_an_export_does_not_import_torch():
    program = (
        "import sys, pipeline.distillation.exports.student_export; print('torch' in sys.modules)"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert printed.stdout == b"False\n"

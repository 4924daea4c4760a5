import shutil
from types import SimpleNamespace

import pytest

from pipeline import doctor
from pipeline.doctor import examine
from pipeline.errors import InputError
from pipeline.languages import language, language_codes

MODELS = "List of available languages (3):\nrus\neng\nscript/Latin\n"


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Put a Tesseract with three models, models that are ready, and enough room on this machine."""

    def install(tesseract=f"printf '{MODELS}'", prepare=lambda name, cache: cache / name, room=64):
        program = tmp_path / "tesseract"
        program.write_text(f"#!/bin/sh\n{tesseract}\n")
        program.chmod(0o755)
        memory, disk = SimpleNamespace(total=room * 2**30), SimpleNamespace(free=room * 2**30)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        monkeypatch.setattr(doctor, "prepare_embedded", prepare)
        monkeypatch.setattr(doctor, "prepare_embedded_generator", lambda cache: cache / "smollm2")
        monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: memory)
        monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: disk)

    return install


def found():
    return {finding.what: finding for finding in examine()}


def test_everything_is_looked_at_in_the_order_in_which_it_is_mended(machine):
    machine()
    names = list(found())
    assert names[:2] == ["Python", "Tesseract"]
    models = ["embedded:e5-small", "embedded:minilm", "embedded:smollm2"]
    assert names[-6:] == ["PyTorch", *models, "Memory", "Disk"]
    with_dictionary = [code for code in language_codes() if language(code).dictionary]
    assert len(names) == 9 + len(language_codes()) + len(with_dictionary)


def test_a_missing_dictionary_is_no_fault_and_says_how_to_get_it(machine, monkeypatch, tmp_path):
    machine()
    monkeypatch.setenv("DUTAR_DICTIONARIES", str(tmp_path))
    finding = found()["Dictionary of Turkmen (tuk_Latn)"]
    assert finding.is_fine
    assert "run `make setup`, or put tk_TM.dic" in finding.details
    (tmp_path / "tk_TM.txt").write_text("düýe\n")
    assert found()["Dictionary of Turkmen (tuk_Latn)"].details == "tk_TM is here"


def test_a_language_is_read_when_its_model_is_installed(machine):
    machine()
    findings = found()
    assert findings["OCR of Russian (rus_Cyrl)"].is_fine
    assert findings["OCR of Turkmen (tuk_Latn)"].details == "script/Latin"
    missing = findings["OCR of Bengali (ben_Beng)"]
    assert not missing.is_fine
    assert "apt-get install tesseract-ocr-ben" in missing.details


def test_a_model_named_like_a_word_of_the_listing_is_not_taken_for_installed(machine):
    machine(tesseract="echo 'List of aze ben kaz languages (0):'")
    assert not found()["OCR of Azerbaijani (azj_Latn)"].is_fine


def test_a_tesseract_that_does_not_run_is_told_and_its_languages_are_not_asked(machine):
    machine(tesseract="exit 127")
    findings = found()
    assert not findings["Tesseract"].is_fine
    assert "does not run" in findings["Tesseract"].details
    assert not [name for name in findings if name.startswith("OCR of")]


def test_without_tesseract_there_is_one_finding(machine, monkeypatch):
    machine()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    findings = found()
    assert (findings["Tesseract"].is_fine, findings["Tesseract"].details) == (
        False,
        "run `make setup`",
    )
    assert not [name for name in findings if name.startswith("OCR of")]


def test_a_model_that_cannot_be_prepared_says_why(machine):
    def fail(name, cache):
        raise InputError(f"the package of {name} is missing")

    machine(prepare=fail)
    finding = found()["embedded:minilm"]
    assert (finding.is_fine, finding.details) == (False, "the package of minilm is missing")


@pytest.mark.parametrize(("room", "is_fine"), [(4, False), (5, None), (6, True)])
def test_memory_and_disk_must_suffice(machine, room, is_fine):
    machine(room=room)
    findings = found()
    expected = (False, True) if is_fine is None else (is_fine, is_fine)
    assert (findings["Memory"].is_fine, findings["Disk"].is_fine) == expected
    assert findings["Memory"].details == f"{room} GiB; 6 are needed"

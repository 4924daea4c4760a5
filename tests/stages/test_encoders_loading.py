import json
import shutil
import subprocess
import sys

import httpx
import huggingface_hub
import numpy as np
import pytest
from huggingface_hub import errors
from sentence_transformers import SentenceTransformer

from pipeline.encoders import load_encoder, resolve_model_folder
from pipeline.errors import InputError, SourceUnavailable

TEXTS = ["salam kitap", "привет, книга!", "", "okadym " * 60, "kitaplar 12"]


@pytest.fixture
def model_copy(tiny_model_folder, tmp_path):
    return shutil.copytree(tiny_model_folder, tmp_path / "copy")


def failing_download(error):
    def download(*_args, **_options):
        raise error

    return download


@pytest.mark.parametrize("role", ["query", "passage"])
def test_vectors_are_those_of_sentence_transformers(tiny_model_folder, role):
    ours = load_encoder(str(tiny_model_folder)).encode(TEXTS, language="tuk", role=role)
    theirs = SentenceTransformer(str(tiny_model_folder)).encode(TEXTS, prompt_name=role)
    assert ours.shape == (len(TEXTS), 32)
    assert ours.dtype == np.float32
    assert np.allclose(ours, theirs, atol=1e-6)
    assert np.allclose((ours**2).sum(axis=1), 1, atol=1e-6)


def test_dimension_comes_from_the_model(tiny_model_folder):
    assert load_encoder(str(tiny_model_folder)).dimension == 32


def test_fingerprint_changes_with_a_prompt_but_not_with_the_place(tiny_model_folder, model_copy):
    before = load_encoder(str(tiny_model_folder)).fingerprint
    assert load_encoder(str(model_copy)).fingerprint == before
    (model_copy / "README.md").write_text("prose")
    assert load_encoder(str(model_copy)).fingerprint == before
    path = model_copy / "config_sentence_transformers.json"
    config = json.loads(path.read_text())
    config["prompts"]["query"] = "question: "
    path.write_text(json.dumps(config))
    assert load_encoder(str(model_copy)).fingerprint != before


@pytest.mark.parametrize("name", ["pytorch_model.bin", "1_Pooling/weights.pkl"])
def test_pickled_weights_are_refused(model_copy, name):
    (model_copy / "model.safetensors").rename(model_copy / name)
    with pytest.raises(InputError, match="pickle"):
        load_encoder(str(model_copy))


def test_a_folder_without_weights_is_refused(model_copy):
    (model_copy / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"no \*\.safetensors"):
        load_encoder(str(model_copy))


@pytest.mark.parametrize("name", ["no/such/folder", "spaces in/name"])
def test_a_name_that_is_neither_folder_nor_hub_id_is_refused(name):
    with pytest.raises(InputError, match="neither a folder"):
        resolve_model_folder(name)


@pytest.mark.parametrize(
    "error", [ConnectionError("no route"), errors.LocalEntryNotFoundError("not here")]
)
def test_a_hub_that_does_not_answer_is_worth_a_retry(monkeypatch, error):
    monkeypatch.setattr(huggingface_hub, "snapshot_download", failing_download(error))
    with pytest.raises(SourceUnavailable, match="sentence-transformers/LaBSE"):
        resolve_model_folder("sentence-transformers/LaBSE")


def test_a_hub_model_is_fetched_without_pickles_and_code(monkeypatch, tiny_model_folder):
    asked = {}

    def download(hub_id, **options):
        asked.update(options, hub_id=hub_id)
        return str(tiny_model_folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    assert resolve_model_folder("someone/model") == tiny_model_folder
    assert asked["hub_id"] == "someone/model"
    assert not {"*.bin", "*.py", "*"} & set(asked["allow_patterns"])


@pytest.mark.parametrize(
    ("name", "asked"),
    [("a/b", ("a/b", None)), ("BAAI/bge-m3@refs/pr/38", ("BAAI/bge-m3", "refs/pr/38"))],
)
def test_a_hub_model_is_fetched_at_the_revision_in_its_name(
    monkeypatch, tiny_model_folder, name, asked
):
    seen = []

    def download(hub_id, *, revision, **_):
        seen.append((hub_id, revision))
        return str(tiny_model_folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    resolve_model_folder(name)
    assert seen == [asked]


def test_a_revision_that_is_not_there_is_told(monkeypatch):
    response = httpx.Response(404, request=httpx.Request("GET", "https://hub.example"))
    error = errors.RevisionNotFoundError("gone", response=response)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", failing_download(error))
    with pytest.raises(InputError, match="'a/b' has no revision 'refs/pr/9'"):
        resolve_model_folder("a/b@refs/pr/9")


def test_offline_only_local_copies_of_hub_models_are_looked_at(monkeypatch, tiny_model_folder):
    asked = []

    def download(_hub_id, **options):
        asked.append(options["local_files_only"])
        return str(tiny_model_folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    for offline in ("1", "0"):
        monkeypatch.setenv("DUTAR_OFFLINE", offline)
        resolve_model_folder("someone/model")
    assert asked == [True, False]


def test_importing_encoders_does_not_import_torch():
    program = "import sys, pipeline.encoders; print({'torch', 'transformers'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert printed.stdout == b"set()\n"
